"""What the prose of chapter 7 says, held against its recorded numbers; and its trainer and changes against kernels."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tnn import augmented, evidence, regularized, report, train

from autograder.reference import augmentation as aug

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "en" / "07_augmentation.md").read_text(encoding="utf-8")
ROWS = {f"A{i}" for i in range(1, 12)}


def generator():
    return torch.Generator().manual_seed(0)


def told(values):
    """1 for a gain that the interval tells from nothing, -1 for such a loss, otherwise 0."""
    return int(np.sign(np.mean(values))) * report.distinguishable(values)


# Changes of whole batches, against the kernels ----------------------------------------------------------------

IMAGES = np.random.default_rng(0).random((3, 8, 8))


@pytest.mark.parametrize("degrees", [0.0, 33.0, -120.0, 90.0])
def test_warping_turns_as_the_kernel_does(degrees):
    found = augmented.warped(torch.from_numpy(IMAGES), degrees=degrees)
    np.testing.assert_allclose(found, aug.rotate(IMAGES, degrees), atol=1e-12)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, -3), (-1, 1)])
def test_warping_shifts_as_the_kernel_does(down, right):
    found = augmented.warped(torch.from_numpy(IMAGES), down=down, right=right)
    np.testing.assert_allclose(found, aug.shift(IMAGES, down, right), atol=1e-12)


def test_warping_takes_amounts_of_each_image_and_enlarges():
    found = augmented.warped(torch.from_numpy(IMAGES), degrees=torch.tensor([0.0, 90.0, 180.0]))
    np.testing.assert_allclose(found[2], IMAGES[2, ::-1, ::-1], atol=1e-12)
    twice = augmented.warped(torch.from_numpy(IMAGES), scale=2.0)
    np.testing.assert_allclose(twice[:, 1:-1, 1:-1], aug.resize(IMAGES, 16, 16)[:, 5:11, 5:11], atol=1e-12)


def test_mixed_labels_are_shares():
    x, y = torch.rand(2, 6, 8, 8), torch.eye(10)[torch.arange(12) % 10].view(2, 6, 10)
    for change in (augmented.mixup(1.0), augmented.cutmix(1.0)):
        new_x, new_y = change(x, y, generator())
        assert new_x.shape == x.shape
        np.testing.assert_allclose(new_y.sum(-1), 1.0, atol=1e-6)
    changed = (augmented.cutmix(1.0)(x, y, generator())[0] != x).float().mean((-2, -1))
    share = augmented.cutmix(1.0)(x, y, generator())[1].amax(-1)
    np.testing.assert_allclose(torch.maximum(changed, 1 - changed)[0], share[0], atol=1e-6)


def test_covering_covers_one_box_of_its_size():
    x = torch.ones(4, 50, 8, 8)
    covered = augmented.covering("zero", 3)(x, None, generator())[0] == 0
    assert (covered.sum((-2, -1)) == 9).all()
    assert (covered.any(-1).sum(-1) == 3).all() and (covered.any(-2).sum(-1) == 3).all()
    some = augmented.covering("random", 3, 0.5)(x, None, generator())[0]
    assert 0.3 < (some != 1).any(-1).any(-1).float().mean() < 0.7


def test_imbalanced_sets_are():
    given, is_rare = augmented.imbalanced([1, 2], 40, 5)
    for y, rare in zip(given.y_train, is_rare, strict=True):
        assert rare.sum() == 3 and (np.bincount(y)[rare] == 5).all() and (np.bincount(y)[~rare] == 40).all()


def test_a_run_equals_a_plain_torch_loop():
    net, seeds, steps = train.Net(1, 8), [4, 5], 8
    given = regularized.draw(seeds, 40)
    weights = np.random.default_rng(0).uniform(0.5, 2, given.y_train.shape)
    runs = augmented.fit(net, given, [0.01, 0.05], seeds, steps, weights=weights)
    stack = train.Stack(net, [seeds[1]], 64, 10)
    optimizer = torch.optim.SGD(stack.parameters, 0.05, momentum=0.9)
    x, y = torch.as_tensor(given.x_train[1], dtype=torch.float32), torch.as_tensor(given.y_train[1])
    for rows in train.batches(40, 25, steps, seeds[1]):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(stack(x[rows].T[None], True)[0].T, y[rows], reduction="none")
        (loss * torch.as_tensor(weights[1, rows], dtype=torch.float32)).mean().backward()
        optimizer.step()
    for found, expected in zip(runs.model.parameters, stack.parameters, strict=True):
        np.testing.assert_allclose(found[3].detach(), expected[0].detach(), atol=1e-5)


# Recorded results ---------------------------------------------------------------------------------------------


def strength(arm, s, column="test_accuracy"):
    found = evidence.load("07_strength")
    return np.subtract(found.column(column, arm=arm, strength=s), found.column(column, arm="none"))


def test_gain_then_harm():
    turn = {s: strength("rotation, degrees", s) for s in (5, 10, 20, 40, 90, 180)}
    assert [told(turn[s]) for s in turn] == [1, 1, 1, -1, -1, -1]
    assert max(turn, key=lambda s: turn[s].mean()) == 20 and min(turn, key=lambda s: turn[s].mean()) == 180
    assert [told(strength("shift, pixels", s)) for s in (1, 2, 3)] == [1, -1, -1]
    assert [told(strength("resize, up to 1 + s", s)) for s in (0.1, 0.3, 0.6)] == [1, 0, -1]
    assert [told(strength("cutout, side", s)) for s in (2, 3, 4, 6)] == [0, -1, -1, -1]
    for arm in ("mixup, alpha", "cutmix, alpha", "brightness and contrast"):
        assert all(told(strength(arm, s)) == 0 for s in evidence.load("07_strength").protocol["arms"][arm])
    assert told(strength("flip, left and right", 0.5)) == told(strength("flip, top and bottom", 0.5)) == -1


def test_classes_differ():
    half_turn = [strength("rotation, degrees", 180, f"class_{c}").mean() for c in range(10)]
    assert set(np.argsort(half_turn)[:2]) == {6, 9}
    one = [strength("shift, pixels", 1, f"class_{c}") for c in range(10)]
    assert told(one[5]) == -1 and told(one[1]) == told(one[7]) == 1
    found = evidence.load("07_strength")
    for column in ("six_as_nine", "nine_as_six"):
        assert np.mean(found.column(column, arm="rotation, degrees", strength=180)) > 0.05
        assert np.mean(found.column(column, arm="rotation, degrees", strength=20)) < 0.01


def test_robust_to_what_looks_like_the_fill():
    found = evidence.load("07_occlusion")

    def gain(a, b):
        return np.subtract(found.column("test_accuracy", trained=a, tested=b),
                           found.column("test_accuracy", trained="nothing", tested=b))  # fmt: skip

    assert [told(gain("zero", b)) for b in ("nothing", "zero", "mean", "random")] == [-1, 1, 0, -1]
    assert [told(gain("random", b)) for b in ("nothing", "zero", "mean", "random")] == [0, 1, 1, 1]
    assert all(told(gain("zero or random", b)) == 1 for b in ("zero", "mean", "random"))
    plain = {b: np.mean(found.column("test_accuracy", trained="nothing", tested=b)) for b in ("zero", "mean", "random")}
    assert min(plain, key=plain.get) == "zero"


def test_what_rebalances():
    found = evidence.load("07_imbalance")

    def gain(side, column):
        return np.subtract(found.column(column, side=side), found.column(column, side="nothing"))

    everything, rare = "augmenting everything", "augmenting and resampling the rare"
    assert found.column("share_of_rare", side=everything) == found.column("share_of_rare", side="nothing")
    assert all(told(gain(everything, c)) == 0 for c in ("rare", "frequent", "all"))
    assert all(told(gain(side, "rare")) == 1 for side in ("weights", "resampling", rare))
    assert max(found.protocol["sides"], key=lambda side: gain(side, "rare").mean()) == rare
    assert told(gain(rare, "frequent")) == -1


def test_wrong_labels_are_copied():
    found = evidence.load("07_labels")

    def change(column, side, wrong):
        return np.subtract(found.column(column, side=side, wrong=wrong),
                           found.column(column, side="as they are", wrong=wrong))  # fmt: skip

    row = found.where(side="20 copies", wrong=0.2)[0]
    assert (row["wrong_labels_stored"], row["images_stored"]) == (800, 4000)
    for side in ("5 copies", "20 copies"):
        costs = [change("test_accuracy", side, wrong).mean() for wrong in (0.0, 0.2, 0.4)]
        assert costs[0] > max(costs[1:]) and told(change("test_accuracy", side, 0.2)) == -1
        assert all(told(change("repeated", side, wrong)) == -1 for wrong in (0.2, 0.4))
    assert all(told(change("test_accuracy", "new at every step", wrong)) == 0 for wrong in (0.0, 0.2, 0.4))
    rates = {wrong: found.where(side="as they are", wrong=wrong)[0]["lr"] for wrong in (0.0, 0.2)}
    assert rates[0.2] < rates[0.0]


def test_edits_of_text():
    found = evidence.load("07_text")

    def gain(language, side, tested):
        columns = ({"language": language, "side": s, "tested": tested} for s in (side, "nothing"))
        return np.subtract(*(found.column("test_accuracy", **c) for c in columns))

    cases = [(a, b) for a in ("en", "ko") for b in ("clean", "typos")]
    assert all(told(gain(a, "synonyms of opinions", b)) == -1 for a, b in cases)
    assert all(told(gain(a, "synonyms of other words", b)) >= 0 for a, b in cases)
    assert all(-0.13 < gain(a, "antonyms, label turned", b).mean() < -0.07 for a, b in cases)
    for a, b in cases:
        assert np.mean(found.column("test_accuracy", language=a, side="antonyms, label kept", tested=b)) < 0.6
        protected, not_protected = (gain(a, f"deletion, {x} protected", b) for x in ("negation", "nothing"))
        assert abs(np.mean(protected - not_protected)) < 0.015 and told(protected - not_protected) == 0
    assert [told(gain(a, "typos", "typos")) for a in ("en", "ko")] == [0, 1]


# The page and its data ----------------------------------------------------------------------------------------


def test_every_row_on_augmentation_is_settled_on_the_page():
    rows = yaml.safe_load((ROOT / "book" / "sources.yml").read_text(encoding="utf-8"))["claims"]
    boxes = re.findall(r"^```\{claim\} (A\w+)$", PAGE, re.M)
    assert len(boxes) == len(set(boxes))
    assert set(boxes) == ROWS == {row["id"] for row in rows if row["id"].startswith("A")}
    for row in rows:
        if row["id"].startswith("A"):
            assert row["verdict"] != "pending" and row["shown"] == f"07_augmentation#claim-{row['id'].lower()}"


def test_every_recorded_result_of_the_chapter_is_on_the_page():
    names = {name for name in evidence.scripts() if name.startswith("07_")}
    assert names == set(re.findall(r"^```\{recorded\} (\w+)$", PAGE, re.M))
    assert names == set(re.findall(r'evidence\.load\("(07_\w+)"\)', PAGE))
