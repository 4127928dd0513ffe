"""accuracy_interval: what an accuracy measured on n images says about the true one (Wilson's interval)."""

import math

import numpy as np

from autograder.question import Property, Question, Tolerance
from autograder.reference import capstone as reference


def ordinary(rng):
    n = int(rng.integers(80, 300))
    return {"correct": int(n * rng.uniform(0.6, 0.9)), "n": n, "z": float(rng.uniform(1.5, 2.8))}


def few(rng):
    """One mistake: the textbook interval reaches past 1."""
    n = int(rng.integers(7, 14))
    return {"correct": n - 1, "n": n, "z": float(rng.uniform(1.5, 2.8))}


def all_right(rng):
    n = int(rng.integers(9, 30))
    return {"correct": n, "n": n, "z": float(rng.uniform(1.5, 2.8))}


def none_right(rng):
    return all_right(rng) | {"correct": 0}


question = Question(
    name="accuracy_interval",
    assignment="09_capstone",
    reference=reference.accuracy_interval,
    outputs=("low", "high"),
    properties=[
        Property("value", 2, ordinary, "some hundred test images"),
        Property("few images", 1, few, "a dozen test images, all but one of them right", cases=3),
        Property("all right", 0.5, all_right, "images that are all right"),
        Property("none right", 0.5, none_right, "images that are all wrong"),
    ],
    tolerance=Tolerance(1e-6, 1e-6, "both ends are solutions of a quadratic equation; bisection finds them to 1e-7"),
    stuck="My interval is a little off",
)


@question.accepts("solves the quadratic equation by its formula")
def accuracy_interval(correct, n, z):
    a, b, c = n + z * z, 2 * correct + z * z, correct * correct / n
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return [(b - root) / (2 * a), (b + root) / (2 * a)]


@question.accepts("np.roots")
def roots(correct, n, z):
    a = correct / n
    low, high = np.sort(np.roots([1 + z**2 / n, -(2 * a + z**2 / n), a**2]).real)
    return low, high


@question.accepts("bisection for the largest deviation allowed")
def bisection(correct, n, z):
    share = correct / n

    def end(inside, outside):
        for _ in range(60):
            p = (inside + outside) / 2
            if abs(share - p) <= z * math.sqrt(max(p * (1 - p), 0.0) / n):
                inside = p
            else:
                outside = p
        return inside

    return np.array([end(share, 0.0), end(share, 1.0)])


@question.accepts("adds z squared over two successes, and as many failures, and takes it from there")
def shrunk(correct, n, z):
    m = n + z**2
    p = (correct + z**2 / 2) / m
    half = z / m * (correct * (n - correct) / n + z**2 / 4) ** 0.5
    return p - half, p + half


question.misconception(
    "wald",
    "You put the observed share's own standard error on both sides of it. That interval reaches past 1, and has no "
    "width at all when every image is right.",
    seen="the first interval of every statistics course",
    convention=True,
    source="""
def accuracy_interval(correct, n, z):
    a = correct / n
    half = z * (a * (1 - a) / n) ** 0.5
    return a - half, a + half
""",
)
question.misconception(
    "wald_clipped",
    "You put the observed share's own standard error on both sides of it and cut off what lies outside 0 and 1. With "
    "every image right, nothing is left of the interval.",
    seen="the textbook interval repaired by a clip",
    convention=True,
    source="""
def accuracy_interval(correct, n, z):
    a = correct / n
    half = z * (a * (1 - a) / n) ** 0.5
    return max(a - half, 0.0), min(a + half, 1.0)
""",
)
question.misconception(
    "agresti_coull",
    "The middle is right, but the width is that of a textbook interval around it, with the new share and the new "
    "number of images (Agresti and Coull's interval).",
    seen="the simplified formula, often called Wilson's",
    convention=True,
    source="""
def accuracy_interval(correct, n, z):
    m = n + z**2
    p = (correct + z**2 / 2) / m
    half = z * (p * (1 - p) / m) ** 0.5
    return p - half, p + half
""",
)
question.misconception(
    "centre_not_moved",
    "The width is right, but you put it around the observed share: the middle moves towards one half.",
    seen="half a formula remembered",
    replace=("(share + z**2 / (2 * n)) / scale", "share"),
)
question.misconception(
    "not_divided",
    "You left out the division by 1 + z²/n.",
    seen="the numerator copied alone",
    replace=("scale = 1 + z**2 / n", "scale = 1"),
)
question.misconception(
    "z_not_squared",
    "Inside the root, z²/(4n²) is z/(4n²) with you: the z has to be squared as well.",
    seen="a square lost in typing",
    replace=("z**2 / (4 * n**2)", "z / (4 * n**2)"),
)
question.misconception(
    "n_not_squared",
    "Inside the root you divided z² by 4n in place of 4n².",
    seen="a square lost in typing",
    replace=("4 * n**2", "4 * n"),
)
question.misconception(
    "middle_and_half",
    "You returned the middle and half the width. Return the two ends.",
    seen="the form in which an interval is written with ±",
    replace=("return middle - half, middle + half", "return middle, half"),
)
question.misconception(
    "high_first",
    "You returned the upper end first.",
    seen="the order of the roots",
    replace=("return middle - half, middle + half", "return middle + half, middle - half"),
)
question.misconception(
    "no_root",
    "You used the variance where the standard error belongs: the root is missing.",
    seen="p(1 - p)/n taken for the standard error",
    source="""
def accuracy_interval(correct, n, z):
    share, scale = correct / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    half = z * (share * (1 - share) / n + z**2 / (4 * n**2)) / scale
    return middle - half, middle + half
""",
)
