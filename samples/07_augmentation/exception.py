# A name misspelt, an index beyond the last row, a list that is divided.
# expect: geometry=5 flip_boxes=0 rotate=0 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=0
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    new = boxes.copy()
    new[:, [0, 2]] = widht - boxes[:, [2, 0]]
    return new

# %% answer="rotate"
def rotate(x, degrees):
    H, W = x.shape
    a = np.radians(degrees)
    out = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            r = (H - 1) / 2 + np.cos(a) * (i - (H - 1) / 2) + np.sin(a) * (j - (W - 1) / 2)
            c = (W - 1) / 2 - np.sin(a) * (i - (H - 1) / 2) + np.cos(a) * (j - (W - 1) / 2)
            y, z = int(np.floor(r)), int(np.floor(c))
            t, u = r - y, c - z
            out[i, j] = (1 - t) * ((1 - u) * x[y, z] + u * x[y, z + 1])
            out[i, j] += t * ((1 - u) * x[y + 1, z] + u * x[y + 1, z + 1])
    return out

# %% answer="balanced_sampler"
def balanced_sampler(labels):
    counts = [list(labels).count(c) for c in labels]
    return 1 / counts

# %% solution="the rest"
