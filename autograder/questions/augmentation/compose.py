"""compose: a function that returns a function; the decisions are handed in, and calls are recorded."""

from autograder.question import Property, Question, Tolerance
from autograder.reference import augmentation as reference


def coefficients(rng):
    """Four maps a x + b whose order matters."""
    a = rng.uniform(1.5, 3, 4) * rng.choice([-1, 1], 4)
    return [[float(u), float(v)] for u, v in zip(a, rng.uniform(1, 4, 4), strict=True)]


def mixed(rng):
    """Some are left out, one of them between two that aren't, and not the same ones from both ends."""
    decisions = [[True, False, True, True], [False, True, False, True]][int(rng.integers(2))]
    return {"coefficients": coefficients(rng), "x": rng.normal(2, 1, (2, 3)), "decisions": [decisions]}


def all_of_them(rng):
    return mixed(rng) | {"decisions": [[True] * 4]}


def none(rng):
    return mixed(rng) | {"decisions": [[False] * 4]}


def several(rng):
    """One chain that is called three times, with other decisions each."""
    return mixed(rng) | {"decisions": [[True, False, False, True], [False, True, True, False], [True] * 4]}


def probe(answer, inputs):
    """The results of one chain, and the transforms that were called, in order."""
    calls = []

    def transform(k, a, b):
        def apply(x):
            calls.append(k)
            return a * x + b

        return apply

    chain = answer([transform(k, a, b) for k, (a, b) in enumerate(inputs["coefficients"])])
    results = [chain(inputs["x"], decisions) for decisions in inputs["decisions"]]
    return {"the results": results, "the transforms that were called": calls}


def probe_results(answer, inputs):
    """The results of one chain."""

    def transform(a, b):
        return lambda x: a * x + b

    chain = answer([transform(a, b) for a, b in inputs["coefficients"]])
    return [chain(inputs["x"], decisions) for decisions in inputs["decisions"]]


question = Question(
    name="compose",
    assignment="07_augmentation",
    reference=reference.compose,
    result_name="the list of results",
    optional=True,
    probe=probe_results,
    properties=[
        Property("value", 1.5, mixed, "four transforms of which some are left out"),
        Property("all", 0.5, all_of_them, "four transforms that are all applied"),
        Property("none", 0.25, none, "four transforms that are all left out", cases=1),
        Property("called again", 0.5, several, "one chain that is called three times", cases=1),
        Property("calls", 0.25, several, "transforms that record their calls", probe=probe, cases=1),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-5, why="products and sums: float32 errs by 1e-6, mistakes by a tenth"),
    stuck="The example passes, the graded cell fails",
)


@question.accepts("reduce")
def compose(transforms):
    from functools import reduce

    def chain(x, decisions):
        chosen = (t for t, d in zip(transforms, decisions, strict=False) if d)
        return reduce(lambda value, t: t(value), chosen, x)

    return chain


@question.accepts("an object that can be called")
def compose(transforms):
    class Chain:
        def __init__(self):
            self.transforms = tuple(transforms)

        def __call__(self, x, decisions):
            for k in range(len(self.transforms)):
                if decisions[k]:
                    x = self.transforms[k](x)
            return x

    return Chain()


@question.accepts("recursion over the rest of the chain")
def compose(transforms):
    def chain(x, decisions):
        if not transforms:
            return x
        first = transforms[0](x) if decisions[0] else x
        return compose(transforms[1:])(first, decisions[1:])

    return chain


@question.accepts("a lambda around a helper")
def compose(transforms):
    def run(x, chosen):
        while chosen:
            x = chosen.pop(0)(x)
        return x

    return lambda x, decisions: run(x, [t for k, t in enumerate(transforms) if decisions[k]])


question.misconception(
    "reverse_order",
    "You apply the last transform first. That is how mathematics writes a composition; a list of transforms is applied "
    "from its beginning.",
    seen="f(g(x)) read from the list f, g; functional libraries' compose",
    convention=True,
    replace=("in enumerate(transforms):", "in list(enumerate(transforms))[::-1]:"),
)
question.misconception(
    "decisions_ignored",
    "You apply every transform, whatever was decided.",
    seen="torchvision's Compose, in which all are applied",
    replace=("if decisions[k]:", "if True:"),
)
question.misconception(
    "decisions_negated",
    "You apply the transforms that should be left out, and leave out the others.",
    seen="a flag read as *skip*",
    replace=("if decisions[k]:", "if not decisions[k]:"),
)
question.misconception(
    "stops_at_the_first_no",
    "You stop at the first transform that isn't applied. Those behind it are still to come.",
    seen="break for continue",
    replace=("if decisions[k]:", "if not decisions[k]:\n                break\n            else:"),
)
question.misconception(
    "each_on_the_original",
    "You apply each transform to x as it came, so that only the last one counts. Each works on what the one before it "
    "returned.",
    seen="out = t(x) in the loop",
    source="""
    def compose(transforms):
        def augment(x, decisions):
            out = x
            for transform, decided in zip(transforms, decisions):
                if decided:
                    out = transform(x)
            return out

        return augment
    """,
)
question.misconception(
    "first_yes_only",
    "You return after the first transform that is applied. The others are still to come.",
    seen="a return inside the loop; OneOf confused with Compose",
    replace=("x = transform(x)", "return transform(x)"),
)
question.misconception(
    "first_decision_for_all",
    "You take the first decision for all transforms. There is one for each.",
    seen="one probability p for a whole chain",
    replace=("if decisions[k]:", "if decisions[0]:"),
)
question.misconception(
    "decisions_used_up",
    "Called again, your chain has no transforms left. Keep the list as it is; pop takes items away.",
    seen="transforms.pop(0) in a loop, and an iterator that is read once",
    source="""
    def compose(transforms):
        left = iter(transforms)

        def augment(x, decisions):
            for transform, decided in zip(left, decisions):
                if decided:
                    x = transform(x)
            return x

        return augment
    """,
)
question.misconception(
    "remembers_the_last",
    "Called again, your chain goes on with the last result in place of the new x.",
    seen="the image kept in an attribute of the pipeline",
    source="""
    def compose(transforms):
        kept = []

        def augment(x, decisions):
            if not kept:
                kept.append(x)
            for transform, decided in zip(transforms, decisions):
                if decided:
                    kept[0] = transform(kept[0])
            return kept[0]

        return augment
    """,
)
question.misconception(
    "all_called",
    "Your results are right, but you call every transform and then choose. One that is left out isn't called: it may "
    "be slow, or draw from a generator.",
    seen="np.where(decided, transform(x), x)",
    replace=(
        "if decisions[k]:\n                x = transform(x)",
        "x = transform(x) if decisions[k] else (transform(x), x)[1]",
    ),
)
