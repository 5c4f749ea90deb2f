"""FastSpeech2Conformer on random weights, with a spelling of our own in place of g2p_en: speed, pitch, voices."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import VoiceBank, speak, voice_network

for _name in ("torch", "transformers"):
    pytest.importorskip(_name)


@pytest.fixture(scope="module")
def g2p(tmp_path_factory):
    """A package g2p_en that spells letter by letter: transformers' own tokenizer calls it."""
    from tiny_voices import plain_g2p

    place = str(plain_g2p(tmp_path_factory.mktemp("g2p")))
    hidden = {name: sys.modules.pop(name) for name in ("g2p_en", "nltk") if name in sys.modules}
    sys.path.insert(0, place)
    from transformers.utils.import_utils import is_g2p_en_available

    is_g2p_en_available.cache_clear()
    yield
    sys.path.remove(place)
    is_g2p_en_available.cache_clear()
    for name in ("g2p_en", "nltk"):
        sys.modules.pop(name, None)
    sys.modules.update(hidden)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, g2p):
    from tiny_voices import tiny_fastspeech2

    return tiny_fastspeech2(tmp_path_factory.mktemp("fastspeech2") / "tiny")


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def test_the_same_samples_as_the_library_alone(checkpoint, store):
    import torch
    from transformers import FastSpeech2ConformerTokenizer, FastSpeech2ConformerWithHifiGan

    network = FastSpeech2ConformerWithHifiGan.from_pretrained(checkpoint).eval()
    ids = FastSpeech2ConformerTokenizer.from_pretrained(checkpoint)("Good morning.", return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        alone = network(ids, return_dict=True)["waveform"].reshape(-1).numpy()
    found = speak("Good morning.", engine=checkpoint, store=store)
    np.testing.assert_allclose(found.samples[0], alone, atol=1e-6)
    assert found.name == "FastSpeech2Conformer (tiny, random weights): Good morning."
    assert found.vocoder == "its own HiFi-GAN, random weights"
    assert found.sample_rate == 22050


def test_speed_and_pitch(checkpoint, store):
    def said(**options):
        return speak("good morning to you", engine=checkpoint, store=store, **options)

    usual = said()
    assert said(speed=2.0).frames < 0.7 * usual.frames
    assert said(speed=0.5).frames > 1.6 * usual.frames
    assert said(pitch=90).frames == usual.frames
    assert said(pitch=90).samples.tobytes() != usual.samples.tobytes()
    assert said(pitch=50).samples.tobytes() == usual.samples.tobytes()  # and nothing is left of what was set before


def test_a_vocoder_of_its_own_or_another(checkpoint, tmp_path, store, monkeypatch):
    from tiny_voices import tiny_fastspeech2, tiny_hifigan

    bare = tiny_fastspeech2(tmp_path / "bare", whole=False)
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelUnavailable, match="pull fastspeech2_conformer_hifigan"):
        speak("hello", engine=bare, store=store)
    other = tiny_hifigan(tmp_path / "other", kind="FastSpeech2ConformerHifiGan")
    for engine in (bare, checkpoint):
        assert speak("hello", engine=engine, vocoder=other, store=store).vocoder == "HiFi-GAN (other, random weights)"
    with pytest.raises(ModelUnavailable, match="does not say how its spectrogram is made"):
        speak("hello", engine=bare, vocoder="griffin-lim", store=store)


def test_several_voices(g2p, tmp_path, store):
    from tiny_voices import tiny_fastspeech2

    two = tiny_fastspeech2(tmp_path / "two", speakers=2)
    one, other = (speak("good morning", voice, engine=two, store=store) for voice in ("0", "1"))
    assert one.samples.tobytes() != other.samples.tobytes()
    with pytest.raises(ParameterError, match="'2'"):
        speak("hello", "2", engine=two, store=store)
    vectors = tiny_fastspeech2(tmp_path / "vectors", vector=8)
    bank = VoiceBank({"a": np.ones(8), "b": -np.ones(8)}).write(tmp_path / "voices.npz")
    a, b = (speak("good morning", voice, engine=vectors, voice_bank=bank, store=store) for voice in ("a", "b"))
    assert a.samples.tobytes() != b.samples.tobytes()
    with pytest.raises(ParameterError, match="voice_bank"):
        speak("hello", engine=vectors, store=store)
    with pytest.raises(ParameterError, match="takes no vectors"):
        speak("hello", engine=two, voice_bank=bank, store=store)


def test_what_it_cannot_do_is_an_error(checkpoint, store):
    for options, said in (
        ({"seed": 1}, "cannot do seed"),
        ({"voice": "anna"}, "no voice 'anna'"),
        ({"language": "fr"}, "not 'fr'"),
        ({"max_seconds": 0.01}, "more than 0.01 s"),
    ):
        with pytest.raises(ParameterError, match=said):
            speak("good morning", engine=checkpoint, store=store, **options)
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("привет", engine=checkpoint, store=store)
    assert "left it out" in speak("hello мир", engine=checkpoint, store=store).warnings[0]


def test_numbers_are_written_out_first(checkpoint, store):
    pytest.importorskip("num2words")
    assert speak("I have 42 cats", engine=checkpoint, store=store).spoken_text == "I have forty-two cats"


def test_a_vocabulary_of_another_network_is_refused(checkpoint, tmp_path, store):
    import json
    import shutil

    shutil.copytree(checkpoint, tmp_path / "other")
    held = json.loads((checkpoint / "vocab.json").read_text())
    (tmp_path / "other" / "vocab.json").write_text(json.dumps({**held, "ZZ": len(held)}))
    with pytest.raises(ModelRefused, match="23 symbols, the network 22"):
        speak("hello", engine=tmp_path / "other", store=store)


def test_without_its_phonemes_it_is_unavailable(checkpoint, store, monkeypatch):
    import nltk

    monkeypatch.setattr(nltk.data, "missing", "cmudict")
    with pytest.raises(LibraryUnavailable, match=r"NLTK's cmudict.*nltk.downloader"):
        speak("hello", engine=checkpoint, store=store)
    monkeypatch.setattr(nltk.data, "missing", "")
    found = voice_network.importlib.util.find_spec
    monkeypatch.setattr(
        voice_network.importlib.util, "find_spec", lambda name: None if name == "g2p_en" else found(name)
    )
    with pytest.raises(LibraryUnavailable, match="g2p_en"):
        speak("hello", engine=checkpoint, store=store)
