"""extract_features: a layer's output, and every trace that a look inside a model can leave."""

import numpy as np
import torch

from autograder.question import Difference, Property, Question, Tolerance, parts, same_value


def task(name, modes, width=4):
    """A model, the layer to look at, the mode of the whole and of its normalization, and a batch."""

    def make(rng):
        return {
            "name": name,
            "modes": list(modes),
            "x": rng.normal(0.4, 1, (7, width)).astype(np.float32),
            "seed": int(rng.integers(2**31)),
        }

    return make


def probe(answer, inputs):
    """The features, and the state of everything afterwards; an error of the model's is part of what is seen."""
    nn = torch.nn
    torch.default_generator.manual_seed(inputs["seed"])

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Linear(4, 5)
            self.norm = nn.BatchNorm1d(5)
            self.drop = nn.Dropout(0.4)
            self.blocks = nn.Sequential(nn.Sequential(nn.Linear(5, 5), nn.Tanh()), nn.Linear(5, 3))
            self.act = nn.ReLU(inplace=True)
            self.head = nn.Linear(3, 2)

        def forward(self, x):
            h = self.drop(3 * self.norm(self.stem(x)) - 1)
            h = h + self.blocks[0](h)
            return self.head(self.act(self.blocks[1](h)))

    model = Net()
    model.norm.running_mean.normal_()
    model.norm.running_var.uniform_(0.5, 3)
    model.head.weight.requires_grad_(False)
    model.train(inputs["modes"][0])
    model.norm.train(inputs["modes"][1])
    heard = []
    model.get_submodule(inputs["name"]).register_forward_hook(lambda m, args, output: heard.append(1))
    before = {k: v.clone() for k, v in model.state_dict().items()}
    features, raised = None, ""
    try:
        features = answer(model, inputs["name"], torch.tensor(inputs["x"]))
    except NotImplementedError:
        raise
    except (RuntimeError, ValueError):
        if inputs["x"].shape[1] == 4:
            raise
        raised = "an error"
    finally:
        recording = torch.is_grad_enabled()
        torch.set_grad_enabled(True)
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return {
        "features": features.detach() if hasattr(features, "detach") else features,
        "raised": raised,
        "modes": [m.training for m in model.modules()],
        "hooks": hooks,
        "unchanged": all(torch.equal(v, before[k]) for k, v in model.state_dict().items()),
        "gradient": {
            "of the features": bool(getattr(features, "requires_grad", False)),
            "recorded": recording,
            "trained": [p.requires_grad for p in model.parameters()],
        },
    }


def reference(model, name, x):
    """By copying the model: the original isn't touched at all."""
    import copy

    twin, found = copy.deepcopy(model).eval(), []
    twin.get_submodule(name).register_forward_hook(lambda m, args, output: found.append(output.tolist()))
    with torch.no_grad():
        twin(x)
    return torch.tensor(found[0])


def seen(*says):
    """A judge of parts of what the probe saw: pairs of a part's name and what to say if it is wrong."""

    def judge(case):
        for part, text in says:
            if parts(part)(case):
                return Difference(text, part)
        return None

    return judge


MODES = ("modes", "some modules are in another mode than before")
HOOKS = (
    "hooks",
    "the hooks on the model's modules are others than before: yours is still there, or another one is gone",
)


def values(case):
    """A judge of the features alone."""
    if not isinstance(case.output, dict):
        return same_value(case)
    return parts("features")(case)


def no_gradient(case):
    found = case.output.get("gradient") if isinstance(case.output, dict) else None
    if not isinstance(found, dict) or found.get("of the features") is not False:
        return Difference("the features require a gradient", "features")
    if found.get("recorded") is not True:
        return Difference("after the call torch doesn't record gradients any more", "recorded")
    return seen(("gradient", "parameters require a gradient that didn't before, or the reverse"))(case)


def evaluated(case):
    if seen(("unchanged", ""))(case):
        return Difference("the call changed the model's running statistics or parameters", "unchanged")
    return values(case)


def after_error(case):
    output = case.output if isinstance(case.output, dict) else {}
    if output.get("raised") != "an error":
        return Difference("the model's error didn't come through", "raised")
    return seen(HOOKS, MODES)(case) or no_gradient(case)


question = Question(
    name="extract_features",
    assignment="08_backbones",
    reference=reference,
    probe=probe,
    properties=[
        Property("value", 1.5, task("blocks.0", (False, False)), "a model in evaluation mode", judge=values),
        Property(
            "evaluation mode", 1, task("norm", (True, True)), "a model that is in training mode", judge=evaluated
        ),
        Property(
            "modes put back",
            0.5,
            task("blocks.0", (True, False)),
            "a model in training mode whose normalization is in evaluation mode",
            judge=seen(MODES),
            cases=1,
        ),
        Property("no gradient", 0.5, task("stem", (False, False)), "any model", judge=no_gradient, cases=1),
        Property(
            "hook removed",
            0.5,
            task("stem", (False, False)),
            "a layer on which somebody else has a hook too",
            judge=seen(HOOKS),
            cases=1,
        ),
        Property(
            "changed in place later",
            0.5,
            task("blocks.1", (False, False)),
            "a layer whose output is changed in place by the next",
            judge=values,
        ),
        Property(
            "after an error",
            0.5,
            task("blocks.0", (True, False), width=6),
            "a batch that the model can't take",
            judge=after_error,
            cases=1,
        ),
    ],
    tolerance=Tolerance(rtol=1e-4, atol=1e-5, why="float32 through three small layers is off by about 1e-6"),
    stuck="My features are off, or leave a trace",
)  # fmt: skip

question.accepts(
    "stops the forward pass as soon as the layer has spoken",
    """
    class Enough(Exception):
        pass

    def extract_features(model, name, x):
        def stop(module, args, output):
            raise Enough(output.clone())

        modes = {module: module.training for module in model.modules()}
        handle = dict(model.named_modules())[name].register_forward_hook(stop)
        try:
            with torch.no_grad():
                model.eval()(x)
        except Enough as enough:
            return enough.args[0]
        finally:
            handle.remove()
            for module, mode in modes.items():
                module.training = mode
    """,
)
question.accepts(
    "the layer's forward replaced for a moment, in inference mode",
    """
    def extract_features(model, name, x):
        layer = model.get_submodule(name)
        original, kept = layer.forward, {}

        def forward(*args, **kwargs):
            kept["output"] = original(*args, **kwargs)
            kept["copy"] = kept["output"].clone()
            return kept["output"]

        training = [m for m in model.modules() if m.training]
        layer.forward = forward
        try:
            model.eval()
            with torch.inference_mode():
                model(x)
        finally:
            del layer.forward
            for m in training:
                m.training = True
        return kept["copy"].detach()
    """,
)
question.accepts(
    "a context manager, a global hook, NumPy's copy",
    """
    import contextlib

    @contextlib.contextmanager
    def _undisturbed(model):
        modes = [m.training for m in model.modules()]
        try:
            yield model.eval()
        finally:
            for m, mode in zip(model.modules(), modes):
                m.training = mode

    def extract_features(model, name, x):
        wanted, outputs = model.get_submodule(name), []

        def listen(module, args, output):
            if module is wanted:
                outputs.append(np.array(output.detach().numpy()))

        handle = torch.nn.modules.module.register_module_forward_hook(listen)
        try:
            with _undisturbed(model), torch.no_grad():
                model(x)
        finally:
            handle.remove()
        return torch.from_numpy(outputs[0])
    """,
)
question.accepts(
    "works on a deep copy",
    """
    import copy

    def extract_features(model, name, x):
        double, out = copy.deepcopy(model), {}
        double.eval().requires_grad_(False)
        layer = double.get_submodule(name)
        layer.register_forward_hook(lambda m, i, o: out.update(features=o.clone()))
        double(x.clone())
        return out["features"]
    """,
)

question.misconception(
    "models_output",
    "You returned what the model returns. What is wanted comes from a layer inside it.",
    seen="features = model(x)",
    replace=("            model(x)\n", "            found.insert(0, model(x))\n"),
)
question.misconception(
    "layers_input",
    "You kept what goes into the layer. A forward hook gets the module, its inputs, and its output, in this order.",
    seen="hook(module, input, output), with the wrong one stored",
    replace=("found.append(output.detach().clone())", "found.append(args[0].detach().clone())"),
)
question.misconception(
    "training_mode",
    "You left the model in the mode in which it was. In training mode the features depend on the batch, and the "
    "running statistics move: switch to evaluation mode.",
    seen="no_grad taken for evaluation mode",
    replace=("    model.eval()\n", ""),
)
question.misconception(
    "left_in_evaluation_mode",
    "You left the model in evaluation mode. Put every module back into the mode in which it was.",
    seen="model.eval() at the top of a helper that is called during training",
    replace=("            module.training = mode\n", "            pass\n"),
)
question.misconception(
    "training_afterwards",
    "You put the model into training mode at the end, whatever mode it was in.",
    seen="model.train() after every evaluation",
    replace=("        for module, mode in modes:\n            module.training = mode\n", "        model.train()\n"),
)
question.misconception(
    "one_mode_for_all",
    "You put all modules into the mode of the whole model. Parts of it may have been in another, a frozen backbone for "
    "instance.",
    seen="was_training = model.training; ...; model.train(was_training)",
    replace=(
        "        for module, mode in modes:\n            module.training = mode\n",
        "        model.train(modes[0][1])\n",
    ),
)
question.misconception(
    "hook_left",
    "Your hook is still there. It will run in every later forward pass and keep its tensors.",
    seen="register_forward_hook without the handle's remove()",
    replace=("        handle.remove()\n", ""),
)
question.misconception(
    "all_hooks_cleared",
    "You removed all hooks of the layer. Others may have registered some: remove yours only, by its handle.",
    seen="module._forward_hooks.clear()",
    replace=("        handle.remove()\n", "        model.get_submodule(name)._forward_hooks.clear()\n"),
)
question.misconception(
    "with_gradient",
    "Your features require a gradient, and keep the whole graph behind them in memory.",
    seen="features[name] = output, without no_grad and detach",
    source="""
    def extract_features(model, name, x):
        modes = [(module, module.training) for module in model.modules()]
        found = []
        handle = model.get_submodule(name).register_forward_hook(lambda m, args, output: found.append(output.clone()))
        model.eval()
        try:
            model(x)
        finally:
            handle.remove()
            for module, mode in modes:
                module.training = mode
        return found[0]
    """,
)
question.misconception(
    "recording_switched_off",
    "You switched the recording of gradients off for good. Whatever is trained after that gets none: use no_grad as a "
    "context, which puts things back.",
    seen="torch.set_grad_enabled(False) in a notebook, and training that fails later",
    replace=(
        "        with torch.no_grad():\n            model(x)\n",
        "        torch.set_grad_enabled(False)\n        model(x)\n",
    ),
)
question.misconception(
    "model_frozen",
    "You switched requires_grad off for the model's parameters to get features without a gradient. They stay so, and "
    "nothing is trained any more.",
    seen="model.eval().requires_grad_(False) in a feature extractor",
    replace=("    model.eval()\n", "    model.eval().requires_grad_(False)\n"),
)
question.misconception(
    "not_copied",
    "You kept the layer's output itself. The next operation changed it in place, so your features are what that one "
    "made of it: copy them in the hook.",
    seen="features whose negative values are all 0, in front of nn.ReLU(inplace=True)",
    replace=("output.detach().clone()", "output.detach()"),
)
question.misconception(
    "no_finally",
    "If the model stops with an error, your hook stays and so does the mode.",
    seen="handle.remove() and model.train() as the last lines, without try and finally",
    source="""
    def extract_features(model, name, x):
        modes = [(module, module.training) for module in model.modules()]
        found = []
        handle = model.get_submodule(name).register_forward_hook(lambda m, args, output: found.append(output.clone()))
        model.eval()
        with torch.no_grad():
            model(x)
        handle.remove()
        for module, mode in modes:
            module.training = mode
        return found[0]
    """,
)
question.misconception(
    "error_swallowed",
    "You caught the model's error, and the caller doesn't hear of it. Let it through.",
    seen="except Exception: return None",
    replace=("    finally:\n", "    except RuntimeError:\n        found.append(None)\n    finally:\n"),
)
question.misconception(
    "layers_in_a_row",
    "You ran the layers one after another up to the one that is wanted. What stands between them in forward, sums and "
    "factors for instance, is lost: let the model itself run.",
    seen="nn.Sequential(*list(model.children())[:k])",
    source="""
    def extract_features(model, name, x):
        modes = [(module, module.training) for module in model.modules()]
        model.eval()
        try:
            with torch.no_grad():
                for path, module in model.named_modules():
                    if not list(module.children()):
                        x = module(x.clone())
                        nearest = path == name or path.startswith(name + ".")
                        last = nearest and module is list(model.get_submodule(name).modules())[-1]
                        if last:
                            break
        finally:
            for module, mode in modes:
                module.training = mode
        return x
    """,
)
question.misconception(
    "direct_children_only",
    "You looked for the layer among the model's direct children. A name with dots leads to a module inside another "
    "one.",
    seen="getattr(model, name), which knows no dots",
    replace=("model.get_submodule(name)", "getattr(model, name)"),
)
