# predict returns scores, and most_uncertain the surest images.
# expect: accuracy_interval=4 most_uncertain=0 train=0

# %% answer="most_uncertain"
def most_uncertain(probabilities, asked, k):
    best = np.sort(probabilities, axis=1)
    order = np.argsort(best[:, -2] - best[:, -1])
    return order[~np.isin(order, asked)][:k]

# %% answer="train"
def train(images, request_labels):
    x = images[:100].reshape(100, -1)
    y = np.eye(10)[request_labels(np.arange(100))]
    weights = np.linalg.lstsq(x.T @ x + 10 * np.eye(256), x.T @ y, rcond=None)[0]
    return lambda test_images: test_images.reshape(len(test_images), -1) @ weights

# %% solution="the rest"
