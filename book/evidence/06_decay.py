"""Adam with an L2 penalty in its gradient against Adam with weight decay beside it, over rate and strength."""

from tnn import evidence, regularized, train

PROTOCOL = {
    "question": "do an L2 penalty and weight decay give Adam the same test accuracy, and does either ease tuning?",
    "data": "200 digits drawn by seed from the nine training forms, 20 % of their labels wrong; 2 forms to validate "
            "(with right labels), 3 to test",
    "n": 200,
    "wrong": 0.2,
    "net": "2 hidden layers of 64 ReLU units; Adam, batches of 25",
    "steps": 300,
    "lrs": [0.0003, 0.001, 0.003, 0.01, 0.03],
    "strengths": {"l2": [0.0001, 0.001, 0.01, 0.1, 1.0], "decay": [0.1, 0.3, 1.0, 3.0, 10.0]},
    "tuning_seeds": [0, 1, 2, 3, 4],
    "report_seeds": list(range(10, 30)),
    "chosen": "of 25 settings each, the highest mean validation accuracy over the tuning seeds; 'nothing' chooses "
              "among the 5 rates",
    "statistic": "test accuracy over 20 training sets, paired differences; all 25 settings' validation accuracy too",
}  # fmt: skip
KEYS = ("kind", "side", "lr", "strength", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for side in ("nothing", *protocol["strengths"]) for row in rows_of(protocol, side)]


def sample(protocol):
    return [row for row in rows_of(protocol, "nothing") if row["kind"] == "report"]


def rows_of(protocol, side):
    strengths = protocol["strengths"].get(side, [0.0])
    settings = [{"lr": lr, **({side: s} if s else {})} for s in strengths for lr in protocol["lrs"]]
    tuning = run(protocol, settings, protocol["tuning_seeds"]).val[:, :, -1]  # (settings, seeds)
    best = settings[int(tuning.mean(1).argmax())]
    report = run(protocol, [best], protocol["report_seeds"]).test[0, :, -1]
    rows = [row(side, "tuning", setting, seed, accuracy) for setting, found in zip(settings, tuning, strict=True)
            for seed, accuracy in zip(protocol["tuning_seeds"], found, strict=True)]  # fmt: skip
    return rows + [row(side, "report", best, seed, accuracy)
                   for seed, accuracy in zip(protocol["report_seeds"], report, strict=True)]  # fmt: skip


def row(side, kind, setting, seed, accuracy):
    """`accuracy` is on validation images in tuning and on test images in the report."""
    return {"kind": kind, "side": side, "lr": setting["lr"], "strength": setting.get(side, 0.0), "seed": seed,
            "accuracy": round(float(accuracy), 4)}  # fmt: skip


def run(protocol, settings, seeds):
    return regularized.fit(train.Net(2, 64), regularized.draw(seeds, protocol["n"], protocol["wrong"]), settings, seeds,
                           protocol["steps"], every=protocol["steps"], optimizer="adam")  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
