# Asks for a label of every image, as a script that has all labels would.
# expect: accuracy_interval=4 most_uncertain=4 train=0

# %% answer="train"
def train(images, request_labels):
    chosen = np.arange(len(images))
    labels = request_labels(chosen)
    known = images[chosen].reshape(len(chosen), -1)

    def predict(test_images):
        x = test_images.reshape(len(test_images), -1)
        gaps = ((x[:, None, :64] - known[None, :, :64]) ** 2).sum(-1)
        return labels[gaps.argmin(1)]

    return predict

# %% solution="the rest"
