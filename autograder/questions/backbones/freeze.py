"""freeze: a part of a model is frozen; what the model computes and updates afterwards, in training mode."""

import numpy as np
import torch

from autograder.question import Difference, Property, Question, Tolerance, parts, same_value

SHAPES = {
    "first.weight": (2, 1, 1, 1),
    "first.bias": (2,),
    "backbone.0.weight": (3, 2, 3, 3),
    "backbone.0.bias": (3,),
    "backbone.1.weight": (3,),
    "backbone.1.bias": (3,),
    "backbone.5.0.weight": (4, 18),
    "backbone.5.0.bias": (4,),
    "backbone.5.1.weight": (4,),
    "backbone.5.1.bias": (4,),
    "norm.weight": (4,),
    "norm.bias": (4,),
    "head.weight": (3, 4),
    "head.bias": (3,),
}
STATISTICS = {"backbone.1": 3, "backbone.5.1": 4, "norm": 4}


def task(*calls, p=0.0):
    """A model with weights and statistics; p: of a dropout in its backbone. calls: what is called after freezing."""

    def make(rng):
        state = {n: rng.normal(0.2, 0.7, s).astype(np.float32) for n, s in SHAPES.items()}
        for name, C in STATISTICS.items():
            state[f"{name}.running_mean"] = rng.normal(0, 1, C).astype(np.float32)
            state[f"{name}.running_var"] = rng.uniform(0.5, 3, C).astype(np.float32)
        return {
            "state": state,
            "x": rng.normal(0.5, 1, (6, 1, 4, 5)).astype(np.float32),
            "grad_out": rng.normal(0.3, 1, (6, 3)).astype(np.float32),
            "p": p,
            "calls": list(calls),
            "seed": int(rng.integers(2**31)),
        }

    return make


def probe(answer, inputs):
    """The model after its backbone was frozen and modes were set: parameters, outputs, gradients, statistics."""
    torch.default_generator.manual_seed(inputs["seed"])
    nn = torch.nn
    second = nn.Sequential(nn.Linear(18, 4), nn.BatchNorm1d(4), nn.Tanh())  # bent, or norm would undo it
    backbone = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Tanh(), nn.Flatten(), nn.Dropout(inputs["p"]), second
    )
    model = nn.Sequential()
    model.add_module("first", nn.Conv2d(1, 2, 1))
    model.add_module("backbone", backbone)
    model.add_module("norm", nn.BatchNorm1d(4))
    model.add_module("head", nn.Linear(4, 3))
    model.load_state_dict({k: torch.tensor(v) for k, v in inputs["state"].items()}, strict=False)
    x, grad_out = torch.tensor(inputs["x"]), torch.tensor(inputs["grad_out"])
    for p in model.parameters():
        p.grad = torch.ones(p.shape)
    before = {n: id(p) for n, p in model.named_parameters()}, list(model.state_dict())
    returned = answer(backbone)
    left = {n: "none" if p.grad is None else "some" if p.grad.any() else "zeros" for n, p in model.named_parameters()}
    for owner, method, *mode in inputs["calls"]:
        getattr(model if owner == "model" else backbone, method)(*mode)
    trained = {n: p.requires_grad for n, p in model.named_parameters()}
    for p in model.parameters():
        p.grad = None
    y = model(x)
    if y.requires_grad:
        y.backward(grad_out)
    first = model.first.weight.grad
    return {
        "trained": trained,
        "attribute": "requires_grad" in vars(backbone),
        "left gradients": left,
        "y": y,
        "statistics": {n: b for n, b in model.named_buffers() if n.startswith("backbone")},
        "gradient before": torch.zeros(2) if first is None else first.flatten(),
        "rest": {
            "the module itself": returned is backbone,
            "the same objects": before[0] == {n: id(p) for n, p in model.named_parameters()},
            "the same names": before[1] == list(model.state_dict()),
            "others' statistics move": not torch.equal(model.norm.running_mean, torch.tensor(
                inputs["state"]["norm.running_mean"])),
        },
    }  # fmt: skip


def reference(module):
    """The module becomes one of a subclass of its class, whose train does nothing."""
    module.eval()
    for p in module.parameters():
        p.grad = None
        p.requires_grad = False
    module.__class__ = type("Frozen", (type(module),), {"train": lambda self, mode=True: self})
    return module


def trained_ones(case):
    """A judge: which parameters require a gradient."""
    found = case.output.get("trained") if isinstance(case.output, dict) else None
    if not isinstance(found, dict):
        return same_value(case)
    for name, expected in case.expected["trained"].items():
        if found.get(name) is not expected:
            return Difference(f"{name} {'no longer requires' if expected else 'still requires'} a gradient", name)
    return None


def left_gradients(case):
    """A judge: what is left in .grad right after freezing, where it was numbers everywhere."""
    found = case.output.get("left gradients") if isinstance(case.output, dict) else None
    if not isinstance(found, dict):
        return same_value(case)
    for name, expected in case.expected["left gradients"].items():
        if found.get(name) != expected:
            frozen = expected == "none"
            says = "still has a gradient from before" if frozen else "has lost its gradient, and isn't frozen"
            return Difference(f"{name} {says}", name)
    return None


def gradient_before(case):
    """A judge: the gradient that arrives at the layer before the frozen module."""
    found = case.output.get("gradient before") if isinstance(case.output, dict) else None
    if isinstance(found, torch.Tensor) and not found.any():
        return Difference("no gradient arrives at that layer", "gradient before")
    return parts("gradient before")(case)


def the_rest(case):
    """A judge: what freezing a part must not touch."""
    says = {
        "the module itself": "your function didn't return the module that it was given",
        "the same objects": "some parameters are other objects than before, or under other names",
        "the same names": "the names in the model's state dict have changed",
        "others' statistics move": "a normalization outside of the frozen module is frozen too",
    }
    rest = case.output.get("rest") if isinstance(case.output, dict) else None
    for what, text in says.items():
        if not isinstance(rest, dict) or rest.get(what) is not True:
            return Difference(text, what)
    return None


def computes(case):
    """A judge: the frozen normalizations' statistics, then the model's output."""
    if parts("statistics")(case):
        return Difference("a normalization in the frozen module has moved its running statistics", "statistics")
    if parts("y")(case):
        return Difference("the model's output isn't that of a backbone in evaluation mode", "y")
    return None


TRAIN, EVAL = ("model", "train"), ("model", "eval")
question = Question(
    name="freeze",
    assignment="08_backbones",
    reference=reference,
    probe=probe,
    properties=[
        Property("value", 1, task(TRAIN), "a model after train(): its parameters", judge=trained_ones, cases=1),
        Property("at once", 0.5, task(), "a model in training mode, nothing called after freeze", judge=computes),
        Property("after train()", 1.5, task(TRAIN), "a model after train()", judge=computes),
        Property(
            "after other calls",
            0.5,
            task(EVAL, TRAIN, ("backbone", "train", True)),
            "a model after eval(), train(), and train(True) of the frozen module itself",
            judge=computes,
            cases=1,
        ),
        Property("dropout", 0.5, task(TRAIN, p=0.6), "a backbone with dropout, after train()", judge=computes),
        Property(
            "gradient before",
            0.5,
            task(TRAIN),
            "a layer that comes before the frozen module",
            judge=gradient_before,
            cases=1,
        ),
        Property(
            "left gradients", 0.25, task(), "a model that was trained before", judge=left_gradients, cases=1
        ),
        Property("the rest", 0.25, task(TRAIN), "any model", judge=the_rest, cases=1),
    ],
    tolerance=Tolerance(
        rtol=1e-3, atol=1e-4, why="float32 through three layers and a backward pass is off by about 1e-6"
    ),
    equivalent_mutants={
        "module.train = lambda mode=True: None": "what train() gives back isn't specified",
        "module.train = lambda mode=False: module": "the mode is ignored",
    },
    stuck="It thaws",
)  # fmt: skip

question.accepts(
    "every module inside gets a train of its own",
    """
    import types

    def freeze(module):
        def stay(self, mode=True):
            return self

        module.requires_grad_(False).zero_grad(set_to_none=True)
        for m in module.modules():
            m.training = False
            m.train = types.MethodType(stay, m)
        return module
    """,
)
question.accepts(
    "back to evaluation mode before each forward pass, by a hook",
    """
    def freeze(module):
        module.register_forward_pre_hook(lambda m, args: m.eval() and None)
        for p in module.parameters():
            p.requires_grad, p.grad = False, None
        return module
    """,
)
question.accepts(
    "train passed on with mode False",
    """
    def freeze(module):
        original = module.train

        def train(mode=True):
            return original(False)

        module.train = train
        module.train()
        [setattr(p, "grad", None) for p in module.requires_grad_(False).parameters()]
        return module
    """,
)
question.accepts(
    "forward wrapped, so that it runs in evaluation mode",
    """
    def freeze(module):
        forward = module.forward

        def frozen_forward(*args, **kwargs):
            for m in module.modules():
                m.training = False
            return forward(*args, **kwargs)

        module.forward = frozen_forward
        for name, p in module.named_parameters():
            p.requires_grad_(False)
            p.grad = None
        return module
    """,
)

question.misconception(
    "attribute_of_the_module",
    "You set requires_grad on the module, where it is an attribute that nobody reads. It belongs to each parameter.",
    seen="model.requires_grad = False, in many forum questions",
    replace=(
        "    for p in module.parameters():\n        p.requires_grad_(False)\n        p.grad = None\n",
        "    module.requires_grad = False\n    for p in module.parameters():\n        p.grad = None\n",
    ),
)
question.misconception(
    "thaws_with_train",
    "Your module is in evaluation mode until somebody calls train() on the model, as every training loop does. From "
    "then on its normalizations are in training mode again.",
    seen="model.backbone.eval() before the loop, model.train() inside it",
    replace=("    module.train = lambda mode=True: module\n", ""),
)
question.misconception(
    "parameters_only",
    "You froze the parameters only. In training mode the normalizations still compute with the batch's statistics and "
    "move their running ones.",
    seen="for p in model.parameters(): p.requires_grad = False, which is where most tutorials stop",
    replace=("    module.eval()\n    module.train = lambda mode=True: module\n", ""),
)
question.misconception(
    "mode_only",
    "You keep the module in evaluation mode, but its parameters are trained as before. The mode has nothing to do with "
    "gradients.",
    seen="eval() taken for freezing",
    replace=("        p.requires_grad_(False)\n", ""),
)
question.misconception(
    "momentum_zero",
    "You stopped the running statistics by momentum 0. In training mode the normalizations still divide by the batch's "
    "own deviation: keep them in evaluation mode.",
    seen="bn.momentum = 0, to freeze batch normalization",
    replace=(
        "    module.train = lambda mode=True: module\n",
        "    for m in module.modules():\n        if isinstance(m, nn.modules.batchnorm._BatchNorm):\n"
        "            m.momentum = 0.0\n",
    ),
)
question.misconception(
    "normalizations_only",
    "You keep the normalizations in evaluation mode, but not the rest: dropout still drops.",
    seen="freeze_bn, applied to the modules that are normalizations",
    source="""
    def freeze(module):
        for p in module.parameters():
            p.requires_grad_(False)
            p.grad = None
        for m in module.modules():
            if isinstance(m, nn.modules.batchnorm._BatchNorm):
                m.eval()
                m.train = lambda mode=True, m=m: m
        return module
    """,
)
question.misconception(
    "images_only",
    "You treated the normalizations of images only. Those of vectors are in training mode again after train().",
    seen="isinstance(m, nn.BatchNorm2d), in freeze_bn",
    source="""
    def freeze(module):
        for p in module.parameters():
            p.requires_grad_(False)
            p.grad = None
        module.eval()
        for m in module.modules():
            if isinstance(m, (nn.BatchNorm2d, nn.Dropout)):
                m.train = lambda mode=True, m=m: m
        return module
    """,
)
question.misconception(
    "direct_children_only",
    "You froze the layers that stand directly in the module. Those inside a block are trained and change their mode as "
    "before.",
    seen="for layer in model.children(): ..., for layers in nested blocks",
    source="""
    def freeze(module):
        for layer in module.children():
            for p in layer.parameters(recurse=False):
                p.requires_grad_(False)
                p.grad = None
            if not list(layer.children()):
                layer.eval()
                layer.train = lambda mode=True, layer=layer: layer
        return module
    """,
)
question.misconception(
    "weights_without_biases",
    "You froze the weights and left the biases to train.",
    seen="if 'weight' in name",
    replace=(
        "    for p in module.parameters():\n        p.requires_grad_(False)\n",
        "    for n, p in module.named_parameters():\n        p.requires_grad_('weight' not in n)\n",
    ),
)
question.misconception(
    "normalizations_trained",
    "You left the scales and shifts of the normalizations to train. They are parameters of the module, and frozen too.",
    seen="freezing by the types of layers, linear and convolutional",
    source="""
    def freeze(module):
        for m in module.modules():
            for p in m.parameters(recurse=False):
                p.grad = None
                p.requires_grad_(isinstance(m, nn.modules.batchnorm._BatchNorm))
        module.eval()
        module.train = lambda mode=True: module
        return module
    """,
)
question.misconception(
    "no_gradient_through",
    "No gradient passes through your module any more: layers before it learn nothing. Its parameters need none, but "
    "what flows through it does.",
    seen="with torch.no_grad() around the backbone, or detach() behind it",
    replace=(
        "    return module",
        "    module.forward = torch.no_grad()(module.forward)\n    return module",
    ),
)
question.misconception(
    "old_gradients_left",
    "You left the gradients from before in the frozen parameters. An optimizer that holds them takes another step with "
    "these.",
    seen="parameters that keep moving after requires_grad = False, since their .grad isn't None",
    replace=("        p.grad = None\n", ""),
)
question.misconception(
    "gradients_of_zeros",
    "You set the old gradients to 0. An optimizer with momentum or weight decay still moves such parameters: only with "
    "None it leaves them alone.",
    seen="zero_grad(set_to_none=False)",
    replace=("        p.grad = None\n", "        p.grad = torch.zeros_like(p)\n"),
)
question.misconception(
    "a_copy",
    "You froze a copy. The model still holds the module that you were given, which is as it was.",
    seen="copy.deepcopy to be on the safe side",
    replace=(
        "    for p in module.parameters():",
        "    import copy\n\n    module = copy.deepcopy(module)\n    for p in module.parameters():",
    ),
)
question.misconception(
    "nothing_returned",
    "Your function freezes the module, but doesn't return it.",
    seen="return forgotten",
    replace=("    return module", ""),
)
