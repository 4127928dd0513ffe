# Everything right, an experiment with a figure, and a conclusion in a cell of its own.
# expect: norm_penalties=5 soft_threshold=5 dropout=5 label_smoothing_loss=5 clip_grad_value=2
# expect: clip_grad_norm=6 EarlyStopping=5 ensemble_predict=4 expected_calibration_error=4 decay_groups=4

# %% solution="the rest"

# %% after="investigation_experiment"
import matplotlib.pyplot as plt

X, y = regression(0, 40, 5)
X_test, y_test = regression(0, 500, 5, part=1)
lams, errors, zeros = [0.02, 0.05, 0.1, 0.2, 0.5, 1.0], [], []
for lam in lams:
    w = np.zeros(60)
    for _ in range(100):
        w = proximal_step(w, X.T @ (X @ w - y) / len(y), 0.1, lam)
    errors.append(np.mean((X_test @ w - y_test) ** 2))
    zeros.append(np.sum(w == 0))
print(dict(zip(lams, zip(errors, zeros))))

# %% after="investigation_experiment"
plt.semilogx(lams, errors, marker="o")
plt.xlabel("lam")
plt.ylabel("test error")
plt.show()
