# Calls the library for four of them: the points stay, the instructor sees a note.
# expect: mean_squared_error=3 polynomial_features=4 least_squares_fit=5 learning_curve=5
# expect: bias_variance_decomposition=5 k_fold_indices=5 one_standard_error_rule=4 cross_entropy=5 collapse_linear=4

# %% answer="mean_squared_error"
def mean_squared_error(prediction, target):
    import torch

    p = torch.tensor(prediction, requires_grad=True)
    loss = torch.nn.functional.mse_loss(p, torch.tensor(target))
    loss.backward()
    return loss.item(), p.grad.numpy()

# %% answer="least_squares_fit"
def least_squares_fit(X, y):
    return np.linalg.lstsq(X, y, rcond=1e-12)[0]

# %% answer="k_fold_indices"
def k_fold_indices(permutation, k):
    from sklearn.model_selection import KFold

    return [(permutation[train], permutation[test]) for train, test in KFold(k).split(permutation)]

# %% answer="cross_entropy"
def cross_entropy(logits, labels):
    import torch

    return torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(labels)).item()

# %% solution="the rest"
