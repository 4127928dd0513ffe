# Right values, written into what was handed in.
# expect: geometry=5 flip_boxes=2.5 rotate=5 resize=4 cutout=3.5 mixup=3.5 cutmix=4.5 edit_tokens=4 balanced_sampler=3
# expect: compose=3 random_erasing=2.5 synonym_replacement=2.75 attach_josa=3

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    return boxes

# %% answer="cutout"
def cutout(x, centre, size):
    y, z = centre[0] - size // 2, centre[1] - size // 2
    x[:, max(y, 0) : y + size, max(z, 0) : z + size] = 0
    return x

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    x[:] = lam * x + (1 - lam) * x[permutation]
    y[:] = lam * y + (1 - lam) * y[permutation]
    return x, y

# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    y0, x0 = centre[0] - h // 2, centre[1] - w // 2
    y1, x1 = min(y0 + h, H), min(x0 + w, W)
    y0, x0 = max(y0, 0), max(x0, 0)
    x[:, :, y0:y1, x0:x1] = x[permutation, :, y0:y1, x0:x1]
    lam = 1 - (y1 - y0) * (x1 - x0) / (H * W)
    return x, lam * y + (1 - lam) * y[permutation]

# %% answer="delete_tokens"
def delete_tokens(tokens, p, protected, rng):
    kept = [t for t in tokens if t.lower() in protected or rng.random() >= p] or tokens[:1]
    tokens[:] = kept
    return tokens

# %% answer="swap_tokens"
def swap_tokens(tokens, protected, rng):
    free = [i for i, t in enumerate(tokens) if t.lower() not in protected]
    if len(free) > 1:
        i, j = rng.permutation(free)[:2]
        tokens[i], tokens[j] = tokens[j], tokens[i]
    return list(tokens)

# %% answer="random_erasing"
def random_erasing(x, box, rng):
    top, left, height, width = box
    x[:, top : top + height, left : left + width] = rng.normal(size=(len(x), height, width))
    return x

# %% answer="synonym_replacement"
def synonym_replacement(tokens, synonyms, n, rng):
    others = [[s for s in synonyms.get(t.lower(), []) if s != t.lower()] for t in tokens]
    places = [i for i, words in enumerate(others) if words]
    for i in rng.permutation(places)[:n].astype(int):
        word = others[i][rng.integers(len(others[i]))]
        tokens[i] = word.capitalize() if tokens[i][0].isupper() else word
    return tokens

# %% solution="the rest"
