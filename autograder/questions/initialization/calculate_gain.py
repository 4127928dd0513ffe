"""calculate_gain: torch's table of factors, with the one slope that can be set."""

import math

import numpy as np

from autograder.question import Property, Question, Tolerance
from autograder.reference import initialization as reference


def table(rng):
    names = ["linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "selu"]
    return {"calls": [[name] for name in rng.permutation(names).tolist()]}


def slopes(rng):
    """Slopes of either sign, large enough that their square isn't lost."""
    a = (rng.uniform(0.2, 0.9, 3) * [1, -1, 1]).tolist()
    return {"calls": [["leaky_relu", v] for v in [*a, float(rng.uniform(1.5, 3))]]}


def default(rng):
    return {"calls": [["leaky_relu"], ["leaky_relu", None]]}


def zero(rng):
    return {"calls": [["leaky_relu", 0], ["leaky_relu", 0.0]]}


def unknown(rng):
    return {"calls": [[name] for name in rng.permutation(["swish", "mish", "ReLU6", "softsign"])[:3].tolist()]}


def probe(answer, inputs):
    """The gain of every call, by what was asked."""

    def asked(name, param="missing"):
        return f"the gain of {name}" if isinstance(param, str) else f"the gain of {name} with param {param}"

    return {asked(*call): answer(*call) for call in inputs["calls"]}


def probe_errors(answer, inputs):
    """The name of the error that every call ends with, or "no error"."""
    found = []
    for call in inputs["calls"]:
        try:
            answer(*call)
            found.append("no error")
        except NotImplementedError:
            raise
        except Exception as error:
            found.append("ValueError" if isinstance(error, ValueError) else type(error).__name__)
    return found


question = Question(
    name="calculate_gain",
    assignment="05_initialization",
    reference=reference.calculate_gain,
    probe=probe,
    result_name="the gains",
    properties=[
        Property("value", 1, table, "the names that have no slope", cases=1),
        Property("slopes", 1, slopes, "leaky_relu with a slope"),
        Property("default slope", 0.25, default, "leaky_relu without a slope", cases=1),
        Property("slope 0", 0.25, zero, "leaky_relu with slope 0, which is ReLU", cases=1),
        Property("unknown names", 0.5, unknown, "a name that isn't in the table", probe=probe_errors),
    ],
    tolerance=Tolerance(
        rtol=1e-5,
        atol=1e-6,
        why="float32 is off by 1e-7; without the default slope of 0.01, the gain changes by 5e-5",
    ),
    forbids=("torch.nn.init.calculate_gain",),
    equivalent_mutants={"raise ValueError(None)": "the words of an error are free"},
    stuck="My gains are off",
)


@question.accepts("a chain of ifs")
def calculate_gain(nonlinearity, param=None):
    if nonlinearity in ("linear", "sigmoid") or nonlinearity.startswith("conv"):
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return 2**0.5
    if nonlinearity == "selu":
        return 0.75
    if nonlinearity == "leaky_relu":
        slope = 0.01
        if param is not None:
            slope = param
        return (2 / (1 + slope * slope)) ** 0.5
    raise ValueError("Unsupported nonlinearity " + nonlinearity)


@question.accepts("a dictionary of functions of the slope")
def calculate_gain(nonlinearity, param=None):
    a = 0.01 if param is None else float(param)
    table = {"tanh": lambda a: 5 / 3, "selu": lambda a: 3 / 4, "relu": lambda a: np.sqrt(2)}
    table |= dict.fromkeys(["linear", "conv1d", "conv2d", "conv3d", "sigmoid"], lambda a: 1.0)
    table["leaky_relu"] = lambda a: np.sqrt(2) / np.hypot(1, a)
    if nonlinearity not in table:
        raise ValueError(nonlinearity)
    return table[nonlinearity](a)


@question.accepts("match and case, in float32")
def calculate_gain(nonlinearity, param=None):
    match nonlinearity:
        case "linear" | "conv1d" | "conv2d" | "conv3d" | "sigmoid":
            square = 1
        case "tanh":
            square = 25 / 9
        case "selu":
            square = 9 / 16
        case "relu":
            square = 2
        case "leaky_relu":
            square = 2 / (1 + (param if param is not None else 1e-2) ** 2)
        case _:
            raise ValueError(f"{nonlinearity} isn't known")
    return np.sqrt(np.float32(square))


@question.accepts("an error of its own kind, slopes as a special case of the table")
def calculate_gain(nonlinearity, param=None):
    class Unknown(ValueError):
        pass

    slopes = {"relu": 0.0, "leaky_relu": param if param is not None else 0.01}
    if nonlinearity in slopes:
        return math.sqrt(2.0 / (1.0 + slopes[nonlinearity] ** 2))
    fixed = {"tanh": 5 / 3, "selu": 3 / 4}
    if nonlinearity not in ("linear", "conv1d", "conv2d", "conv3d", "sigmoid", *fixed):
        raise Unknown(nonlinearity)
    return fixed.get(nonlinearity, 1.0)


question.misconception(
    "no_root",
    "Your gain for relu is 2. That is the factor for the variance; the gain multiplies the deviation, so take the "
    "root.",
    seen="He's variance, 2 / fan_in, quoted as a gain",
    replace=('"relu": math.sqrt(2)', '"relu": 2.0'),
)
question.misconception(
    "tanh_by_integration",
    "Your gain for tanh keeps a second moment of 1 exactly. That is a good gain, but torch's table has another, and so "
    "does this question.",
    seen="pytorch/pytorch#24991, which asks where 5/3 comes from; the integral gives 1.59",
    convention=True,
    replace=('"tanh": 5 / 3', '"tanh": 1.5925374197228312'),
)
question.misconception(
    "tanh_as_linear",
    "You gave tanh a gain of 1. It squashes its input, so the weights before it have to be larger.",
    seen="Glorot and Bengio's rule, which treats tanh as linear",
    replace=('"tanh": 5 / 3', '"tanh": 1.0'),
)
question.misconception(
    "sigmoid_like_tanh",
    "You gave sigmoid tanh's gain. In torch's table it is 1.",
    seen="the two S-shaped curves treated alike",
    replace=('"sigmoid": 1.0', '"sigmoid": 5 / 3'),
)
question.misconception(
    "selu_one",
    "You gave selu a gain of 1. That is what its authors' derivation asks for, but torch's table has 3/4.",
    seen="pytorch/pytorch#53694, which asks for it",
    convention=True,
    replace=('"selu": 3 / 4', '"selu": 1.0'),
)
question.misconception(
    "slope_not_squared",
    "You didn't square the slope. What counts is the mean of the square, so the negative half contributes the slope "
    "squared.",
    seen="sqrt(2 / (1 + a)) in blog posts",
    replace=("(1 + a**2)", "(1 + a)"),
)
question.misconception(
    "slope_subtracted",
    "You subtracted the slope's square. The negative half adds to the signal, whatever the slope's sign.",
    seen="a sign lost in the derivation",
    replace=("math.sqrt(2 / (1 + a**2))", "math.sqrt(abs(2 / (1 - a**2)))"),
)
question.misconception(
    "slope_ignored",
    "You ignored param. For leaky_relu it is the slope.",
    seen="a default that is never replaced",
    replace=("a = 0.01 if param is None else param", "a = 0.01"),
)
question.misconception(
    "zero_is_none",
    "You took a slope of 0 for no slope at all. 0 is a number, and only None asks for the default.",
    seen="param or 0.01",
    replace=("a = 0.01 if param is None else param", "a = param or 0.01"),
)
question.misconception(
    "default_slope_zero",
    "Without param you took a slope of 0. The default is that of torch's leaky ReLU, 0.01.",
    seen="leaky_relu without a slope taken for ReLU",
    replace=("a = 0.01 if param is None else param", "a = param or 0.0"),
)
question.misconception(
    "default_slope_of_another_library",
    "Without param you took a slope of 0.2. That is another library's default; torch's is 0.01.",
    seen="TensorFlow's leaky_relu, whose default slope is 0.2",
    convention=True,
    replace=("a = 0.01 if", "a = 0.2 if"),
)
question.misconception(
    "one_for_unknown",
    "You gave a name that you don't know a gain of 1. A misspelt name would then go unnoticed: raise a ValueError.",
    seen="dict.get with a default",
    replace=('raise ValueError(f"no gain is known for {nonlinearity!r}")', "return 1.0"),
)
question.misconception(
    "key_error",
    "A name that isn't in the table ends in a KeyError. Raise a ValueError, as the question says.",
    seen="table[name] without a look whether it is there",
    replace=('raise ValueError(f"no gain is known for {nonlinearity!r}")', "raise KeyError(nonlinearity)"),
)
