# Everything right, an experiment with a figure of its own.
# expect: geometry=5 flip_boxes=3 rotate=5 resize=4 cutout=4 mixup=4 cutmix=5 edit_tokens=5 balanced_sampler=3
# expect: compose=3 random_erasing=3 synonym_replacement=3 attach_josa=3

# %% solution="the rest"

# %% after="investigation_experiment"
import matplotlib.pyplot as plt

x, y, x_test, y_test = digits(0, 60)
found = []
for reach in range(4):
    rng = np.random.default_rng(reach)
    copies = [np.array([shift(im, *rng.integers(-reach, reach + 1, 2)) for im in x]) for _ in range(3)]
    predict = classifier(np.concatenate([x, *copies]), np.tile(y, 4))
    found.append(np.mean(predict(x_test) == y_test))
print("accuracy after shifts by up to 0, 1, 2 and 3 pixels:", np.round(found, 3))

# %% after="investigation_experiment"
plt.plot(range(4), found, marker="o")
plt.xlabel("largest shift")
plt.ylabel("accuracy")
plt.show()
