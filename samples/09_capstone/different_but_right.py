# The interval by bisection, a list of indices, and everything else in torch.
# expect: accuracy_interval=4 most_uncertain=4 train=12

# %% answer="accuracy_interval"
def accuracy_interval(correct, n, z):
    share = correct / n

    def end(inside, outside):
        for _ in range(60):
            p = (inside + outside) / 2
            if abs(share - p) <= z * (p * (1 - p) / n) ** 0.5:
                inside = p
            else:
                outside = p
        return inside

    return [end(share, 0.0), end(share, 1.0)]

# %% answer="most_uncertain"
def most_uncertain(probabilities, asked, k):
    def margin(i):
        first, second = sorted(probabilities[i], reverse=True)[:2]
        return first - second

    left = [i for i in range(len(probabilities)) if i not in set(asked.tolist())]
    return sorted(left, key=margin)[:k]

# %% answer="train"
def train(images, request_labels):
    from torch.nn import functional as F

    def describe(batch):
        batch = F.pad(batch, (1, 1, 1, 1))
        return F.normalize(F.avg_pool2d(F.avg_pool2d(batch, 2, 1), 2, 1).flatten(1))

    x = torch.tensor(images, dtype=torch.float32)[:, None]
    pool = describe(x)
    centres = pool[torch.randperm(len(pool))[:100]]
    for _ in range(10):
        nearest = torch.cdist(pool, centres).argmin(1)
        centres = torch.stack([pool[nearest == j].mean(0) if (nearest == j).any() else centres[j] for j in range(100)])
    asked = torch.cdist(centres, pool).argmin(1).unique()
    y = torch.as_tensor(request_labels(asked))

    known, answers = [], []
    for lean in (-0.25, -0.12, 0.0, 0.12, 0.25):
        for right in (-0.12, 0.0, 0.12):
            for down in (-0.12, 0.0, 0.12):
                theta = torch.tensor([[[1, lean, right], [0, 1, down]]]).expand(len(asked), -1, -1)
                grid = F.affine_grid(theta, (len(asked), 1, 16, 16), align_corners=False)
                known.append(describe(F.grid_sample(x[asked], grid, align_corners=False)))
                answers.append(F.one_hot(y, 10).float())
    known, answers = torch.cat(known), torch.cat(answers)

    def predict(test_images):
        everyone = torch.cat([pool, describe(torch.tensor(test_images, dtype=torch.float32)[:, None])])
        start = (-torch.cdist(everyone, known) ** 2 / 0.04).softmax(1) @ answers
        near = torch.cdist(everyone, everyone) ** 2
        near.fill_diagonal_(torch.inf)
        gaps, friends = near.topk(10, largest=False)
        weights = (-gaps / 0.1).softmax(1)
        belief = start
        for _ in range(20):
            belief = 0.35 * start + 0.65 * (weights[:, :, None] * belief[friends]).sum(1)
        return belief[len(pool) :].argmax(1)

    return predict
