# Renames the parameters, adds hints, defaults and helpers, prints and plots on the way.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="mean_squared_error"
def mean_squared_error(yhat: np.ndarray, y: np.ndarray, verbose: bool = True) -> tuple:
    def squared(e):
        return e * e

    e = yhat - y
    if verbose:
        print("errors", e.min(), e.max())
    return squared(e).mean(), 2 * e / e.size

# %% answer="learning_curve"
def learning_curve(train_model, use_model, X, y, Xv, yv, ns, *, error=lambda p, t: np.mean((np.asarray(p) - t) ** 2)):
    import warnings

    warnings.warn("this may take a while")
    curves = {"train": [], "val": []}
    for n in ns:
        print(f"n = {n}")
        m = train_model(X[:n], y[:n])
        curves["train"].append(error(use_model(m, X[:n]), y[:n]))
        curves["val"].append(error(use_model(m, Xv), yv))
    return tuple(curves.values())

# %% after="answer_learning_curve"
%matplotlib inline
import matplotlib.pyplot as plt

plt.plot([2, 4], [1, 14], label="training")
plt.legend()
plt.show()

# %% answer="k_fold_indices"
def k_fold_indices(order, folds=5):
    bounds = np.linspace(0, len(order), folds + 1).round().astype(int)
    return [(np.r_[order[:a], order[b:]], order[a:b]) for a, b in zip(bounds, bounds[1:])]

# %% solution="the rest"
