# Renames the parameters, adds type hints, a helper inside and an extra parameter with a default.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% answer="batch_norm_forward"
def batch_norm_forward(X: np.ndarray, scale: np.ndarray, shift: np.ndarray, epsilon: float = 1e-5, debug=False) -> np.ndarray:
    def per_channel(v):
        return v[:, None, None] if X.ndim == 4 else v

    ax = tuple(i for i in range(X.ndim) if i != 1)
    Z = (X - per_channel(X.mean(ax))) / np.sqrt(per_channel(X.var(ax)) + epsilon)
    if debug:
        print(Z.mean(ax), Z.std(ax))
    return per_channel(scale) * Z + per_channel(shift)

# %% answer="fold_batch_norm"
def fold_batch_norm(W, b, g, bt, m, v, e=1e-5):
    k = g / np.sqrt(v + e)
    return np.moveaxis(np.moveaxis(W, 0, -1) * k, -1, 0), k * b - k * m + bt

# %% answer="layer_norm_forward"
def layer_norm_forward(x, *parameters, eps=1e-5, **options):
    gamma, beta = parameters[:2]
    eps = parameters[2] if len(parameters) > 2 else eps
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps) * gamma + beta

# %% solution="the rest"
