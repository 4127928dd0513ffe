# Questions 1 to 6 without crop, and deletion without swaps; the rest was not begun.
# expect: geometry=3.5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=0 edit_tokens=2.5 balanced_sampler=0
# expect: compose=0 random_erasing=0 synonym_replacement=0 attach_josa=0

# %% solution="flip"

# %% solution="shift"

# %% solution="flip_boxes"

# %% solution="rotate"

# %% solution="resize"

# %% solution="cutout"

# %% solution="mixup"

# %% solution="delete_tokens"
