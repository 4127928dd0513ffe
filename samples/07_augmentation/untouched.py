# Handed in as it was released.
# expect: geometry=0 flip_boxes=0 rotate=0 resize=0 cutout=0 mixup=0 cutmix=0 edit_tokens=0 balanced_sampler=0
# expect: compose=0 random_erasing=0 synonym_replacement=0 attach_josa=0
