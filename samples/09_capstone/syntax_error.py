# A bracket is missing in the last answer.
# expect: accuracy_interval=4 most_uncertain=4 train=0

# %% answer="train"
def train(images, request_labels):
    labels = request_labels(range(100)
    return lambda test_images: labels

# %% solution="the rest"
