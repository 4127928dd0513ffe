# A bracket is missing in one answer, a colon in another; the others are right.
# expect: geometry=3.5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=0 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    return lam * x + (1 - lam) * x[permutation], (lam * y + (1 - lam) * y[permutation]

# %% answer="crop"
def crop(x, top, left, height, width, padding=0)
    return x[..., top : top + height, left : left + width]

# %% solution="the rest"
