# An index that is out of range while predicting.
# expect: accuracy_interval=4 most_uncertain=4 train=0

# %% answer="train"
def train(images, request_labels):
    labels = request_labels(np.arange(100))
    return lambda test_images: [labels[i] for i in range(len(test_images))]

# %% solution="the rest"
