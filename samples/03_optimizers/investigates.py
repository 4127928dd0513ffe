# Everything right, an experiment with a table and a plot.
# expect: momentum_step=5 nesterov_step=4 adagrad_step=5 rmsprop_step=5 adam_step=6 adamw_step=5
# expect: learning_rate_schedules=6 minibatch_indices=6 newton_step=4 classify_critical_point=5
# expect: hessian_vector_product=5

# %% solution="the rest"

# %% after="investigation_experiment"
import matplotlib.pyplot as plt
import pandas as pd

rows = []
for spread in (1, 30):
    loss, gradient = logistic(0, spread)
    for name, step in (("rmsprop", rmsprop_step), ("adam", adam_step)):
        for lr in (0.01, 0.1, 1.0):
            w = np.zeros(10)
            state = {"square_avg": w} if name == "rmsprop" else {"m": w, "v": w, "t": 0}
            for t in range(60):
                w, state = step(w, gradient(w), state, cosine_annealing(t, lr, 60))
            rows.append({"spread": spread, "optimizer": name, "lr": lr, "loss": loss(w)})
table = pd.DataFrame(rows).pivot(index=["spread", "optimizer"], columns="lr", values="loss")
table.T.plot(logx=True)
plt.show()
table
