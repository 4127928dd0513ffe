"""parameter_groups: an optimizer is made of the groups, and the rate of each parameter is read off by its name."""

from autograder.question import Difference, Property, Question, Tolerance, same_value

STAGES = {  # the stages of each kind of model, from input to output
    "plain": ("stem", "body", "head"),
    "blocks": ("stem", "blocks.0", "blocks.1", "head"),
    "names": ("layer1", "layer10", "layer2", "fc"),
    "frozen": ("stem", "body", "neck", "head"),
    "others": ("patches", "blocks", "head"),
    "shared": ("embedding", "body", "out"),
}
MEMBERS = {  # for each model: the names of the trained parameters of each stage, and of none
    "plain": (("stem.weight", "stem.bias"), ("body.weight", "body.bias"), ("head.weight", "head.bias")),
    "blocks": (
        ("stem.weight", "stem.bias"),
        ("blocks.0.conv.weight", "blocks.0.conv.bias", "blocks.0.bn.weight", "blocks.0.bn.bias"),
        ("blocks.1.conv.weight", "blocks.1.conv.bias", "blocks.1.bn.weight", "blocks.1.bn.bias"),
        ("head.weight", "head.bias"),
    ),
    "names": (
        ("layer1.weight", "layer1.bias", "fc_in.weight", "fc_in.bias", "old.layer2.weight", "old.layer2.bias"),
        ("layer10.weight", "layer10.bias"),
        ("layer2.weight", "layer2.bias"),
        ("fc.weight", "fc.bias"),
    ),
    "frozen": (("stem.bias",), ("body.weight", "body.bias"), (), ("head.weight", "head.bias")),
    "others": (
        ("token", "patches.weight", "patches.bias", "ln.weight", "ln.bias"),
        ("blocks.0.weight", "blocks.0.bias", "blocks.1.weight", "blocks.1.bias"),
        ("head.weight", "head.bias"),
    ),
    "shared": (("embedding.weight",), ("body.weight", "body.bias"), ("out.bias",)),
}


def of(kind):
    def make(rng):
        return {
            "kind": kind,
            "width": int(rng.integers(3, 6)),
            "stages": list(STAGES[kind]),
            "lr": float(rng.uniform(0.02, 0.4)),
            "decay": float(rng.uniform(0.25, 0.45)),
        }

    return make


def probe(answer, inputs):
    """The learning rate of each parameter in an optimizer made of the groups, by name; what isn't there is absent.

    The optimizer's own rate is 99, so that a group without one of its own shows.
    """
    import torch
    from torch import nn

    d, kind = inputs["width"], inputs["kind"]

    def tree(**children):
        found = nn.Module()
        for name, child in children.items():
            setattr(found, name, child)
        return found

    if kind == "plain":
        model = tree(stem=nn.Linear(2, d), body=nn.Linear(d, d), head=nn.Linear(d, 3))
    elif kind == "blocks":
        blocks = [tree(conv=nn.Conv2d(d, d, 3), bn=nn.BatchNorm2d(d)) for _ in range(2)]
        model = tree(head=nn.Linear(d, 3), blocks=nn.Sequential(*blocks), stem=nn.Conv2d(1, d, 3))
    elif kind == "names":
        names = ("layer1", "layer10", "layer2", "fc_in", "fc")
        model = tree(**{name: nn.Linear(d, d) for name in names}, old=tree(layer2=nn.Linear(d, d)))
    elif kind == "frozen":
        model = tree(stem=nn.Linear(2, d), body=nn.Linear(d, d), neck=nn.Linear(d, d), head=nn.Linear(d, 2))
        model.neck.requires_grad_(False)
        model.stem.weight.requires_grad_(False)
    elif kind == "others":
        blocks = nn.Sequential(nn.Linear(d, d), nn.Linear(d, d))
        model = tree(patches=nn.Linear(2, d), blocks=blocks, ln=nn.LayerNorm(d), head=nn.Linear(d, 2))
        model.token = nn.Parameter(torch.zeros(1, d))
    else:
        model = tree(embedding=nn.Embedding(7, d), body=nn.Linear(d, d), out=nn.Linear(d, 7))
        model.out.weight = model.embedding.weight
    trained = [n for n, p in model.named_parameters() if p.requires_grad]
    result = answer(model, list(inputs["stages"]), inputs["lr"], inputs["decay"])
    if result is None:
        return None
    groups = [dict(g) for g in result]
    names = {id(p): name for name, p in model.named_parameters()}
    rates, repeated = {}, []
    for group in groups:
        found = group["params"]
        group["params"] = [found] if isinstance(found, torch.Tensor) else list(found)
        for p in group["params"]:
            name = names.get(id(p), "a parameter of another model")
            repeated += [name] if name in rates else []
            rates[name] = float(group.get("lr", 99.0))
    if not repeated:
        torch.optim.SGD(groups, lr=99.0)
    return {
        "rates": rates,
        "repeated": repeated,
        "unchanged": trained == [n for n, p in model.named_parameters() if p.requires_grad],
    }


def reference(model, stages, lr, decay):
    """By the lists above: the model is recognized by the names of its parameters."""
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    kind = next(k for k in MEMBERS if STAGES[k] == tuple(stages) and {n for m in MEMBERS[k] for n in m} == set(named))
    rate, groups = lr, []
    for members in reversed(MEMBERS[kind]):
        groups.append({"params": [named[n] for n in members], "lr": rate})
        rate *= decay
    return groups


def by_parameter(case):
    """A message names no parameter's right rate, only that one is missing, superfluous or has a wrong one."""
    if case.output is None:
        return Difference("what you return should be a list of groups, but is None (is a return missing?)")
    rates = case.output.get("rates") if isinstance(case.output, dict) else None
    if not isinstance(rates, dict):
        return same_value(case)
    expected = case.expected["rates"]
    if missing := [name for name in expected if name not in rates]:
        return Difference(f"{missing[0]} is in none of your groups", "the groups")
    if extra := [name for name in rates if name not in expected]:
        return Difference(f"{str(extra[0])[:60]} is in one of your groups, where it doesn't belong", "the groups")
    if repeated := case.output.get("repeated"):
        return Difference(f"{str(repeated[0])[:60]} is in your groups twice", "the groups")
    for name, rate in rates.items():
        if rate == 99.0:
            return Difference(f"{name} gets the optimizer's own default rate", "the groups")
        if not abs(rate - expected[name]) <= 1e-6 * expected[name]:
            return Difference(f"the learning rate of {name} is wrong", "the groups")
    if case.output.get("unchanged") is not True:
        return Difference("your function changed which parameters of the model are trained", "the model")
    return same_value(case)


question = Question(
    name="parameter_groups",
    assignment="08_backbones",
    reference=reference,
    probe=probe,
    result_name="the groups",
    properties=[
        Property("value", 2, of("plain"), "a model of three layers", judge=by_parameter),
        Property("blocks", 0.75, of("blocks"), "a model whose stages hold several layers", judge=by_parameter),
        Property("names", 0.75, of("names"), "modules with similar names", judge=by_parameter, cases=1),
        Property("frozen", 0.75, of("frozen"), "a model that is partly frozen", judge=by_parameter, cases=1),
        Property("in no stage", 0.5, of("others"), "parameters that belong to no stage", judge=by_parameter, cases=1),
        Property("shared", 0.25, of("shared"), "a weight that two layers share", judge=by_parameter, cases=1),
    ],
    tolerance=Tolerance(rtol=1e-6, atol=0, why="a product of a few numbers"),
    stuck="A parameter has the wrong rate",
)

question.accepts(
    "one group for each parameter",
    """
    def parameter_groups(model, stages, lr, decay):
        def rate(name):
            for k, stage in enumerate(reversed(stages)):
                if name[: len(stage) + 1] == stage + ".":
                    return lr * decay**k
            return lr * decay ** (len(stages) - 1)

        return [{"params": [p], "lr": rate(n)} for n, p in model.named_parameters() if p.requires_grad]
    """,
)
question.accepts(
    "stage by stage from the back, by the modules themselves",
    """
    def parameter_groups(model, stages, lr, decay):
        first = {p: None for n, p in model.named_parameters() if p.requires_grad}
        names = {p: n for n, p in model.named_parameters()}
        groups = []
        for stage in stages[::-1]:
            module = model.get_submodule(stage)
            own = [p for p in module.parameters() if p in first and names[p].startswith(f"{stage}.")]
            for p in own:
                del first[p]
            groups.append(dict(params=own, lr=lr))
            lr = lr * decay
        groups[-1]["params"] += first
        return tuple(groups)
    """,
)
question.accepts(
    "a dictionary by rate, the names split at their dots",
    """
    def parameter_groups(model, stages, lr, decay):
        found = {}
        for name, p in model.named_parameters():
            if not p.requires_grad:
                continue
            parts, power = name.split("."), len(stages) - 1
            for i, stage in enumerate(stages):
                wanted = stage.split(".")
                if parts[: len(wanted)] == wanted and len(parts) > len(wanted):
                    power = len(stages) - 1 - i
            found.setdefault(lr * decay**power, []).append(p)
        return [{"lr": rate, "params": params} for rate, params in found.items()]
    """,
)
question.accepts(
    "generators, with rates by a running product and empty groups kept",
    """
    import itertools

    def parameter_groups(model, stages, lr, decay):
        steps = itertools.accumulate(itertools.repeat(decay, len(stages) - 1), lambda a, b: a * b, initial=lr)
        rates = dict(zip(reversed(stages), steps))

        def home(name):
            return next((s for s in stages if name.startswith(s + ".")), stages[0])

        def members(stage):
            return (p for n, p in model.named_parameters() if p.requires_grad and home(n) == stage)

        return [{"params": members(stage), "lr": rates[stage]} for stage in stages]
    """,
)

question.misconception(
    "reversed",
    "Your rates fall towards the head. It is the other way round: the last stage gets the whole rate, the first one "
    "the smallest.",
    seen="lr * decay ** i with i counted from the input",
    replace=("for k in reversed(range(len(stages)))", "for k in range(len(stages))"),
)
question.misconception(
    "one_step_too_far",
    "All your rates are one step too small: the last stage gets lr itself.",
    seen="layer-wise decay that counts the head as one layer more",
    replace=("lr * decay**k", "lr * decay ** (k + 1)"),
)
question.misconception(
    "linear_decay",
    "Your rates fall by equal differences, or like 1/k. Each stage has decay times the rate of the next.",
    seen="lr * decay * k",
    replace=("lr * decay**k", "lr * (decay * k if k else 1)"),
)
question.misconception(
    "divided",
    "You divided by decay, so the rates grow towards the input. decay is below 1 here: multiply.",
    seen="ULMFiT's factor of 2.6, by which rates are divided",
    convention=True,
    replace=("lr * decay**k", "lr / decay**k"),
)
question.misconception(
    "two_rates",
    "You gave everything before the last stage the same rate. Each stage has its own.",
    seen="one rate for the backbone and one for the head",
    replace=("lr * decay**k", "lr * decay ** min(k, 1)"),
)
question.misconception(
    "by_the_letters",
    "You compared the beginnings of names letter by letter. layer10 begins like layer1, but isn't part of it: the dot "
    "belongs to the comparison.",
    seen="name.startswith('layer1')",
    replace=('name.startswith(stage + ".")', "name.startswith(stage)"),
)
question.misconception(
    "anywhere",
    "You looked for a stage's name anywhere in a parameter's. It has to be at the beginning, and to end at a dot.",
    seen="if stage in name",
    replace=('name.startswith(stage + ".")', "stage in name"),
)
question.misconception(
    "first_part_only",
    "You looked at the part of a name before its first dot. A stage may be a module inside another one, such as "
    "blocks.1.",
    seen="name.split('.')[0]",
    replace=('name.startswith(stage + ".")', 'name.split(".")[0] == stage'),
)
question.misconception(
    "frozen_too",
    "Your groups hold parameters that aren't trained. Leave those out for which requires_grad is False.",
    seen="fine-tuning scripts in which frozen layers stay in the optimizer",
    replace=("if p.requires_grad:", "if True:"),
)
question.misconception(
    "frozen_stages_skipped",
    "You left out a frozen stage before you counted the powers of decay. Its place counts, though nothing in it is "
    "trained.",
    seen="enumerate over the groups that have parameters",
    source="""
    def parameter_groups(model, stages, lr, decay):
        members = [[] for _ in stages]
        for name, p in model.named_parameters():
            if p.requires_grad:
                places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
                members[places[0] if places else 0].append(p)
        members = [m for m in members if m][::-1]
        return [{"params": m, "lr": lr * decay**k} for k, m in enumerate(members)]
    """,
)
question.misconception(
    "stage_of_one_frozen",
    "You left a whole stage out because one of its parameters is frozen. Ask each parameter.",
    seen="all(p.requires_grad for p in module.parameters())",
    source="""
    def parameter_groups(model, stages, lr, decay):
        groups = [{"params": [], "lr": lr * decay**k} for k in reversed(range(len(stages)))]
        for name, p in model.named_parameters():
            places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
            groups[places[0] if places else 0]["params"].append(p)
        return [g for g in groups if all(p.requires_grad for p in g["params"])]
    """,
)
question.misconception(
    "others_left_out",
    "Parameters that belong to no stage are in none of your groups: they would never be trained.",
    seen="groups made of the named modules alone",
    replace=(
        'groups[places[0] if places else 0]["params"].append(p)',
        'if places:\n                groups[places[0]]["params"].append(p)',
    ),
)
question.misconception(
    "others_at_full_rate",
    "Parameters that belong to no stage get the whole rate. Here they get the first stage's, the smallest.",
    seen="everything that isn't backbone counted as head",
    convention=True,
    replace=("places[0] if places else 0", "places[0] if places else -1"),
)
question.misconception(
    "others_at_default",
    "Your group of parameters that belong to no stage has no learning rate of its own: the optimizer fills in its "
    "default.",
    seen="{'params': others} as the last group",
    source="""
    def parameter_groups(model, stages, lr, decay):
        groups = [{"params": [], "lr": lr * decay**k} for k in reversed(range(len(stages)))] + [{"params": []}]
        for name, p in model.named_parameters():
            if p.requires_grad:
                places = [i for i, stage in enumerate(stages) if name.startswith(stage + ".")]
                groups[places[0] if places else -1]["params"].append(p)
        return [group for group in groups if group["params"]]
    """,
)
question.misconception(
    "twice",
    "A weight that two layers share is in your groups twice. Optimizers refuse that: each parameter appears once.",
    seen="ValueError: some parameters appear in more than one parameter group, with tied embeddings",
    replace=("model.named_parameters():", "model.named_parameters(remove_duplicate=False):"),
)
question.misconception(
    "layers_counted",
    "You counted every layer as a step. All parameters of one stage have the same rate.",
    seen="layer-wise decay, one step for each module with parameters",
    source="""
    def parameter_groups(model, stages, lr, decay):
        groups = []
        for i, stage in enumerate(stages):
            found = {}
            for n, p in model.named_parameters():
                inside = n.startswith(stage + ".")
                if p.requires_grad and (inside or i == 0 and not any(n.startswith(s + ".") for s in stages)):
                    found.setdefault(n.rpartition(".")[0] if inside else "", []).append(p)
            groups += found.values()
        return [{"params": g, "lr": lr * decay**k} for k, g in enumerate(reversed(groups))]
    """,
)
