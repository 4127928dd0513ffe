"""Training and test accuracy over the width of a network, with right labels and with a fifth of them wrong."""

from tnn import evidence, sets, train

PROTOCOL = {
    "question": "does test accuracy fall once the network is wide enough to learn its training set by heart?",
    "data": "digits by form: 2 of the 9 training forms (250 images), drawn by seed; 2 forms to validate, 3 to test",
    "net": "1 hidden layer of ReLU units, SGD without momentum, batches of 50",
    "widths": [2, 4, 8, 16, 32, 64, 128, 256, 512],
    "wrong_labels": [0.0, 0.2],
    "lrs": [0.03, 0.1, 0.3, 0.6],
    "steps": 2000,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": list(range(10, 20)),
    "lr": "for each width: highest mean training accuracy over the tuning seeds, the smallest of equals, because the "
          "question is about networks that learn their training set",
    "revised": "a first run chose by validation accuracy and took rates so small that no network learned wrong labels",
    "statistic": "final training accuracy (on the labels given) and test accuracy (on right labels), 10 seeds",
}  # fmt: skip
KEYS = ("wrong_labels", "width", "seed")
TOLERANCE = 0.05


def compute(protocol):
    return [row for share in protocol["wrong_labels"] for width in protocol["widths"]
            for row in rows_of(protocol, share, width)]  # fmt: skip


def sample(protocol):
    return rows_of(protocol, 0.0, 4)


def rows_of(protocol, share, width):
    net, steps = train.Net(1, width), protocol["steps"]

    def run(lrs, seeds):
        given = sets.relabelled(sets.draw(seeds), share, seeds)
        return sets.fit(net, given, lrs, seeds, steps, every=steps)

    lr = protocol["lrs"][run(protocol["lrs"], protocol["tuning_seeds"]).train.mean(1).argmax()]
    seeds = protocol["report_seeds"]
    runs = run([lr], seeds)
    return [{"wrong_labels": share, "width": width, "seed": seed, "lr": lr, "train_accuracy": round(float(a), 4),
             "test_accuracy": round(float(b), 4)}
            for seed, a, b in zip(seeds, runs.train[0], runs.test[0, :, -1], strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
