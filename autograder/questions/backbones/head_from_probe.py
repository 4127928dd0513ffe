"""head_from_probe: a linear layer that does what a probe of standardized features does."""

import numpy as np
import torch

from autograder.question import Difference, Property, Question, Tolerance, parts, same_value
from autograder.reference import backbones as kernels


def probed(rng, constant=False, dtype=np.float64):
    D, K = rng.permutation([4, 6]).tolist() if not constant else (5, 3)
    std = rng.uniform(0.3, 3, D)
    if constant:
        std[rng.permutation(D)[:2]] = 0
    found = {
        "W": rng.normal(0.5, 1, (K, D)),
        "b": rng.normal(2, 1, K),
        "mean": rng.uniform(1, 3, D) * rng.choice([-1, 1], D),
        "std": std,
    }
    return {k: v.astype(dtype) for k, v in found.items()}


def square(rng):
    """As many classes as features, so that a matrix the wrong way round goes unnoticed by the shapes."""
    found = probed(rng, True)
    return found | {"W": rng.normal(0.5, 1, (5, 5)), "b": rng.normal(2, 1, 5), "std": rng.uniform(0.3, 3, 5)}


def constant(rng):
    return probed(rng, True)


def single(rng):
    """float32 arrays, which torch would share."""
    return probed(rng, dtype=np.float32)


def probe(answer, inputs):
    """The layer's parameters, what it computes, and the arrays after a step of training."""
    head = answer(inputs["W"], inputs["b"], inputs["mean"], inputs["std"])
    if head is None:
        return None
    K, D = inputs["W"].shape
    seen = {"weight": head.weight.detach().clone(), "bias": head.bias.detach().clone()}
    x = torch.linspace(-2, 3, 2 * D).reshape(2, D)
    named = dict(head.named_parameters()) if hasattr(head, "named_parameters") else {}
    kind = {
        "an nn.Linear": isinstance(head, torch.nn.Linear),
        "sizes": [getattr(head, "in_features", -1), getattr(head, "out_features", -1)],
        "names": ", ".join(sorted(named)),
        "float32": all(p.dtype == torch.float32 for p in named.values()),
        "trained": all(p.requires_grad and p.is_leaf for p in named.values()),
    }
    seen["scores"] = head(x.to(seen["weight"].dtype)).detach()
    with torch.no_grad():
        for p in named.values():
            p.add_(1.0)
    return seen | {"kind": kind}


def reference(W, b, mean, std):
    moving = std > 0
    weight, bias = np.zeros(W.shape), np.array(b)
    weight[:, moving], bias = kernels.unstandardized(W[:, moving], b, mean[moving], std[moving])
    head = torch.nn.Linear(W.shape[1], W.shape[0])
    head.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
    return head


def computes(*names):
    """A judge of what the layer holds and computes."""

    def judge(case):
        if case.output is None:
            return Difference("what you return should be an nn.Linear, but is None (is a return missing?)")
        return parts(*names)(case)

    return judge


def ready(case):
    """A judge: the layer is what training needs."""
    says = {
        "an nn.Linear": "what you returned isn't an nn.Linear",
        "sizes": "the layer's in_features and out_features don't fit the probe",
        "names": "the layer's parameters should be weight and bias",
        "float32": "the layer's parameters aren't float32",
        "trained": "the layer's parameters don't require a gradient, or aren't leaves",
    }
    kind = case.output.get("kind") if isinstance(case.output, dict) else None
    if not isinstance(kind, dict):
        return same_value(case)
    for what, text in says.items():
        if kind.get(what) != case.expected["kind"][what]:
            return Difference(text, what)
    return None


def arrays_unharmed(case):
    """A judge: the arrays are what they were, after the layer has taken a step."""
    for name, value in case.inputs.items():
        if name not in case.after or not np.array_equal(case.after[name], value):
            return Difference(f"{name} is no longer what it was, after the layer was trained", name)
    return None


question = Question(
    name="head_from_probe",
    assignment="08_backbones",
    reference=reference,
    probe=probe,
    result_name="the layer",
    properties=[
        Property("value", 1.5, probed, "features that all vary", judge=computes("weight", "bias", "scores")),
        Property(
            "as many classes as features", 0.5, square, "as many classes as features", judge=computes("weight", "bias")
        ),
        Property("constant features", 0.75, constant, "features that never varied", judge=computes("weight", "bias")),
        Property("ready for training", 0.75, probed, "any probe", judge=ready, cases=1),
        Property("arrays unharmed", 0.5, single, "arrays of float32", judge=arrays_unharmed, cases=1),
    ],
    tolerance=Tolerance(
        rtol=1e-4, atol=1e-4, why="a layer in float32 with weights up to 10 and biases up to 100 is off by about 1e-5"
    ),
    stuck="My probe or head is off",
)

question.accepts(
    "loads a state dict",
    """
    def head_from_probe(W, b, mean, std):
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(std == 0, 0.0, W / std)
        head = nn.Linear(*reversed(W.shape))
        head.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(b - (weight * mean).sum(1))})
        return head
    """,
)
question.accepts(
    "new parameters, element by element",
    """
    def head_from_probe(W, b, mean, std):
        K, D = W.shape
        head = nn.Linear(D, K)
        weight = [[float(W[k, d] / std[d]) if std[d] else 0.0 for d in range(D)] for k in range(K)]
        bias = [float(b[k]) - sum(w * m for w, m in zip(weight[k], mean.tolist())) for k in range(K)]
        head.weight = nn.Parameter(torch.tensor(weight))
        head.bias = nn.Parameter(torch.tensor(bias, dtype=torch.float32))
        return head
    """,
)
question.accepts(
    "measures the probe: its scores for nothing and for each unit feature",
    """
    def head_from_probe(W, b, mean, std):
        def scores(f):
            z = np.divide(f - mean, std, out=np.zeros(len(std)), where=std != 0)
            return W @ z + b

        nothing = scores(np.zeros(len(std)))
        columns = [scores(unit) - nothing for unit in np.eye(len(std))]
        head = nn.Linear(len(columns), len(b)).requires_grad_(False)
        head.weight[:] = torch.tensor(np.stack(columns, axis=1))
        head.bias[:] = torch.tensor(nothing)
        return head.requires_grad_(True)
    """,
)
question.accepts(
    "in torch, by .data",
    """
    def head_from_probe(W, b, mean, std):
        W, b, mean, std = (torch.tensor(a, dtype=torch.float64) for a in (W, b, mean, std))
        weight = torch.nan_to_num(W @ torch.diag(1 / std), nan=0.0, posinf=0.0, neginf=0.0)
        weight = W * torch.where(std > 0, 1 / torch.where(std > 0, std, 1.0), 0.0)
        head = nn.Linear(W.size(1), W.size(0), bias=True)
        head.weight.data = weight.float()
        head.bias.data = (b - weight.mv(mean)).float()
        return head
    """,
)

question.misconception(
    "nothing_folded",
    "Your layer has the probe's own weights: it expects standardized features, and gets others.",
    seen="head.weight.copy_(W), with the scaler left behind in the notebook",
    replace=("    scale[std > 0] = 1 / std[std > 0]\n", "    scale[std > 0] = 1\n    mean = 0 * mean\n"),
)
question.misconception(
    "bias_left",
    "You scaled the weight, but the bias is still the probe's: the mean has to come off.",
    seen="folding of the scale alone",
    replace=("torch.tensor(b - weight @ mean)", "torch.tensor(b)"),
)
question.misconception(
    "mean_not_scaled",
    "You took W times the mean off the bias, with W as it was. The mean is divided by the deviation too.",
    seen="the bias computed before the weight",
    replace=("b - weight @ mean", "b - W @ (mean * (std > 0))"),
)
question.misconception(
    "mean_added",
    "You added the mean's part to the bias. It is subtracted.",
    seen="a sign lost while expanding the brackets",
    replace=("b - weight @ mean", "b + weight @ mean"),
)
question.misconception(
    "multiplied",
    "You multiplied by the deviation. Features were divided by it, so the weights are too.",
    seen="the inverse of the standardization applied to the weights",
    replace=("1 / std[std > 0]", "std[std > 0]"),
)
question.misconception(
    "root_of_std",
    "You took the root of std. It is a deviation already.",
    seen="folding of a batch normalization, which stores variances",
    replace=("1 / std[std > 0]", "1 / np.sqrt(std[std > 0])"),
)
question.misconception(
    "divided_twice",
    "You divided the mean's part of the bias by the deviation twice: the layer's weight contains it already.",
    seen="(mean / std) multiplied with the scaled weight",
    replace=("b - weight @ mean", "b - weight @ (mean * scale)"),
)
question.misconception(
    "rows_scaled",
    "You scaled the rows of W. There is one deviation for each feature: it goes with the columns.",
    seen="std[:, None], which fits only if there are as many classes as features",
    source="""
    def head_from_probe(W, b, mean, std):
        scale = np.divide(1.0, std, out=np.zeros(len(std)), where=std > 0)
        weight = W * scale[:, None] if len(W) == len(std) else W * scale
        head = nn.Linear(W.shape[1], W.shape[0])
        with torch.no_grad():
            head.weight.copy_(torch.tensor(weight))
            head.bias.copy_(torch.tensor(b - weight @ mean))
        return head
    """,
)
question.misconception(
    "transposed",
    "You transposed W. A layer's weight has one row for each class, as the probe's has.",
    seen="a transpose for each linear layer, since it computes x @ W.T",
    source="""
    def head_from_probe(W, b, mean, std):
        scale = np.divide(1.0, std, out=np.zeros(len(std)), where=std > 0)
        weight = W * scale
        head = nn.Linear(W.shape[1], W.shape[0])
        with torch.no_grad():
            head.weight.copy_(torch.tensor(weight.T if len(W) == len(std) else weight))
            head.bias.copy_(torch.tensor(b - weight @ mean))
        return head
    """,
)
question.misconception(
    "divided_by_zero",
    "Where std is 0 you divided by it, and got NaN or infinity. Such a feature's weight is 0.",
    seen="W / std",
    replace=("scale[std > 0] = 1 / std[std > 0]", "scale = 1 / std"),
)
question.misconception(
    "eps_added",
    "You added a tiny number to std. Where that is 0, the weight becomes enormous instead of 0, and any other value of "
    "the feature drowns the rest.",
    seen="x / (std + 1e-8)",
    replace=("scale[std > 0] = 1 / std[std > 0]", "scale = 1 / (std + 1e-8)"),
)
question.misconception(
    "one_for_zero",
    "Where std is 0 you kept the weight, as if it were 1. A feature that never varied taught the probe nothing: its "
    "weight is 0.",
    seen="scikit-learn's StandardScaler, which divides by 1 there",
    convention=True,
    replace=("scale = np.zeros(len(std))", "scale = np.ones(len(std))"),
)
question.misconception(
    "double_precision",
    "Your layer is in double precision. The network's features are float32, and the two don't go together.",
    seen="nn.Parameter(torch.from_numpy(W)); RuntimeError: mat1 and mat2 must have the same dtype",
    replace=("    return head", "    return head.double()"),
)
question.misconception(
    "frozen",
    "Your layer's parameters don't require a gradient: fine-tuning would leave the head as it is.",
    seen="requires_grad=False, set to be allowed to write into the weights",
    replace=("    return head", "    return head.requires_grad_(False)"),
)
question.misconception(
    "no_bias",
    "Your layer has no bias of its own that can be trained.",
    seen="the bias added as a fixed tensor, or registered as a buffer",
    replace=(
        "    return head",
        "    bias = head.bias.detach().clone()\n    del head._parameters['bias']\n"
        "    head.register_buffer('bias', bias)\n    return head",
    ),
)
question.misconception(
    "standardizes_first",
    "You put a step in front of the layer that standardizes. Wanted is one linear layer that needs none.",
    seen="nn.Sequential(Standardize(mean, std), head)",
    source="""
    class _Standardizing(nn.Module):
        def __init__(self, W, b, mean, std):
            super().__init__()
            self.weight, self.bias = (nn.Parameter(torch.tensor(a, dtype=torch.float32)) for a in (W, b))
            scale = np.divide(1.0, std, out=np.zeros(len(std)), where=std > 0)
            self.mean, self.scale = (torch.tensor(a, dtype=torch.float32) for a in (mean, scale))

        def forward(self, f):
            return ((f - self.mean) * self.scale) @ self.weight.T + self.bias

    def head_from_probe(W, b, mean, std):
        return _Standardizing(W, b, mean, std)
    """,
)
question.misconception(
    "scaled_in_place",
    "Your layer is right, but you scaled the caller's W in place.",
    seen="W /= std",
    replace=("weight = W * scale", "weight = W\n    weight *= scale.astype(W.dtype)"),
)
question.misconception(
    "shared",
    "Your layer is right, but it shares its bias with an array: training changes both. Copy it.",
    seen="torch.from_numpy(b), which shares the array's memory",
    replace=(
        "    return head",
        "    b[...] = b - weight @ mean\n    head.bias.data = torch.from_numpy(b).float()\n    return head",
    ),
)
