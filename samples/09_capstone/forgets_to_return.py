# Two functions print what they should return.
# expect: accuracy_interval=0 most_uncertain=4 train=0

# %% answer="accuracy_interval"
def accuracy_interval(correct, n, z):
    share = correct / n
    scale = 1 + z**2 / n
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    middle = (share + z**2 / (2 * n)) / scale
    print(middle - half, middle + half)

# %% answer="train"
def train(images, request_labels):
    def predict(test_images):
        return np.zeros(len(test_images), int)

    print(predict(images)[:10])

# %% solution="the rest"
