# Other ways to the same answers: coordinates, matrices, masks, torch in float32, Unicode's tables, generators of tokens.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% answer="shift"
def shift(x, dy, dx):
    H, W = x.shape[-2:]
    down = np.eye(H, H, -dy)
    right = np.eye(W, W, dx)
    return down @ x @ right

# %% answer="crop"
def crop(x, top, left, height, width, padding=0):
    import torch

    padded = torch.nn.functional.pad(torch.from_numpy(x), (padding, padding, padding, padding))
    return padded[..., top : top + height, left : left + width]

# %% answer="rotate"
def rotate(x, degrees):
    H, W = x.shape
    angle = degrees / 180 * np.pi
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([H - 1, W - 1]) / 2
    pixels = np.indices((H, W)).reshape(2, -1) - middle[:, None]
    r, c = rotation @ pixels + middle[:, None]
    weight_rows = np.clip(1 - abs(r[:, None] - np.arange(H)), 0, None)
    weight_cols = np.clip(1 - abs(c[:, None] - np.arange(W)), 0, None)
    return ((weight_rows @ x) * weight_cols).sum(1).reshape(H, W)

# %% answer="resize"
def resize(x, height, width):
    def along_rows(image, n):
        at = (np.arange(n) + 0.5) * len(image) / n - 0.5
        return np.stack([np.interp(at, np.arange(len(image)), column) for column in image.T], 1)

    return along_rows(along_rows(x, height).T, width).T

# %% answer="cutout"
def cutout(x, centre, size):
    i, j = np.indices(x.shape[1:])
    i, j = i - centre[0] + size // 2, j - centre[1] + size // 2
    return x * ~((0 <= i) & (i < size) & (0 <= j) & (j < size))

# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    i, j = np.indices((H, W))
    i, j = i - centre[0] + h // 2, j - centre[1] + w // 2
    own = 1 - 1.0 * ((0 <= i) & (i < h) & (0 <= j) & (j < w))
    return own * x + (1 - own) * x[permutation], own.mean() * y + (1 - own.mean()) * y[permutation]

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    import torch

    both = (torch.tensor(a, dtype=torch.float32) for a in (x, y))
    return tuple(lam * a + (1 - lam) * a[torch.tensor(permutation)] for a in both)

# %% answer="delete_tokens"
def delete_tokens(tokens, p, protected, rng):
    gone = rng.random(len(tokens)) < p
    safe = [t.lower() in protected for t in tokens]
    if all(gone) and not any(safe):
        gone[0] = False
    return [t for t, g, s in zip(tokens, gone, safe) if s or not g]

# %% answer="balanced_sampler"
def balanced_sampler(labels):
    import collections

    counts = collections.Counter(labels)
    return [100 / counts[c] for c in labels]

# %% answer="compose"
class compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, x, decisions):
        for t in [t for t, d in zip(self.transforms, decisions) if d]:
            x = t(x)
        return x

# %% answer="attach_josa"
def attach_josa(word, pair):
    import unicodedata

    last = unicodedata.normalize("NFD", word[-1])
    first, second = pair.split("/")
    closed = len(last) == 3 and not (first == "으로" and last[2] == "\u11af")
    return word + (first if closed else second)

# %% solution="the rest"
