"""train: a procedure rather than a function. It asks for labels while it runs, and is marked by what it then predicts.

The labels stay with the checker: the probe passes requests on, and a desk of our own counts them (see `Desk`).
"""

import numpy as np
import torch

from autograder.compare import to_array
from autograder.question import Difference, Property, Question, Tolerance, same_value
from autograder.reference import capstone as reference


class Desk:
    """Where the labels are: it hands out those asked for until it hands out the test images, which ends the asking."""

    def __init__(self, inputs):
        self.labels, self.test_images = reference.LabelDesk(inputs["labels"]), inputs["test_images"]
        self.open = True

    def __call__(self, request):
        if isinstance(request, str):
            self.open = False
            return {"test_images": self.test_images}
        if not self.open:
            return {"refused": "labels can be asked for during training only, not while predicting"}
        try:
            return {"labels": self.labels(request), "left": self.labels.left}
        except ValueError as error:
            return {"refused": str(error)}


def probe(answer, inputs):
    """What the trained predictor says of the test images, which come once the labels are closed."""
    import random

    def request_labels(indices):
        reply = ask(np.asarray(indices))  # noqa: F821 (the desk's; see sandbox/probing.py)
        if "refused" in reply:
            raise ValueError(reply["refused"])
        request_labels.left = reply["left"]
        return reply["labels"]

    request_labels.left = 100
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(0)
    predict = answer(inputs["images"], request_labels)
    if not callable(predict):
        raise TypeError("train should return a function, predict, which is called later with other images")
    return predict(ask("the test images")["test_images"])  # noqa: F821


def judge(case):
    """The share of points that the accuracy earns, with what it is worth as evidence."""
    predicted = to_array(case.output)
    if predicted is None or predicted.shape != case.expected.shape:
        return same_value(case)
    n, correct = len(predicted), int(np.sum(predicted == case.expected))
    share = reference.share_of_points(correct / n)
    if share == 1:
        return None
    low, high = reference.accuracy_interval(correct, n)
    says = f"{correct} of {n} test images are right, {correct / n:.1%} (95 % interval {low:.1%} to {high:.1%})"
    if correct / n < 0.25:
        says += ", little more than guessing; does every label belong to the image you use it for?"
    elif share == 0:
        says += f"; points begin at {reference.NOTHING:.0%}"
    return Difference(says, share=share)


question = Question(
    name="train",
    assignment="09_capstone",
    reference=reference.excellent,
    probe=probe,
    result_name="what predict returns",
    properties=[
        Property(
            "accuracy",
            12,
            reference.draw_task,
            "two tasks with signs of their own",
            judge=judge,
            desk=Desk,
            secret=("labels", "test_images", "test_labels"),
            expects=lambda inputs: inputs["test_labels"],
            shared=True,
        ),
    ],
    tolerance=Tolerance(rtol=0, atol=0, why="labels are whole numbers; what a difference costs, the judge says"),
    stuck="The accuracy is lower than in my rehearsals",
    seconds=60,
    costly="an answer trains on two tasks, which takes seconds, and a changed number in it often trains as well",
)


question.accepts(
    "a class whose objects are called, asks one by one, answers with a list",
    """
class train:
    def __init__(self, images, request_labels):
        self.mean = images.mean()
        pool = self.describe(images)
        centres = pool[:: len(pool) // 90][:90]
        for _ in range(8):
            nearest = ((pool**2).sum(1)[:, None] + (centres**2).sum(1) - 2 * pool @ centres.T).argmin(1)
            groups = [pool[nearest == j] for j in range(len(centres))]
            centres = np.stack([group.mean(0) if len(group) else c for group, c in zip(groups, centres)])
        gaps = (centres**2).sum(1)[:, None] + (pool**2).sum(1) - 2 * centres @ pool.T
        asked = sorted({int(i) for i in gaps.argmin(1)})
        labels = [int(request_labels([i])[0]) for i in asked]
        examples, answers = [], []
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                for slant in (-0.2, 0.0, 0.2):
                    examples.append(self.describe(self.move(images[asked], down, right, slant)))
                    answers += labels
        self.x, y = np.concatenate(examples), np.array(answers)
        self.fit(y)
        for part in (1200,):
            scores = self.scores(pool)
            ordered = np.sort(scores, axis=1)
            sure = np.argsort(ordered[:, -2] - ordered[:, -1])[:part]
            self.x = np.concatenate([*examples, pool[sure]])
            self.fit(np.append(y, scores[sure].argmax(1)))

    def describe(self, images):
        rows = images + 0.5 * (np.roll(images, 1, 1) + np.roll(images, -1, 1))
        soft = rows + 0.5 * (np.roll(rows, 1, 2) + np.roll(rows, -1, 2))
        flat = soft.reshape(len(images), -1)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)

    def move(self, images, down, right, slant):
        moved = np.roll(images, (down, right), (1, 2))
        return np.stack([np.roll(moved[:, r], round(slant * (r - 7.5)), 1) for r in range(16)], axis=1)

    def kernel(self, rows):
        return np.exp(-4 * np.maximum((rows**2).sum(1)[:, None] + (self.x**2).sum(1) - 2 * rows @ self.x.T, 0))

    def fit(self, y):
        matrix = self.kernel(self.x) + 0.3 * np.eye(len(self.x))
        self.weights = np.linalg.solve(matrix, np.eye(10)[y] - 0.1)

    def scores(self, rows):
        return self.kernel(rows) @ self.weights

    def __call__(self, test_images):
        return [int(label) for label in self.scores(self.describe(test_images)).argmax(1)]
""",
)

question.accepts(
    "in torch and float32, the most typical images first, a tensor of labels",
    """
def train(images, request_labels):
    from torch.nn import functional as F

    def describe(batch):
        batch = F.pad(batch, (1, 1, 1, 1))
        return F.normalize(F.avg_pool2d(F.avg_pool2d(batch, 2, 1), 2, 1).flatten(1))

    x = torch.tensor(images, dtype=torch.float32)[:, None]
    pool = describe(x)
    centres = pool[torch.randperm(len(pool))[:100]]
    for _ in range(10):
        nearest = torch.cdist(pool, centres).argmin(1)
        centres = torch.stack([pool[nearest == j].mean(0) if (nearest == j).any() else centres[j] for j in range(100)])
    asked = torch.cdist(centres, pool).argmin(1).unique()
    y = torch.as_tensor(request_labels(asked))

    known, answers = [], []
    for lean in (-0.25, -0.12, 0.0, 0.12, 0.25):
        for right in (-0.12, 0.0, 0.12):
            for down in (-0.12, 0.0, 0.12):
                theta = torch.tensor([[[1, lean, right], [0, 1, down]]]).expand(len(asked), -1, -1)
                grid = F.affine_grid(theta, (len(asked), 1, 16, 16), align_corners=False)
                known.append(describe(F.grid_sample(x[asked], grid, align_corners=False)))
                answers.append(F.one_hot(y, 10).float())
    known, answers = torch.cat(known), torch.cat(answers)

    def predict(test_images):
        everyone = torch.cat([pool, describe(torch.tensor(test_images, dtype=torch.float32)[:, None])])
        start = (-torch.cdist(everyone, known) ** 2 / 0.04).softmax(1) @ answers
        near = torch.cdist(everyone, everyone) ** 2
        near.fill_diagonal_(torch.inf)
        gaps, friends = near.topk(10, largest=False)
        weights = (-gaps / 0.1).softmax(1)
        belief = start
        for _ in range(20):
            belief = 0.35 * start + 0.65 * (weights[:, :, None] * belief[friends]).sum(1)
        return belief[len(pool) :].argmax(1)

    return predict
""",
)

question.accepts(
    "asks in rounds, where its neighbours disagree",
    """
def train(images, request_labels):
    rng = np.random.default_rng(3)

    def describe(pictures):
        p = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
        weights = {(i, j): (2 - abs(i - 1)) * (2 - abs(j - 1)) for i in range(3) for j in range(3)}
        flat = sum(w * p[:, i : i + 16, j : j + 16] for (i, j), w in weights.items()).reshape(len(pictures), -1)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True)

    def apart(a, b):
        return np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0)

    def copies(pictures):
        for lean in (-2, -1, 0, 1, 2):
            leaning = np.stack([np.roll(pictures[:, r], round(lean * (r - 7.5) / 8), 1) for r in range(16)], axis=1)
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    yield describe(np.roll(leaning, (down, right), (1, 2)))

    def believes(new):
        everyone = np.concatenate([pool, new])
        near = [apart(everyone, c) for c in copies(images[asked])]
        gaps = np.minimum.reduce(near)
        start = np.exp((gaps.min(1, keepdims=True) - gaps) / 0.04) @ np.eye(10)[labels]
        start /= start.sum(1, keepdims=True)
        between = apart(everyone, everyone)
        np.fill_diagonal(between, np.inf)
        friends = np.argpartition(between, 10, axis=1)[:, :10]
        close = np.exp(-np.take_along_axis(between, friends, 1) / 0.1)
        close /= close.sum(1, keepdims=True)
        belief = start.copy()
        for _ in range(20):
            belief = 0.35 * start + 0.65 * np.einsum("nk,nkc->nc", close, belief[friends])
        return belief

    pool = describe(images)
    centres = pool[rng.choice(len(pool), 80, replace=False)]
    for _ in range(10):
        group = apart(pool, centres).argmin(1)
        centres = np.stack([pool[group == j].mean(0) if (group == j).any() else centres[j] for j in range(80)])
    asked = np.unique(apart(pool, centres).argmin(0))
    labels = request_labels(asked.tolist())
    while request_labels.left:
        best = np.sort(believes(pool[:0]), axis=1)
        margin = best[:, -1] - best[:, -2]
        margin[asked] = np.inf
        more = np.argsort(margin)[: min(15, request_labels.left)]
        asked, labels = np.append(asked, more), np.append(labels, request_labels(tuple(more)))
    return lambda test_images: believes(describe(test_images))[len(pool) :].argmax(1).astype(np.float32)
""",
)


def nearest(chosen, labels, predicted="labels[gaps(test_images, known).argmin(1)]", returns="predict"):
    """The text of a nearest-neighbour classifier with one thing about it changed."""
    return f"""
def train(images, request_labels):
    def gaps(a, b):
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        return (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T

    chosen = np.random.default_rng(5).permutation(len(images))[:100]
    known, labels = {chosen}, {labels}

    def predict(test_images):
        return {predicted}

    return {returns}
"""


ASKED = "request_labels(chosen)"
question.misconception(
    "first_images_random_labels",
    "Your labels don't belong to your images: you asked about some images and trained on others. Use the same indices "
    "for both.",
    seen="labels of a random choice beside the first images of the pool",
    source=nearest("images[: len(chosen)]", ASKED),
)
question.misconception(
    "sorted_on_one_side",
    "You sorted the indices when you asked, but not when you took the images: the labels come in the order in which "
    "you asked.",
    seen="np.unique or a set on one of the two",
    source=nearest("images[chosen]", "request_labels(np.unique(chosen))"),
)
question.misconception(
    "scaled_when_training_only",
    "You scaled the images when you trained, but not when you predict. What is done to one must be done to the other.",
    seen="a scaler fitted in training and forgotten in the closure",
    source=nearest("255 * images[chosen]", ASKED),
)
question.misconception(
    "scores_not_labels",
    "predict returns one score for each class. Return the best class of each image, one whole number.",
    seen="logits returned without an argmax",
    source=nearest("images[chosen]", ASKED, "np.eye(10)[labels[gaps(test_images, known).argmin(1)]]"),
)
question.misconception(
    "predicts_the_pool",
    "predict looks at the images you trained with, not at those it is given: it returns a label for each of the pool.",
    seen="a name from the enclosing function used in place of the argument",
    source=nearest("images[chosen]", ASKED, "labels[gaps(images, known).argmin(1)]"),
)
question.misconception(
    "one_label_for_all",
    "predict returns a single label. It is called once, with all test images together, and returns one label for each.",
    seen="argmin or argmax over all axes",
    source=nearest("images[chosen]", ASKED, "labels[gaps(test_images, known).argmin() % len(labels)]"),
)
