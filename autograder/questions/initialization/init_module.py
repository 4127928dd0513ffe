"""init_module: what is handed to Module.apply; a network is built, initialized and looked at."""

import math

import numpy as np
import torch
from torch import nn

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import initialization as kernels

from . import distributions as tests


def seeded(rng):
    return {"seed": tests.seed(rng)}


def large(rng):
    """A linear layer and a convolution with more than 100000 weights each, fans far apart, no kernel square."""
    d, c = int(rng.integers(185, 205)), int(rng.integers(24, 28))
    return {"linear": (d, 3 * d), "conv": (c, 7 * c, (5, 7)), "seed": tests.seed(rng)}


def probe_weights(answer, inputs):
    """The weights of a linear layer and a convolution, and whether two layers of one shape got the same ones."""
    torch.default_generator.manual_seed(inputs["seed"])
    net = torch.nn.Sequential(
        torch.nn.Linear(*inputs["linear"]), torch.nn.ReLU(), torch.nn.Sequential(torch.nn.Conv2d(*inputs["conv"]))
    )
    twins = torch.nn.ModuleList([torch.nn.Linear(5, 4), torch.nn.Linear(5, 4)])
    torch.nn.ModuleList([net, twins]).apply(answer)
    return {
        "linear": net[0].weight,
        "conv": net[2][0].weight,
        "twins": bool(torch.equal(twins[0].weight, twins[1].weight)),
    }


def probe_rest(answer, inputs):
    """Biases and normalizations afterwards, and what should not be touched; all were at odds with the rules before."""
    torch.default_generator.manual_seed(inputs["seed"])

    class Own(torch.nn.Linear):
        pass

    net = torch.nn.ModuleDict(
        {
            "linear": torch.nn.Linear(3, 5),
            "own": Own(4, 3),
            "conv": torch.nn.Conv2d(2, 4, 3),
            "norm1": torch.nn.BatchNorm1d(4),
            "norm2": torch.nn.BatchNorm2d(3),
            "embedding": torch.nn.Embedding(4, 3),
            "layer_norm": torch.nn.LayerNorm(4),
        }
    )
    with torch.no_grad():
        for p in net.parameters():
            p.uniform_(0.3, 0.9)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    net.apply(answer)
    after = dict(net.named_parameters())
    kept = [name for name in before if name.startswith(("embedding", "layer_norm"))]
    return {
        "biases": [after[f"{name}.bias"] for name in ("linear", "own", "conv")],
        "normalizations": [after[f"norm{i}.{part}"] for i in (1, 2) for part in ("weight", "bias")],
        "others unchanged": all(torch.equal(before[name], after[name]) for name in kept),
        "weights drawn": [
            not torch.equal(before[name], after[name]) for name in ("linear.weight", "own.weight", "conv.weight")
        ],
    }


def probe_bare(answer, inputs):
    """Layers without biases, normalizations without parameters: which weights were drawn."""
    torch.default_generator.manual_seed(inputs["seed"])
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 4, bias=False),
        torch.nn.Conv2d(4, 2, 3, bias=False),
        torch.nn.BatchNorm2d(2, affine=False),
        torch.nn.BatchNorm1d(2, affine=False),
    )
    with torch.no_grad():
        for p in net.parameters():
            p.fill_(0.4)
    net.apply(answer)
    return {
        "drawn": [not torch.allclose(p, torch.tensor(0.4)) for p in net.parameters()],
        "no biases": net[0].bias is None and net[1].bias is None,
    }


def probe_blocks(answer, inputs):
    """For two residual blocks, one inside another: which weights are 0."""
    torch.default_generator.manual_seed(inputs["seed"])

    class Block(torch.nn.Module):
        def __init__(self, inner, last):
            super().__init__()
            self.last = last  # registered first, so that the order of the children doesn't help
            self.inner = inner

    deep = Block(torch.nn.Linear(3, 4), torch.nn.Linear(4, 3, bias=False))
    net = torch.nn.Sequential(
        torch.nn.Linear(3, 3), Block(torch.nn.Sequential(torch.nn.Linear(3, 5), deep), torch.nn.Conv2d(2, 3, (3, 5)))
    )
    net.apply(answer)
    return {name: bool((p == 0).all()) for name, p in net.named_parameters()}


def probe_objects(answer, inputs):
    """Whether the parameters are still the same objects, leaves, and as trainable as before."""
    torch.default_generator.manual_seed(inputs["seed"])
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm1d(4))
    for p in net[0].parameters():
        p.requires_grad_(False)
    before = dict(net.named_parameters())
    net.apply(answer)
    after = dict(net.named_parameters())
    return {
        "the same objects": before.keys() == after.keys() and all(before[k] is after[k] for k in before),
        "trainable": [bool(p.requires_grad) for p in after.values()],
        "leaves": all(p.is_leaf for p in after.values()),
    }


def probe_noticed(answer, inputs):
    """Whether a backward pass through the old weights is refused, as it is after any change that autograd sees."""
    torch.default_generator.manual_seed(inputs["seed"])
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(4, 2))))
    loss = net(torch.randn(5, 3)).pow(2).sum()
    before = [p._version for p in net.parameters()]
    net.apply(answer)
    writes = [p._version - v for p, v in zip(net.parameters(), before, strict=True)]
    try:
        loss.backward()
        refused = False
    except RuntimeError:
        refused = True
    return {"refused": refused, "seen": [w > 0 for w in writes], "deep ones more often": writes[2] > writes[0]}


def laws(inputs):
    """What the weights of the linear layer and the convolution should be, by name."""
    i, o = inputs["linear"]
    c, d, kernel = inputs["conv"]
    for name, shape in (("linear", (o, i)), ("conv", (d, c, *kernel))):
        std = kernels.kaiming_std(shape)
        yield name, {"shape": shape, "cdf": tests.centred_normal_cdf(std), "std": std}


def drawn_weights(case):
    """A judge: both weights have their shape and distribution, and layers don't get the same numbers."""
    if not isinstance(case.output, dict):
        return Difference("the network can't be read after your function was applied to it")
    for name, law in laws(case.inputs):
        layer = "nn.Linear" if name == "linear" else "nn.Conv2d"
        w = tests.values_of(case.output.get(name), law.pop("shape"))
        says = w.says if isinstance(w, Difference) else tests.doubts(w, **law)
        if says:
            return Difference(f"in an {layer}: {says}")
    if case.output.get("twins") is not False:
        return Difference("two layers of the same shape got the same weights")
    return None


def outlines(case):
    """A fingerprint: the outline of both distributions."""
    found = {"twins": case.output["twins"]}
    for name, law in laws(case.inputs):
        w = np.asarray(case.output[name].detach(), dtype=np.float64)
        found[name] = tests.outline_of(w, law["std"])
    return found


def noticed(case):
    """A judge: a backward pass was refused, and every parameter's version went up. How often doesn't matter."""
    output = case.output
    if not isinstance(output, dict) or output.get("refused") is not True or output.get("seen") != [True] * 4:
        return Difference("autograd didn't notice that the parameters were changed, and would compute wrong gradients")
    return None


def says(text):
    """A judge of plain data that says `text` in place of which value is wrong."""

    def judge(case):
        from autograder.question import same_value

        return Difference(text) if same_value(case) else None

    return judge


def reference(module):
    """The rules, with NumPy's random numbers, written into the parameters under no_grad."""
    with torch.no_grad():
        if isinstance(module, nn.Linear | nn.Conv2d):
            rng = np.random.default_rng(int(torch.randint(2**31, (1,))))
            module.weight.copy_(torch.tensor(kernels.kaiming_normal(tuple(module.weight.shape), rng)))
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.weight is not None:
            module.weight.fill_(1)
        if isinstance(module, nn.Linear | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d) and module.bias is not None:
            module.bias.fill_(0)
        if hasattr(module, "last"):
            module.last.weight.fill_(0)


question = Question(
    name="init_module",
    assignment="05_initialization",
    reference=reference,
    probe=probe_rest,
    result_name="the network's state",
    properties=[
        Property(
            "weights",
            2,
            large,
            "a network with a linear layer and a convolution",
            judge=drawn_weights,
            cases=1,
            fingerprint=outlines,
            probe=probe_weights,
            tolerance=tests.TELLING_APART,
        ),
        Property("biases, normalizations, others", 1, seeded, "a network with all kinds of layers", cases=1),
        Property(
            "no bias",
            1,
            seeded,
            "layers with bias=False and normalizations with affine=False",
            cases=1,
            probe=probe_bare,
        ),
        Property(
            "residual blocks",
            1,
            seeded,
            "residual blocks, one inside the other",
            judge=says("the wrong weights are 0: in a block's turn, the weight of its last layer is, and no other"),
            cases=1,
            probe=probe_blocks,
        ),
        Property(
            "the same parameters",
            0.5,
            seeded,
            "a network some of whose parameters are frozen",
            judge=says("the parameters aren't the same objects as before, or aren't as trainable as before"),
            cases=1,
            probe=probe_objects,
        ),
        Property(
            "noticed by autograd",
            0.5,
            seeded,
            "a network that was run before, and whose backward pass comes after",
            judge=noticed,
            cases=1,
            probe=probe_noticed,
        ),
    ],
    tolerance=Tolerance(rtol=0.0, atol=1e-6, why="zeros and ones are exact"),
    equivalent_mutants={
        "nn.init.kaiming_normal_(module.weight, )": "torch's default is a leaky ReLU with slope 0, which is ReLU",
    },
    stuck="apply stops with an error, or changes too much",
)


@question.accepts("no_grad and in-place methods, deviation by hand")
def init_module(module):
    with torch.no_grad():
        if isinstance(module, nn.Linear | nn.Conv2d):
            module.weight.normal_(0, math.sqrt(2 / module.weight[0].numel()))
            if module.bias is not None:
                module.bias.zero_()
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.affine:
            module.weight.fill_(1.0)
            module.bias.zero_()
        if hasattr(module, "last"):
            module.last.weight.zero_()


@question.accepts("a table of kinds, biases by name, values copied from new tensors")
def init_module(module):
    kinds = {
        (nn.Linear, nn.Conv2d): lambda w: w.copy_(torch.randn(w.shape) * (2 / w[0].numel()) ** 0.5),
        (nn.BatchNorm1d, nn.BatchNorm2d): lambda w: w.copy_(torch.ones(w.shape)),
    }
    for kind, fill in kinds.items():
        if isinstance(module, kind):
            for name, p in module.named_parameters(recurse=False):
                with torch.no_grad():
                    p.mul_(0) if name == "bias" else fill(p)
    last = getattr(module, "last", None)
    if last is not None:
        with torch.no_grad():
            last.weight.mul_(0)


@question.accepts("torch's init, kind by kind, with early returns")
def init_module(module):
    init = torch.nn.init
    if hasattr(module, "last"):
        init.constant_(module.last.weight, 0.0)
    if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
        if module.weight is None:
            return
        init.constant_(module.weight, 1)
        init.constant_(module.bias, 0)
        return
    if not isinstance(module, nn.Linear) and not isinstance(module, nn.Conv2d):
        return
    init.kaiming_normal_(module.weight, a=0, mode="fan_in")
    if getattr(module, "bias", None) is not None:
        init.constant_(module.bias, 0)


@question.accepts("NumPy's numbers, match and case")
def init_module(module):
    match module:
        case nn.Linear() | nn.Conv2d():
            seed = torch.randint(0, 2**62, ()).item()
            w = np.random.default_rng(seed).normal(size=tuple(module.weight.shape))
            w *= np.sqrt(2 / (w.size / w.shape[0]))
            with torch.no_grad():
                module.weight[...] = torch.from_numpy(w)
        case nn.BatchNorm1d() | nn.BatchNorm2d() if module.affine:
            nn.init.ones_(module.weight)
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            return None
        case _:
            if hasattr(module, "last"):
                nn.init.zeros_(module.last.weight)
            return None
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


question.misconception(
    "xavier",
    "You used Xavier's rule. The networks here have ReLUs: use Kaiming's, normal, with fan_in.",
    seen="xavier_normal_ for every network",
    replace=('nn.init.kaiming_normal_(module.weight, nonlinearity="relu")', "nn.init.xavier_normal_(module.weight)"),
)
question.misconception(
    "uniform",
    "You drew from a uniform distribution. Its variance is right, but the weights should be normal.",
    seen="kaiming_uniform_ for kaiming_normal_",
    convention=True,
    replace=("nn.init.kaiming_normal_", "nn.init.kaiming_uniform_"),
)
question.misconception(
    "fan_out",
    "You used fan_out. Here it is fan_in that counts.",
    seen='mode="fan_out", copied from the ResNets of torchvision',
    convention=True,
    replace=('nonlinearity="relu")', 'mode="fan_out", nonlinearity="relu")'),
)
question.misconception(
    "torchs_default",
    "You left the weights as torch's constructor draws them, or drew them by its rule. That is uniform and too small "
    "for ReLU.",
    seen="reset_parameters(), or kaiming_uniform_ with a=sqrt(5), which is what nn.Linear does by itself",
    replace=(
        'nn.init.kaiming_normal_(module.weight, nonlinearity="relu")',
        "nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5))",
    ),
)
question.misconception(
    "fixed_deviation",
    "You gave all weights the same deviation, 0.02. By Kaiming's rule it depends on fan_in.",
    seen="normal_(0, 0.02), from DCGAN's and BERT's code",
    replace=('nn.init.kaiming_normal_(module.weight, nonlinearity="relu")', "nn.init.normal_(module.weight, 0, 0.02)"),
)
question.misconception(
    "linear_only",
    "You left the convolutions out.",
    seen="isinstance(module, nn.Linear), copied from a network without convolutions",
    replace=("isinstance(module, (nn.Linear, nn.Conv2d))", "isinstance(module, nn.Linear)"),
)
question.misconception(
    "exact_type",
    "You compared types. A subclass of nn.Linear is a linear layer too, and went without: ask with isinstance.",
    seen="type(m) == nn.Linear, as in the documentation of Module.apply",
    replace=("isinstance(module, (nn.Linear, nn.Conv2d))", "type(module) in (nn.Linear, nn.Conv2d)"),
)
question.misconception(
    "bias_taken_for_granted",
    "You took it for granted that a layer has a bias. With bias=False it is None.",
    seen="DLR-RM/stable-baselines3#124; vkola-lab/tmi2022#19",
    replace=(
        "        if module.bias is not None:\n            nn.init.zeros_(module.bias)",
        "        nn.init.zeros_(module.bias)",
    ),
)
question.misconception(
    "affine_taken_for_granted",
    "You took it for granted that a normalization has parameters. With affine=False they are None.",
    seen="nn.init.ones_(m.weight) for every BatchNorm",
    replace=(" and module.affine", ""),
)
question.misconception(
    "bias_of_one_hundredth",
    "You set biases to 0.01. That keeps ReLUs alive at the start, some say, but here they are 0.",
    seen="bias.data.fill_(0.01), in many tutorials",
    convention=True,
    replace=("            nn.init.zeros_(module.bias)", "            nn.init.constant_(module.bias, 0.01)"),
)
question.misconception(
    "biases_left",
    "You left the biases of linear layers and convolutions as they were. Set them to 0.",
    seen="weights initialized, biases forgotten",
    replace=("            nn.init.zeros_(module.bias)", "            pass"),
)
question.misconception(
    "normalizations_left",
    "You left the normalizations as they were. Their weight is 1 and their bias 0.",
    seen="only layers with matrices initialized",
    replace=("if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:", "if False:"),
)
question.misconception(
    "normalizations_zero",
    "You set the weight of the normalizations to 0: no signal gets through. It is 1.",
    seen="zeros for everything that isn't a matrix",
    replace=("nn.init.ones_(module.weight)", "nn.init.zeros_(module.weight)"),
)
question.misconception(
    "whatever_has_a_weight",
    "You also changed modules of other kinds that happen to have a weight. Only those that the rules name are touched.",
    seen="hasattr(m, 'weight') and m.weight.dim() > 1, in GAN code",
    source="""
    def init_module(module):
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if isinstance(weight, nn.Parameter) and weight.dim() > 1:
            nn.init.kaiming_normal_(weight, nonlinearity="relu")
        elif isinstance(weight, nn.Parameter):
            nn.init.ones_(weight)
        if isinstance(bias, nn.Parameter):
            nn.init.zeros_(bias)
        if hasattr(module, "last"):
            nn.init.zeros_(module.last.weight)
    """,
)
question.misconception(
    "blocks_forgotten",
    "You didn't treat residual blocks. In its turn, a block sets the weight of its last layer to 0.",
    seen="zero_init_residual left out",
    replace=('if hasattr(module, "last"):', "if False:"),
)
question.misconception(
    "whole_block_zero",
    "You set all weights of a block to 0. Then nothing in it ever learns: only the last layer's weight is 0.",
    seen="zero initialization taken too far",
    replace=(
        "nn.init.zeros_(module.last.weight)",
        "[nn.init.zeros_(p) for p in module.parameters()]",
    ),
)
question.misconception(
    "walks_by_itself",
    "Your function walks through the submodules by itself. apply does that already, children first; so what a block "
    "did is undone when its parents' turn comes.",
    seen="a loop over self.modules() turned into a function for apply",
    source="""
    def init_module(module):
        if hasattr(module, "last"):
            nn.init.zeros_(module.last.weight)
        for m in module.modules():
            if isinstance(m, (nn.Linear, nn.Conv2d)):
                nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
                if m.bias is not None:
                    nn.init.zeros_(m.bias)
            if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d)) and m.affine:
                nn.init.ones_(m.weight)
                nn.init.zeros_(m.bias)
    """,
)
question.misconception(
    "new_parameters",
    "You put new parameters in the place of the old ones. An optimizer that knows the old ones would train nothing, "
    "and frozen ones would be trained: write into those that are there.",
    seen="m.weight = nn.Parameter(...)",
    replace=(
        'nn.init.kaiming_normal_(module.weight, nonlinearity="relu")',
        'module.weight = nn.Parameter(nn.init.kaiming_normal_(module.weight.clone(), nonlinearity="relu"))',
    ),
)
question.misconception(
    "data",
    "You wrote through .data, behind autograd's back: a backward pass that still needs the old values would go on with "
    "the new ones, without an error. Use torch's init functions, or no_grad.",
    seen="m.weight.data.normal_(...) and m.bias.data.fill_(...), in tutorials older than no_grad",
    source="""
    def init_module(module):
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            module.weight.data.normal_(0, math.sqrt(2 / module.weight[0].numel()))
            if module.bias is not None:
                module.bias.data.fill_(0)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) and module.affine:
            module.weight.data.fill_(1)
            module.bias.data.fill_(0)
        if hasattr(module, "last"):
            module.last.weight.data.fill_(0)
    """,
)
question.misconception(
    "seed_inside",
    "You set the seed inside the function, so that every layer gets the same numbers. Set it once, outside.",
    seen="torch.manual_seed in a function that is called for every module",
    replace=(
        "        nn.init.kaiming_normal_(",
        "        torch.manual_seed(0)\n        nn.init.kaiming_normal_(",
    ),
)
