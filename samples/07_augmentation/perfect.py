# Every answer right.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% solution="the rest"
