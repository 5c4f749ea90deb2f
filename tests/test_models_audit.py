"""Checkpoints that lie are refused; the known defect is caught, and put right only by an explicit remap."""

from __future__ import annotations

import json
import pickle
import socket

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

import tiny_models as tiny  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError  # noqa: E402
from audiokit.models import entry  # noqa: E402
from audiokit.models.audit import load_audited, load_catalogued, load_transformers_audited  # noqa: E402
from audiokit.models.canary import canary_sounds, what_is_wrong  # noqa: E402
from audiokit.models.heads import renamed  # noqa: E402

AUTO = "AutoModelForAudioClassification"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def sounds():
    return torch.from_numpy(canary_sounds(seconds=0.5))


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm"])
@pytest.mark.parametrize("pickled", [False, True])
def test_a_whole_checkpoint_loads_and_answers_the_same(tmp_path, kind, pickled, sounds):
    original = tiny.audio_classifier(kind)
    tiny.save(original, tmp_path, pickled=pickled)
    loaded = load_audited(tmp_path, AUTO)
    assert not loaded.model.training
    with torch.inference_mode():
        torch.testing.assert_close(loaded.model(sounds).logits, original(sounds).logits)
    assert loaded.report.labels == tiny.EMOTIONS
    assert loaded.report.format == ("pickle of tensors" if pickled else "safetensors")
    assert loaded.report.canary.startswith("6 different sounds, different answers")
    assert loaded.report.parameters == sum(p.numel() for p in original.parameters())
    assert load_transformers_audited(tmp_path, AUTO, canary=False).config.num_labels == 8


def test_an_old_checkpoint_of_half_precision_loads_as_float32(tmp_path):
    tiny.save(tiny.audio_classifier(), tmp_path, pickled=True, rename=tiny.as_in_2021)
    tensors = torch.load(tmp_path / "pytorch_model.bin", weights_only=True)
    torch.save({name: tensor.half() for name, tensor in tensors.items()}, tmp_path / "pytorch_model.bin")
    loaded = load_audited(tmp_path, AUTO)
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}


def test_what_transformers_does_with_the_known_defect_is_refused(tmp_path):
    """The very form of the XLSR emotion checkpoint: transformers loads it, says nothing loud, and answers by chance."""
    import transformers

    tiny.save(tiny.audio_classifier(), tmp_path, rename=tiny.as_the_known_defect)
    silently = transformers.AutoModelForAudioClassification.from_pretrained(tmp_path)
    with torch.inference_mode():
        assert "chance" in what_is_wrong(silently(torch.from_numpy(canary_sounds())).logits.numpy())
    with pytest.raises(ModelRefused, match=r"classifier\.dense\.weight") as caught:
        load_audited(tmp_path, AUTO)
    assert "projector." in caught.value.cure


@pytest.mark.parametrize("output", ["output", "out_proj"])
def test_the_known_defect_is_put_right_with_its_tanh(tmp_path, output, sounds):
    original = tiny.audio_classifier(classifier_proj_size=32)
    tiny.save(
        original,
        tmp_path,
        pickled=True,
        rename=lambda name: tiny.as_in_2021(
            tiny.as_the_known_defect(name).replace("classifier.output.", f"classifier.{output}.")
        ),
    )
    config = json.loads((tmp_path / "config.json").read_text())
    config["classifier_proj_size"] = 256  # as in the hub's, whose head is as wide as the network
    (tmp_path / "config.json").write_text(json.dumps(config))
    remap = [(r"^classifier\.dense\.", "projector."), (rf"^classifier\.{output}\.", "classifier.")]
    loaded = load_audited(tmp_path, AUTO, remap=remap)
    assert loaded.report.head == "tanh"
    assert ("classifier.dense.weight", "projector.weight") in loaded.report.renamed

    # the author's own class: mean over time, dense, tanh, output
    with torch.inference_mode():
        hidden = original.wav2vec2(sounds).last_hidden_state.mean(dim=1)
        dense = torch.nn.functional.linear(hidden, original.projector.weight, original.projector.bias)
        wanted = torch.nn.functional.linear(torch.tanh(dense), original.classifier.weight, original.classifier.bias)
        torch.testing.assert_close(loaded.model(sounds).logits, wanted, atol=1e-5, rtol=1e-5)
        linear = load_audited(tmp_path, AUTO, remap=remap, head="linear").model(sounds).logits
        assert (linear - wanted).abs().max() > 0.1


def test_the_catalogue_loads_it_right_by_name(tmp_path, monkeypatch):
    place = tmp_path / "wav2vec2_xlsr_emotion"
    tiny.save(tiny.audio_classifier(), place, rename=tiny.as_the_known_defect)
    (place / "training_args.bin").write_bytes(pickle.dumps({"lr": print}))  # beside it, never read
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    assert load_catalogued("wav2vec2_xlsr_emotion").report.head == "tanh"
    facts = entry("wav2vec2_xlsr_emotion")
    assert load_audited(place, AUTO, remap=facts.remap).report.head == facts.head == "tanh"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("classifier.bias"), r"lacks classifier\.bias"),
        (lambda t: t.pop("wav2vec2.encoder.layers.1.attention.k_proj.weight"), r"lacks wav2vec2\.encoder"),
        (lambda t: t.update({"classifier.weight": torch.zeros(5, 24)}), r"another shape classifier\.weight"),
        (lambda t: t.update({"head.weight": torch.zeros(5, 24)}), r"no place in the network for head\.weight"),
        (lambda t: t["classifier.bias"].fill_(float("nan")), "not finite"),
        (lambda t: t["wav2vec2.encoder.layer_norm.weight"].zero_(), "answers the same"),
        (lambda t: (t["classifier.weight"].mul_(0.001), t["classifier.bias"].zero_()), "answers (the same|are chance)"),
    ],
)
def test_a_checkpoint_that_lies_is_refused(tmp_path, change, message):
    tiny.save(tiny.audio_classifier(), tmp_path)
    tensors = {name: tensor.clone() for name, tensor in load_file(tmp_path / "model.safetensors").items()}
    change(tensors)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelRefused, match=message):
        load_audited(tmp_path, AUTO)


def test_one_flipped_byte_in_a_bundle_is_refused_by_its_path_too(tmp_path, monkeypatch):
    from audiokit.models.bundle import pack

    tiny.save(tiny.audio_classifier(), tmp_path / "mine" / "superb_wav2vec2_base_er")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "mine"))
    pack(["superb_wav2vec2_base_er"], tmp_path / "bundle")
    place = tmp_path / "bundle" / "superb_wav2vec2_base_er"
    assert load_audited(place, AUTO).report.labels
    content = bytearray((place / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (place / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelRefused, match="SHA-256"):
        load_audited(place, AUTO)


def test_what_training_alone_needs_may_be_missing(tmp_path):
    tiny.save(tiny.audio_classifier(), tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors["wav2vec2.masked_spec_embed"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    assert load_audited(tmp_path, AUTO).report.tensors == len(tensors)
    tensors["extra.weight"] = torch.zeros(3)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelRefused, match=r"extra\.weight"):
        load_audited(tmp_path, AUTO)
    assert load_audited(tmp_path, AUTO, ignore=["extra.weight"]).report.tensors == len(tensors)


def test_a_random_head_is_refused_by_the_canary(tmp_path):
    tiny.save(tiny.audio_classifier(loud=False), tmp_path)
    with pytest.raises(ModelRefused, match="cannot be trusted"):
        load_audited(tmp_path, AUTO)
    assert load_audited(tmp_path, AUTO, canary=False).report.canary == "not asked for"


def test_labels_that_do_not_fit_the_head_are_refused(tmp_path):
    tiny.save(tiny.audio_classifier(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["id2label"] = {"0": "good", "1": "bad"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelRefused, match=r"another shape classifier\.bias"):
        load_audited(tmp_path, AUTO)


def test_a_rule_that_matches_nothing_is_refused(tmp_path):
    tiny.save(tiny.audio_classifier(), tmp_path)
    with pytest.raises(ModelRefused, match="no tensor that"):
        load_audited(tmp_path, AUTO, remap=entry("wav2vec2_xlsr_emotion").remap)
    with pytest.raises(ParameterError, match="regular expression"):
        load_audited(tmp_path, AUTO, remap=[("(", "x")])
    with pytest.raises(ModelRefused, match="same name"):
        renamed(["a.b", "c.b"], [("^[ac]", "x")])
    with pytest.raises(ParameterError, match="sine"):
        load_audited(tmp_path, AUTO, head="sine")


@pytest.mark.parametrize("cut", [100, 4000, -1])
def test_a_file_that_was_cut_is_refused(tmp_path, cut):
    tiny.save(tiny.audio_classifier(), tmp_path)
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:cut])
    with pytest.raises(ModelRefused, match="safetensors"):
        load_audited(tmp_path, AUTO)


def test_nothing_there_is_unavailable(tmp_path):
    with pytest.raises(ModelUnavailable, match="no folder"):
        load_audited(tmp_path / "none", AUTO)
    with pytest.raises(ModelUnavailable, match="no weights"):
        load_audited(tmp_path, AUTO)
    tiny.save(tiny.audio_classifier(), tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "no_such_type"}')
    with pytest.raises(ModelRefused, match=r"config\.json"):
        load_audited(tmp_path, AUTO)


def test_the_spectrogram_transformer_and_a_ctc_network_load(tmp_path):
    tiny.save_spectrogram_transformer(tmp_path / "ast")
    loaded = load_audited(tmp_path / "ast", AUTO)
    assert loaded.report.labels == ("Music", "Speech", "Rock music", "Silence")
    assert "different answers" in loaded.report.canary
    (tmp_path / "ast" / "preprocessor_config.json").unlink()
    assert load_audited(tmp_path / "ast", AUTO).report.canary.startswith("not run")

    import transformers

    torch.manual_seed(0)
    ctc = transformers.Wav2Vec2ForCTC(tiny.audio_config(labels=None, vocab_size=32)).eval()
    tiny.save(ctc, tmp_path / "ctc")
    loaded = load_audited(tmp_path / "ctc", "AutoModelForCTC")
    assert loaded.report.labels == ()
    assert loaded.report.canary == "6 different sounds, different answers"
    with pytest.raises(ModelRefused):
        load_audited(tmp_path / "ctc", AUTO)  # a checkpoint for another task: its head would be random
