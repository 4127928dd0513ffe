# Everything right, an experiment with a table and a plot, and a conclusion in a cell of its own.
# expect: batch_norm_forward=5 update_running_stats=4 batch_norm_inference=5 fold_batch_norm=5
# expect: group_norm=4 zca_whiten=4 batch_norm_backward=6 layer_norm=6

# %% solution="the rest"

# %% after="investigation_experiment"
import matplotlib.pyplot as plt
import pandas as pd

one, nothing = np.ones(100), np.zeros(100)
x, labels = symbols(0, 3200)
mean, var, hidden = np.zeros(100), np.ones(100), []
for batch in np.split(x, 50):
    hidden.append(np.maximum(batch_norm_forward(batch @ units.T, one, nothing), 0))
    mean, var = update_running_stats(batch @ units.T, mean, var)
readout = fit_readout(np.concatenate(hidden), labels)

# %% after="investigation_experiment"
rows = []
x, labels = symbols(1, 640)
for size in [2, 4, 8, 16, 32, 64]:
    guesses = [
        (np.maximum(batch_norm_forward(batch @ units.T, one, nothing), 0) @ readout).argmax(1)
        for batch in np.split(x, len(x) // size)
    ]
    rows.append({"batch": size, "training mode": np.mean(np.concatenate(guesses) == labels)})
frozen = np.maximum(batch_norm_inference(x @ units.T, one, nothing, mean, var), 0)
table = pd.DataFrame(rows).assign(evaluation=np.mean((frozen @ readout).argmax(1) == labels))
table.plot(x="batch", logx=True)
plt.show()
table
