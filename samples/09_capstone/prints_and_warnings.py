# Right, with progress, warnings, a plot and a rehearsal of its own.
# expect: accuracy_interval=4 most_uncertain=4 train=4.5..10.5

# %% after="answer_train"
import time
import warnings

import matplotlib.pyplot as plt

plt.imshow(draw_images(np.random.default_rng(0), draw_alphabet(np.random.default_rng(0)), np.arange(10))[0])
begun = time.time()


def train(images, request_labels):
    warnings.warn("this may take a while")
    print("training", len(images), "images after", time.time() - begun, "s")
    return modest(images, request_labels)


print(rehearse(train, [3]))

# %% solution="the rest"
