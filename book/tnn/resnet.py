"""ResNet-18 under the keys and shapes of its published weights, and a loader that refuses what it can't trust.

The network is that of He et al. (2016, Table 1, 18 layers), as torchvision builds it. resnet18_keys.txt lists the
122 entries of torchvision's state dict with their shapes; tests/test_resnet.py holds the network to that list.
"""

import hashlib
import re
from pathlib import Path

import torch
from torch import nn

KEYS = Path(__file__).with_name("resnet18_keys.txt")
STAGES = {"layer1": (64, 1), "layer2": (128, 2), "layer3": (256, 2), "layer4": (512, 2)}  # channels, first stride


class BasicBlock(nn.Module):
    """y = relu(F(x) + shortcut(x)): two 3 x 3 convolutions beside a way round them."""

    def __init__(self, before, after, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample = None
        if stride != 1 or before != after:  # or the sum's shapes don't fit
            narrow = nn.Conv2d(before, after, 1, stride=stride, bias=False)
            self.downsample = nn.Sequential(narrow, nn.BatchNorm2d(after))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        return torch.relu(h + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    """Images (N, 3, H, W) to logits (N, classes). `classes` is 1000 for the published weights."""

    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        before = 64
        for name, (channels, stride) in STAGES.items():
            setattr(self, name, nn.Sequential(BasicBlock(before, channels, stride), BasicBlock(channels, channels, 1)))
            before = channels
        self.fc = nn.Linear(before, classes)

    def features(self, x):
        """The maps after the stem and after each stage, by name: what a head for detection or segmentation takes."""
        found = {"stem": self.maxpool(torch.relu(self.bn1(self.conv1(x))))}
        h = found["stem"]
        for name in STAGES:
            h = found[name] = getattr(self, name)(h)
        return found

    def forward(self, x):
        return self.fc(self.features(x)["layer4"].mean((2, 3)))


class WeightsError(Exception):
    """A file of weights that isn't what its name says, or doesn't fit the model."""


def load_weights(model, path):
    """Load a state dict from `path` into the model, all of it or none of it. Returns the model.

    A published name such as resnet18-f37072fd.pth ends in the first digits of the file's SHA-256; they are checked
    before anything is read. The file is read with weights_only=True, which runs no code that it holds.
    Raises WeightsError for another hash, for a file that isn't a plain state dict, and for keys or shapes that don't
    fit; the model is then as it was.
    """
    path = Path(path)
    named = re.fullmatch(r".+-([0-9a-f]{8,64})", path.stem)
    if not named:
        raise WeightsError(f"{path.name}: the name has no hash at its end, as in resnet18-f37072fd.pth")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(named[1]):
        raise WeightsError(f"{path.name}: its SHA-256 begins with {found[:len(named[1])]}, not with {named[1]}; "
                           "it is damaged, or another file")  # fmt: skip
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises several kinds for what it can't or won't read
        raise WeightsError(f"{path.name}: not a plain file of tensors ({type(error).__name__})") from error
    check(model, state, path.name)
    model.load_state_dict(state)
    return model


def check(model, state, name):
    """Raise WeightsError unless `state` has exactly the model's keys, with their shapes."""
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(f"{name}: not a state dict, which is tensors by name")
    own = model.state_dict()
    wrong = [f"{key} is {tuple(state[key].shape)}, the model's {tuple(value.shape)}"
             for key, value in own.items() if key in state and state[key].shape != value.shape]  # fmt: skip
    problems = {"missing": sorted(own.keys() - state.keys()), "unexpected": sorted(state.keys() - own.keys()),
                "mismatched": wrong}  # fmt: skip
    said = [f"{len(keys)} {kind}, such as {keys[0]}" for kind, keys in problems.items() if keys]
    if said:
        raise WeightsError(f"{name}: {'; '.join(said)}")


def published_keys():
    """{key: shape} of the published state dict, in its order."""
    lines = [line.split() for line in KEYS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {key: () if shape == "scalar" else tuple(map(int, shape.split("x"))) for key, shape in lines}
