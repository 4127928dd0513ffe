"""hessian_vector_product and largest_eigenvalue: curvature from gradients, without the Hessian."""

import numpy as np

from autograder.question import Difference, Property, Question, Tolerance, inputs_unharmed
from autograder.reference import optimizers

PRODUCT, POWER = "hessian_vector_product", "largest_eigenvalue"


def landscape(rng):
    """A smooth loss of four parameters, as the numbers of its gradient A^T tanh(A x - b) + c x^3, and a direction."""
    D = 4
    return {
        "x": rng.uniform(0.4, 1, D) * rng.choice([-1, 1], D),
        "v": rng.uniform(0.5, 2, D) * rng.choice([-1, 1], D),
        "A": rng.normal(size=(D + 2, D)),
        "b": rng.normal(size=D + 2),
        "c": rng.uniform(0.5, 1, D),
    }


def short(rng):
    found = landscape(rng)
    return found | {"v": 1e-9 * found["v"]}


def long(rng):
    found = landscape(rng)
    return found | {"v": 1e6 * found["v"]}


def probe_product(answer, inputs):
    """H v, divided by the length of v."""
    A, b, c = inputs["A"], inputs["b"], inputs["c"]

    def gradient(x):
        x = np.asarray(x)
        return A.T @ np.tanh(A @ x - b) + c * x**3

    found = answer(gradient, inputs["x"], inputs["v"])
    found = found.detach().numpy() if hasattr(found, "detach") else np.asarray(found)
    return found / np.linalg.norm(inputs["v"])


def matrix(rng, values):
    Q = np.linalg.qr(rng.normal(size=(len(values),) * 2))[0]
    A = Q * np.asarray(values) @ Q.T
    return {"A": (A + A.T) / 2, "v": Q @ (rng.uniform(0.5, 1.5, len(values)) * rng.choice([-1, 1], len(values)))}


def positive(rng):
    """The largest eigenvalue is positive, the others at most half as large, of both signs; more rows than steps."""
    values = np.append(rng.uniform(3, 5), rng.uniform(0.2, 1.5, 24) * rng.choice([-1, 1], 24))
    return matrix(rng, values) | {"steps": 20}


def negative(rng):
    found = positive(rng)
    return found | {"A": -found["A"]}


def huge(rng):
    found = positive(rng)
    return found | {"A": 1e20 * found["A"]}


def tiny(rng):
    found = negative(rng)
    return found | {"A": 1e-20 * found["A"]}


def probe_power(answer, inputs):
    """The eigenvalue, in units of the matrix's largest entry."""
    A = inputs["A"]
    found = answer(lambda u: A @ np.asarray(u), inputs["v"], inputs["steps"])
    found = found.item() if hasattr(found, "item") else found
    return found / float(np.abs(A).max())


def probe_calls(answer, inputs):
    """How often matvec was called."""
    A, calls = inputs["A"], []

    def matvec(u):
        calls.append(1)
        return A @ np.asarray(u)

    answer(matvec, inputs["v"], inputs["steps"])
    return len(calls)


def few_products(case):
    """A judge: there was at most one product more than steps."""
    if not isinstance(case.output, int) or case.output > case.inputs["steps"] + 1:
        return Difference(f"matvec was called {case.output} times, with steps = {case.inputs['steps']}")
    return None


question = Question(
    name="hessian_vector_product",
    assignment="03_optimizers",
    reference=optimizers,
    names=(PRODUCT, POWER),
    optional=True,
    probe=probe_product,
    result_name="the product",
    properties=[
        Property("product", 1.5, landscape, "a smooth loss and a direction of ordinary length", of=PRODUCT),
        Property("short direction", 0.5, short, "a direction of length 1e-9", of=PRODUCT),
        Property("long direction", 0.5, long, "a direction of length 1e6", of=PRODUCT),
        Property("x and v unharmed", 0.25, landscape, "any loss and direction", judge=inputs_unharmed, of=PRODUCT),
        Property(
            "eigenvalue", 1, positive, "a matrix whose largest eigenvalue is positive", of=POWER, probe=probe_power
        ),
        Property(
            "negative eigenvalue",
            0.5,
            negative,
            "a matrix whose eigenvalue of largest size is negative",
            of=POWER,
            probe=probe_power,
        ),
        Property("huge matrix", 0.25, huge, "a matrix with entries of 1e20", of=POWER, probe=probe_power),
        Property("tiny matrix", 0.25, tiny, "a matrix with entries of 1e-20", of=POWER, probe=probe_power),
        Property(
            "few products",
            0.25,
            positive,
            "a matrix with more rows than steps",
            judge=few_products,
            of=POWER,
            probe=probe_calls,
        ),
    ],
    tolerance=Tolerance(
        rtol=1e-3,
        atol=1e-4,
        why="numbers near 1; a one-sided difference over 1e-6 or 1e-5 is off by 2e-5, a power iteration of 20 steps "
        "by less than 1e-6; the nearest misconception (a displacement of 1e-2) by more than 1e-3 in some coordinate",
    ),
    forbids=("torch.autograd.functional.hvp", "torch.autograd.functional.hessian"),
    equivalent_mutants={
        "u = v * np.linalg.norm(v)": "the first product's result is normalized, whatever the length of the start",
    },
    stuck="My curvature is wrong",
)

question.accepts(
    "a one-sided difference; the quotient divided by the length",
    """
    def hessian_vector_product(gradient, x, v):
        length = float(np.sqrt(np.sum(v * v)))
        h = 1e-6
        return length * (gradient(x + h / length * v) - gradient(x)) / h


    def largest_eigenvalue(matvec, v, steps):
        for _ in range(steps):
            v = matvec(v / np.sqrt(v @ v))
            v = v / np.abs(v).max()
        return np.dot(v, matvec(v)) / np.dot(v, v)
    """,
)
question.accepts(
    "four gradients, an error of order h^4; the product kept for the quotient",
    """
    def hessian_vector_product(gradient, x, v):
        n = np.linalg.norm(v)
        e = 1e-3 * v / n
        near = gradient(x + e) - gradient(x - e)
        far = gradient(x + 2 * e) - gradient(x - 2 * e)
        return n * (8 * near - far) / (12 * 1e-3)


    def largest_eigenvalue(matvec, v, steps):
        u, product = v / np.linalg.norm(v), None
        product = matvec(u)
        for _ in range(steps):
            u = product / np.linalg.norm(product)
            product = matvec(u)
        return float(u.dot(product))
    """,
)
question.accepts(
    "the Hessian column by column, then the product; all products as a list",
    """
    def hessian_vector_product(gradient, x, v):
        D, h = len(x), 1e-5
        columns = [(gradient(x + h * e) - gradient(x - h * e)) / (2 * h) for e in np.eye(D)]
        H = np.stack(columns, axis=1)
        return (H @ v).tolist()


    def largest_eigenvalue(matvec, v, steps):
        path = [v / np.linalg.norm(v)]
        while len(path) <= steps:
            following = matvec(path[-1])
            path.append(following / np.linalg.norm(following))
        return np.inner(path[-1], matvec(path[-1]))
    """,
)
question.accepts(
    "length and sign kept apart; Lanczos's idea, with the last two vectors",
    """
    def hessian_vector_product(gradient, x, v):
        scale = np.abs(v).max()
        direction = v / scale
        return scale * (gradient(x + 1e-5 * direction) - gradient(x - 1e-5 * direction)) / 2e-5


    def largest_eigenvalue(matvec, v, steps):
        u = v / np.linalg.norm(v)
        for _ in range(steps - 1):
            u = matvec(u)
            u /= np.linalg.norm(u)
        w = matvec(u)
        w_unit = w / np.linalg.norm(w)
        return np.linalg.norm(w) * np.sign(u @ w) if steps < 2 else w_unit @ matvec(w_unit)
    """,
)

question.misconception(
    "displacement_of_v",
    "You moved by a fixed small number times v. Where v is long, that leaves the neighbourhood of x; where it is "
    "short, nothing but round-off is left. Move a fixed small *length*, and scale the result.",
    seen="(grad(x + eps v) - grad(x)) / eps, as the formula is usually printed",
    replace=(
        "move = 1e-5 * v / length\n    change = gradient(x + move) - gradient(x - move)\n    return change * length / "
        "2e-5",
        "move = 1e-5 * v\n    change = gradient(x + move) - gradient(x - move)\n    return change / 2e-5",
    ),
)
question.misconception(
    "not_scaled_back",
    "You took a direction of length 1, but didn't multiply the result by the length of v.",
    seen="v normalized for the difference, and forgotten",
    replace=("return change * length / 2e-5", "return change / 2e-5"),
)
question.misconception(
    "half_the_distance",
    "Your product is twice too large: the two points are two displacements apart.",
    seen="a centred difference divided by h",
    replace=("length / 2e-5", "length / 1e-5"),
)
question.misconception(
    "not_divided",
    "You returned the difference of the gradients, without dividing by the distance between the points.",
    seen="a difference taken for a derivative",
    replace=("return change * length / 2e-5", "return change * length"),
)
question.misconception(
    "too_far",
    "Your displacement is so long that the curvature changes on the way. Make it about 1e-5.",
    seen="h = 0.1, so that 'the difference is visible'",
    replace=(
        "move = 1e-5 * v / length\n    change = gradient(x + move) - gradient(x - move)\n    return change * length / "
        "2e-5",
        "move = 0.1 * v / length\n    change = gradient(x + move) - gradient(x)\n    return change * length / 0.1",
    ),
)
question.misconception(
    "too_close",
    "Your displacement is so short that only round-off is left of the difference. Make it about 1e-5.",
    seen="h = 1e-15, 'as small as possible'",
    replace=(
        "move = 1e-5 * v / length\n    change = gradient(x + move) - gradient(x - move)\n    return change * length / "
        "2e-5",
        "move = 1e-15 * v / length\n    change = gradient(x + move) - gradient(x - move)\n    return change * length "
        "/ 2e-20",
    ),
)
question.misconception(
    "entry_by_entry",
    "You moved all coordinates by the same amount and multiplied by v afterwards, entry by entry. Move along v itself.",
    seen="the derivative of the gradient taken for a vector",
    replace=(
        "move = 1e-5 * v / length\n    change = gradient(x + move) - gradient(x - move)\n    return change * length / "
        "2e-5",
        "change = gradient(x + 1e-5) - gradient(x - 1e-5)\n    return change * v / 2e-5",
    ),
)
question.misconception(
    "a_number",
    "You returned one number, v times the product. The product itself is a vector.",
    seen="the curvature along v, taken for the product",
    replace=("return change * length / 2e-5", "return v @ change * length / 2e-5"),
)
question.misconception(
    "gradient_at_v",
    "You compared gradients around v. Compare them around x, along v.",
    seen="the two arguments exchanged",
    replace=("gradient(x + move) - gradient(x - move)", "gradient(v + move) - gradient(v - move)"),
)
question.misconception(
    "x_in_place",
    "Your values are right, but x isn't what it was: you moved it in place. Work on copies.",
    seen="x += h * v; ...; x -= 2 * h * v",
    replace=(
        "change = gradient(x + move) - gradient(x - move)",
        "x += move\n    up = gradient(x)\n    x -= 2 * move\n    change = up - gradient(x)",
    ),
)
question.misconception(
    "sign_lost",
    "Your eigenvalue is never negative: you returned a length. Rayleigh's quotient has the sign.",
    seen="the norm of the product as the eigenvalue",
    replace=("return u @ matvec(u)", "return np.linalg.norm(matvec(u))"),
)
question.misconception(
    "never_normalized",
    "You didn't keep the vector's length at 1, so it overflows, or vanishes, for large or small matrices.",
    seen="power iteration written as A^k v",
    replace=(
        "        u = matvec(u)\n        u = u / np.linalg.norm(u)\n    return u @ matvec(u)",
        "        u = matvec(u)\n    return u @ matvec(u) / (u @ u)",
    ),
)
question.misconception(
    "quotient_not_divided",
    "Your last vector doesn't have length 1, and you didn't divide by its square: normalize it before Rayleigh's "
    "quotient.",
    seen="the normalization at the beginning of the loop only",
    replace=(
        "        u = matvec(u)\n        u = u / np.linalg.norm(u)\n",
        "        u = matvec(u / np.linalg.norm(u))\n",
    ),
)
question.misconception(
    "one_product",
    "You multiplied the starting vector once only, or always that one. Multiply the last result again and again: each "
    "product strengthens the direction of the largest eigenvalue.",
    seen="steps accepted and never used, or v where u is meant inside the loop",
    replace=("for _ in range(steps):", "for _ in range(1):"),
)
question.misconception(
    "whole_matrix",
    "Your eigenvalue is right, but you worked the whole matrix out, with one product for each of its columns. That is "
    "what this is meant to avoid: at most one product more than steps.",
    seen="np.linalg.eigvalsh of the columns",
    replace=(
        "    u = v / np.linalg.norm(v)\n"
        "    for _ in range(steps):\n"
        "        u = matvec(u)\n"
        "        u = u / np.linalg.norm(u)\n"
        "    return u @ matvec(u)",
        "    A = np.stack([matvec(e) for e in np.eye(len(v))], axis=1)\n"
        "    values = np.linalg.eigvalsh(A)\n"
        "    return values[np.argmax(np.abs(values))]",
    ),
)
question.misconception(
    "quotient_in_the_loop",
    "Your eigenvalue is right, but you worked out Rayleigh's quotient with a product of its own at every step: that is "
    "twice as many products as needed.",
    seen="the eigenvalue estimated anew at every step, to watch it converge",
    replace=(
        "        u = u / np.linalg.norm(u)\n    return u @ matvec(u)",
        "        u = u / np.linalg.norm(u)\n        value = u @ matvec(u)\n    return value",
    ),
)
