# Trains first and asks for labels when the test images are there.
# expect: accuracy_interval=4 most_uncertain=4 train=0

# %% answer="train"
def train(images, request_labels):
    return lambda test_images: request_labels(np.arange(len(test_images)))

# %% solution="the rest"
