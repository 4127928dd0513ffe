# The pictures are right, what they mean is forgotten: labels stay, boxes stay, protected words go, a sample isn't balanced.
# expect: geometry=5 flip_boxes=0 rotate=5 resize=4 cutout=4 mixup=2 cutmix=2.5 edit_tokens=0 balanced_sampler=0
# expect: compose=3 random_erasing=3 synonym_replacement=2.75 attach_josa=0

# %% answer="flip_boxes"
def flip_boxes(boxes, width):
    return boxes.copy()

# %% answer="mixup"
def mixup(x, y, lam, permutation):
    return lam * x + (1 - lam) * x[permutation], y

# %% answer="cutmix"
def cutmix(x, y, lam, centre, permutation):
    H, W = x.shape[2:]
    h, w = int(H * np.sqrt(1 - lam)), int(W * np.sqrt(1 - lam))
    top, left = centre[0] - h // 2, centre[1] - w // 2
    out = x.copy()
    box = np.s_[:, :, max(top, 0) : top + h, max(left, 0) : left + w]
    out[box] = x[permutation][box]
    return out, y

# %% answer="delete_tokens"
def delete_tokens(tokens, p, protected, rng):
    return [t for t in tokens if rng.random() >= p] or [tokens[0]]

# %% answer="swap_tokens"
def swap_tokens(tokens, protected, rng):
    i, j = rng.choice(len(tokens), 2, replace=False)
    out = list(tokens)
    out[i], out[j] = out[j], out[i]
    return out

# %% answer="balanced_sampler"
def balanced_sampler(labels):
    return np.bincount(labels - labels.min())[labels - labels.min()]

# %% answer="synonym_replacement"
def synonym_replacement(tokens, synonyms, n, rng):
    others = [[s for s in synonyms.get(t, []) if s != t] for t in tokens]
    places = [i for i, words in enumerate(others) if words]
    out = list(tokens)
    for i in rng.permutation(places)[:n].astype(int):
        out[i] = others[i][rng.integers(len(others[i]))]
    return out

# %% answer="attach_josa"
def attach_josa(word, pair):
    return word + pair.split("/")[0]

# %% solution="the rest"
