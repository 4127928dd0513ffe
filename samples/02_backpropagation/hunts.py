# Everything right, and the hunt: repaired line by line, with a table and a plot of where a check sees nothing.
# expect: numerical_gradient=5 gradient_check=5 linear=5 activations=5.5
# expect: softmax_cross_entropy=5 unbroadcast=4.5 Value=8 mlp_loss_and_gradients=6

# %% solution="the rest"

# %% after="investigation_hunt"
import matplotlib.pyplot as plt

ORDER = ("b3", "W3", "b2", "W2", "b1", "W1")


def wrong_ones(gradients_of, seed, N=6, lam=0.1):
    params, x, labels, _ = random_point(seed, N)
    found = gradients_of(params, x, labels, lam)
    return [
        name
        for name in ORDER
        if not gradient_check(lambda v: network_loss(params | {name: v}, x, labels, lam), params[name], found[name])
    ]


print("as given:", wrong_ones(network_gradients, 0))


def half_repaired(params, x, labels, lam):
    a1, h1, a2, h2, logits = network_values(params, x)
    g = softmax_cross_entropy_backward(1.0, logits, labels)
    g_h2, W3, b3 = linear_backward(g, h2, params["W3"])
    g_a2 = relu_backward(g_h2, a2)
    g_h1, W2, b2 = linear_backward(g_a2, h1, params["W2"])
    g_a1 = tanh_backward(g_h1 + g_h2, a1)
    _, W1, b1 = linear_backward(g_a1, x, params["W1"])
    gradients = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}
    return {k: v + lam * params[k] if k in ("W2", "W3") else v for k, v in gradients.items()}


# %% after="investigation_hunt"
for lam in (0.0, 1e-8, 1e-6, 1e-4, 1e-2):
    print(f"lam = {lam:g}: wrong are", wrong_ones(half_repaired, 0, lam=lam) or "none")
counts = [len(wrong_ones(network_gradients, seed, N)) for N in (1, 2, 4) for seed in range(3)]
plt.bar(range(len(counts)), counts)
plt.show()
