"""One contest of all regularizers: one small network, 100 images, the same number of tries for everyone."""

import numpy as np
import torch
from tnn import evidence, regularized, train

LRS = [0.003, 0.01, 0.03, 0.1]

PROTOCOL = {
    "question": "how much test accuracy does each regularizer add to one and the same network on 100 images?",
    "data": "100 digits drawn by seed from the nine training forms; 2 forms to validate, 3 to test",
    "wrong": {"clean": 0.0, "noisy": 0.2},
    "n": 100,
    "net": "2 hidden layers of 64 ReLU units; SGD with momentum 0.9, batches of 25",
    "steps": 300,
    "evaluated_every": 30,
    "lrs": LRS,
    "fine_lrs": [float(f"{lr:.3g}") for lr in np.geomspace(0.002, 0.2, 12)],
    "sides": {
        "nothing": {},
        "early stopping": {},
        "L2 penalty": {"l2": [0.001, 0.01, 0.1]},
        "L1 penalty": {"l1": [0.0001, 0.001, 0.01]},
        "elastic net, half and half": {"net": [0.0001, 0.001, 0.01]},
        "dropout": {"p": [0.2, 0.4, 0.6]},
        "label smoothing": {"smoothing": [0.05, 0.15, 0.4]},
        "gradient clipping": {"max_norm": [0.1, 0.5, 2.0]},
        "shifted copies": {"shift": [0.3, 0.6, 0.9]},
        "ensemble of five": {},
        "L2 and early stopping": {"l2": [0.001, 0.01, 0.1]},
        "L2 and dropout": {"l2": [0.003, 0.03], "p": [0.2, 0.5]},
    },
    "budget": "12 settings for every side: 12 rates, or 4 rates times 3 strengths; L2 and dropout: the last 3 rates "
              "times 4 pairs; the ensemble takes the rate of 'nothing'",
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "highest mean validation accuracy over the tuning seeds (early stopping: at each run's best step); the "
              "validation labels are right in both cases",
    "statistic": "test accuracy; paired differences from 'nothing' over 20 training sets, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("labels", "side", "seed")
TOLERANCE = 0.05
MEMBERS = 5


def compute(protocol):
    return [row for labels in protocol["wrong"] for side in protocol["sides"]
            for row in rows_of(protocol, labels, side)]  # fmt: skip


def sample(protocol):
    return rows_of(protocol, "noisy", "dropout")


def rows_of(protocol, labels, side):
    setting = choose(protocol, labels, "nothing" if side == "ensemble of five" else side)
    seeds, seen = protocol["report_seeds"], None
    if side == "ensemble of five":
        test = ensemble(protocol, labels, setting, seeds)
    else:
        runs = run(protocol, labels, [setting], seeds)
        seen = runs.train[0]
        test = (runs.stopped()[1] if "early stopping" in side else runs.test[:, :, -1])[0]
    return [{"labels": labels, "side": side, "seed": seed, "lr": setting["lr"], "strength": said(setting),
             "test_accuracy": round(float(a), 4), "train_accuracy": None if seen is None else round(float(seen[i]), 4)}
            for i, (seed, a) in enumerate(zip(seeds, test, strict=True))]  # fmt: skip


def said(setting):
    return ", ".join(f"{key} {value:g}" for key, value in setting.items() if key != "lr")


def settings_of(protocol, side):
    """The twelve settings of a side."""
    options = protocol["sides"][side]
    if not options:
        return [{"lr": lr} for lr in protocol["fine_lrs"]]
    strengths = [{}]
    for key, values in options.items():
        strengths = [{**setting, key: value} for setting in strengths for value in values]
    lrs = protocol["lrs"] if len(options) == 1 else protocol["lrs"][1:]
    return [{"lr": lr, **strength} for strength in strengths for lr in lrs]


def choose(protocol, labels, side):
    """The setting with the highest mean validation accuracy over the tuning seeds, the first of equals."""
    settings, found = settings_of(protocol, side), []
    groups = sorted({(s.get("p", 0.0), s.get("shift", 0.0)) for s in settings})
    for p, shift in groups:  # these belong to all runs of one call
        group = [s for s in settings if (s.get("p", 0.0), s.get("shift", 0.0)) == (p, shift)]
        runs = run(protocol, labels, group, protocol["tuning_seeds"])
        scores = (runs.stopped()[0] if "early stopping" in side else runs.val[:, :, -1]).mean(1)
        found += list(zip(scores, group, strict=True))
    return max(found, key=lambda entry: entry[0])[1]


def run(protocol, labels, settings, seeds, initial=None):
    """Train with these settings, which share dropout and shift. `initial`: other seeds for weights and order."""
    given = regularized.draw(seeds, protocol["n"], protocol["wrong"][labels])
    net = train.Net(2, 64, dropout=settings[0].get("p", 0.0))
    plain = [{**s, "l1": s["net"] / 2, "l2": s["net"] / 2} if "net" in s else s for s in settings]
    return regularized.fit(net, given, plain, initial or seeds, protocol["steps"],
                           every=protocol["evaluated_every"], shift=settings[0].get("shift", 0.0))  # fmt: skip


def ensemble(protocol, labels, setting, seeds):
    """Test accuracy of the mean probabilities of five members, which differ in initial weights and order."""
    members = [run(protocol, labels, [setting], seeds, [seed + 1000 * m for seed in seeds]) for m in range(MEMBERS)]
    chances = sum(torch.softmax(torch.as_tensor(m.test_logits[0]), 1).numpy() for m in members)  # (S, K, T)
    return (chances.argmax(1) == regularized.draw(seeds[:1], 1).y_test).mean(1)


if __name__ == "__main__":
    evidence.main(__file__)
