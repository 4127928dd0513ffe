"""clip_grad_norm: one factor for all gradients; zero, infinite and small ones."""

import math

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed, parts
from autograder.reference import regularization as reference

SHAPES = ((3, 4), (5,), (2, 1, 3))


def drawn(rng, share):
    """Three arrays of different norms, and a max_norm that is `share` of the norm of all; neither is 1."""
    grads = [
        size * rng.normal(0.4, 1, shape) for size, shape in zip(rng.permutation([0.5, 1.2, 2]), SHAPES, strict=True)
    ]
    return {"grads": grads, "max_norm": float(share * np.sqrt(sum((g**2).sum() for g in grads)))}


def large(rng):
    return drawn(rng, rng.uniform(0.25, 0.4))


def small(rng):
    """The norm of all is below max_norm, but the sum of the arrays' norms is above."""
    return drawn(rng, rng.uniform(1.05, 1.15))


def zeros(rng):
    return {"grads": [np.zeros(shape) for shape in SHAPES], "max_norm": float(rng.uniform(0.3, 0.8))}


def not_finite(rng):
    """An infinite entry, of either sign, or NaN."""
    found = large(rng)
    found["grads"][int(rng.integers(0, 3))].flat[0] = rng.choice([np.inf, -np.inf])
    return found


def with_nan(rng):
    found = large(rng)
    found["grads"][1][2] = np.nan
    return found


def probe_error(answer, inputs):
    """Whether a ValueError is raised, or else what is returned."""
    try:
        return answer(inputs["grads"], inputs["max_norm"])
    except ValueError:
        return "ValueError"


def raises(case):
    if isinstance(case.output, str) and case.output == case.expected:
        return None
    return Difference("gradients without a finite norm should raise a ValueError, but yours returned a result")


def outcome(case):
    return case.output


question = Question(
    name="clip_grad_norm",
    assignment="06_regularization",
    reference=reference.clip_grad_norm,
    outputs=("the gradients", "the norm"),
    properties=[
        Property("value", 2, large, "gradients whose norm is larger than max_norm", judge=parts("the gradients")),
        Property("norm", 1, large, "gradients whose norm is larger than max_norm", judge=parts("the norm")),
        Property("below max_norm", 1, small, "gradients whose norm is a little smaller than max_norm"),
        Property("zeros", 0.5, zeros, "gradients that are all 0", cases=1),
        Property(
            "infinite", 0.5, not_finite, "gradients with an infinite entry", judge=raises, probe=probe_error, cases=1
        ),
        Property("NaN", 0.5, with_nan, "gradients with a NaN", judge=raises, probe=probe_error, cases=1),
        Property("inputs unharmed", 0.5, large, "any gradients", judge=inputs_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-4,
        atol=1e-5,
        why="float32 answers, and torch's 1e-6 beside the norm, change less than 1e-5; the nearest mistakes by a tenth",
    ),
    forbids=("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.get_total_norm"),
    equivalent_mutants={
        "factor = max_norm / norm if norm >= max_norm else 1.0": "at max_norm itself the factor is 1 either way",
        "raise ValueError(None)": "the message's words are free",
    },
    stuck="The example passes, the graded cell fails",
)


@question.accepts("one long vector; torch's small constant beside the norm")
def clip_grad_norm(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if np.isnan(norm) or np.isinf(norm):
        raise ValueError("not finite")
    scale = min(max_norm / (norm + 1e-6), 1)
    return [scale * g for g in grads], norm


@question.accepts("the norm of the arrays' norms; returns the arrays as they came if there is nothing to do")
def clip_grad_norm(grads, max_norm):
    norm = np.linalg.norm([np.linalg.norm(g) for g in grads])
    if not norm < np.inf:
        raise ValueError
    if norm <= max_norm:
        return grads, norm
    return [g / norm * max_norm for g in grads], norm


@question.accepts("plain Python over the entries")
def clip_grad_norm(grads, max_norm):
    total = 0.0
    for g in grads:
        for v in g.ravel().tolist():
            if math.isnan(v) or math.isinf(v):
                raise ValueError("an entry isn't finite")
            total += v * v
    norm = math.sqrt(total)
    clipped = []
    for g in grads:
        clipped.append(g.copy() if norm <= max_norm else g * (max_norm / norm))
    return tuple(clipped), norm


@question.accepts("torch tensors in float32")
def clip_grad_norm(grads, max_norm):
    import torch

    tensors = [torch.tensor(g, dtype=torch.float32) for g in grads]
    norm = torch.stack([t.square().sum() for t in tensors]).sum().sqrt()
    if not torch.isfinite(norm):
        raise ValueError(f"the norm is {norm}")
    return [t * torch.clamp(max_norm / (norm + 1e-6), max=1.0) for t in tensors], norm.item()


question.misconception(
    "each_by_itself",
    "You clipped each array by its own norm. That turns the step into another direction: take one norm of all entries "
    "together, and one factor.",
    seen="clip_grad_norm_ called in a loop over the parameters",
    source="""
    def clip_grad_norm(grads, max_norm):
        norm = np.sqrt(sum((g**2).sum() for g in grads))
        if not np.isfinite(norm):
            raise ValueError
        norms = [np.sqrt((g**2).sum()) for g in grads]
        return [g * (max_norm / n if n > max_norm else 1.0) for g, n in zip(grads, norms)], norm
    """,
)
question.misconception(
    "norms_added",
    "You added up the norms of the arrays. The norm of everything is the root of the sum of all squares.",
    seen="total_norm += p.grad.norm() in training scripts",
    replace=(
        "norm = np.sqrt(sum((g**2).sum() for g in grads))",
        "norm = sum(np.sqrt((g**2).sum()) for g in grads)",
    ),
)
question.misconception(
    "no_root",
    "You compared the sum of squares with max_norm. The norm is its root.",
    seen="the root forgotten after the loop over the parameters",
    replace=("norm = np.sqrt(sum((g**2).sum() for g in grads))", "norm = sum((g**2).sum() for g in grads)"),
)
question.misconception(
    "largest_entry",
    "You took the largest entry for the norm. Here the norm is the root of the sum of squares.",
    seen="norm_type=inf",
    convention=True,
    replace=(
        "norm = np.sqrt(sum((g**2).sum() for g in grads))",
        "norm = np.max([np.abs(g).max() for g in grads])",
    ),
)
question.misconception(
    "absolute_values",
    "You added up absolute values. The norm is the root of the sum of squares.",
    seen="norm_type=1",
    convention=True,
    replace=("norm = np.sqrt(sum((g**2).sum() for g in grads))", "norm = sum(np.abs(g).sum() for g in grads)"),
)
question.misconception(
    "root_mean_square",
    "You averaged the squares. The norm is the root of their sum.",
    seen="a norm meant not to depend on the number of parameters",
    replace=(
        "norm = np.sqrt(sum((g**2).sum() for g in grads))",
        "norm = np.sqrt(np.mean(np.concatenate([g.ravel() for g in grads]) ** 2))",
    ),
)
question.misconception(
    "always_scaled",
    "You scale the gradients to max_norm also if they are smaller. Small gradients stay as they are, and zeros stay "
    "zeros.",
    seen="gradient normalization taken for clipping",
    replace=("factor = max_norm / norm if norm > max_norm else 1.0", "factor = max_norm / norm"),
)
question.misconception(
    "divides_by_zero",
    "A gradient of zeros became NaN, because you divide by the norm before you multiply. Zeros stay zeros.",
    seen="g / norm * min(norm, max_norm)",
    replace=(
        "factor = max_norm / norm if norm > max_norm else 1.0\n    return [g * factor for g in grads], norm",
        "return [g / norm * min(norm, max_norm) for g in grads], norm",
    ),
)
question.misconception(
    "never_shrinks",
    "You scale up the small gradients and leave the large ones alone. It is the other way round.",
    seen="max for min in the factor",
    replace=("factor = max_norm / norm if norm > max_norm else 1.0", "factor = max(1.0, max_norm / max(norm, 1e-6))"),
)
question.misconception(
    "clipped_by_value",
    "You clipped each entry. One factor for all entries keeps the direction.",
    seen="clip_grad_value_ taken for clip_grad_norm_",
    replace=(
        "return [g * factor for g in grads], norm",
        "return [np.clip(g, -max_norm, max_norm) for g in grads], norm",
    ),
)
question.misconception(
    "norm_after",
    "You returned the norm after clipping. The one before tells how the training is going.",
    seen="a logged norm that never exceeds max_norm",
    replace=("return [g * factor for g in grads], norm", "return [g * factor for g in grads], norm * factor"),
)
question.misconception(
    "factor_returned",
    "You returned the factor. Return the norm before clipping.",
    seen="the clipping coefficient logged as the norm",
    replace=("return [g * factor for g in grads], norm", "return [g * factor for g in grads], factor"),
)
question.misconception(
    "not_finite_passed_on",
    "You pass on gradients whose norm is not finite. One infinite entry makes every other one 0 and itself NaN: raise "
    "a ValueError.",
    seen="torch's default, error_if_nonfinite=False",
    convention=True,
    replace=("if not np.isfinite(norm):", "if False:"),
)
question.misconception(
    "nan_passed_on",
    "You raise an error for an infinite norm, but pass NaN on. No comparison with NaN is true: ask whether the norm is "
    "finite.",
    seen="if norm == inf, or if norm > a large number",
    replace=("if not np.isfinite(norm):", "if norm == np.inf:"),
)
question.misconception(
    "in_place",
    "Your values are right, but you scaled the gradients themselves. torch's function does; this one returns new "
    "arrays.",
    seen="g *= factor, and torch's clip_grad_norm_",
    replace=(
        "return [g * factor for g in grads], norm",
        "for g in grads:\n        g *= factor\n    return grads, norm",
    ),
)
