"""load_pretrained: a model and published weights that fit in part; what was loaded, and what else has changed."""

import numpy as np
import torch

from autograder.question import Difference, Property, Question, Tolerance, same_value

LISTS = ("loaded", "missing", "unexpected", "mismatched")


def weights(rng, shapes):
    """Tensors by name, in random order, so that loading by position loads the wrong ones."""
    names = rng.permutation(list(shapes)).tolist()
    found = {n: rng.normal(0, 1, shapes[n]).astype(np.float32) for n in names}
    found |= {n: rng.uniform(0.5, 2, shapes[n]).astype(np.float32) for n in names if n.endswith("var")}
    return found | {n: np.array(int(rng.integers(2, 90))) for n in names if n.endswith("tracked")}


def shapes_of(K, normalized):
    shapes = {"stem.weight": (4, 3), "stem.bias": (4,)}
    if normalized:
        norm = ("norm.weight", "norm.bias", "norm.running_mean", "norm.running_var")
        shapes |= dict.fromkeys(norm, (4,)) | {"norm.num_batches_tracked": ()}
    shapes |= {"blocks.0.weight": (5, 4), "blocks.0.bias": (5,), "blocks.1.weight": (4, 5), "blocks.1.bias": (4,)}
    return shapes | {"head.weight": (K, 4), "head.bias": (K,)}


def task(rng, normalized, changed=(), frozen=(), evaluated=()):
    """A model, and weights for it whose names and shapes are changed as said: None leaves a name out."""
    K = int(rng.integers(2, 4))
    own = shapes_of(K, normalized)
    theirs = {k: s for k, s in (own | dict(changed)).items() if s is not None}
    return {
        "classes": K,
        "own": weights(rng, own),
        "state": weights(rng, theirs),
        "frozen": list(frozen),
        "evaluated": list(evaluated),
    }


def other_head(rng):
    changed = {"head.weight": None, "head.bias": None, "fc.weight": (9, 4), "fc.bias": (9,), "stem.bias": None}
    return task(rng, False, changed)


def normalized(rng):
    return task(rng, True, {"head.weight": None, "head.bias": None, "norm2.running_mean": (4,)})


def other_shapes(rng):
    """More classes; a weight transposed, with as many numbers; a bias of one number, which would broadcast."""
    changed = {"head.weight": (7, 4), "head.bias": (7,), "blocks.0.weight": (4, 5), "blocks.1.bias": (1,)}
    return task(rng, False, changed | {"blocks.0.bias": None, "aux.bias": (2,)})


def in_use(rng):
    """A model in use: partly frozen, partly in evaluation mode; the weights come in double precision."""
    found = task(rng, True, {"head.weight": None}, ("stem.weight", "norm.bias"), ("norm",))
    wide = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in found["state"].items()}
    return found | {"state": wide}


def probe(answer, inputs):
    """The four lists, sorted; the model's state afterwards, and what should not have changed."""
    model = torch.nn.Module()
    model.stem = torch.nn.Linear(3, 4)
    if "norm.weight" in inputs["own"]:
        model.norm = torch.nn.BatchNorm1d(4)
    model.blocks = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Linear(5, 4))
    model.head = torch.nn.Linear(4, inputs["classes"])
    model.load_state_dict({k: torch.tensor(v) for k, v in inputs["own"].items()})
    for name, p in model.named_parameters():
        p.requires_grad_(name not in inputs["frozen"])
    for name in inputs["evaluated"]:
        model.get_submodule(name).eval()

    def rest():
        return {
            "objects": {n: id(p) for n, p in model.named_parameters()},
            "trained": [p.requires_grad for p in model.parameters()],
            "modes": [m.training for m in model.modules()],
            "types": [str(v.dtype) for v in model.state_dict().values()],
        }

    before, state = rest(), {k: torch.from_numpy(v) for k, v in inputs["state"].items()}  # writes into these show
    names = list(state)
    result = answer(model, state)
    if result is None:
        return None
    loaded, missing, unexpected, mismatched = result
    after = rest()
    storages = {v.untyped_storage().data_ptr() for v in state.values()}
    return {
        "lists": ["\n".join(sorted(map(str, part))) for part in (loaded, missing, unexpected, mismatched)],
        "state": {k: v.clone() for k, v in model.state_dict().items()},
        "kept": {what: before[what] == after[what] for what in before},
        "weights": {
            "not shared": all(v.untyped_storage().data_ptr() not in storages for v in model.state_dict().values()),
            "same names": list(state) == names,
        },
    }


def reference(model, state_dict):
    """Through all parameters and buffers, one by one, in place."""
    lists = {name: [] for name in LISTS}
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    for name in {**tensors, **state_dict}:
        if name not in tensors:
            lists["unexpected"].append(name)
        elif name not in state_dict:
            lists["missing"].append(name)
        elif tuple(tensors[name].shape) != tuple(state_dict[name].shape):
            lists["mismatched"].append(name)
        else:
            lists["loaded"].append(name)
            with torch.no_grad():
                tensors[name].copy_(state_dict[name])
    return tuple(lists.values())


def loaded_and_listed(case):
    """A judge: the four lists, then the model's tensors. It says which list is wrong, and whether a name is extra."""
    if case.output is None:
        return Difference("what you return should be four lists, but is None (is a return missing?)")
    lists = case.output.get("lists") if isinstance(case.output, dict) else None
    if not isinstance(lists, list | tuple) or len(lists) != 4 or not all(isinstance(part, str) for part in lists):
        return same_value(case)
    for name, found, expected in zip(LISTS, lists, case.expected["lists"], strict=True):
        found, expected = found.split("\n"), expected.split("\n")
        if extra := [n for n in found if n and n not in expected]:
            return Difference(f"{extra[0][:60]} doesn't belong into the list {name}", name)
        if lacking := [n for n in expected if n and n not in found]:
            return Difference(f"{lacking[0]} is missing from the list {name}", name)
        if len(found) != len(expected):
            return Difference(f"a name is twice in the list {name}", name)
    return same_value(_only(case, "state"))


def nothing_else(case):
    """A judge: objects, requires_grad, modes and types are what they were."""
    kept = case.output.get("kept") if isinstance(case.output, dict) else None
    says = {
        "objects": "some of the model's parameters are other objects than before",
        "trained": "some of the model's parameters are trained that weren't before, or the reverse",
        "modes": "some of the model's modules are in another mode than before",
        "types": "some of the model's tensors have another dtype than before",
    }
    for what, text in says.items():
        if not isinstance(kept, dict) or kept.get(what) is not True:
            return Difference(text, what)
    return loaded_and_listed(case)


def weights_unharmed(case):
    """A judge: the published weights have their names and values, and the model doesn't share them."""
    if same_value(_only(case, "weights")):
        shared = isinstance(case.output, dict) and case.output["weights"].get("same names") is True
        return Difference(
            "the model shares its numbers with state_dict: training would change both"
            if shared
            else "the names in state_dict are others than before"
        )
    for name, value in case.inputs["state"].items():
        after = (case.after.get("state") or {}).get(name)
        if after is None or not np.array_equal(after, value):
            return Difference("your function changed state_dict; leave it as it was")
    return None


def _only(case, part):
    from dataclasses import replace

    output = case.output[part] if isinstance(case.output, dict) and part in case.output else case.output
    return replace(case, output=output, reference=lambda: case.expected[part])


question = Question(
    name="load_pretrained",
    assignment="08_backbones",
    reference=reference,
    probe=probe,
    properties=[
        Property("value", 2, other_head, "weights with another head", judge=loaded_and_listed),
        Property("buffers", 1, normalized, "a model with a normalization", judge=loaded_and_listed, cases=1),
        Property("other shapes", 1.5, other_shapes, "weights some of whose shapes differ", judge=loaded_and_listed),
        Property(
            "nothing else",
            1,
            in_use,
            "a model that is partly frozen, and weights in double precision",
            judge=nothing_else,
            cases=1,
        ),
        Property("state_dict unharmed", 0.5, other_head, "any weights", judge=weights_unharmed, cases=1),
    ],
    tolerance=Tolerance(rtol=1e-6, atol=1e-6, why="values are copied, from double precision at worst"),
    equivalent_mutants={
        "model.load_state_dict({name: state_dict[name] for name in loaded}, strict=None)": "None is as false as False",
    },
    stuck="The wrong names are loaded",
)

question.accepts(
    "set algebra on the names, copies under no_grad",
    """
    def load_pretrained(model, state_dict):
        own = model.state_dict(keep_vars=True)
        both = own.keys() & state_dict.keys()
        fits = {name for name in both if tuple(own[name].shape) == tuple(state_dict[name].shape)}
        with torch.no_grad():
            for name in fits:
                own[name].copy_(state_dict[name])
        return fits, own.keys() - both, state_dict.keys() - both, both - fits
    """,
)
question.accepts(
    "asks torch for missing and unexpected names",
    """
    def load_pretrained(model, state_dict):
        shapes = {name: value.shape for name, value in model.state_dict().items()}
        mismatched = sorted(n for n, v in state_dict.items() if n in shapes and shapes[n] != v.shape)
        fitting = {n: v.clone() for n, v in state_dict.items() if n not in mismatched}
        missing, unexpected = model.load_state_dict(fitting, strict=False)
        loaded = [n for n in fitting if n not in unexpected]
        return loaded, [n for n in missing if n not in mismatched], unexpected, mismatched
    """,
)
question.accepts(
    "a whole state dict with its own values where nothing fits; strict",
    """
    def load_pretrained(model, state_dict):
        merged, lists = {}, ([], [], [], [])
        for name, value in model.state_dict().items():
            merged[name] = value.clone()
            if name not in state_dict:
                lists[1].append(name)
            elif list(state_dict[name].size()) != list(value.size()):
                lists[3].append(name)
            else:
                lists[0].append(name)
                merged[name] = state_dict[name].to(value.dtype)
        lists[2].extend(name for name in state_dict if name not in merged)
        model.load_state_dict(merged, strict=True)
        return list(lists)
    """,
)
question.accepts(
    "module by module, by .data",
    """
    def load_pretrained(model, state_dict):
        seen, loaded, missing, mismatched = set(), [], [], []
        for prefix, module in model.named_modules():
            own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
            for short, tensor in own:
                name = f"{prefix}.{short}" if prefix else short
                seen.add(name)
                value = state_dict.get(name)
                if value is None:
                    missing.append(name)
                elif value.shape == tensor.shape:
                    tensor.data.copy_(value.data)
                    loaded.append(name)
                else:
                    mismatched.append(name)
        return loaded, missing, [name for name in state_dict if name not in seen], mismatched
    """,
)

question.misconception(
    "parameters_only",
    "You looked at the parameters only. Buffers, such as a normalization's running statistics, belong to the model "
    "too: without them it computes something else.",
    seen="for name, param in model.named_parameters(), in hand-written loaders",
    replace=("own = model.state_dict()", "own = dict(model.named_parameters())"),
)
question.misconception(
    "missing_and_unexpected_swapped",
    "You exchanged missing and unexpected. *Missing* is what the model has and the weights don't.",
    seen="the two names read from the other side",
    replace=("return loaded, missing, unexpected, mismatched", "return loaded, unexpected, missing, mismatched"),
)
question.misconception(
    "mismatched_also_missing",
    "Your mismatched names are in the list of missing ones as well. Every name belongs to one list.",
    seen="filtering by shape first and then asking torch's strict=False what is missing",
    replace=("    model.load_state_dict(", "    missing = missing + mismatched\n    model.load_state_dict("),
)
question.misconception(
    "mismatched_as_unexpected",
    "You counted names whose shapes differ as unexpected. The model does expect them, in another shape: they are "
    "mismatched.",
    seen="one filter for names and shapes, everything that fails it lumped together",
    replace=(
        "return loaded, missing, unexpected, mismatched",
        "return loaded, missing, unexpected + mismatched, []",
    ),
)
question.misconception(
    "mismatched_counted_as_loaded",
    "You list names as loaded whose shapes differ.",
    seen="the report taken from the names alone",
    replace=("return loaded, missing,", "return loaded + mismatched, missing,"),
)
question.misconception(
    "stops_at_other_shapes",
    "Your function stops with an error where shapes differ. strict=False forgives missing and unexpected names, not "
    "other shapes: leave those out beforehand.",
    seen="RuntimeError: size mismatch for fc.weight, despite strict=False",
    source="""
    def load_pretrained(model, state_dict):
        missing, unexpected = model.load_state_dict(state_dict, strict=False)
        return [n for n in state_dict if n not in unexpected], missing, unexpected, []
    """,
)
question.misconception(
    "as_many_numbers",
    "You compared the numbers of elements. A weight of shape (4, 5) has as many as one of shape (5, 4), and isn't the "
    "same weight.",
    seen="numel() compared, then view_as",
    source="""
    def load_pretrained(model, state_dict):
        own = model.state_dict()
        both = [n for n in own if n in state_dict]
        loaded = [n for n in both if own[n].numel() == state_dict[n].numel()]
        for n in loaded:
            own[n].copy_(state_dict[n].reshape(own[n].shape))
        missing, unexpected = [n for n in own if n not in both], [n for n in state_dict if n not in both]
        return loaded, missing, unexpected, [n for n in both if n not in loaded]
    """,
)
question.misconception(
    "broadcast",
    "You let torch broadcast: a bias of one number was copied into all entries of a longer one. Compare the shapes.",
    seen="param.copy_(value) in a try, as in loaders that follow DCGAN's and others' load_my_state_dict",
    source="""
    def load_pretrained(model, state_dict):
        own, loaded, mismatched = model.state_dict(), [], []
        for n in [n for n in own if n in state_dict]:
            try:
                own[n].copy_(state_dict[n])
                loaded.append(n)
            except RuntimeError:
                mismatched.append(n)
        return loaded, [n for n in own if n not in state_dict], [n for n in state_dict if n not in own], mismatched
    """,
)
question.misconception(
    "by_position",
    "You paired the weights by their position. A dictionary's order says nothing: go by the names.",
    seen="zip(model.state_dict(), pretrained.values()), to load weights under other names",
    source="""
    def load_pretrained(model, state_dict):
        own, loaded, mismatched = model.state_dict(), [], []
        for (name, mine), value in zip(own.items(), state_dict.values()):
            if mine.shape == value.shape:
                mine.copy_(value)
                loaded.append(name)
            else:
                mismatched.append(name)
        return loaded, [n for n in own if n not in state_dict], [n for n in state_dict if n not in own], mismatched
    """,
)
question.misconception(
    "never_loaded",
    "Your lists are right, but the model has its old values. Changing the dictionary that state_dict() returns changes "
    "nothing in the model.",
    seen="model_dict.update(pretrained_dict), without the load_state_dict after it",
    replace=(
        "model.load_state_dict({name: state_dict[name] for name in loaded}, strict=False)",
        "own.update({name: state_dict[name] for name in loaded})",
    ),
)
question.misconception(
    "all_or_nothing",
    "Where one shape differs you loaded nothing at all. Load what fits.",
    seen="try: load_state_dict(...) except RuntimeError: print a warning, and go on with a random network",
    replace=(
        "    model.load_state_dict(",
        "    if mismatched:\n        return [], missing, unexpected, mismatched\n    model.load_state_dict(",
    ),
)
question.misconception(
    "unless_all_names_fit",
    "You stopped loading at the first name that the weights don't have. Load all that fit.",
    seen="break where continue was meant",
    source="""
    def load_pretrained(model, state_dict):
        own = model.state_dict()
        missing = [n for n in own if n not in state_dict]
        unexpected = [n for n in state_dict if n not in own]
        loaded, mismatched = [], []
        for n in own:
            if n not in state_dict:
                break
            (loaded if own[n].shape == state_dict[n].shape else mismatched).append(n)
        model.load_state_dict({n: state_dict[n] for n in loaded}, strict=False)
        return loaded, missing, unexpected, mismatched
    """,
)
question.misconception(
    "no_counters",
    "You skipped numbers without an axis. A normalization's count of batches is part of the model's state as well.",
    seen="num_batches_tracked left out as unimportant",
    replace=("    for name in own:\n", "    for name in [n for n in own if own[n].ndim]:\n"),
)
question.misconception(
    "loads_and_freezes",
    "You froze what you loaded. Loading says nothing about what is trained afterwards: leave requires_grad as it was.",
    seen="param.requires_grad = False in the loading loop",
    replace=(
        "    return loaded, missing, unexpected, mismatched",
        "    for n, p in model.named_parameters():\n        p.requires_grad_(p.requires_grad and n not in loaded)\n"
        "    return loaded, missing, unexpected, mismatched",
    ),
)
question.misconception(
    "left_in_evaluation_mode",
    "You put the model into evaluation mode. Leave every module in the mode in which it was.",
    seen="model.eval() after loading, as in every example of inference",
    replace=(
        "    return loaded, missing, unexpected, mismatched",
        "    model.eval()\n    return loaded, missing, unexpected, mismatched",
    ),
)
question.misconception(
    "new_parameters",
    "You put new parameters in the place of the old ones. An optimizer that holds the old ones would train nothing, "
    "and frozen ones would be trained: copy the values into those that are there.",
    seen="setattr(module, name, nn.Parameter(value))",
    replace=(
        "model.load_state_dict({name: state_dict[name] for name in loaded}, strict=False)",
        "model.load_state_dict({n: state_dict[n].clone().to(own[n]) for n in loaded}, strict=False, assign=True)\n"
        "    for n, p in list(model.named_parameters()):\n"
        '        owner, _, short = n.rpartition(".")\n'
        "        setattr(model.get_submodule(owner), short, nn.Parameter(p.data))",
    ),
)
question.misconception(
    "shared",
    "The model shares its numbers with state_dict: training the one changes the other. Copy the values.",
    seen="param.data = value",
    replace=(
        "model.load_state_dict({name: state_dict[name] for name in loaded}, strict=False)",
        "tensors = dict(model.named_parameters()) | dict(model.named_buffers())\n"
        "    for name in loaded:\n        tensors[name].data = state_dict[name].to(tensors[name].dtype)",
    ),
)
question.misconception(
    "pops",
    "You took entries out of state_dict. It belongs to the caller, who may want to load it into another model.",
    seen="del state_dict['fc.weight'], before loading with strict=False",
    replace=(
        "    return loaded, missing, unexpected, mismatched",
        "    for name in unexpected + mismatched:\n        state_dict.pop(name)\n"
        "    return loaded, missing, unexpected, mismatched",
    ),
)
