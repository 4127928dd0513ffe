# No array arithmetic: loops, plain floats, nested lists.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="flip"
def flip(x):
    if np.ndim(x) == 1:
        return [float(v) for v in reversed(x)]
    return [flip(part) for part in x]

# %% answer="shift"
def shift(x, dy, dx):
    if np.ndim(x) > 2:
        return [shift(part, dy, dx) for part in x]
    H, W = len(x), len(x[0])
    out = [[0.0] * W for _ in range(H)]
    for i in range(H):
        for j in range(W):
            if 0 <= i - dy < H and 0 <= j - dx < W:
                out[i][j] = float(x[i - dy][j - dx])
    return out

# %% answer="crop"
def crop(x, top, left, height, width, padding=0):
    if np.ndim(x) > 2:
        return [crop(part, top, left, height, width, padding) for part in x]
    H, W = len(x), len(x[0])

    def pixel(i, j):
        i, j = i - padding, j - padding
        return float(x[i][j]) if 0 <= i < H and 0 <= j < W else 0.0

    return [[pixel(top + i, left + j) for j in range(width)] for i in range(height)]

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    new = np.zeros(boxes.shape)
    for n, (x0, y0, x1, y1) in enumerate(boxes):
        new[n] = width - x1, y0, width - x0, y1
    return new

# %% answer="rotate"
def rotate(x, degrees):
    import math

    H, W = x.shape
    cy, cx, a = (H - 1) / 2, (W - 1) / 2, math.radians(degrees)
    out = []
    for i in range(H):
        row = []
        for j in range(W):
            r = cy + math.cos(a) * (i - cy) + math.sin(a) * (j - cx)
            c = cx - math.sin(a) * (i - cy) + math.cos(a) * (j - cx)
            value = 0.0
            for k in (math.floor(r), math.floor(r) + 1):
                for l in (math.floor(c), math.floor(c) + 1):
                    if 0 <= k < H and 0 <= l < W:
                        value += float(x[k, l]) * (1 - abs(r - k)) * (1 - abs(c - l))
            row.append(value)
        out.append(row)
    return out

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    images, labels = [], []
    for i in range(len(x)):
        images.append(lam * x[i] + (1 - lam) * x[permutation[i]])
        labels.append([lam * a + (1 - lam) * b for a, b in zip(y[i], y[permutation[i]])])
    return images, labels

# %% answer="cutout"
def cutout(x, centre, size):
    out = x.tolist()
    for channel in out:
        for i in range(size):
            for j in range(size):
                a, b = centre[0] - size // 2 + i, centre[1] - size // 2 + j
                if 0 <= a < len(channel) and 0 <= b < len(channel[0]):
                    channel[a][b] = 0.0
    return out

# %% answer="random_erasing"
def random_erasing(x, box, rng):
    out = x.copy()
    for c in range(len(x)):
        for i in range(box[0], box[0] + box[2]):
            for j in range(box[1], box[1] + box[3]):
                out[c, i, j] = rng.normal()
    return out

# %% answer="swap_tokens"
def swap_tokens(tokens, protected, rng):
    pairs = []
    for i in range(len(tokens)):
        for j in range(i):
            if tokens[i].lower() not in protected and tokens[j].lower() not in protected:
                pairs.append((i, j))
    out = [t for t in tokens]
    if pairs:
        i, j = pairs[rng.integers(len(pairs))]
        out[i], out[j] = out[j], out[i]
    return out

# %% solution="the rest"
