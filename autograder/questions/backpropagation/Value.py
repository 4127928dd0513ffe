"""Value: a scalar engine, exercised by probes that build small graphs with the student's class."""

from autograder.question import Property, Question, Tolerance
from autograder.reference import backpropagation as reference

from . import inputs


def sum_and_product(answer, inputs):
    """Each of the two alone, times a Value, so that the upstream gradient isn't 1."""
    results, gradients = {}, {}
    trials = {"*": lambda x, y, z: x * y * z, "+": lambda x, y, z: (x + y) * z}
    for operation, formula in trials.items():
        x, y, z = (answer(inputs[name]) for name in "abc")
        out = formula(x, y, z)
        results[f"the result of {operation}"] = out.data
        out.backward()
        gradients[f"the gradients through {operation}"] = [v.grad for v in (x, y, z)]
    return results | gradients


def other_operations(answer, inputs):
    """Each of the others alone, times a Value, so that the upstream gradient isn't 1."""
    a, b, c, n = (inputs[name] for name in ("a", "b", "c", "n"))
    trials = {
        "**": lambda x, y, z: x**n * z,
        "** -2": lambda x, y, z: x**-2 * z,
        "exp": lambda x, y, z: y.exp() * z,
        "tanh": lambda x, y, z: y.tanh() * z,
        "relu": lambda x, y, z: x.relu() * z,
        "relu, closed,": lambda x, y, z: (x * y).relu() * z,
        "relu at 0": lambda x, y, z: (x + answer(-a)).relu() * z + y,
    }
    results, gradients = {}, {}
    for operation, formula in trials.items():
        x, y, z = answer(a), answer(b), answer(c)
        out = formula(x, y, z)
        results[f"the result of {operation}"] = out.data
        out.backward()
        gradients[f"the gradients through {operation}"] = [v.grad for v in (x, y, z)]
    return results | gradients


def several_uses(answer, inputs):
    """Values that are used twice: in one operation, in two, and past others."""

    def neighbours(x, y, z):
        product = x * y
        return product * z + (product + x)

    def later(x, y, z):
        early = x * y
        return (early * z + y) * early

    def earlier(x, y, z):
        early = x * y
        return early * (early * z + y)

    def in_a_row(x, y, z):
        v = x * y
        for _ in range(4):
            v = (v + v) * z
        return v

    trials = {
        "a value times itself": lambda x, y, z: x * x * y + z,
        "a value plus itself": lambda x, y, z: (x * y + x * y) * z + (z + z),
        "a value used by two operations": neighbours,
        "a value used once more, later": later,
        "a value used once more, earlier": earlier,
        "doublings in a row": in_a_row,
    }
    gradients = {}
    for what, formula in trials.items():
        x, y, z = (answer(inputs[name]) for name in "abc")
        formula(x, y, z).backward()
        gradients[f"the gradients with {what}"] = [v.grad for v in (x, y, z)]
    return gradients


def numbers(answer, inputs):
    """Plain numbers on either side, whole and not."""
    a, c = inputs["a"], inputs["c"]
    trials = {
        "+ a number": lambda x: x + c,
        "a number +": lambda x: 3 + x,
        "* a number": lambda x: x * 3,
        "a number *": lambda x: c * x,
        "- and / with numbers": lambda x: (1 - x) / 2 - 5 / x + (x - c),
    }
    found = {}
    for operation, formula in trials.items():
        x = answer(a)
        out = formula(x)
        out.backward()
        found[f"the result and the gradient of {operation}"] = [out.data, x.grad]
    return found


def again(answer, inputs):
    """backward called twice, on a second output that shares values, and after the gradients were set to 0."""
    x, y = answer(inputs["a"]), answer(inputs["b"])
    shared = x * y + x
    one, other = shared * x + y, shared * shared * y
    trace = {}
    one.backward()
    trace["the gradients after one call"] = [x.grad, y.grad]
    one.backward()
    trace["the gradients after a second call"] = [x.grad, y.grad]
    other.backward()
    trace["the gradients after a call on another output"] = [x.grad, y.grad]
    x.grad = y.grad = 0.0
    one.backward()
    trace["the gradients after they were set to 0"] = [x.grad, y.grad]
    return trace


def deep(answer, inputs):
    """A chain of 5,000 operations that comes back to its first value again and again."""
    x, y = answer(inputs["a"]), answer(inputs["b"])
    v = x
    for i in range(1250):
        v = v * inputs["shrink"] + y
        v = (v + x if i % 50 == 0 else v + 0.01) * 0.99
    v.backward()
    return {"the result": v.data, "the gradients": [x.grad, y.grad]}


def leaves(rng):
    """Three numbers away from 0 and 1; a is positive, b negative."""
    return {
        "a": float(rng.uniform(0.6, 0.9)),
        "b": float(rng.uniform(-1.6, -1.2)),
        "c": float(inputs.signed(rng, (), 1.3, 1.8)),
        "n": float(rng.uniform(2.3, 3.4)),
    }


def chain(rng):
    return leaves(rng) | {"shrink": float(rng.uniform(0.9, 0.95))}


question = Question(
    name="Value",
    assignment="02_backpropagation",
    reference=reference.Value,
    probe=sum_and_product,
    properties=[
        Property("sum and product", 1.5, leaves, "sums and products of Values"),
        Property("other operations", 1, leaves, "powers, exp, tanh and relu", probe=other_operations),
        Property("reuse", 2, leaves, "values that are used several times", probe=several_uses),
        Property("numbers", 0.5, leaves, "plain numbers on either side of an operation", probe=numbers),
        Property("repeated backward", 1.5, leaves, "backward called several times", probe=again),
        Property("depth", 1.5, chain, "a chain of 5,000 operations", probe=deep, cases=1),
    ],
    tolerance=Tolerance(
        rtol=1e-6,
        atol=1e-9,
        why="Python's floats are double precision, and orders of summation differ by 1e-14; the mistakes by over 1e-3",
    ),
    forbids=("torch.autograd.grad", "torch.autograd.backward", "torch.Tensor.backward"),
    stuck="Gradients of my Value are wrong",
)

question.accepts(
    "closures that pass gradients on; inner gradients are set to 0 before each pass",
    """
    class Value(Arithmetic):
        def __init__(self, data, inputs=()):
            self.data, self.grad, self.inputs = float(data), 0.0, inputs
            self.pass_on = lambda: None

        def __add__(self, other):
            other = other if hasattr(other, "pass_on") else Value(other)
            out = Value(self.data + other.data, (self, other))

            def pass_on():
                self.grad += out.grad
                other.grad += out.grad

            out.pass_on = pass_on
            return out

        def __mul__(self, other):
            other = other if hasattr(other, "pass_on") else Value(other)
            out = Value(self.data * other.data, (self, other))

            def pass_on():
                self.grad += other.data * out.grad
                other.grad += self.data * out.grad

            out.pass_on = pass_on
            return out

        def through(self, y, slope):
            out = Value(y, (self,))

            def pass_on():
                self.grad += slope * out.grad

            out.pass_on = pass_on
            return out

        def __pow__(self, n):
            return self.through(self.data**n, n * self.data ** (n - 1))

        def exp(self):
            return self.through(math.exp(self.data), math.exp(self.data))

        def tanh(self):
            return self.through(math.tanh(self.data), 1 / math.cosh(self.data) ** 2)

        def relu(self):
            return self.through(self.data * (self.data > 0), self.data > 0)

        def backward(self):
            order, seen, stack = [], {self}, [(self, iter(self.inputs))]
            while stack:
                v, rest = stack[-1]
                for parent in rest:
                    if parent not in seen:
                        seen.add(parent)
                        stack.append((parent, iter(parent.inputs)))
                        break
                else:
                    order.append(v)
                    stack.pop()
            for v in order:
                if v.inputs:
                    v.grad = 0.0
            self.grad += 1.0
            for v in reversed(order):
                v.pass_on()
    """,
)
question.accepts(
    "a tape: values are numbered as they are made, and visited from the last to the first",
    """
    import heapq
    import itertools

    class Value:
        made = itertools.count()

        def __init__(self, data, *uses):
            self.data, self.grad, self.uses, self.number = data, 0.0, uses, next(Value.made)

        def __lt__(self, other):
            return self.number > other.number

        @staticmethod
        def of(v):
            return v if isinstance(v, Value) else Value(v)

        def __add__(self, other):
            other = Value.of(other)
            return Value(self.data + other.data, (self, 1), (other, 1))

        def __mul__(self, other):
            other = Value.of(other)
            return Value(self.data * other.data, (self, other.data), (other, self.data))

        __radd__, __rmul__ = __add__, __mul__

        def __pow__(self, n):
            return Value(self.data**n, (self, n * self.data**n / self.data))

        def __sub__(self, other):
            return self + Value.of(other) * -1

        def __rsub__(self, other):
            return Value.of(other) - self

        def __neg__(self):
            return 0 - self

        def __truediv__(self, other):
            return self * Value.of(other) ** -1

        def __rtruediv__(self, other):
            return Value.of(other) / self

        def exp(self):
            y = np.exp(self.data)
            return Value(y, (self, y))

        def tanh(self):
            y = np.tanh(self.data)
            return Value(y, (self, (1 - y) * (1 + y)))

        def relu(self):
            return Value(self.data, (self, 1)) if self.data > 0 else Value(0.0, (self, 0))

        def backward(self):
            flow, heap = {self: 1.0}, [self]
            while heap:
                v = heapq.heappop(heap)
                g = flow.pop(v)
                v.grad += g
                for parent, slope in v.uses:
                    if parent not in flow:
                        heapq.heappush(heap, parent)
                    flow[parent] = flow.get(parent, 0.0) + slope * g
    """,
)
question.accepts(
    "counts how often each value is used, and passes on when all uses have reported",
    """
    class Value(Arithmetic):
        def __init__(self, data, parents=(), slopes=()):
            self.data, self.grad, self.parents, self.slopes = data, 0.0, parents, slopes

        def __add__(self, other):
            if not isinstance(other, Value):
                return Value(self.data + other, [self], [1.0])
            return Value(self.data + other.data, [self, other], [1.0, 1.0])

        def __mul__(self, other):
            if not isinstance(other, Value):
                return Value(self.data * other, [self], [other])
            return Value(self.data * other.data, [self, other], [other.data, self.data])

        def __pow__(self, n):
            return Value(self.data**n, [self], [n * self.data ** (n - 1)])

        def exp(self):
            return Value(math.e**self.data, [self], [math.e**self.data])

        def tanh(self):
            e = math.exp(2 * self.data)
            y = (e - 1) / (e + 1)
            return Value(y, [self], [1 - y * y])

        def relu(self):
            return Value(max(0.0, self.data), [self], [float(self.data > 0)])

        def backward(self):
            uses, todo = {id(self): 0}, [self]
            while todo:
                for parent in todo.pop().parents:
                    if id(parent) not in uses:
                        uses[id(parent)] = 0
                        todo.append(parent)
                    uses[id(parent)] += 1
            sums, ready = {id(self): 1.0}, [self]
            while ready:
                v = ready.pop()
                v.grad += sums[id(v)]
                for parent, slope in zip(v.parents, v.slopes):
                    sums[id(parent)] = sums.get(id(parent), 0.0) + slope * sums[id(v)]
                    uses[id(parent)] -= 1
                    if uses[id(parent)] == 0:
                        ready.append(parent)
    """,
)
question.accepts(
    "layer by layer from the output; what reaches a value is collected in a list and added up exactly",
    """
    class Value(Arithmetic):
        def __init__(self, data, *steps):
            self.data, self.grad, self.steps = data, 0.0, steps

        def __add__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            return Value(self.data + other.data, (self, lambda g: g), (other, lambda g: g))

        def __mul__(self, other):
            other = other if isinstance(other, Value) else Value(other)
            x, y = self.data, other.data
            return Value(x * y, (self, lambda g: g * y), (other, lambda g: g * x))

        def __pow__(self, n):
            x = self.data
            return Value(x**n, (self, lambda g: g * n * x ** (n - 1)))

        def exp(self):
            y = math.exp(self.data)
            return Value(y, (self, lambda g: g * y))

        def tanh(self):
            y = math.tanh(self.data)
            return Value(y, (self, lambda g: g - g * y * y))

        def relu(self):
            x = self.data
            return Value(x if x > 0 else 0, (self, lambda g: g if x > 0 else 0))

        def backward(self):
            pending, stack = {}, [self]
            while stack:
                for parent, _ in stack.pop().steps:
                    if parent not in pending:
                        stack.append(parent)
                    pending[parent] = pending.get(parent, 0) + 1
            frontier, order = [self], []
            while frontier:
                order += frontier
                following = []
                for v in frontier:
                    for parent, _ in v.steps:
                        pending[parent] -= 1
                        if pending[parent] == 0:
                            following.append(parent)
                frontier = following
            received = {v: [] for v in order}
            received[self].append(1.0)
            for v in order:
                g = math.fsum(received[v])
                v.grad = v.grad + g
                for parent, back in v.steps:
                    received[parent].append(back(g))
    """,
)

question.misconception(
    "multiplies_by_itself",
    "In a product you multiplied by the factor's own value. Each factor's derivative is the other factor.",
    seen="the rule of the product without the swap",
    replace=("[(self, other.data), (other, self.data)]", "[(self, self.data), (other, other.data)]"),
)
question.misconception(
    "one_factor_only",
    "In a product you passed a gradient to one factor only. Both are inputs.",
    seen="a weight taken for a variable and the input for a constant",
    replace=("[(self, other.data), (other, self.data)]", "[(self, other.data), (other, 0.0)]"),
)
question.misconception(
    "sum_passes_half",
    "In a sum you shared the gradient out. Addition passes the whole gradient on to both.",
    seen="addition confused with an average",
    replace=("[(self, 1.0), (other, 1.0)]", "[(self, 0.5), (other, 0.5)]"),
)
question.misconception(
    "sum_passes_data",
    "In a sum you multiplied by the values. Addition passes the gradient on unchanged.",
    seen="the rule of the product used for the sum",
    replace=("[(self, 1.0), (other, 1.0)]", "[(self, other.data), (other, self.data)]"),
)
question.misconception(
    "power_without_factor",
    "The derivative of a power has the exponent as a factor in front. You lowered the exponent only.",
    seen="the rule of the power, half remembered",
    replace=("n * self.data ** (n - 1)", "self.data ** (n - 1)"),
)
question.misconception(
    "power_not_lowered",
    "The derivative of a power has an exponent that is lower by 1. You left it as it was.",
    seen="the rule of the power, half remembered",
    replace=("n * self.data ** (n - 1)", "n * self.data**n"),
)
question.misconception(
    "exp_like_a_power",
    "You differentiated the exponential like a power. It is its own derivative.",
    seen="x times e to the x minus 1",
    replace=("[(self, y)]", "[(self, self.data * math.exp(self.data - 1))]"),
)
question.misconception(
    "tanh_of_the_input",
    "In tanh's rule, 1 minus the square, you squared the input. It is the output that is squared.",
    seen="karpathy/micrograd lecture's rule 1 - t**2, with x for t",
    replace=("1 - t**2", "1 - self.data**2"),
)
question.misconception(
    "tanh_no_square",
    "In tanh's rule you left out the square: it is 1 minus the output squared.",
    seen="the rule quoted from memory",
    replace=("1 - t**2", "1 - t"),
)
question.misconception(
    "relu_always_open",
    "Your ReLU passes the gradient on where it is closed. For a negative input its derivative is 0.",
    seen="the condition in the forward pass only",
    replace=("1.0 if self.data > 0 else 0.0", "1.0"),
)
question.misconception(
    "relu_open_at_0",
    "At exactly 0 your ReLU passes the gradient on. The course takes the derivative 0 there, as torch does.",
    seen="x >= 0, which other texts use",
    convention=True,
    replace=("1.0 if self.data > 0 else 0.0", "1.0 if self.data >= 0 else 0.0"),
)
question.misconception(
    "starts_from_the_value",
    "You started backward from the output's value. The derivative of the output with respect to itself is 1, whatever "
    "its value.",
    seen="the belief that backpropagation sends the loss back",
    replace=("flow[self] = 1.0", "flow[self] = self.data"),
)
question.misconception(
    "upstream_ignored",
    "You passed on the local derivative alone. Multiply it by the gradient that has arrived at the value.",
    seen="the chain rule without its product",
    replace=("derivative * flow[v]", "derivative"),
)
question.misconception(
    "assigned_not_added",
    "Where a value is used several times you kept the last gradient only. The gradients of all uses are added.",
    seen="= for +=, the first bug of the micrograd lecture",
    replace=("flow[parent] += derivative * flow[v]", "flow[parent] = derivative * flow[v]"),
)
question.misconception(
    "one_use_per_operation",
    "A value that is used twice in one operation counted once. Each use adds its share.",
    seen="parents kept in a set or as the keys of a dictionary",
    replace=("for parent, derivative in v.parents:", "for parent, derivative in dict(v.parents).items():"),
)
question.misconception(
    "breadth_first",
    "Some values passed their gradient on before all their uses had reported. Visit a value only after everything that "
    "was computed from it.",
    seen="a breadth-first walk from the output",
    replace=(
        "for v in reversed(order):",
        "queue, met = [self], {self}\n"
        "        for v in queue:\n"
        "            for parent, _ in v.parents:\n"
        "                if parent not in met:\n"
        "                    met.add(parent)\n"
        "                    queue.append(parent)\n"
        "        for v in queue:",
    ),
)
question.misconception(
    "preorder",
    "You passed gradients on in the order in which a walk from the output first meets the values. A value that is used "
    "again, nearer to the output, was too early: append it after its parents, and reverse.",
    seen="topological sorts that append before they go on",
    replace=(
        "for v in reversed(order):",
        "first, walk = {}, [self]\n"
        "        while walk:\n"
        "            v = walk.pop()\n"
        "            if v not in first:\n"
        "                first[v] = True\n"
        "                walk += [parent for parent, _ in reversed(v.parents)]\n"
        "        for v in first:",
    ),
)
question.misconception(
    "numbers_refused",
    "Your operations work on Values only. A plain number should do as well.",
    seen="other.data of a float",
    replace=(
        "        other = other if isinstance(other, Value) else Value(other)\n"
        "        return Value(self.data + other.data",
        "        return Value(self.data + other.data",
    ),
)
question.misconception(
    "inner_gradients_kept",
    "At a second call, gradients of the first call flowed back again: they were still in the values in between. Each "
    "call starts with nothing but the 1 at its output.",
    seen="micrograd, whose backward is meant to be called once",
    replace=(
        "        flow = dict.fromkeys(order, 0.0)  # of this call alone\n        flow[self] = 1.0",
        "        flow = {v: v.grad for v in order}\n        flow[self] = 1.0\n"
        "        for v in order:\n            v.grad = 0.0",
    ),
)
question.misconception(
    "set_not_accumulated",
    "backward replaces the gradients. It adds to them, as in torch: whoever wants a fresh start sets them to 0.",
    seen="the belief that backward clears stale gradients",
    replace=("v.grad += flow[v]", "v.grad = flow[v]"),
)
question.misconception(
    "recursive",
    "Your walk through the graph calls itself, and Python stops that at about 1,000 calls. Keep a list of what is "
    "still to do instead.",
    seen="the recursive topological sort of micrograd",
    replace=(
        "order, seen, stack = [], set(), [(self, False)]\n"
        "        while stack:\n"
        "            v, finished = stack.pop()\n"
        "            if finished:\n"
        "                order.append(v)\n"
        "            elif v not in seen:\n"
        "                seen.add(v)\n"
        "                stack.append((v, True))\n"
        "                stack += [(parent, False) for parent, _ in v.parents]\n",
        "order, seen = [], set()\n"
        "\n"
        "        def visit(v):\n"
        "            if v not in seen:\n"
        "                seen.add(v)\n"
        "                for parent, _ in v.parents:\n"
        "                    visit(parent)\n"
        "                order.append(v)\n"
        "\n"
        "        visit(self)\n",
    ),
)
