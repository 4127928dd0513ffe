"""Dropout before or after batch normalization, or one of them, or neither."""

from tnn import evidence, regularized, train

PROTOCOL = {
    "question": "if a network has both dropout and batch normalization, does their order matter for test accuracy?",
    "data": "200 digits drawn by seed from the nine training forms; 2 forms to validate, 3 to test",
    "n": 200,
    "net": "2 hidden layers of 64 ReLU units, normalized after the activation; SGD with momentum 0.9, batches of 25",
    "sides": ["neither", "dropout", "batch norm", "dropout, batch norm", "batch norm, dropout"],
    "steps": 300,
    "lrs": [0.003, 0.01, 0.03, 0.1],
    "dropout": [0.1, 0.3, 0.5],
    "fine_lrs": [0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15],
    "budget": "12 settings for every side: 12 rates, or 4 rates times 3 probabilities",
    "fixed_p": "each side with both, and dropout alone, also at each probability with its own best of the 4 rates",
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "highest mean validation accuracy over the tuning seeds, in evaluation mode",
    "statistic": "test accuracy in evaluation mode over 20 training sets; paired differences, mean and 95 % t-interval",
}  # fmt: skip
KEYS = ("side", "p", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for side in protocol["sides"] for p in probabilities(protocol, side) for row in one(protocol, side, p)]


def sample(protocol):
    return one(protocol, "dropout, batch norm", 0.3)


def probabilities(protocol, side):
    return protocol["dropout"] if "dropout" in side else [0.0]


def one(protocol, side, p):
    """`val_accuracy`, of the tuning seeds at the chosen rate, says which p is the side's own."""
    settings = [{"lr": lr} for lr in (protocol["lrs"] if p else protocol["fine_lrs"])]
    tuning = run(protocol, side, p, settings, protocol["tuning_seeds"]).val[:, :, -1].mean(1)
    best = settings[int(tuning.argmax())]
    seeds = protocol["report_seeds"]
    test = run(protocol, side, p, [best], seeds).test[0, :, -1]
    return [{"side": side, "p": p, "seed": seed, "lr": best["lr"], "val_accuracy": round(float(tuning.max()), 4),
             "test_accuracy": round(float(a), 4)} for seed, a in zip(seeds, test, strict=True)]  # fmt: skip


def run(protocol, side, p, settings, seeds):
    net = train.Net(2, 64, norm="batch" if "batch norm" in side else None, after=True, dropout=p)
    kind = regularized.DropoutFirst if side == "dropout, batch norm" else train.Stack
    return regularized.fit(net, regularized.draw(seeds, protocol["n"]), settings, seeds, protocol["steps"],
                           every=protocol["steps"], kind=kind)  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
