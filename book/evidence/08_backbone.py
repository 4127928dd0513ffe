"""The backbone of chapter 8: pretrained on letters, and stored with what it can do."""

import numpy as np
import torch
from tnn import backbone, evidence, glyphs

PROTOCOL = {
    "question": "which letter is it? The weights that answer are the course's pretrained backbone",
    "data": "letters drawn from 18 faces, 38 classes, slanted, turned, squeezed, shifted, with a scan's share of ink",
    "letters": 20000,
    "steps": 1500,
    "batch": 128,
    "lr": 0.01,
    "seed": 0,
    "chosen_before": "variation of the letters, channels and strides, by few tries on the digits' two validation forms",
    "statistic": "accuracy on 4,000 new letters of the same faces, with the weights as stored, in float16",
}
KEYS = ("kind", "name")
TOLERANCE = 0.02


def compute(protocol):
    model = trained(protocol)
    weights = backbone.pack(model)
    return [quality(backbone.unpack(weights, len(glyphs.LETTERS))), *({"kind": "weights", **row} for row in weights)]


def sample(protocol):
    """The whole training again. From machine to machine the last bits of the weights differ, and little else."""
    return [quality(trained(protocol))]


def trained(protocol):
    letters = glyphs.draw(protocol["letters"], protocol["seed"])
    model = backbone.Backbone(len(glyphs.LETTERS), protocol["seed"])
    return backbone.train(model, letters.x, letters.letter, protocol["steps"], protocol["seed"],
                          protocol["lr"], protocol["batch"])  # fmt: skip


def quality(model):
    new = glyphs.draw(4000, 1)
    with torch.no_grad():
        found = model(torch.as_tensor(new.x, dtype=torch.float32)).argmax(1).numpy()
    return {"kind": "quality", "name": "letters", "accuracy": float(np.mean(found == new.letter))}


if __name__ == "__main__":
    evidence.main(__file__)
