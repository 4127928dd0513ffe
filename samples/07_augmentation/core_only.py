# Questions 1 to 8, nothing optional.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=0
# expect: compose=0 random_erasing=0 synonym_replacement=0 attach_josa=0

# %% solution="flip"

# %% solution="shift"

# %% solution="crop"

# %% solution="flip_boxes"

# %% solution="rotate"

# %% solution="resize"

# %% solution="cutout"

# %% solution="mixup"

# %% solution="cutmix"

# %% solution="delete_tokens"

# %% solution="swap_tokens"
