"""Learning digits makes a backbone forget letters: how much, over the learning rate and over who may move."""

import functools

import torch
from tnn import backbone, data, evidence, glyphs, transfer

PROTOCOL = {
    "question": "how well does the backbone still read letters after it was fine-tuned on digits?",
    "data": "10 labels a class, drawn by seed from the nine training forms; 3 forms to test; 2,000 new letters",
    "labels": 10,
    "start": "the pretrained backbone, the head from the probe with strength 0.1; 200 steps of Adam, batches of 20",
    "sides": {"one rate": 1.0, "front slower": 0.1, "frozen": 0.0},
    "front": "the backbone's rate as a share of the head's",
    "statistics": {"kept": False, "by batch": True},
    "lrs": [0.0001, 0.0003, 0.001, 0.003, 0.01],
    "steps": 200,
    "strength": 0.1,
    "seeds": list(range(10, 15)),
    "statistic": "accuracy on letters, by the head of the pretraining, and on digits; mean over 5 seeds, no tuning",
}
KEYS = ("side", "statistics", "lr", "seed")
TOLERANCE = 0.08


def compute(protocol):
    return [row for side in protocol["sides"] for statistics in protocol["statistics"] for lr in protocol["lrs"]
            for row in rows_of(protocol, side, statistics, lr)]  # fmt: skip


def sample(protocol):
    return rows_of(protocol, "one rate", "kept", 0.003)


def rows_of(protocol, side, statistics, lr):
    return [row(protocol, side, statistics, lr, seed) for seed in protocol["seeds"]]


def row(protocol, side, statistics, lr, seed):
    digits, rows = data.digits(), transfer.few(protocol["labels"], seed)
    x, y = digits.x_train[rows], digits.y_train[rows]
    head = transfer.ridge_head(backbone.features(pretrained(), x)["conv3"], y, protocol["strength"])
    tuned = transfer.Tuned(pretrained(), seed, head)
    transfer.fit(tuned, x, y, lr, protocol["steps"], seed, front=protocol["sides"][side],
                 normalize_by_batch=protocol["statistics"][statistics])  # fmt: skip
    letters = glyphs.draw(2000, 103)
    with torch.no_grad():
        found = tuned.backbone(torch.as_tensor(letters.x, dtype=torch.float32)).argmax(1).numpy()
    return {"side": side, "statistics": statistics, "lr": lr, "seed": seed, "backbone": backbone.fingerprint(),
            "letters": float((found == letters.letter).mean()),
            "digits": round(tuned.accuracy(digits.x_test, digits.y_test), 4)}  # fmt: skip


@functools.cache
def pretrained():
    return backbone.pretrained()


if __name__ == "__main__":
    evidence.main(__file__)
