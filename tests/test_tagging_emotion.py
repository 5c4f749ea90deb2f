"""Mood experts from disk, through the real loaders; all weights here are random, and results say so."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tagging_parts import Gate

import audiokit
from audiokit import errors
from audiokit.models.store import ModelStore
from audiokit.speech import speak
from audiokit.tagging import HubEmotion
from audiokit.tagging.emotion import CALIBRATION_FILE
from audiokit.tagging.mood_names import mood_names

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
import tiny_models  # noqa: E402 - imports torch

MOODS = ("neu", "hap", "ang", "sad")
WORDS = ("neutral", "happy", "angry", "sad")


def mark_random(folder):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"audiokit_weights": "random"}))
    return folder


@pytest.fixture(autouse=True, scope="module")
def exports(tmp_path_factory):
    """int8 networks are kept here, and not in the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny wav2vec2 with random weights, marked as such."""
    model = tiny_models.audio_classifier(labels=MOODS)
    return mark_random(tiny_models.save(model, tmp_path_factory.mktemp("models") / "tiny_er"))


@pytest.fixture
def store():
    made = ModelStore(devices=["cpu"])
    yield made
    made.close()


@pytest.fixture
def windows(rng):
    return [0.1 * rng.standard_normal(length).astype(np.float32) for length in (16_000, 24_000, 16_000, 48_000)]


def test_probabilities_are_the_networks_own(folder, store, windows):
    from transformers import AutoFeatureExtractor, AutoModelForAudioClassification

    expert = HubEmotion(folder, optimization="none", store=store)
    model = AutoModelForAudioClassification.from_pretrained(folder).eval()
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    found = expert(windows)
    assert found.shape == (4, 4)
    for row, window in zip(found, windows, strict=True):
        inputs = extractor(window, sampling_rate=16_000, return_tensors="pt")
        with torch.inference_mode():
            wanted = torch.softmax(model(inputs["input_values"]).logits, -1)[0].numpy()
        np.testing.assert_allclose(row, wanted, atol=1e-5)
    assert expert.labels == WORDS
    assert expert([]).shape == (0, 4)


def test_int8_on_a_cpu_is_near_and_says_how_near(folder, store, windows):
    pytest.importorskip("onnxscript", reason="export needs onnx and onnxscript")
    plain = HubEmotion(folder, optimization="none", store=store)
    fast = HubEmotion(folder, optimization="int8", store=store)
    np.testing.assert_allclose(fast(windows), plain(windows), atol=0.15)
    assert not np.array_equal(fast(windows), plain(windows))
    assert any("int8" in note for note in fast.notes)
    assert any("torch" in note for note in plain.notes)
    auto = HubEmotion(folder, store=store)
    np.testing.assert_array_equal(auto(windows), fast(windows))


def test_where_int8_is_refused_auto_goes_on_without_and_says_so(folder, store, windows, monkeypatch):
    pytest.importorskip("onnxscript", reason="export needs onnx and onnxscript")
    from audiokit.models import parity

    monkeypatch.setitem(parity.TOLERANCES, 2, parity.Tolerance(0.0, 1.0))
    auto = HubEmotion(folder, store=store)
    np.testing.assert_allclose(auto(windows), HubEmotion(folder, optimization="none", store=store)(windows), atol=1e-3)
    assert any("was refused" in note for note in auto.notes)
    with pytest.raises(errors.OptimisationRefused):
        HubEmotion(folder, optimization="int8", store=store)(windows)


def test_results_say_that_the_weights_are_random(folder, store, monkeypatch):
    gate = Gate("speech")
    monkeypatch.setitem(sys.modules, "audiokit.activity.content", SimpleNamespace(classify_content=gate))
    talk = speak("A sentence that is long enough to be heard by a network.")
    result = audiokit.tag(talk, emotion=HubEmotion(folder, threshold=0.0, store=store), genre=None)
    assert result.voice_mood in WORDS
    assert result.models_invoked[-1] == "tiny_er [random weights]"
    assert any("Random weights" in note for note in result.mood.notes)
    assert any("Uncalibrated" in note for note in result.mood.notes)
    assert not result.mood.value.calibrated


@pytest.mark.parametrize("kind", ["hubert", "wavlm"])
def test_its_relatives_load_too(kind, tmp_path, store, windows):
    folder = tiny_models.save(tiny_models.audio_classifier(kind, MOODS), tmp_path / kind)
    assert HubEmotion(folder, store=store)(windows).sum(axis=1) == pytest.approx(1)


def test_the_known_defect_is_refused_and_put_right_by_name(tmp_path, store, windows, monkeypatch):
    model = tiny_models.audio_classifier()
    folder = tiny_models.save(model, tmp_path / "wav2vec2_xlsr_emotion", rename=tiny_models.as_the_known_defect)
    with pytest.raises(errors.ModelRefused, match="leave the head random"):
        HubEmotion(folder, store=store)(windows)
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    expert = HubEmotion("wav2vec2_xlsr_emotion", optimization="none", store=store)
    by_hand = HubEmotion(
        folder,
        remap=((r"^classifier\.dense\.", "projector."), (r"^classifier\.output\.", "classifier.")),
        optimization="none",
        store=store,
    )
    found = expert(windows)
    np.testing.assert_allclose(found, by_hand(windows), atol=1e-6)
    plain = HubEmotion(tiny_models.save(model, tmp_path / "plain"), optimization="none", store=store)
    assert not np.allclose(found, plain(windows), atol=1e-3)  # its author had a tanh in between
    assert "calm" in expert.labels


def test_what_is_on_disk_is_taken_before_the_embedded_expert(tmp_path, monkeypatch):
    from audiokit.tagging.choose import mood_expert

    tiny_models.save(tiny_models.audio_classifier(labels=MOODS), tmp_path / "superb_wav2vec2_base_er")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "no_cache"))
    expert = mood_expert("auto")
    assert isinstance(expert, HubEmotion)
    assert expert.name == "superb_wav2vec2_base_er"
    assert "IEMOCAP" in expert.origin


def test_calibration_is_fitted_kept_and_found_again(tmp_path, store, rng):
    folder = tiny_models.save(tiny_models.audio_classifier(labels=MOODS), tmp_path / "er")
    expert = HubEmotion(folder, store=store)
    assert not expert.calibrated
    assert expert.threshold == 0.5
    windows = [0.1 * rng.standard_normal(8000 + 500 * i).astype(np.float32) for i in range(12)]
    said = [expert.labels[i] for i in expert.logits(windows).argmax(axis=1)]
    truth = [said[0] if i % 4 else "sad" for i in range(12)]
    before = expert(windows)
    found = expert.calibrate(windows, truth, max_risk=0.5)
    assert expert.calibrated
    assert expert.threshold == found.threshold
    assert (folder / CALIBRATION_FILE).is_file()
    after = expert(windows)
    np.testing.assert_array_equal(before.argmax(1), after.argmax(1))
    if found.temperature > 1.01:
        assert (after.max(1) <= before.max(1) + 1e-6).all()
    again = HubEmotion(folder, store=store)
    assert again.calibrated
    np.testing.assert_allclose(again(windows), after, atol=1e-6)
    assert "calibrated" in repr(again)
    assert "uncalibrated" not in repr(again)


def test_a_calibration_of_other_weights_is_refused(tmp_path, store, windows, rng):
    one = tiny_models.save(tiny_models.audio_classifier(labels=MOODS), tmp_path / "one")
    two = tiny_models.save(tiny_models.audio_classifier(labels=MOODS, seed=1), tmp_path / "two")
    other = tiny_models.save(tiny_models.audio_classifier(), tmp_path / "other")
    many = [0.1 * rng.standard_normal(8000).astype(np.float32) for _ in range(8)]
    found = HubEmotion(one, store=store).calibrate(many, ["sad", "happy"] * 4, save=tmp_path / "c.json")
    assert not (one / CALIBRATION_FILE).exists()
    assert HubEmotion(one, calibration=tmp_path / "c.json", store=store)(windows).shape == (4, 4)
    with pytest.raises(errors.ModelUnavailable, match="of other weights"):
        HubEmotion(two, calibration=found, store=store)(windows)
    with pytest.raises(errors.ModelUnavailable, match="of an expert that knows"):
        HubEmotion(other, calibration=found, store=store)


def test_a_failed_calibration_changes_nothing(folder, store):
    expert = HubEmotion(folder, store=store)
    with pytest.raises(errors.ParameterError, match="too few"):
        expert.calibrate([np.ones(8000, np.float32)], ["sad"])
    with pytest.raises(errors.ParameterError):
        expert.calibrate([], [])
    assert not expert.calibrated


def test_weights_are_loaded_once_however_many_ask(folder, store, windows):
    from concurrent.futures import ThreadPoolExecutor

    expert = HubEmotion(folder, store=store)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: expert(windows[:1]), range(32)))
    assert store.statistics().loads == 1
    assert all(np.array_equal(found[0], one) for one in found)


@pytest.mark.parametrize("damage", ["config", "labels", "short labels", "preprocessor", "weights", "rate"])
def test_damaged_checkpoints_are_refused(damage, tmp_path, store, windows):
    folder = tiny_models.save(tiny_models.audio_classifier(labels=MOODS), tmp_path / "er")
    config = json.loads((folder / "config.json").read_text())
    if damage == "config":
        (folder / "config.json").unlink()
    elif damage == "labels":
        (folder / "config.json").write_text(json.dumps(config | {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}))
    elif damage == "short labels":
        (folder / "config.json").write_text(json.dumps(config | {"id2label": {"0": "neu", "1": "hap"}}))
    elif damage == "preprocessor":
        (folder / "preprocessor_config.json").unlink()
    elif damage == "rate":
        facts = json.loads((folder / "preprocessor_config.json").read_text())
        (folder / "preprocessor_config.json").write_text(json.dumps(facts | {"sampling_rate": 8000}))
    else:
        data = (folder / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises((errors.ModelUnavailable, ValueError)) as caught:
        HubEmotion(folder, store=store)(windows)
    assert damage == "rate" or isinstance(caught.value, errors.ModelUnavailable)


def test_options_that_do_not_fit(folder):
    for options in ({"optimization": "fast"}, {"threshold": 2}):
        with pytest.raises(errors.ParameterError):
            HubEmotion(folder, **options)
    with pytest.raises(errors.ModelUnavailable):
        HubEmotion(folder.parent / "none")
    with pytest.raises(errors.ParameterError, match="catalogue has no model"):
        HubEmotion("no_such_model")


def test_moods_have_one_name():
    assert mood_names(["ANG", "Happiness", "fear", "bored"]) == ("angry", "happy", "fearful", "bored")
    for wrong in (["LABEL_0", "LABEL_1"], [], ["sad", "sadness"]):
        with pytest.raises(errors.ModelUnavailable):
            mood_names(wrong)
