# Prints one result, changes a copy and keeps it, and a chain that tells nobody.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=0 mixup=0 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=0 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="cutout"
def cutout(x, centre, size):
    out = x.copy()
    y, z = centre[0] - size // 2, centre[1] - size // 2
    out[:, max(y, 0) : y + size, max(z, 0) : z + size] = 0

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    print(lam * x + (1 - lam) * x[permutation], lam * y + (1 - lam) * y[permutation])

# %% answer="compose"
def compose(transforms):
    def chain(x, decisions):
        for transform, decided in zip(transforms, decisions):
            if decided:
                x = transform(x)

    return chain

# %% solution="the rest"
