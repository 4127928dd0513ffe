# Nothing is wrong in the middle of an image: rolls, negative slices, boxes that weren't clipped, a last row that is lost.
# expect: geometry=2.5 flip_boxes=0 rotate=3.5 resize=0 cutout=2.5 mixup=4 cutmix=3.5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=2.5

# %% answer="shift"
def shift(x, dy, dx):
    return np.roll(x, (dy, dx), axis=(-2, -1))

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    boxes = boxes.copy()
    boxes[:, 0] = width - boxes[:, 2]
    boxes[:, 2] = width - boxes[:, 0]
    return boxes

# %% answer="rotate"
def rotate(x, degrees):
    H, W = x.shape
    a = np.deg2rad(degrees)
    i, j = np.arange(H)[:, None] - (H - 1) / 2, np.arange(W) - (W - 1) / 2
    r = (H - 1) / 2 + np.cos(a) * i + np.sin(a) * j
    c = (W - 1) / 2 - np.sin(a) * i + np.cos(a) * j
    y, z = np.floor(r).astype(int), np.floor(c).astype(int)
    inside = (y >= 0) & (y + 1 < H) & (z >= 0) & (z + 1 < W)
    t, u = r - y, c - z
    y, z = np.clip(y, 0, H - 2), np.clip(z, 0, W - 2)
    upper = (1 - u) * x[y, z] + u * x[y, z + 1]
    lower = (1 - u) * x[y + 1, z] + u * x[y + 1, z + 1]
    x[...] = np.where(inside, (1 - t) * upper + t * lower, 0)
    return x.copy()

# %% answer="resize"
def resize(x, height, width):
    H, W = x.shape
    r = ((np.arange(height) + 0.5) * H / height - 0.5)[:, None]
    c = (np.arange(width) + 0.5) * W / width - 0.5
    y, z = np.floor(r).astype(int), np.floor(c).astype(int)
    y1, z1 = np.minimum(y + 1, H - 1), np.minimum(z + 1, W - 1)
    t, u = r - y, c - z
    return (1 - t) * ((1 - u) * x[y, z] + u * x[y, z1]) + t * ((1 - u) * x[y1, z] + u * x[y1, z1])

# %% answer="cutout"
def cutout(x, centre, size):
    out = x.copy()
    y, z = centre[0] - size // 2, centre[1] - size // 2
    out[:, y : y + size, z : z + size] = 0
    return out

# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    out = x.copy()
    top, left = centre[0] - h // 2, centre[1] - w // 2
    box = np.s_[:, :, max(top, 0) : top + h, max(left, 0) : left + w]
    out[box] = x[permutation][box]
    lam = 1 - h * w / (H * W)
    return out, lam * y + (1 - lam) * y[permutation]

# %% answer="attach_josa"
def attach_josa(word, pair):
    final = (ord(word[-1]) - 0xAC00) % 28
    first, second = pair.split("/")
    return word + (second if final == 0 else first)

# %% solution="the rest"
