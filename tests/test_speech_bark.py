"""Bark through the loader of its library, on random weights: seeded, with presets, bounded in length."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from audiokit.errors import ModelRefused, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import speak, speak_stream

for _name in ("torch", "transformers"):
    pytest.importorskip(_name)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    from tiny_voices import tiny_bark

    return tiny_bark(tmp_path_factory.mktemp("bark") / "tiny")


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def test_the_same_samples_as_the_library_alone(checkpoint, store):
    import torch
    from transformers import BarkModel, BarkProcessor

    network, processor = BarkModel.from_pretrained(checkpoint).eval(), BarkProcessor.from_pretrained(checkpoint)
    inputs = processor("good morning", voice_preset="v2/en_speaker_0", max_length=32)
    torch.manual_seed(3)
    alone = network.generate(**inputs).numpy().reshape(-1)
    before = torch.random.get_rng_state()
    found = speak("good morning", "v2/en_speaker_0", engine=checkpoint, seed=3, store=store)
    assert torch.equal(torch.random.get_rng_state(), before)
    np.testing.assert_allclose(found.samples[0], alone, atol=1e-6)
    assert found.name == "Bark (tiny, random weights, v2/en_speaker_0): good morning"
    assert (found.sample_rate, found.language, found.vocoder) == (24000, "en", "")


def test_seeds_presets_and_languages(checkpoint, store):
    def said(voice="auto", **options):
        return speak("good morning", voice, engine=checkpoint, store=store, **options)

    assert said().samples.tobytes() == said(seed=0).samples.tobytes()
    assert said().samples.tobytes() != said(seed=1).samples.tobytes()
    assert "drawn by the seed" in said().name
    assert "v2/de_speaker_0" in said(language="de").name
    assert said("v2/de_speaker_0").language == "de"
    assert said(language="fr").language == "fr"  # which it speaks, and has no preset for here
    for options, told in (
        ({"voice": "v2/en_speaker_9"}, "no preset"),
        ({"voice": "../../voices"}, "no preset"),
        ({"voice": "v2/de_speaker_0", "language": "en"}, "reads 'de', not 'en'"),
        ({"language": "sw"}, "does not speak 'sw'"),
        ({"speed": 2.0}, "cannot do speed"),
        ({"vocoder": "griffin-lim"}, "vocoder: speecht5, fastspeech2"),
    ):
        with pytest.raises(ParameterError, match=told):
            said(**options)


def test_numbers_are_left_to_it(checkpoint, store):
    assert speak("42 cats", engine=checkpoint, store=store).spoken_text == "42 cats"
    assert speak("42 cats", engine=checkpoint, language="en", normalise=True, store=store).spoken_text != "42 cats"


def test_length_is_bounded(checkpoint, store):
    with pytest.raises(ParameterError, match="more than 0.1 s"):
        speak("good morning " * 5, engine=checkpoint, max_seconds=0.1, store=store)
    stream = speak_stream("good morning. " * 70_000, engine=checkpoint, max_seconds=1, store=store)
    assert next(stream).duration_seconds < 1
    with pytest.raises(ParameterError, match="more than 1 s"):
        list(stream)
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("😀 …", engine=checkpoint, store=store)
    assert "left it out" in " ".join(speak("good 日本 morning", engine=checkpoint, store=store).warnings)


def test_presets_outside_the_folder_or_damaged_are_refused(checkpoint, tmp_path, store):
    shutil.copytree(checkpoint, tmp_path / "other")
    listed = json.loads((checkpoint / "speaker_embeddings_path.json").read_text())
    listed["v2/en_speaker_0"]["fine_prompt"] = "../../elsewhere.npy"
    (tmp_path / "other" / "speaker_embeddings_path.json").write_text(json.dumps(listed))
    (tmp_path / "other" / "speaker_embeddings" / "v2" / "de_speaker_0_coarse_prompt.npy").write_bytes(b"damaged")
    for preset in ("v2/en_speaker_0", "v2/de_speaker_0"):
        with pytest.raises(ModelRefused, match="cannot be read"):
            speak("hello", preset, engine=tmp_path / "other", store=store)
