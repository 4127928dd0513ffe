"""Does batch normalization make initialization matter less? Over the weights' scale, and over depth."""

from tnn import data, evidence, train

PROTOCOL = {
    "question": "validation accuracy over the scale of the initial weights, and over depth",
    "data": "digits by form: 9 forms to train, 2 to validate",
    "net": "hidden layers of 32 ReLU units; weights scale * N(0, 2 / fan-in)",
    "scales": [0.1, 0.3, 1.0, 3.0, 10.0],
    "depth_for_scales": 3,
    "depths": [2, 6, 12, 20, 32],
    "optimizer": "sgd",
    "lrs": [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0],
    "batch": 60,
    "steps": 600,
    "evaluated_every": 50,
    "tuning_seeds": [0, 1, 2, 3],
    "report_seeds": [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    "lr": "own: highest final validation accuracy over the tuning seeds, for each scale and depth; "
          "kept: the one that was best at scale 1",
    "statistic": "final validation accuracy, median and range over 10 seeds",
}  # fmt: skip
KEYS = ("sweep", "norm", "scale", "depth", "rates", "seed")
TOLERANCE = 0.05


def compute(protocol):
    rows = []
    for norm in (None, "batch"):
        rows += scales(protocol, norm)
        for depth in protocol["depths"]:
            rows += one(protocol, norm, depth, 1.0, "depth")[0]
    return rows


def sample(protocol):
    return one(protocol, "batch", 2, 1.0, "depth")[0]


def scales(protocol, norm):
    depth, rows = protocol["depth_for_scales"], []
    _, at_one = one(protocol, norm, depth, 1.0, "scale")
    for scale in protocol["scales"]:
        rows += one(protocol, norm, depth, scale, "scale")[0]
        rows += one(protocol, norm, depth, scale, "scale", kept=at_one)[0]
    return rows


def one(protocol, norm, depth, scale, sweep, kept=None):
    """Rows at this depth and scale, and the learning rate that was used: `kept`, or else the best."""
    digits, net = data.digits(), train.Net(depth, 32, norm=norm, init_scale=scale)
    fixed = {"optimizer": protocol["optimizer"], "batch": protocol["batch"], "every": protocol["evaluated_every"]}
    if kept is None:
        tuning = train.train(net, digits, protocol["lrs"], protocol["tuning_seeds"], protocol["steps"], **fixed)
        lr = protocol["lrs"][tuning.best()]
    else:
        lr = kept
    report = train.train(net, digits, [lr], protocol["report_seeds"], protocol["steps"], **fixed)
    return [{"sweep": sweep, "norm": norm or "none", "scale": scale, "depth": depth,
             "rates": "own" if kept is None else "kept", "seed": seed, "lr": lr, "accuracy": round(float(a), 4)}
            for seed, a in zip(protocol["report_seeds"], report.val_accuracy[0, :, -1], strict=True)], lr  # fmt: skip


if __name__ == "__main__":
    evidence.main(__file__)
