"""Which training examples does a network get right only because it was trained on them?"""

import numpy as np
from tnn import data, evidence, sets, train

PROTOCOL = {
    "question": "which examples are memorised, are they noise, and does a network do without them?",
    "data": "digits by form: 500 images of 4 training forms (0, 2, 4 and 6), labels as they are or a tenth replaced; "
            "3 forms to test",
    "net": "2 hidden layers of 64 ReLU units, SGD without momentum, learning rate 0.3, batches of 50, 400 steps",
    "forms": [0, 2, 4, 6],
    "labels": ["as they are", "a tenth replaced"],
    "networks": 200,
    "share": 0.7,
    "score": "memorised by an example = accuracy on it of the networks trained with it, minus that of those without",
    "left_out": {"nothing": 0, "the 50 most memorised": 50, "50 at random": 50},
    "removal_seeds": list(range(500, 520)),
    "statistic": "scores of single examples; test accuracy when they are left out, paired over 20 seeds",
    "note": "removal uses the labels as they are, and scores from networks with other seeds",
}  # fmt: skip
KEYS = ("part", "labels", "index")
TOLERANCE = 0.05
SETTINGS = {"lrs": [0.3], "steps": 400, "every": 400}
NET = train.Net(2, 64)


def compute(protocol):
    rows = []
    for labels in protocol["labels"]:
        rows += scores(protocol, labels)
    order = sorted((row for row in rows if row["labels"] == "as they are"), key=lambda row: -row["memorised"])
    return rows + [row for side in protocol["left_out"] for row in removal(protocol, side, order)]


def sample(protocol):
    return removal(protocol, "nothing", [])


def images(protocol):
    digits = data.digits()
    rows = np.concatenate([data.FORMS[form] + np.arange(sets.PER_FORM) for form in protocol["forms"]])
    return rows, digits.x_train[rows], digits.y_train[rows]


def given(x, y, chosen):
    """One training set for each row of `chosen` (S, n)."""
    digits, copies = data.digits(), (len(chosen), 1, 1)
    return sets.Sets(x[chosen], y[chosen], np.tile(digits.x_val, copies), digits.y_val,
                     np.tile(digits.x_test, copies), digits.y_test)  # fmt: skip


def scores(protocol, labels):
    """For each example, how often networks trained with it, and without it, give it the label it has."""
    rows, x, y_true = images(protocol)
    y, n, rng = y_true.copy(), len(rows), np.random.default_rng(7)
    if labels == "a tenth replaced":
        wrong = rng.permutation(n)[: n // 10]
        y[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10
    size, count = round(protocol["share"] * n), protocol["networks"]
    chosen = np.array([np.random.default_rng([seed, 31]).permutation(n)[:size] for seed in range(count)])
    right = np.concatenate([answers(x, y, chosen[i : i + 20], range(i, i + 20)) for i in range(0, count, 20)])
    member = np.zeros((count, n), dtype=bool)
    np.put_along_axis(member, chosen, True, axis=1)
    with_it = (right & member).sum(0) / member.sum(0)
    without = (right & ~member).sum(0) / (~member).sum(0)
    return [{"part": "score", "labels": labels, "index": int(row), "label": int(label), "right_label": bool(ok),
             "with": round(float(a), 4), "without": round(float(b), 4), "memorised": round(float(a - b), 4)}
            for row, label, ok, a, b in zip(rows, y, y == y_true, with_it, without, strict=True)]  # fmt: skip


def answers(x, y, chosen, seeds):
    """Whether network s, trained on chosen[s], gives example i its label: (S, n)."""
    few = given(x, y, chosen)
    asked = sets.Sets(few.x_train, few.y_train, few.x_val, few.y_val, np.tile(x, (len(chosen), 1, 1)), y)
    return sets.fit(NET, asked, seeds=list(seeds), **SETTINGS).logits[0].argmax(1) == y


def removal(protocol, side, order):
    """Test accuracy without the examples that `side` leaves out."""
    rows, x, y = images(protocol)
    seeds, chosen = protocol["removal_seeds"], []
    for seed in seeds:
        gone = {"nothing": [], "the 50 most memorised": [row["index"] for row in order[:50]],
                "50 at random": np.random.default_rng([seed, 41]).permutation(rows)[:50]}[side]  # fmt: skip
        chosen.append(np.flatnonzero(~np.isin(rows, gone)))
    runs = sets.fit(NET, given(x, y, np.array(chosen)), seeds=seeds, **SETTINGS)
    return [{"part": "removal", "labels": side, "index": seed, "test_accuracy": round(float(a), 4)}
            for seed, a in zip(seeds, runs.test[0, :, -1], strict=True)]  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
