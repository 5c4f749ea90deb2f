"""timm checkpoints: every tensor in its place, labels that fit, and a network that looks."""

from __future__ import annotations

import argparse
import json

import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

import tiny_models as tiny  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from audiokit.errors import ModelRefused, ModelUnavailable  # noqa: E402
from audiokit.models.audit_timm import load_state_dict_audited, load_timm_audited  # noqa: E402

SMALL = "test_efficientnet"  # timm's own small network for tests


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genre")
    return folder, tiny.save_picture_network(folder, architecture=SMALL)


@pytest.fixture
def copy(checkpoint, tmp_path):
    for path in checkpoint[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_efficientnet_b0_with_one_channel_loads_and_answers_the_same(tmp_path):
    original = tiny.save_picture_network(tmp_path, name="genres.pth")
    loaded = load_timm_audited(tmp_path, "efficientnet_b0")
    assert loaded.labels == ("blues", "rock", "techno")
    assert not loaded.model.training
    pictures = torch.rand(2, 1, 224, 224)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.model(pictures), original(pictures))


def test_a_file_or_a_folder_and_what_wrappers_put_before_the_names(copy, checkpoint):
    assert load_timm_audited(copy / "model.safetensors", SMALL).labels == ("blues", "rock", "techno")
    tensors = load_file(copy / "model.safetensors")
    torch.save({"state_dict": {f"module.model.{name}": tensor for name, tensor in tensors.items()}}, copy / "x.pth")
    loaded = load_timm_audited(copy / "x.pth", SMALL)
    assert len(loaded.notes) == 2
    with torch.inference_mode():
        torch.testing.assert_close(loaded.model(torch.ones(1, 1, 64, 64)), checkpoint[1](torch.ones(1, 1, 64, 64)))


def test_the_configuration_beside_it_names_network_and_labels(copy):
    (copy / "labels.json").unlink()
    assert load_timm_audited(copy, SMALL).labels == ()
    (copy / "config.json").write_text(json.dumps({"architecture": SMALL, "label_names": ["a", "b", "c"]}))
    assert load_timm_audited(copy).labels == ("a", "b", "c")
    assert load_timm_audited(copy, labels=["x", "y", "z"]).labels == ("x", "y", "z")


def test_labels_that_do_not_fit_the_head_are_refused(copy):
    (copy / "labels.json").write_text('["blues", "rock"]')
    with pytest.raises(ModelRefused, match="3 output"):
        load_timm_audited(copy, SMALL)
    (copy / "labels.json").write_text("{}")
    with pytest.raises(ModelRefused, match="no list of labels"):
        load_timm_audited(copy, SMALL)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("conv_stem.weight"), r"lacks conv_stem\.weight"),
        (lambda t: t.update({"head.weight": torch.zeros(3)}), r"no place in the network for head\.weight"),
        (lambda t: t.pop("classifier.weight"), "the head of"),
        (lambda t: t["classifier.bias"].fill_(float("inf")), "not finite"),
        (lambda t: t["classifier.weight"].zero_(), "answers the same"),
    ],
)
def test_a_checkpoint_that_lies_is_refused(copy, change, message):
    tensors = {name: tensor.clone() for name, tensor in load_file(copy / "model.safetensors").items()}
    change(tensors)
    save_file(tensors, copy / "model.safetensors")
    with pytest.raises(ModelRefused, match=message):
        load_timm_audited(copy, SMALL)


def test_another_number_of_channels_is_refused(copy):
    with pytest.raises(ModelRefused, match=r"another shape conv_stem\.weight"):
        load_timm_audited(copy, SMALL, in_chans=3)


def test_a_training_checkpoint_with_its_settings_pickled_is_refused(copy):
    tensors = load_file(copy / "model.safetensors")
    torch.save({"state_dict": tensors, "args": argparse.Namespace(lr=0.1)}, copy / "train.pth")
    with pytest.raises(ModelRefused, match=r"argparse\.Namespace"):
        load_timm_audited(copy / "train.pth", SMALL)


def test_what_is_not_there_is_unavailable(tmp_path, copy):
    with pytest.raises(ModelUnavailable, match="no weights"):
        load_timm_audited(tmp_path / "none", SMALL)
    with pytest.raises(ModelUnavailable, match="which network"):
        load_timm_audited(copy)
    with pytest.raises(ModelUnavailable, match="efficientnet"):
        load_timm_audited(copy, "efficientnet_b99")


def test_a_plain_network_takes_all_or_nothing():
    layer = torch.nn.Linear(3, 2)
    load_state_dict_audited(layer, {"weight": torch.ones(2, 3), "bias": torch.zeros(2)})
    assert layer.weight.sum() == 6
    with pytest.raises(ModelRefused, match="lacks bias"):
        load_state_dict_audited(layer, {"weight": torch.ones(2, 3)})
