"""What the prose of chapter 8 says, held against what was recorded; and the pieces that compute it."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import backbone, data, evidence, glyphs, report, transfer

from autograder.reference import backbones as kernels

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "08_backbones.md").read_text(encoding="utf-8")
ROWS = {f"P{i}" for i in range(1, 8)}


# Letters ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def letters():
    return glyphs.draw(600, 5)


def test_letters_are_no_digits_and_nearly_every_face_has_them():
    assert len(glyphs.LETTERS) == len(set(glyphs.LETTERS)) == 38 and len(glyphs.FACES) == 18
    assert not set(glyphs.LETTERS) & set("0123456789OoQDIiljZzSsBbGgq")
    _, pairs = glyphs.distance_fields()
    assert len({tuple(pair) for pair in pairs}) == len(pairs) > 0.95 * 38 * 18
    assert np.bincount(pairs[:, 0]).min() >= 16 and np.bincount(pairs[:, 1]).min() >= 27


def test_letters_have_the_ink_they_are_said_to_have_which_is_the_scans(letters):
    np.testing.assert_allclose(letters.x.mean(1), letters.ink, atol=0.005)
    assert letters.x.min() >= 0 and letters.x.max() <= 1
    assert np.array_equal(letters.x * 16, np.round(letters.x * 16))  # blocks of 4 x 4, counted
    assert abs(glyphs.draw(3000, 6).x.mean() - data.digits().x_train.mean()) < 0.005


def test_a_positive_slant_leans_to_the_right(letters):
    images = letters.x.reshape(-1, 8, 8)
    middle = (images * np.arange(8)).sum(2) / np.maximum(images.sum(2), 1e-9)  # (N, rows): where a row's ink is
    lean = middle[:, 1:4].mean(1) - middle[:, 4:7].mean(1)
    assert np.corrcoef(lean, letters.slant)[0, 1] > 0.2


def test_a_seed_draws_the_same_letters(letters):
    assert np.array_equal(glyphs.draw(600, 5).x, letters.x)
    assert not np.array_equal(glyphs.draw(600, 4).x, letters.x)


# The backbone and what is stored ------------------------------------------------------------------------------


def test_packing_keeps_everything_but_float16s_last_bits():
    model = backbone.untrained(3)
    other = backbone.unpack(backbone.pack(model), 1)
    for (name, a), b in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        if a.is_floating_point():
            torch.testing.assert_close(a.half().float(), b, rtol=0, atol=0, msg=name)
    assert not other.training


def test_weights_that_do_not_fit_are_refused():
    rows = backbone.pack(backbone.untrained(3))
    with pytest.raises(RuntimeError, match="head.bias"):
        backbone.unpack([row for row in rows if row["name"] != "head.bias"], 1)
    with pytest.raises(RuntimeError, match="size mismatch"):
        backbone.unpack(rows, 2)


def test_what_is_stored_is_small_and_reads_letters():
    model, (quality,) = backbone.pretrained(), evidence.load("08_backbone").where(kind="quality")
    assert sum(len(row["float16"]) for row in backbone.stored()) < 300_000
    new = glyphs.draw(1000, 77)
    right = (backbone.features(model, new.x)["head"].argmax(1) == new.letter).mean()
    assert abs(right - quality["accuracy"]) < 0.04


def test_results_belong_to_the_weights_that_are_stored():
    for name in ("08_transfer", "08_negative", "08_forgetting"):
        assert set(evidence.load(name).column("backbone")) <= {backbone.fingerprint(), "none"}, name


def test_taps_are_the_layers_in_order():
    x = torch.rand(3, 64)
    model = backbone.pretrained()
    with torch.no_grad():
        found = model.taps(x)
    assert tuple(found) == backbone.TAPS
    for name, (_, after, _) in backbone.BLOCKS.items():
        assert found[name].shape[1] == after and (found[name] >= 0).all()
    torch.testing.assert_close(found["head"], found["conv3"].mean((2, 3)) @ model.head.weight.T + model.head.bias)


# Probes and fine-tuning ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [transfer.CLASSES, (5, 6, 7, 8, 9)])
def test_a_probe_equals_the_reference_kernels(classes):
    digits, model = data.digits(), backbone.untrained(1)
    probe = transfer.Probe(lambda x: backbone.features(model, x)["conv2"], classes)
    rows = transfer.few(3, 4, classes)
    F, y = backbone.features(model, digits.x_train[rows])["conv2"], digits.y_train[rows]
    val, test = probe.accuracies(rows, (0.01, 1.0))
    for k, strength in enumerate((0.01, 1.0)):
        lam = strength * ((F - F.mean(0)) ** 2).sum() / len(F)
        W, b = kernels.linear_probe(F, np.searchsorted(classes, y), len(classes), lam)
        for found, x, truth in [(val, digits.x_val, digits.y_val), (test, digits.x_test, digits.y_test)]:
            keep = np.isin(truth, classes)
            said = np.array(classes)[kernels.predict(backbone.features(model, x[keep])["conv2"], W, b)]
            assert found[k] == pytest.approx((said == truth[keep]).mean())
    if len(classes) == 10:
        for found, expected in zip(transfer.ridge_head(F, y, 1.0), (W, b), strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-9)


def test_few_labels_are_balanced_and_drawn_from_the_training_forms():
    rows = transfer.few(4, 2, (1, 7))
    assert np.bincount(data.digits().y_train[rows]).tolist() == [0, 4, 0, 0, 0, 0, 0, 4]
    assert not np.array_equal(rows, transfer.few(4, 3, (1, 7)))


@pytest.fixture(scope="module")
def task():
    digits, rows = data.digits(), transfer.few(3, 1)
    return digits.x_train[rows], digits.y_train[rows]


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def moved(module, before):
    return {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}


def test_a_head_from_the_probe_answers_as_the_probe_does(task):
    x, y = task
    model = backbone.pretrained()
    W, b = transfer.ridge_head(backbone.features(model, x)["conv3"], y, 0.1)
    tuned = transfer.Tuned(model, 0, (W, b)).eval()
    images = data.digits().x_val
    with torch.no_grad():
        scores = tuned(torch.as_tensor(images, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(scores, backbone.features(model, images)["conv3"] @ W.T + b, atol=1e-4)


def test_what_fine_tuning_moves(task):
    model = backbone.pretrained()
    before = state(model)
    statistics = {name for name in before if "running" in name or "num_batches" in name}
    weights = {name for name in before if not name.startswith("head")} - statistics
    for front, by_batch, expected in [(0, False, set()), (0, True, statistics), (0.1, False, weights),
                                      (1, True, weights | statistics)]:  # fmt: skip
        tuned = transfer.Tuned(model, 0)
        head = state(tuned.head)
        transfer.fit(tuned, *task, lr=0.01, steps=5, seed=0, front=front, normalize_by_batch=by_batch)
        assert moved(tuned.backbone, before) == expected
        assert moved(tuned.head, head) == {"weight", "bias"}
        assert not tuned.training and not tuned.backbone.training
    assert moved(model, before) == set(), "the given backbone is copied"


def test_the_fronts_rate_is_a_share_of_the_heads(task):
    model = backbone.pretrained()

    def first_step(front):
        tuned = transfer.Tuned(model, 0)
        transfer.fit(tuned, *task, lr=1e-3, steps=1, seed=0, front=front, normalize_by_batch=False, batch=30)
        return (tuned.backbone.conv3[0].weight - model.conv3[0].weight).abs().max().item()

    assert first_step(1.0) == pytest.approx(1e-3, rel=1e-2)  # Adam's first step is the rate
    assert first_step(0.1) == pytest.approx(1e-4, rel=1e-2)


# Recorded results ---------------------------------------------------------------------------------------------


def test_who_leads_with_few_labels():
    found = evidence.load("08_transfer")
    amounts = found.protocol["labels"]

    def told(a, b):
        """+1, 0 or -1 for each number of labels."""
        gaps = [np.subtract(*(found.column("test_accuracy", side=s, labels=n) for s in (a, b))) for n in amounts]
        return [int(report.distinguishable(gap) * np.sign(gap.mean())) for gap in gaps], [gap.mean() for gap in gaps]

    for other in ("pixels, ridge", "probe, random", "scratch"):
        assert told("probe", other)[0] == [1] * 5, other
    assert told("probe, random", "scratch")[0].count(0) >= 4
    lead = told("probe", "scratch")[1]
    assert lead == sorted(lead, reverse=True) and 0.12 < lead[0] < 0.14 and 0.045 < lead[-1] < 0.055
    assert told("fine-tuned", "probe")[0] == [-1, -1, 0, 0, -1]
    assert told("probe first", "fine-tuned")[0] == [1, 1, 1, 0, 1]
    assert told("probe first", "probe")[0] == [0, 1, 0, 0, 0]
    for n in amounts:
        spread = [np.std(found.column("test_accuracy", side=side, labels=n)) for side in ("probe", "scratch")]
        assert spread[0] < spread[1]


def test_three_tasks_keep_three_things():
    found = evidence.load("08_keeps")

    def mean(name, task, tap="pooled"):
        return np.mean(found.column(name, task=task, tap=tap))

    for task in found.protocol["tasks"]:
        assert max(found.protocol["tasks"], key=lambda other: mean(task, other)) == task
    assert 1.7 < mean("letter", "letter") / mean("letter", "face") < 2.1
    assert mean("slant", "letter") < 0.7 * mean("slant", "slant")
    for tap in ("pooled", "conv3"):
        assert all(mean("ink", "untrained", tap) > mean("ink", task, tap) + 0.1 for task in found.protocol["tasks"])
    assert found.where(task="none")[0]["ink"] > 0.99
    for name in ("letter", "slant"):
        spread = [np.ptp([mean(name, task, tap) for task in ("letter", "slant")]) for tap in ("pooled", "conv3")]
        assert spread[0] > spread[1]


def test_digits_help_other_digits_less_than_letters_do():
    found = evidence.load("08_negative")

    def gain(side, tap, n):
        return np.subtract(*(found.column("test_accuracy", side=s, tap=t, labels=n)
                             for s, t in [(side, tap), ("pixels", "pixels")]))  # fmt: skip

    amounts = found.protocol["labels"]
    for n in amounts:
        pooled = gain("digits 0-4", "pooled", n)
        assert pooled.mean() < 0 and report.distinguishable(pooled)
        assert abs(pooled.mean() - gain("untrained", "pooled", n).mean()) < 0.04
        helped = gain("letters", "conv3", n)
        assert helped.mean() > 0 and report.distinguishable(helped) == (n >= 5)
        assert not report.distinguishable(gain("letters", "pooled", n))
    assert gain("digits 0-4", "conv3", 1).mean() < 0 and report.distinguishable(gain("digits 0-4", "conv3", 1))
    for n in (10, 30):
        assert gain("digits 0-4", "conv3", n).mean() > 0 and report.distinguishable(gain("digits 0-4", "conv3", n))


def test_what_moves_forgets():
    found = evidence.load("08_forgetting")

    def mean(name, side, statistics, lr):
        return np.mean(found.column(name, side=side, statistics=statistics, lr=lr))

    lrs = found.protocol["lrs"]
    kept = {side: [mean("letters", side, "kept", lr) for lr in lrs] for side in found.protocol["sides"]}
    assert kept["one rate"] == sorted(kept["one rate"], reverse=True) and kept["one rate"][-1] < 0.3
    assert len(set(kept["frozen"])) == 1
    assert all(f >= s > o for f, s, o in zip(kept["frozen"], kept["front slower"], kept["one rate"], strict=True))
    by_batch = [mean("letters", side, "by batch", lr) for side in found.protocol["sides"] for lr in lrs]
    assert np.sum(np.abs(np.array(by_batch) - 0.735) < 0.02) == len(by_batch) - 1
    assert mean("letters", "frozen", "kept", 0.001) - mean("letters", "frozen", "by batch", 0.001) > 0.15
    learned = {}
    for side in found.protocol["sides"]:
        scores = np.array([found.column("digits", side=side, statistics="kept", lr=lr) for lr in lrs])
        learned[side] = scores[scores.mean(1).argmax()]
        assert not report.distinguishable(learned[side] - learned["one rate"]), side
    assert kept["frozen"][0] - kept["one rate"][2] > 0.09 and kept["frozen"][0] - kept["front slower"][0] < 0.01


# The page -----------------------------------------------------------------------------------------------------


def test_every_row_on_backbones_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    boxes = re.findall(r"^```\{claim\} (P\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == ROWS == {row["id"] for row in rows if row["id"].startswith("P")}
    for row in rows:
        if row["id"].startswith("P"):
            assert row["verdict"] != "pending", row["id"]
            assert f"08_backbones#claim-{row['id'].lower()}" in row["shown"], row["id"]


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("08_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(08_\w+)"\)', PAGE))
