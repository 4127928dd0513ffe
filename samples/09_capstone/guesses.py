# Asks for nothing and says the same of every image.
# expect: accuracy_interval=4 most_uncertain=4 train=0

# %% answer="train"
def train(images, request_labels):
    return lambda test_images: [7] * len(test_images)

# %% solution="the rest"
