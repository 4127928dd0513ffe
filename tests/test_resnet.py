"""ResNet-18: published keys and shapes, the equations' values, and weights that load whole or not at all."""

import hashlib
import pickle

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own name for it)
from tnn import resnet


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return resnet.ResNet18().eval()


def test_keys_shapes_and_their_order_are_the_published_ones(model):
    own = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    assert list(own.items()) == list(resnet.published_keys().items())
    assert len(own) == 122
    assert sum(p.numel() for p in model.parameters()) == 11_689_512


def test_it_computes_what_plain_functions_compute_from_its_state(model):
    """The same network written down once more, with nothing but the state dict."""
    with torch.no_grad():
        for name, value in model.state_dict().items():  # no normalization that does nothing
            if name.endswith("running_mean"):
                value.uniform_(-0.1, 0.1)
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
    state = model.state_dict()

    def normalized(h, name):
        mean, var, gamma, beta = (state[f"{name}.{key}"].view(-1, 1, 1)
                                  for key in ("running_mean", "running_var", "weight", "bias"))  # fmt: skip
        return gamma * (h - mean) / torch.sqrt(var + 1e-5) + beta

    def block(h, name, stride):
        inner = F.conv2d(h, state[f"{name}.conv1.weight"], stride=stride, padding=1)
        inner = F.conv2d(normalized(inner, f"{name}.bn1").clamp(min=0), state[f"{name}.conv2.weight"], padding=1)
        if f"{name}.downsample.0.weight" in state:
            h = normalized(F.conv2d(h, state[f"{name}.downsample.0.weight"], stride=stride), f"{name}.downsample.1")
        return (h + normalized(inner, f"{name}.bn2")).clamp(min=0)

    x = torch.randn(2, 3, 70, 50)
    h = normalized(F.conv2d(x, state["conv1.weight"], stride=2, padding=3), "bn1").clamp(min=0)
    h = F.max_pool2d(h, 3, stride=2, padding=1)
    for stage in range(1, 5):
        h = block(block(h, f"layer{stage}.0", 1 if stage == 1 else 2), f"layer{stage}.1", 1)
    expected = h.mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]
    with torch.no_grad():
        torch.testing.assert_close(model(x), expected, rtol=1e-4, atol=1e-4)


def test_the_maps_of_an_image_have_the_sizes_of_the_paper(model):
    with torch.no_grad():
        found = {name: tuple(h.shape[1:]) for name, h in model.features(torch.zeros(1, 3, 224, 224)).items()}
    assert found == {"stem": (64, 56, 56), "layer1": (64, 56, 56), "layer2": (128, 28, 28), "layer3": (256, 14, 14),
                     "layer4": (512, 7, 7)}  # fmt: skip


# Loading ------------------------------------------------------------------------------------------------------


def small(classes=3):
    """A model of the same class that loads in no time: three stages are cut out."""
    cut = resnet.ResNet18(classes)
    for name in ("layer2", "layer3", "layer4"):
        setattr(cut, name, torch.nn.Sequential())
    return cut


def saved(folder, content, name=None):
    """A file of weights under its published kind of name; `name` for another one."""
    draft = folder / "draft.pth"
    torch.save(content, draft)
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    return draft.rename(folder / (name or f"resnet18-{digest[:8]}.pth"))


def unchanged(model, before):
    return all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def copied(model):
    return {key: value.clone() for key, value in model.state_dict().items()}


def test_a_file_with_all_keys_is_loaded(tmp_path):
    source, target = small(), small()
    assert not torch.equal(source.conv1.weight, target.conv1.weight)
    assert resnet.load_weights(target, saved(tmp_path, source.state_dict())) is target
    assert unchanged(target, source.state_dict())


def test_the_whole_network_is_saved_and_loaded(tmp_path, model):
    target = resnet.load_weights(resnet.ResNet18(), saved(tmp_path, model.state_dict()))
    assert unchanged(target, model.state_dict())


def missing(state):
    del state["layer1.0.bn1.running_var"]


def unexpected(state):
    state["head.weight"] = torch.zeros(3)


def mismatched(state):
    state["fc.weight"] = torch.zeros(7, 512)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (missing, "1 missing, such as layer1.0.bn1.running_var"),
        (unexpected, "1 unexpected, such as head.weight"),
        (mismatched, r"1 mismatched, such as fc.weight is \(7, 512\), the model's \(3, 512\)"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_loaded(tmp_path, spoil, said):
    target, state = small(), small().state_dict()
    before = copied(target)
    spoil(state)
    with pytest.raises(resnet.WeightsError, match=said):
        resnet.load_weights(target, saved(tmp_path, state))
    assert unchanged(target, before)


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"conv1.weight": 3}, torch.zeros(2)])
def test_what_is_no_state_dict_is_refused(tmp_path, content):
    with pytest.raises(resnet.WeightsError, match="not a state dict"):
        resnet.load_weights(small(), saved(tmp_path, content))


def test_another_hash_is_refused_before_the_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read"))
    target = small()
    before = copied(target)
    with pytest.raises(resnet.WeightsError, match="not with f37072fd"):
        resnet.load_weights(target, saved(tmp_path, small().state_dict(), "resnet18-f37072fd.pth"))
    assert unchanged(target, before)


def test_a_changed_byte_is_noticed(tmp_path):
    path = saved(tmp_path, small().state_dict())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(resnet.WeightsError, match="SHA-256"):
        resnet.load_weights(small(), path)


def test_a_name_without_a_hash_is_refused(tmp_path):
    with pytest.raises(resnet.WeightsError, match="no hash"):
        resnet.load_weights(small(), saved(tmp_path, small().state_dict(), "weights.pth"))


class Harmful:
    """Unpickling this would call a function of its choice."""

    called = False

    def __reduce__(self):
        return (setattr, (Harmful, "called", True))


def test_a_file_that_would_run_code_is_refused_and_runs_nothing(tmp_path):
    draft = tmp_path / "draft.pth"
    draft.write_bytes(pickle.dumps({"conv1.weight": Harmful()}))
    path = draft.rename(tmp_path / f"resnet18-{hashlib.sha256(draft.read_bytes()).hexdigest()[:8]}.pth")
    target = small()
    before = copied(target)
    with pytest.raises(resnet.WeightsError, match="not a plain file of tensors"):
        resnet.load_weights(target, path)
    assert not Harmful.called and unchanged(target, before)
    pickle.loads(path.read_bytes())  # noqa: S301  (its own proof: plain unpickling does run it)
    assert Harmful.called
