"""VITS through the loader of its library, on random weights: seeded, at the speed asked for, refused where it is wrong."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import speak, speak_stream

for _name in ("torch", "transformers"):
    pytest.importorskip(_name)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    from tiny_speech import tiny_vits

    return tiny_vits(tmp_path_factory.mktemp("vits") / "tiny")


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def test_the_same_text_and_seed_give_the_same_samples(checkpoint, store):
    import torch

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = (speak("good morning", engine=checkpoint, store=store) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.samples.tobytes() == second.samples.tobytes()
    assert first.sample_rate == 16000
    assert np.isfinite(first.samples).all()
    assert first.samples.any()
    other = speak("good morning", engine=checkpoint, seed=1, store=store)
    assert other.samples.tobytes() != first.samples.tobytes()
    assert first.name == "VITS (tiny, random weights): good morning"


def test_the_same_samples_as_the_library_alone(checkpoint, store):
    import torch
    from transformers import VitsModel, VitsTokenizer

    network, tokenizer = VitsModel.from_pretrained(checkpoint).eval(), VitsTokenizer.from_pretrained(checkpoint)
    torch.manual_seed(0)
    with torch.inference_mode():
        alone = network(**tokenizer("good morning", return_tensors="pt")).waveform[0].numpy()
    np.testing.assert_allclose(speak("good morning", engine=checkpoint, store=store).samples[0], alone, atol=1e-6)


def test_speed_and_sentences(checkpoint, store):
    slow, fast = (speak("good morning to you all", engine=checkpoint, speed=s, store=store) for s in (0.5, 2.0))
    assert slow.duration_seconds > 1.5 * fast.duration_seconds
    assert len(list(speak_stream("Good morning. Good night.", engine=checkpoint, store=store))) == 2


def test_what_it_cannot_do_is_an_error(checkpoint, store):
    for options, said in (
        ({"pitch": 60}, "pitch"),
        ({"words_per_minute": 160}, "words_per_minute"),
        ({"voice": "anna"}, "no voice 'anna'"),
        ({"max_seconds": 0.01}, "more than 0.01 s"),
    ):
        with pytest.raises(ParameterError, match=said):
            speak("good morning", engine=checkpoint, store=store, **options)
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("日本語", engine=checkpoint, store=store)
    with pytest.raises(ModelUnavailable, match="wants a checkpoint"):
        speak("hello", engine="vits")


def test_what_it_leaves_out_is_said(checkpoint, store):
    found = speak("I have 42 cats", engine=checkpoint, normalise=False, store=store)
    assert found.warnings == ("the voice has no sound for '42' and left it out",)
    assert found.spoken_text == "I have 42 cats"
    assert speak("I have cats", engine=checkpoint, store=store).warnings == ()


def test_figures_are_written_out_in_its_own_language(checkpoint, tmp_path, store):
    pytest.importorskip("num2words")
    found = speak("I have 42 cats", engine=checkpoint, store=store)
    assert (found.spoken_text, found.language, found.warnings) == ("I have forty-two cats", "en", ())
    with pytest.raises(ParameterError, match="reads 'en', not 'de'"):
        speak("42 Katzen", engine=checkpoint, language="de", store=store)
    for code, said in (("deu", "zweiundvierzig Katzen"), ("xyz", "42 Katzen")):
        shutil.copytree(checkpoint, tmp_path / code)
        facts = json.loads((checkpoint / "tokenizer_config.json").read_text())
        (tmp_path / code / "tokenizer_config.json").write_text(json.dumps({**facts, "language": code}))
        found = speak("42 Katzen", engine=tmp_path / code, store=store)
        assert found.spoken_text == said
    assert "numbers were not written out: there are no rules for 'xyz'" in found.warnings


def test_several_speakers(tmp_path, store):
    from tiny_speech import tiny_vits

    folder = tiny_vits(tmp_path / "two", speakers=2)
    one, two = (speak("good morning", voice, engine=folder, store=store) for voice in ("0", "1"))
    assert one.samples.tobytes() != two.samples.tobytes()
    assert speak("good morning", engine=folder, store=store).samples.tobytes() == one.samples.tobytes()
    with pytest.raises(ParameterError, match="'2'"):
        speak("good morning", "2", engine=folder, store=store)


def test_a_vocabulary_of_another_network_is_refused(checkpoint, tmp_path, store):
    shutil.copytree(checkpoint, tmp_path / "other")
    held = json.loads((checkpoint / "vocab.json").read_text())
    (tmp_path / "other" / "vocab.json").write_text(json.dumps({**held, "é": 30, "ü": 31}))
    with pytest.raises(ModelRefused, match="32 symbols, the network 30"):
        speak("hello", engine=tmp_path / "other", store=store)
    (tmp_path / "other" / "vocab.json").unlink()
    with pytest.raises(ModelRefused, match="tokenizer"):
        speak("hello", engine=tmp_path / "other", store=store)
