# Everything in torch tensors of float32, with prints, warnings and a plot.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% after="given_imports"
%matplotlib inline
import sys
import warnings

import matplotlib.pyplot as plt
import torch

# %% answer="l2_penalty"
def l2_penalty(w, lam):
    w = torch.tensor(w, dtype=torch.float32)
    print("penalty of", w.shape)
    return lam / 2 * w.pow(2).sum(), lam * w

# %% answer="soft_threshold"
def soft_threshold(v, threshold):
    v = torch.tensor(v).float()
    return v.sign() * (v.abs() - threshold).clamp(min=0)

# %% after="visible_soft_threshold"
grid = np.linspace(-2, 2, 50)
plt.plot(grid, soft_threshold(grid, 0.7))
plt.show()

# %% answer="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    tensors = [torch.tensor(g).float() for g in grads]
    norm = torch.cat([t.flatten() for t in tensors]).norm()
    warnings.warn(f"the norm is {norm}")
    if not norm.isfinite():
        raise ValueError("exploded")
    return [t * (max_norm / norm).clamp(max=1) for t in tensors], norm

# %% answer="ensemble_predict"
def ensemble_predict(logits):
    print("predicting", file=sys.stderr)
    return torch.tensor(logits, dtype=torch.float32).softmax(dim=-1).mean(dim=0)

# %% solution="the rest"
