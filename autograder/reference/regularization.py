"""Regularization: norm penalties, weight decay, dropout, label smoothing, ensembles, calibration, clipping, stopping.

Symbols: w the weights; lam the strength of a penalty, l1_ratio the share of its L1 part; p the probability of dropping;
N examples, K classes, M models; logits (N, K) come before the softmax. Everything is computed in float64 and nothing is
changed in place. Conventions are torch's. What a penalty does to linear regression is in `regularization_paths`.
"""

import itertools
import math

import numpy as np


def _floats(*arrays):
    return [np.asarray(a, dtype=np.float64) for a in arrays]


# Norm penalties


def l1_penalty(w, lam):
    """lam |w|_1 and a gradient of it, lam sign(w), which is 0 where w is 0: one of the subgradients there.

    w: any shape. Returns the penalty, a number, and the gradient, shaped like w.
    Source: Tibshirani (1996), in the Lagrangian form.
    """
    (w,) = _floats(w)
    return lam * np.abs(w).sum(), lam * np.sign(w)


def l2_penalty(w, lam):
    """lam / 2 |w|^2 and its gradient lam w, which is what torch's optimizers add for weight_decay = lam.

    w: any shape. Returns the penalty, a number, and the gradient, shaped like w.
    Source: Hoerl and Kennard (1970); the factor 1/2 as in Goodfellow, Bengio and Courville (2016), section 7.1.1.
    """
    (w,) = _floats(w)
    return lam / 2 * (w**2).sum(), lam * w


def elastic_net_penalty(w, lam, l1_ratio):
    """lam (l1_ratio |w|_1 + (1 - l1_ratio) / 2 |w|^2) and a gradient of it.

    w: any shape. Returns the penalty, a number, and the gradient, shaped like w.
    Source: Zou and Hastie (2005), with the weights of Friedman, Hastie and Tibshirani (2010), equation 2.
    """
    l1, grad_l1 = l1_penalty(w, lam * l1_ratio)
    l2, grad_l2 = l2_penalty(w, lam * (1 - l1_ratio))
    return l1 + l2, grad_l1 + grad_l2


def soft_threshold(v, threshold):
    """Move each entry towards 0 by the threshold, and stop at 0: what makes |w - v|^2 / 2 + threshold |w|_1 least.

    v: any shape. threshold: 0 or more. Returns an array shaped like v.
    Source: Donoho (1995); Parikh and Boyd (2014), section 6.5.2.
    """
    (v,) = _floats(v)
    return np.sign(v) * np.maximum(np.abs(v) - threshold, 0)


def proximal_step(w, grad, lr, lam, l1_ratio=1.0):
    """A step against the gradient of the smooth part of a loss, then the penalty's own minimization.

    w, grad: any one shape; grad is the gradient at w of the loss without the elastic net (L1 for l1_ratio = 1).
    Returns the new w: soft_threshold(w - lr grad, lr lam l1_ratio) / (1 + lr lam (1 - l1_ratio)).
    Source: Beck and Teboulle (2009), equation 1.4; Parikh and Boyd (2014), section 6.5.3.
    """
    w, grad = _floats(w, grad)
    return soft_threshold(w - lr * grad, lr * lam * l1_ratio) / (1 + lr * lam * (1 - l1_ratio))


def decay(param, lr, weight_decay):
    """(1 - lr weight_decay) param: weight decay apart from the gradient, as AdamW does it before its step.

    param: any shape. Returns an array shaped like param. Under plain SGD it is the step of an L2 penalty.
    Source: Loshchilov and Hutter (2019), algorithm 2 as in torch.optim.AdamW; Hanson and Pratt (1989).
    """
    (param,) = _floats(param)
    return (1 - lr * weight_decay) * param


# Dropout


def dropout_forward(x, keep, p, training=True):
    """x where keep, divided by 1 - p, and 0 elsewhere; x itself if not training.

    x: any shape. keep: bool, shaped like x. p: the probability of dropping, 0 to 1. Returns an array shaped like x.
    Source: Srivastava et al. (2014), with the scaling in training, section 10, as in torch.
    """
    (x,) = _floats(x)
    if not training:
        return x.copy()
    scaled = np.zeros_like(x)
    np.divide(x, 1 - p, out=scaled, where=np.asarray(keep, dtype=bool))
    return scaled


def dropout_backward(grad_out, keep, p, training=True):
    """The gradient with respect to dropout_forward's x, shaped like it: the layer is linear, so it is done again."""
    return dropout_forward(grad_out, keep, p, training)


def all_masks(D):
    """All 2 ** D masks of D units, (2 ** D, D), bool."""
    return np.array(list(itertools.product([False, True], repeat=D)), dtype=bool).reshape(-1, D)


def submodels(x, W, b, p):
    """What each of the 2 ** D thinned softmax layers predicts, and with which probability it is drawn.

    x: (D,). W: (K, D). b: (K,). Returns probabilities (2 ** D, K) and weights (2 ** D,), which sum to 1.
    """
    (x,) = _floats(x)
    keep = all_masks(len(x))
    weights = np.where(keep, 1 - p, p).prod(axis=1)  # (2 ** D,)
    dropped = np.stack([dropout_forward(x, k, p) for k in keep])  # (2 ** D, D)
    return softmax(dropped @ np.asarray(W, dtype=np.float64).T + b), weights


def geometric_mean(probabilities, weights):
    """The weighted geometric mean of distributions, made to sum to 1: (M, K) and (M,) give (K,).

    Of `submodels` it is softmax(x @ W.T + b), the layer without dropout. Source: Hinton et al. (2012) state it for
    one layer; Goodfellow, Bengio and Courville (2016), section 7.12, derive it.
    """
    probabilities, weights = _floats(probabilities, weights)
    return softmax(weights @ np.log(probabilities))


def variance_shift(p, mean, var):
    """The variance of a unit after dropout, divided by that without: 1 + p / (1 - p) (1 + mean^2 / var).

    Source: Li, Chen, Hu and Yang (2019), section 3, written for p the probability of dropping.
    """
    mean, var = _floats(mean, var)
    return 1 + p / (1 - p) * (1 + mean**2 / var)


# Probabilities: smoothing, ensembles, calibration


def softmax(logits):
    """exp(logits) / sum of exp(logits) along the last axis."""
    return np.exp(log_softmax(logits))


def log_softmax(logits):
    """The logarithm of the softmax along the last axis, without overflow."""
    (logits,) = _floats(logits)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def label_smoothing_loss(logits, labels, epsilon):
    """Cross-entropy against (1 - epsilon) times the label plus epsilon / K on all K classes, averaged over examples.

    logits: (N, K). labels: (N,), whole numbers. Returns the loss, a number, and its gradient (N, K), (softmax - q) / N.
    Source: Szegedy et al. (2016), section 7; torch.nn.functional.cross_entropy's label_smoothing.
    """
    (logits,) = _floats(logits)
    N, K = logits.shape
    q = np.full((N, K), epsilon / K)
    q[np.arange(N), labels] += 1 - epsilon
    return -(q * log_softmax(logits)).sum() / N, (softmax(logits) - q) / N


def ensemble_predict(logits):
    """The mean of the models' probabilities. logits: (M, N, K). Returns (N, K).

    Source: Lakshminarayanan, Pritzel and Blundell (2017), section 2.4.
    """
    return softmax(logits).mean(axis=0)


def ambiguity_decomposition(predictions, targets):
    """The error of an averaged prediction = the members' mean error - their diversity, all squared and averaged.

    predictions: (M, ...). targets: (...). Returns ensemble error, mean member error, diversity: three numbers.
    Source: Krogh and Vedelsby (1995), with equal weights.
    """
    predictions, targets = _floats(predictions, targets)
    mean = predictions.mean(axis=0)
    member_error = ((predictions - targets) ** 2).mean()
    return ((mean - targets) ** 2).mean(), member_error, ((predictions - mean) ** 2).mean()


def reliability(probabilities, labels, n_bins=15):
    """Per bin (lo, hi] of confidence: the number of examples, their accuracy, their mean confidence; NaN where empty.

    probabilities: (N, K). labels: (N,). Bin b is (b / n_bins, (b + 1) / n_bins]. Returns three arrays (n_bins,).
    Source: Guo et al. (2017), section 2.
    """
    (probabilities,) = _floats(probabilities)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == np.asarray(labels)  # (N,)
    edges = np.arange(n_bins + 1) / n_bins
    which = np.searchsorted(edges[1:-1], confidence, side="left")  # (N,): how many inner edges are below
    count = np.bincount(which, minlength=n_bins).astype(np.float64)
    empty = np.where(count > 0, count, np.nan)
    return count, np.bincount(which, right, n_bins) / empty, np.bincount(which, confidence, n_bins) / empty


def expected_calibration_error(probabilities, labels, n_bins=15):
    """The gap between accuracy and mean confidence in each bin, weighted by the bin's examples: a number from 0 to 1.

    Arguments as `reliability`'s. Source: Guo et al. (2017), equation 3; Naeini, Cooper and Hauskrecht (2015).
    """
    count, accuracy, confidence = reliability(probabilities, labels, n_bins)
    return np.nansum(count * np.abs(accuracy - confidence)) / count.sum()


def overconfidence(probabilities, labels):
    """Mean confidence minus accuracy, a number: positive if the model claims too much. Arguments as `reliability`'s."""
    (probabilities,) = _floats(probabilities)
    return probabilities.max(axis=1).mean() - (probabilities.argmax(axis=1) == np.asarray(labels)).mean()


def fit_temperature(logits, labels, lowest=1e-3, highest=1e3):
    """The T for which softmax(logits / T) has the smallest mean cross-entropy, by bisection on its slope.

    logits: (N, K). labels: (N,). The loss is convex in 1 / T. Returns T, clipped to [lowest, highest].
    Source: Guo et al. (2017), section 4.2.
    """
    (logits,) = _floats(logits)
    chosen = logits[np.arange(len(logits)), labels]  # (N,)

    def slope(scale):  # of the loss, along scale = 1 / T
        return ((softmax(scale * logits) * logits).sum(axis=1) - chosen).mean()

    low, high = math.log(1 / highest), math.log(1 / lowest)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(math.exp(middle)) > 0 else (middle, high)
    return math.exp(-(low + high) / 2)


# Clipping


def clip_grad_norm(grads, max_norm):
    """All gradients times min(1, max_norm / (norm + 1e-6)), norm that of all their entries together.

    grads: a list of arrays. Returns the new list and the norm before. Raises ValueError if the norm isn't finite.
    Source: Pascanu, Mikolov and Bengio (2013), algorithm 1; torch.nn.utils.clip_grad_norm_ with error_if_nonfinite.
    """
    grads = _floats(*grads)
    with np.errstate(over="ignore"):
        norm = np.sqrt(sum((g**2).sum() for g in grads))
    if not np.isfinite(norm):
        raise ValueError("the norm of the gradients isn't finite, so no factor makes it max_norm")
    factor = min(1.0, max_norm / (norm + 1e-6))
    return [factor * g for g in grads], norm


def clip_grad_value(grads, clip_value):
    """Each entry of each gradient brought into [-clip_value, clip_value]. grads: a list of arrays. Returns a new list.

    Source: torch.nn.utils.clip_grad_value_.
    """
    return [np.clip(g, -clip_value, clip_value) for g in _floats(*grads)]


def recurrent_unit(w, b, h0=0.5, steps=50, target=0.7):
    """One recurrent unit, h <- w sigmoid(h) + b, its loss (sigmoid(h_steps) - target)^2 and the loss's gradient.

    w, b: any shapes that broadcast. Returns the loss, grad_w and grad_b, shaped as w and b together.
    Source: Pascanu, Mikolov and Bengio (2013), section 3.2 and figure 6.
    """
    w, b = np.broadcast_arrays(*_floats(w, b))
    states = [np.full(w.shape, float(h0))]
    for _ in range(steps):
        states.append(w * _sigmoid(states[-1]) + b)
    out = _sigmoid(states[-1])
    grad_h, grad_w, grad_b = 2 * (out - target) * out * (1 - out), np.zeros(w.shape), np.zeros(w.shape)
    for h in reversed(states[:-1]):
        s = _sigmoid(h)
        grad_w, grad_b, grad_h = grad_w + grad_h * s, grad_b + grad_h, grad_h * w * s * (1 - s)
    return (out - target) ** 2, grad_w, grad_b


def _sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


# Early stopping


class EarlyStopping:
    """Stop after `patience` steps in a row without an improvement of more than min_delta; lower is better.

    step(metric) returns whether to stop. best is the lowest metric that counted, best_step its step, counted from 0,
    None before. NaN never improves. Source: Prechelt (1998) for the idea; the counting is that of Keras and Lightning.
    """

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.steps, self.waited = math.inf, None, 0, 0

    def step(self, metric):
        if metric < self.best - self.min_delta:
            self.best, self.best_step, self.waited = metric, self.steps, 0
        else:
            self.waited += 1
        self.steps += 1
        return self.waited >= self.patience
