# Positions in place of indices, and labels that belong to other images.
# expect: accuracy_interval=4 most_uncertain=0 train=0

# %% answer="most_uncertain"
def most_uncertain(probabilities, asked, k):
    left = np.setdiff1d(np.arange(len(probabilities)), asked)
    best = np.sort(probabilities[left], axis=1)
    return np.argsort(best[:, -1] - best[:, -2])[:k]

# %% answer="train"
def train(images, request_labels):
    def gaps(a, b):
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T

    chosen = np.random.default_rng(5).permutation(len(images))[:100]
    known, labels = images[: len(chosen)], request_labels(chosen)

    def predict(test_images):
        return labels[gaps(test_images, known).argmin(1)]

    return predict

# %% solution="the rest"
