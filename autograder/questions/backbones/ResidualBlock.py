"""ResidualBlock: a module, its published names, given weights, and both of its modes."""

import numpy as np
import torch

from autograder.question import Difference, Property, Question, Tolerance, parts, same_value
from autograder.reference import backbones as kernels
from autograder.reference import batch_normalization

NONE_IS_FALSE = "None is as false as False"


def state_of(rng, C, K, stride):
    """A block's state dict: weights that keep values near 1, statistics that differ from those of a fresh layer."""
    layers = {"conv1": (K, C, 3, 3), "conv2": (K, K, 3, 3)}
    norms = ["bn1", "bn2"]
    if stride != 1 or C != K:
        layers["downsample.0"] = (K, C, 1, 1)
        norms.append("downsample.1")
    state = {f"{n}.weight": rng.normal(0.1, 1, s) / np.sqrt(s[1] * s[2]) for n, s in layers.items()}
    for name in norms:
        state |= {
            f"{name}.weight": rng.uniform(0.5, 1.5, K) * rng.choice([-1, 1], K),
            f"{name}.bias": rng.normal(0, 1, K),
            f"{name}.running_mean": rng.normal(0, 1, K),
            f"{name}.running_var": rng.uniform(0.5, 3, K),
        }
    state = {k: v.astype(np.float32) for k, v in state.items()}
    return state | {f"{name}.num_batches_tracked": np.array(int(rng.integers(3, 9))) for name in norms}


def block(rng, C, K, stride, training=False):
    H, W = rng.permutation([5, 6]).tolist()
    return {
        "sizes": [C, K, stride] if stride != 1 else [C, K],
        "state": state_of(rng, C, K, stride),
        "x": rng.normal(0.3, 1, (3, C, H, W)).astype(np.float32),
        "training": training,
    }


def plain(rng):
    C = int(rng.integers(3, 5))
    return block(rng, C, C, 1)


def downsampled(rng):
    return block(rng, 2, int(rng.integers(3, 5)), 2)


def wider(rng):
    return block(rng, *rng.permutation([3, 4]).tolist(), 1)


def smaller(rng):
    return block(rng, 3, 3, int(rng.integers(2, 4)))


def trained(rng):
    return block(rng, 2, 3, 2, training=True)


def probe(answer, inputs):
    """The names and shapes of the block's state, what it returns with a given state, and its state afterwards."""
    torch.default_generator.manual_seed(0)  # a layer of another name keeps the weights that it drew
    module = answer(*inputs["sizes"])
    names = {name: str(tuple(value.shape)) for name, value in module.state_dict().items()}
    state = {k: torch.as_tensor(v) for k, v in inputs["state"].items()}
    module.load_state_dict({k: v for k, v in state.items() if names.get(k) == str(tuple(v.shape))}, strict=False)
    module.train(inputs["training"])
    with torch.no_grad():
        y = module(torch.from_numpy(inputs["x"]))  # shares its numbers, so that a write into x shows
    after = module.state_dict() if inputs["training"] else {}
    return {"names": names, "y": y, "state": {k: v for k, v in after.items() if "running" in k}}


class ByHand:
    """The block by the reference kernels, in double precision, behind as much of a module's face as the probe needs."""

    def __init__(self, C, K, stride=1):
        self.stride = stride
        self.state = {k: torch.tensor(v) for k, v in state_of(np.random.default_rng(0), C, K, stride).items()}

    def load_state_dict(self, state, strict):
        self.state = dict(state)

    def train(self, mode):
        self.training = mode

    def state_dict(self):
        return self.state

    def __call__(self, x):
        x, state = x.double().numpy(), {k: v.double().numpy() for k, v in self.state.items()}
        if self.training:
            h = kernels.conv2d_forward(x, state["conv1.weight"], None, self.stride, 1)
            self._update("bn1", h)
            h = batch_normalization.batch_norm_forward(h, state["bn1.weight"], state["bn1.bias"])
            self._update("bn2", kernels.conv2d_forward(np.maximum(h, 0), state["conv2.weight"], None, 1, 1))
            shortcut = kernels.conv2d_forward(x, state["downsample.0.weight"], None, self.stride)
            self._update("downsample.1", shortcut)
        return kernels.residual_block(x, state, self.stride, self.training)

    def _update(self, name, h):
        mean, var = (self.state[f"{name}.running_{part}"].double().numpy() for part in ("mean", "var"))
        mean, var = batch_normalization.update_running_stats(h, mean, var)
        self.state |= {f"{name}.running_mean": torch.tensor(mean), f"{name}.running_var": torch.tensor(var)}
        self.state[f"{name}.num_batches_tracked"] = self.state[f"{name}.num_batches_tracked"] + 1


def named_and(part):
    """A judge: the published names with their shapes, then one part of what the probe saw."""

    def judge(case):
        names = case.output.get("names") if isinstance(case.output, dict) else None
        if not isinstance(names, dict):
            return same_value(case)
        expected = case.expected["names"]
        if missing := [n for n in expected if n not in names]:
            return Difference(f"the block's state dict lacks {missing[0]}", "names")
        if extra := [n for n in names if n not in expected]:
            return Difference(f"the block's state dict has {len(extra)} entries that aren't asked for", "names")
        for name in expected:
            if names[name] != expected[name]:
                return Difference(f"{name} doesn't have its published shape", name)
        return parts(part)(case)

    return judge


def x_unharmed(case):
    """A judge: x was not written into."""
    if case.after.get("x") is None or not np.array_equal(case.after["x"], case.inputs["x"]):
        return Difference("your block changed its input x in place; work on a copy instead", "x")
    return None


question = Question(
    name="ResidualBlock",
    assignment="08_backbones",
    reference=ByHand,
    probe=probe,
    result_name="the block",
    properties=[
        Property("value", 2, plain, "a block whose shortcut is x itself, in evaluation mode", judge=named_and("y")),
        Property(
            "downsample",
            1.5,
            downsampled,
            "a block with other channels and a stride of 2, in evaluation mode",
            judge=named_and("y"),
        ),
        Property(
            "other channels", 0.5, wider, "a block with other channels and a stride of 1", judge=named_and("y"), cases=1
        ),
        Property(
            "stride alone", 0.5, smaller, "a block with the same channels and a stride above 1", judge=named_and("y")
        ),
        Property("training", 0.5, trained, "a block in training mode", judge=named_and("y")),
        Property(
            "running statistics", 0.5, trained, "a block's state after a batch of training", judge=named_and("state")
        ),
        Property("x unharmed", 0.5, plain, "any x", judge=x_unharmed),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-3,
        why="the block computes in float32: sums of at most 36 products near 1, divided by deviations above 0.3, are "
        "off by about 1e-5; the misconceptions by more than 1e-2",
    ),
    equivalent_mutants={
        "self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=None)": NONE_IS_FALSE,
        "self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=None)": NONE_IS_FALSE,
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=None), nn.BatchNorm2d(out_channels)": NONE_IS_FALSE,
    },
    stuck="My block computes something else",
)

question.accepts(
    "an empty Sequential for the shortcut, torch's relu function in place on its own arrays",
    """
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.downsample = nn.Sequential()
            if (in_channels, stride) != (out_channels, 1):
                self.downsample.append(nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False))
                self.downsample.append(nn.BatchNorm2d(out_channels))
            self.bn2, self.bn1 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
            self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
            self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)

        def forward(self, x):
            h = nn.functional.relu(self.bn1(self.conv1(x)), inplace=True)
            h = self.bn2(self.conv2(h))
            h += self.downsample(x)
            return nn.functional.relu_(h)
    """,
)
question.accepts(
    "a Sequential with the published names, and an Identity for the shortcut",
    """
    from collections import OrderedDict

    class ResidualBlock(nn.Sequential):
        def __init__(self, in_channels, out_channels, stride=1):
            same = dict(kernel_size=3, padding="same", bias=False)
            super().__init__(OrderedDict(
                conv1=nn.Conv2d(in_channels, out_channels, 3, stride=(stride, stride), padding=(1, 1), bias=False),
                bn1=nn.BatchNorm2d(out_channels),
                relu=nn.ReLU(inplace=True),
                conv2=nn.Conv2d(out_channels, out_channels, **same),
                bn2=nn.BatchNorm2d(out_channels),
            ))
            shortcut = nn.Identity()
            if stride > 1 or in_channels != out_channels:
                convolution = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
                shortcut = nn.Sequential(convolution, nn.BatchNorm2d(out_channels))
            self.add_module("downsample", shortcut)

        def forward(self, x):
            out = x
            for name, layer in self.named_children():
                if name != "downsample":
                    out = layer(out)
            return self.relu(torch.add(out, self.downsample(x)))
    """,
)
question.accepts(
    "layers without a forward of their own, torch's functions on their parameters",
    """
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.stride, channels = stride, in_channels
            for i in (1, 2):
                conv, norm = nn.Conv2d(channels, out_channels, 3, bias=False), nn.BatchNorm2d(out_channels)
                setattr(self, f"conv{i}", conv)
                setattr(self, f"bn{i}", norm)
                channels = out_channels
            if not (stride == 1 and in_channels == out_channels):
                conv = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
                self.downsample = nn.ModuleList([conv, nn.BatchNorm2d(out_channels)])

        def forward(self, x):
            h = nn.functional.conv2d(x, self.conv1.weight, stride=self.stride, padding=1)
            h = self.bn1(h).clamp(min=0)
            h = self.bn2(nn.functional.conv2d(h, self.conv2.weight, padding=1))
            for layer in getattr(self, "downsample", []):
                x = layer(x)
            return torch.where(h + x > 0, h + x, torch.zeros(()))
    """,
)
question.accepts(
    "the convolutions by a dictionary of arguments, the shortcut by slicing before a 1x1 convolution",
    """
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.stride = stride
            self.conv1 = nn.Conv2d(in_channels, out_channels, kernel_size=(3, 3), stride=stride, padding=1, bias=False)
            self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=(3, 3), padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(out_channels, eps=1e-5, momentum=0.1)
            self.bn2 = nn.BatchNorm2d(out_channels, eps=1e-5, momentum=0.1)
            if stride == 1 and in_channels == out_channels:
                self.shortcut = lambda x: x
                return
            unstrided = nn.Conv2d(in_channels, out_channels, 1, bias=False)
            self.downsample = nn.Sequential(unstrided, nn.BatchNorm2d(out_channels))
            self.shortcut = lambda x: self.downsample(x[:, :, ::stride, ::stride])

        def forward(self, x):
            relu = nn.ReLU()
            main = self.bn2(self.conv2(relu(self.bn1(self.conv1(x)))))
            return relu(main + self.shortcut(x))
    """,
)

question.misconception(
    "relu_before_sum",
    "Your last ReLU comes before the sum. It comes after: the sum's negative values become 0.",
    seen="every convolution followed by its ReLU, and the sum at the very end",
    replace=("return torch.relu(h + shortcut)", "return torch.relu(h) + shortcut"),
)
question.misconception(
    "no_last_relu",
    "You left out the ReLU after the sum.",
    seen="the sum returned as it is, as in blocks of the pre-activation kind",
    replace=("return torch.relu(h + shortcut)", "return h + shortcut"),
)
question.misconception(
    "relu_on_both_sides",
    "You put a ReLU on the main path before the sum as well. Between the second normalization and the sum there is "
    "none.",
    seen="a helper that makes convolution, normalization and ReLU, used twice",
    replace=("return torch.relu(h + shortcut)", "return torch.relu(torch.relu(h) + shortcut)"),
)
question.misconception(
    "no_shortcut",
    "Your block has lost its shortcut: nothing is added to the main path.",
    seen="a block turned into a plain pair of convolutions",
    replace=("return torch.relu(h + shortcut)", "return torch.relu(h)"),
)
question.misconception(
    "shortcut_concatenated",
    "You put main path and shortcut side by side. They are added.",
    seen="torch.cat, as in DenseNet and U-Net",
    replace=("torch.relu(h + shortcut)", "torch.relu(torch.cat([h, shortcut], dim=1))"),
)
question.misconception(
    "no_relu_between",
    "You left out the ReLU between the first normalization and the second convolution.",
    seen="an activation created and never called",
    replace=("torch.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))"),
)
question.misconception(
    "relu_before_normalization",
    "You put the first ReLU before the normalization. It comes after it.",
    seen="the order convolution, ReLU, normalization, which other networks have",
    convention=True,
    replace=("torch.relu(self.bn1(self.conv1(x)))", "self.bn1(torch.relu(self.conv1(x)))"),
)
question.misconception(
    "pre_activation",
    "Your block normalizes and activates before each convolution. That is the later, pre-activation block; the "
    "published weights of ResNet-18 belong to the one in which each convolution comes first.",
    seen="ResNet v2, He et al. (2016b)",
    convention=True,
    source="""
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.bn1 = nn.BatchNorm2d(in_channels)
            self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(out_channels)
            self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
            self.downsample = None
            if stride != 1 or in_channels != out_channels:
                self.downsample = nn.Sequential(
                    nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
                )

        def forward(self, x):
            shortcut = x if self.downsample is None else self.downsample(x)
            h = self.conv1(torch.relu(self.bn1(x)))
            return self.conv2(torch.relu(self.bn2(h))) + shortcut
    """,
)
question.misconception(
    "not_normalized_twice",
    "You never call the second normalization.",
    seen="a layer created in the constructor and forgotten in forward",
    replace=("self.bn2(self.conv2(h))", "self.conv2(h)"),
)
question.misconception(
    "one_normalization_for_both",
    "You used the first normalization after both convolutions. The second one has scales and statistics of its own.",
    seen="self.bn shared, as layers without parameters may be",
    replace=("self.bn2(self.conv2(h))", "self.bn1(self.conv2(h))"),
)
question.misconception(
    "stride_in_second",
    "You gave the stride to the second convolution. The first one has it.",
    seen="papers differ on where a block strides; the basic block does in its first convolution",
    convention=True,
    source="""
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(out_channels)
            self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(out_channels)
            self.downsample = None
            if stride != 1 or in_channels != out_channels:
                self.downsample = nn.Sequential(
                    nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
                )

        def forward(self, x):
            shortcut = x if self.downsample is None else self.downsample(x)
            h = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(h)) + shortcut)
    """,
)
question.misconception(
    "stride_in_both",
    "You gave the stride to both convolutions of the main path. The second has the stride 1, or the sum doesn't fit.",
    seen="RuntimeError: The size of tensor a must match the size of tensor b",
    replace=(
        "nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)",
        "nn.Conv2d(out_channels, out_channels, 3, stride, padding=1, bias=False)",
    ),
)
question.misconception(
    "downsample_for_channels_only",
    "You change the shortcut only where the number of channels changes. With a stride it must shrink too.",
    seen="if in_channels != out_channels, without the stride",
    replace=("if stride != 1 or in_channels != out_channels:", "if in_channels != out_channels:"),
)
question.misconception(
    "downsample_for_stride_only",
    "You change the shortcut only where there is a stride. With another number of channels it must change too.",
    seen="if stride != 1, without the channels",
    replace=("if stride != 1 or in_channels != out_channels:", "if stride != 1:"),
)
question.misconception(
    "downsample_when_both",
    "You change the shortcut only where stride *and* channels change. Either of them needs it.",
    seen="and in place of or",
    replace=("if stride != 1 or in_channels != out_channels:", "if stride != 1 and in_channels != out_channels:"),
)
question.misconception(
    "always_downsample",
    "Your shortcut always has layers of its own. Where stride and channels stay the same it is x itself, without names "
    "in the state dict.",
    seen="a projection in every block, option C of He et al. (2016)",
    replace=("if stride != 1 or in_channels != out_channels:", "if True:"),
)
question.misconception(
    "shortcut_not_normalized",
    "Your shortcut lacks its normalization. downsample holds a convolution and a batch normalization.",
    seen="self.downsample = nn.Conv2d(...)",
    replace=(
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)",
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)",
    ),
)
question.misconception(
    "shortcut_activated",
    "Your shortcut has a ReLU of its own. It is a convolution and a normalization; the only ReLU comes after the sum.",
    seen="the same convolution-normalization-ReLU helper for the shortcut",
    replace=(
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)",
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()",
    ),
)
question.misconception(
    "shortcut_3x3",
    "Your shortcut's convolution isn't 1×1.",
    seen="a helper for 3×3 convolutions used for the shortcut too",
    replace=(
        "nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)",
        "nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)",
    ),
)
question.misconception(
    "shortcut_pooled",
    "Your shortcut shrinks by pooling, without a stride in its convolution. It is the convolution that has the stride.",
    seen="average pooling before the shortcut's convolution, the ResNet-D variant",
    convention=True,
    replace=(
        "shortcut = x if self.downsample is None else self.downsample(x)",
        "shortcut = x\n        if self.downsample is not None:\n"
        "            s, x_ = self.downsample[0].stride, nn.functional.avg_pool2d(\n"
        "                x, self.downsample[0].stride, ceil_mode=True, count_include_pad=False)\n"
        "            shortcut = self.downsample[1](nn.functional.conv2d(x_, self.downsample[0].weight))",
    ),
)
question.misconception(
    "named_shortcut",
    "You called the layers of the shortcut something else. Published weights find them under downsample.0 and "
    "downsample.1.",
    seen="self.shortcut, in many CIFAR ResNets",
    convention=True,
    source="""
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(out_channels)
            self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(out_channels)
            self.shortcut = nn.Sequential()
            if stride != 1 or in_channels != out_channels:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
                )

        def forward(self, x):
            h = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(h)) + self.shortcut(x))
    """,
)
question.misconception(
    "with_bias",
    "Your convolutions have biases. A normalization follows and would take them out again, so the published ones have "
    "none.",
    seen="nn.Conv2d's default, bias=True",
    source="""
    class ResidualBlock(nn.Module):
        def __init__(self, in_channels, out_channels, stride=1):
            super().__init__()
            self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1)
            self.bn1 = nn.BatchNorm2d(out_channels)
            self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
            self.bn2 = nn.BatchNorm2d(out_channels)
            self.downsample = None
            if stride != 1 or in_channels != out_channels:
                self.downsample = nn.Sequential(
                    nn.Conv2d(in_channels, out_channels, 1, stride), nn.BatchNorm2d(out_channels)
                )
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    nn.init.zeros_(m.bias)

        def forward(self, x):
            shortcut = x if self.downsample is None else self.downsample(x)
            h = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(h)) + shortcut)
    """,
)
question.misconception(
    "always_running_statistics",
    "Your normalizations use the running statistics in training too, and don't update them. Leave the modes to the "
    "layers.",
    seen="eval() called in the constructor or in forward, to get the same numbers every time",
    replace=(
        "shortcut = x if self.downsample is None else self.downsample(x)",
        "self.eval()\n        shortcut = x if self.downsample is None else self.downsample(x)",
    ),
)
question.misconception(
    "other_momentum",
    "Your running statistics take in nine tenths of each batch. Torch's momentum is the weight of the new batch: leave "
    "it at 0.1.",
    seen="momentum=0.9, as other libraries mean it",
    replace=(
        "self.bn1 = nn.BatchNorm2d(out_channels)",
        "self.bn1 = nn.BatchNorm2d(out_channels, momentum=0.9)",
    ),
)
question.misconception(
    "added_into_x",
    "Your values are right, but where the shortcut is x itself you added the main path into it, and so changed x.",
    seen="shortcut += out; out = x at the start and out += ... at the end",
    replace=("return torch.relu(h + shortcut)", "shortcut += h\n        return torch.relu(shortcut)"),
)
