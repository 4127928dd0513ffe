# What other places teach: corners aligned, width and height of boxes, twice the half, larger share first, all occurrences, the first value, forms in brackets.
# expect: geometry=3.5 flip_boxes=0 rotate=0 resize=0 cutout=0 mixup=0 cutmix=0 edit_tokens=4.5 balanced_sampler=0
# expect: compose=0 random_erasing=0 synonym_replacement=0 attach_josa=0

# %% answer="crop"
def crop(x, top, left, height, width, padding=0):
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(padding, padding)] * 2, mode="reflect")
    return padded[..., top : top + height, left : left + width]

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    out = boxes.copy()
    out[:, 0] = width - boxes[:, 0] - boxes[:, 2]
    return out

# %% answer="rotate"
def rotate(x, degrees):
    H, W = x.shape
    a = np.deg2rad(degrees)
    i, j = np.indices((H, W), dtype=float)
    i, j = i - (H - 1) / 2, j - (W - 1) / 2
    r, c = np.cos(a) * i - np.sin(a) * j + (H - 1) / 2, np.sin(a) * i + np.cos(a) * j + (W - 1) / 2
    wr = np.clip(1 - abs(r[..., None] - np.arange(H)), 0, None)
    wc = np.clip(1 - abs(c[..., None] - np.arange(W)), 0, None)
    return np.einsum("ijk,ijl,kl->ij", wr, wc, x)

# %% answer="resize"
def resize(x, height, width):
    H, W = x.shape
    rows, cols = np.linspace(0, H - 1, height), np.linspace(0, W - 1, width)
    wide = np.stack([np.interp(cols, np.arange(W), row) for row in x])
    return np.stack([np.interp(rows, np.arange(H), column) for column in wide.T], 1)

# %% answer="cutout"
def cutout(x, centre, size):
    y0, y1 = np.clip([centre[0] - size // 2, centre[0] + size // 2], 0, x.shape[1])
    x0, x1 = np.clip([centre[1] - size // 2, centre[1] + size // 2], 0, x.shape[2])
    out = x.copy()
    out[:, y0:y1, x0:x1] = 0
    return out

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    lam = max(lam, 1 - lam)
    return lam * x + (1 - lam) * x[permutation], lam * y + (1 - lam) * y[permutation]

# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    x0, y0 = centre[0] - w // 2, centre[1] - h // 2
    out = x.copy()
    region = np.s_[:, :, max(y0, 0) : y0 + h, max(x0, 0) : x0 + w]
    out[region] = x[permutation][region]
    lam = 1 - out[region][0, 0].size / (H * W)
    return out, lam * y + (1 - lam) * y[permutation]

# %% answer="delete_tokens"
def delete_tokens(tokens, p, protected, rng):
    kept = [t for t in tokens if t in protected or rng.random() >= p]
    return kept or [tokens[0]]

# %% answer="balanced_sampler"
def balanced_sampler(labels):
    classes, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return (1 / np.sqrt(counts))[inverse]

# %% answer="compose"
def compose(transforms):
    def chain(x, decisions):
        for transform, decided in reversed(list(zip(transforms, decisions))):
            x = transform(x) if decided else x
        return x

    return chain

# %% answer="random_erasing"
def random_erasing(x, box, rng):
    top, left, height, width = box
    out = x.copy()
    out[:, top : top + height, left : left + width] = rng.random((len(x), height, width))
    return out

# %% answer="synonym_replacement"
def synonym_replacement(tokens, synonyms, n, rng):
    table = {w: [s for s in words if s != w] for w, words in synonyms.items()}
    words = sorted({t.lower() for t in tokens if table.get(t.lower())})
    out = list(tokens)
    for word in rng.permutation(words)[:n]:
        new = str(rng.choice(table[word]))
        out = [(new.capitalize() if t[0].isupper() else new) if t.lower() == word else t for t in out]
    return out

# %% answer="attach_josa"
def attach_josa(word, pair):
    final = (ord(word[-1]) - 0xAC00) % 28
    first, second = pair.split("/")
    return f"{word}{first}({second})" if final else word + second

# %% solution="the rest"
