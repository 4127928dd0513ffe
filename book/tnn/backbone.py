"""A small convolutional backbone for 8 x 8 images: its layers as taps, its training, and its stored weights."""

import base64
import hashlib

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)
from torch import nn

from tnn import evidence, glyphs

BLOCKS = {"conv1": (1, 16, 1), "conv2": (16, 32, 2), "conv3": (32, 64, 1)}  # channels in, channels out, stride
TAPS = ("pixels", *BLOCKS, "pooled", "head")  # where features can be taken, from front to back


class Backbone(nn.Module):
    """Three blocks of convolution 3 x 3, batch normalization and ReLU; the mean over positions; a linear head.

    outputs: the number of the head's outputs. seed: of the initial weights.
    """

    def __init__(self, outputs, seed=0):
        super().__init__()
        for name, (before, after, stride) in BLOCKS.items():
            convolution = nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False)
            setattr(self, name, nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU()))
        self.head = nn.Linear(after, outputs)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in (*(getattr(self, name)[0] for name in BLOCKS), self.head):
                layer.weight.normal_(0, (2 / layer.weight[0].numel()) ** 0.5, generator=generator)
            self.head.bias.zero_()

    def taps(self, x):
        """What every layer puts out for x (N, 64), by name. Maps are (N, C, H, W), pooled (N, C), head (N, outputs)."""
        found, h = {"pixels": x}, x.view(-1, 1, 8, 8)
        for name in BLOCKS:
            h = found[name] = getattr(self, name)(h)
        found["pooled"] = h.mean((2, 3))
        found["head"] = self.head(found["pooled"])
        return found

    def forward(self, x):
        return self.taps(x)["head"]


def features(model, x):
    """All taps of images x (N, 64), as rows of numbers (N, D) in float64. The model is left in evaluation mode."""
    model.eval()
    with torch.no_grad():
        found = model.taps(torch.as_tensor(x, dtype=torch.float32))
    return {name: values.flatten(1).double().numpy() for name, values in found.items()}


def train(model, x, target, steps, seed, lr=1e-2, batch=128):
    """Train on images x (N, 64) by Adam, with a rate that rises to `lr` and falls to 0. Returns the model.

    target: classes (N,), trained by cross-entropy; or numbers (N, outputs) in floating point, by squared error.
    """
    x, target = torch.as_tensor(x, dtype=torch.float32), torch.as_tensor(target)
    loss = F.mse_loss if target.is_floating_point() else F.cross_entropy
    target = target.float() if target.is_floating_point() else target
    optimizer = torch.optim.Adam(model.parameters(), lr)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    for _ in range(steps):
        rows = torch.randint(len(x), (batch,), generator=generator)
        optimizer.zero_grad()
        loss(model(x[rows]), target[rows]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def untrained(seed):
    """A backbone with its initial weights, whose running statistics are those of 512 letters: a control."""
    model = Backbone(1, seed).train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None  # a plain mean over batches: here the one batch
    with torch.no_grad():
        model(torch.as_tensor(glyphs.draw(512, seed).x, dtype=torch.float32))
    return model.eval()


def pack(model):
    """The state as flat rows of texts: name, shape, and the values in float16, in base64 without slashes."""
    return [{"name": name, "shape": " ".join(map(str, value.shape)), "float16": base64.urlsafe_b64encode(
                value.numpy().astype("<f2").tobytes()).decode()}
            for name, value in model.state_dict().items() if value.is_floating_point()]  # fmt: skip


def unpack(rows, outputs):
    """A Backbone in evaluation mode from the rows of `pack`. Raises RuntimeError where names or shapes don't fit."""
    model = Backbone(outputs)
    state = {}
    for row in rows:
        values = np.frombuffer(base64.urlsafe_b64decode(row["float16"]), dtype="<f2").astype(np.float32)
        state[row["name"]] = torch.from_numpy(values.reshape([int(n) for n in row["shape"].split()]))
    counters = {name: value for name, value in model.state_dict().items() if not value.is_floating_point()}
    model.load_state_dict(state | counters)
    return model.eval()


def pretrained():
    """The backbone that book/evidence/08_backbone.py pretrained on letters; StaleError if its code has changed."""
    return unpack(stored(), len(glyphs.LETTERS))


def fingerprint():
    """A hash of the stored weights: what was computed with them keeps it."""
    return hashlib.sha256("".join(row["float16"] for row in stored()).encode()).hexdigest()[:12]


def stored():
    rows = evidence.load("08_backbone").where(kind="weights")
    return [{key: row[key] for key in ("name", "shape", "float16")} for row in rows]
