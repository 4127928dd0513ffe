"""decay_groups: parameter groups of real modules, judged by what a torch optimizer would do with them."""

from autograder.question import Difference, Property, Question, Tolerance, same_value

DECAYED = {  # for each model: the full names of the parameters that decay
    "perceptron": ("0.weight", "3.weight", "5.weight"),
    "convolutional": ("stem.weight", "blocks.0.conv.weight", "blocks.1.conv.weight", "head.weight"),
    "sequences": ("embedding.weight", "token", "recurrent.weight_ih_l0", "recurrent.weight_hh_l0", "head.weight"),
    "names": ("norm.weight", "unbiased.weight", "debiased.inner.weight"),
    "frozen": ("head.weight",),
    "shared": ("embedding.weight",),
    "map": ("linear.weight",),
}
OTHERS = {
    "perceptron": ("0.bias", "1.weight", "1.bias", "3.bias", "4.weight", "4.bias", "5.bias"),
    "convolutional": (
        *("stem.bias", "blocks.0.bn.weight", "blocks.0.bn.bias", "blocks.1.bn.weight", "blocks.1.bn.bias"),
        *("groups.weight", "groups.bias", "head.bias"),
    ),
    "sequences": ("recurrent.bias_ih_l0", "recurrent.bias_hh_l0", "ln.weight", "ln.bias", "head.bias"),
    "names": ("norm.bias", "unbiased.bias", "scaling.weight", "scaling.bias"),
    "frozen": ("head.bias", "norm.weight", "norm.bias"),
    "shared": ("norm.weight", "norm.bias", "out.bias"),
    "map": ("linear.bias", "norm.weight", "norm.bias"),
}


def of(kind):
    def make(rng):
        width = int(rng.integers(3, 6))
        return {"kind": kind, "width": width, "weight_decay": float(rng.uniform(0.02, 0.3))}

    return make


def probe(answer, inputs):
    """The weight decay of each parameter in an optimizer made of the groups, by its name; what isn't there is absent.

    The optimizer's own default is -1 beside, so that a group without a decay of its own shows.
    """
    import torch
    from torch import nn

    d = inputs["width"]

    def tree(**children):
        found = nn.Module()
        for name, child in children.items():
            setattr(found, name, child)
        return found

    kind = inputs["kind"]
    if kind == "perceptron":
        layers = nn.Linear(2, d), nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, d + 1), nn.LayerNorm(d + 1)
        model = nn.Sequential(*layers, nn.Linear(d + 1, 2))
    elif kind == "convolutional":
        blocks = [tree(conv=nn.Conv2d(4, 4, 3, bias=False), bn=nn.BatchNorm2d(4)) for _ in range(2)]
        groups = nn.GroupNorm(2, 4)
        model = tree(stem=nn.Conv2d(1, 4, 3), blocks=nn.Sequential(*blocks), groups=groups, head=nn.Linear(4, d))
    elif kind == "sequences":
        model = tree(embedding=nn.Embedding(7, d), recurrent=nn.GRU(d, d), ln=nn.LayerNorm(d), head=nn.Linear(d, 2))
        model.token = nn.Parameter(torch.zeros(1, 1, d))
    elif kind == "names":
        inner = tree(inner=nn.Linear(d, d, bias=False))
        model = tree(norm=nn.Linear(2, d), unbiased=nn.Linear(d, 3), debiased=inner, scaling=nn.LayerNorm(d))
    elif kind == "frozen":
        model = tree(body=nn.Linear(2, d), norm=nn.LayerNorm(d), head=nn.Linear(d, 2))
        model.body.requires_grad_(False)
    elif kind == "shared":
        model = tree(embedding=nn.Embedding(7, d), norm=nn.LayerNorm(d), out=nn.Linear(d, 7))
        model.out.weight = model.embedding.weight
    else:
        model = tree(linear=nn.Linear(2, 3 * d), norm=nn.LayerNorm((3, d)))
    groups = answer(model, inputs["weight_decay"])
    optimizer = torch.optim.AdamW([dict(g) for g in groups], lr=0.1, weight_decay=99.0)
    names = {id(p): name for name, p in model.named_parameters()}
    decays, repeated = {}, []
    for group in optimizer.param_groups:
        for p in group["params"]:
            repeated += [names.get(id(p))] if names.get(id(p)) in decays else []
            decays[names.get(id(p), "a parameter of another model")] = float(group["weight_decay"])
    frozen = sorted(n for n, p in model.named_parameters() if not p.requires_grad)
    return {"decays": decays, "repeated": repeated, "frozen": frozen}


def reference(model, weight_decay):
    """By the lists above: the model is recognized by the names of its parameters."""
    named = {name: p for name, p in model.named_parameters() if p.requires_grad}
    kind = next(k for k in DECAYED if {*DECAYED[k], *OTHERS[k]} == set(named))
    lists = (DECAYED[kind], weight_decay), (OTHERS[kind], 0.0)
    return [{"params": [named[n] for n in names], "weight_decay": decay} for names, decay in lists]


def by_parameter(case):
    """A message names no parameter's right group, only that one is missing, superfluous or in the wrong one."""
    expected = case.expected["decays"]
    decays = case.output.get("decays") if isinstance(case.output, dict) else None
    if not isinstance(decays, dict):
        return same_value(case)
    if missing := [name for name in expected if name not in decays]:
        return Difference(f"{missing[0]} is in none of your groups", "the groups")
    if extra := [name for name in decays if name not in expected]:
        return Difference(f"{extra[0]} is in one of your groups, where it doesn't belong", "the groups")
    for name, decay in decays.items():
        if decay == 99.0:
            return Difference(f"{name} gets the optimizer's own default decay", "the groups")
        if abs(decay - expected[name]) > 1e-9:
            return Difference(f"the weight decay of {name} is wrong", "the groups")
    if repeated := case.output.get("repeated"):
        return Difference(f"{repeated[0]} is in your groups twice", "the groups")
    return same_value(case)


question = Question(
    name="decay_groups",
    assignment="06_regularization",
    reference=reference,
    probe=probe,
    result_name="the groups",
    optional=True,
    properties=[
        Property("value", 1.5, of("perceptron"), "a perceptron", judge=by_parameter),
        Property("convolutions", 0.5, of("convolutional"), "a convolutional network with blocks", judge=by_parameter),
        Property("sequences", 0.5, of("sequences"), "a recurrent network with an embedding", judge=by_parameter),
        Property("names", 0.5, of("names"), "layers with misleading names", judge=by_parameter, cases=1),
        Property(
            "maps", 0.25, of("map"), "a normalization whose scale has two dimensions", judge=by_parameter, cases=1
        ),
        Property("shared", 0.5, of("shared"), "a weight that two layers share", judge=by_parameter, cases=1),
        Property("frozen", 0.25, of("frozen"), "a layer that isn't trained", judge=by_parameter, cases=1),
    ],
    tolerance=Tolerance(rtol=0, atol=1e-9, why="the decays are copied, not computed"),
    equivalent_mutants={
        "for name, param in module.named_parameters(recurse=None):": "None is as false as False",
    },
    stuck="A parameter is in the wrong group",
)


question.accepts(
    "sets of names first, as transformer libraries do it",
    """
    def decay_groups(model, weight_decay):
        normalized = set()
        for prefix, module in model.named_modules():
            if isinstance(module, NORMALIZATIONS):
                normalized |= {f"{prefix}.{name}".lstrip(".") for name, _ in module.named_parameters()}
        trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        free = {n for n, _ in trained if n in normalized or n.rsplit(".", 1)[-1].startswith("bias")}
        return [
            {"params": [p for n, p in trained if n not in free], "weight_decay": weight_decay},
            {"params": [p for n, p in trained if n in free], "weight_decay": 0.0},
        ]
    """,
)

question.accepts(
    "one group per parameter",
    """
    def decay_groups(model, weight_decay):
        normalized = {p for m in model.modules() if isinstance(m, NORMALIZATIONS) for p in m.parameters()}
        return [
            {"params": [p], "weight_decay": 0.0 if p in normalized or n.split(".")[-1][:4] == "bias" else weight_decay}
            for n, p in model.named_parameters()
            if p.requires_grad
        ]
    """,
)

question.accepts(
    "recursion over the children",
    """
    def decay_groups(model, weight_decay):
        found = {}

        def visit(module):
            own = module.named_parameters(recurse=False)
            for name, p in own:
                if p.requires_grad:
                    free = name.startswith("bias") or isinstance(module, NORMALIZATIONS)
                    found.setdefault(p, 0.0 if free else weight_decay)
            for child in module.children():
                visit(child)

        visit(model)
        groups = {}
        for p, decay in found.items():
            groups.setdefault(decay, {"params": [], "weight_decay": decay})["params"].append(p)
        return list(groups.values())
    """,
)

question.accepts(
    "generators and a tuple",
    """
    def decay_groups(model, weight_decay):
        free = {}
        for module in model.modules():
            for name, p in module.named_parameters(recurse=False):
                free[p] = free.get(p, False) or isinstance(module, NORMALIZATIONS) or name.find("bias") == 0
        free = {p: f for p, f in free.items() if p.requires_grad}
        return (
            dict(weight_decay=0, params=(p for p, f in free.items() if f)),
            dict(weight_decay=weight_decay, params=(p for p, f in free.items() if not f)),
        )
    """,
)

question.misconception(
    "everything_decays",
    "All your parameters decay, biases and normalization layers included. If you go through the modules, ask each for "
    "its own parameters only: a container lists those of the layers inside it, under longer names.",
    seen="optimizer = AdamW(model.parameters(), weight_decay=...), the default of most scripts",
    replace=('free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")', "free = False"),
)
question.misconception(
    "groups_swapped",
    "You exchanged the groups: your biases and normalization layers decay, and the weights don't.",
    seen="a condition the wrong way round",
    replace=("(others if free else decayed)", "(decayed if free else others)"),
)
question.misconception(
    "biases_only",
    "You left the biases out, but the scales of the normalization layers decay.",
    seen="the rule for biases alone, as in many papers on image classification",
    replace=('free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")', 'free = name.startswith("bias")'),
)
question.misconception(
    "normalization_only",
    "You left the normalization layers out, but the biases of the other layers decay.",
    seen="a rule by the type of the layer alone",
    replace=(
        'free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")',
        "free = isinstance(module, NORMALIZATIONS)",
    ),
)
question.misconception(
    "default_decay",
    "One of your groups doesn't say that its decay is 0. An optimizer then fills in its own default, which for AdamW "
    "is not 0.",
    seen="{'params': no_decay} without a weight_decay",
    replace=('{"params": others, "weight_decay": 0.0}', '{"params": others}'),
)
question.misconception(
    "by_dimensions",
    "You sorted the parameters by their number of dimensions. That is a common rule of thumb; here a normalization "
    "layer's scale doesn't decay, also if it has two dimensions.",
    seen="nanoGPT's configure_optimizers",
    convention=True,
    replace=('free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")', "free = param.ndim < 2"),
)
question.misconception(
    "by_layer_names",
    "You looked for words in the full names of parameters. A layer in a Sequential is called by its number, and a "
    "linear layer may be called norm: ask for the type of the module, and look at a parameter's own name only.",
    seen="no_decay = ['bias', 'LayerNorm.weight'], copied from fine-tuning scripts",
    source="""
    def decay_groups(model, weight_decay):
        words, named = ("bias", "norm"), list(model.named_parameters())
        decayed = [p for name, p in named if not any(word in name for word in words)]
        others = [p for name, p in named if any(word in name for word in words)]
        return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    """,
)
question.misconception(
    "full_names",
    "You looked for *bias* anywhere in a parameter's full name, where the names of modules count too. Look at its own "
    "name, after the last dot.",
    seen="'bias' in name, in fine-tuning scripts",
    source="""
    def decay_groups(model, weight_decay):
        normalized = {p for m in model.modules() if isinstance(m, NORMALIZATIONS) for p in m.parameters()}
        decayed, others = [], []
        for name, param in model.named_parameters():
            if param.requires_grad:
                (others if "bias" in name or param in normalized else decayed).append(param)
        return [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    """,
)
question.misconception(
    "recurrent_biases",
    "You left out parameters that are called exactly *bias*. A recurrent layer has several, with longer names that "
    "begin with it.",
    seen="name.endswith('bias'), as in minGPT",
    replace=('name.startswith("bias")', 'name == "bias"'),
)
question.misconception(
    "linear_weights_only",
    "Only the weights of linear and convolutional layers are in your decaying group, so that embeddings, recurrent "
    "weights and a module's own parameters are left out.",
    seen="a list of layers that decay in place of those that don't",
    replace=(
        'free = isinstance(module, NORMALIZATIONS) or name.startswith("bias")',
        'free = not isinstance(module, (nn.Linear, nn.Conv2d)) or name.startswith("bias")',
    ),
)
question.misconception(
    "top_level_only",
    "You looked at the model's direct children only, so the layers inside blocks are in no group.",
    seen="model.children() for model.modules()",
    replace=("for module in model.modules():", "for module in [model, *model.children()]:"),
)
question.misconception(
    "twice",
    "A weight that two layers share is in your groups twice. Optimizers refuse that: each parameter appears once.",
    seen="tied embeddings: some parameters appear in more than one parameter group",
    replace=("if id(param) in seen or not param.requires_grad:", "if not param.requires_grad:"),
)
question.misconception(
    "frozen_too",
    "Your groups hold parameters that aren't trained. Leave those out for which requires_grad is False.",
    seen="fine-tuning scripts in which frozen layers stay in the optimizer",
    replace=("if id(param) in seen or not param.requires_grad:", "if id(param) in seen:"),
)
question.misconception(
    "first_normalizations",
    "You treat batch normalization only. Layer and group normalization have scales and shifts as well: use the given "
    "list.",
    seen="isinstance(m, nn.BatchNorm2d)",
    replace=("isinstance(module, NORMALIZATIONS)", "isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d))"),
)
