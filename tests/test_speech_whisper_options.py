"""Every option reaches the library, in batches and one by one; what a model would ignore is refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from made_speech import spoken

from audiokit import Audio, Status
from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.speech import choosing, transcribe
from audiokit.speech.choosing import choose
from audiokit.speech.engine import Heard
from audiokit.speech.options import Options
from audiokit.speech.whisper_decoding import Decoder

RATE = 16_000
ASKED = {
    "language": "de", "task": "translate", "beam_size": 3, "batch_size": 5, "initial_prompt": "Guten Tag.",
    "hotwords": "audiokit", "temperatures": (0.1, 0.7), "log_probability_threshold": -0.7, "max_new_tokens": 40,
    "compression_ratio_threshold": 2.1, "no_speech_threshold": 0.3, "word_timestamps": True,
}  # fmt: skip
REACHES = {
    "language": "de", "task": "translate", "beam_size": 3, "initial_prompt": "Guten Tag.", "hotwords": "audiokit",
    "log_prob_threshold": -0.7, "compression_ratio_threshold": 2.1, "no_speech_threshold": 0.3, "max_new_tokens": 40,
    "word_timestamps": True, "vad_filter": False,
}  # fmt: skip


def a_model(asked):
    """What stands where a model does, and writes down what it is asked."""

    def transcribe(samples, **options):
        asked.append(options)
        return iter(()), SimpleNamespace(language="de", language_probability=1.0)

    extractor = SimpleNamespace(sampling_rate=RATE)
    return SimpleNamespace(
        model=SimpleNamespace(device="cpu", is_multilingual=True),
        transcribe=transcribe,
        frames_per_second=100,
        feature_extractor=extractor,
    )


@pytest.fixture
def decoder():
    asked = []
    heard = Heard(np.zeros(20 * RATE, np.float32), 20.0, spoken((1, 9), (14, 19), seconds=20.0), cut=True)
    return Decoder(a_model(asked), heard, Options(**ASKED)), asked


def test_one_by_one(decoder):
    made, asked = decoder
    made.sequential((1.0, 9.0))
    (options,) = asked
    assert options == {**REACHES, "temperature": [0.1, 0.7], "condition_on_previous_text": False}


def test_in_batches(decoder, monkeypatch):
    faster_whisper = pytest.importorskip("faster_whisper")
    made, asked = decoder
    monkeypatch.setattr(
        faster_whisper,
        "BatchedInferencePipeline",
        lambda model: SimpleNamespace(transcribe=model.transcribe),
    )
    made.batched([(1.0, 9.0), (14.0, 19.0)])
    (options,) = asked
    clips = [{"start": 1.0, "end": 9.0}, {"start": 14.0, "end": 19.0}]
    apart = {"temperature": 0.1, "batch_size": 5, "without_timestamps": False, "clip_timestamps": clips}
    assert options == {**REACHES, **apart}


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


@pytest.fixture(scope="module")
def whispers(tmp_path_factory):
    for name in ("faster_whisper", "transformers", "torch"):
        pytest.importorskip(name)
    from tiny_speech import tiny_whisper

    folder = tmp_path_factory.mktemp("tiny")
    return tiny_whisper(folder / "many"), tiny_whisper(folder / "one", multilingual=False)


def babble(seconds):
    noise = np.random.default_rng(0).standard_normal(round(seconds * RATE)).astype(np.float32)
    return Audio(0.1 * noise, RATE)


QUICK = {"beam_size": 1, "max_new_tokens": 24, "temperatures": (0.0,), "repair": False}


def test_words_to_expect_change_what_batches_write(whispers, store):
    speech = spoken((1, 7), (12, 18), seconds=20.0)

    def texts(**options):
        found = transcribe(
            babble(20.0), whispers[0], vad=True, speech=speech, language="en", store=store, **QUICK, **options
        )
        assert any("in batches of" in note for note in found.notes)
        return [p.text for p in (*found.passages, *found.rejected)]

    plain = texts()
    assert texts() == plain
    for options in ({"hotwords": "audiokit"}, {"initial_prompt": "Good morning."}, {"task": "translate"}):
        assert texts(**options) != plain, options


def test_a_model_of_one_language_translates_nothing(whispers, store):
    english = whispers[1]
    sound, speech = babble(4.0), spoken((0, 4), seconds=4.0)
    assert transcribe(sound, english, speech=speech, store=store, **QUICK).language == "en"
    with pytest.raises(ParameterError, match="English only: it translates nothing"):
        transcribe(sound, english, speech=speech, task="translate", store=store, **QUICK)
    with pytest.raises(ParameterError, match="does not know the language 'de'"):
        transcribe(sound, english, speech=speech, language="de", store=store, **QUICK)


def test_the_turbo_model_was_not_trained_to_translate(monkeypatch, tmp_path):
    pytest.importorskip("faster_whisper")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    place = tmp_path / "faster_whisper_large_v3_turbo"
    place.mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (place / file).write_text("{}")
    assert choose("turbo", Options()).title == "faster_whisper_large_v3_turbo"
    with pytest.raises(ParameterError, match="not trained to translate"):
        choose("turbo", Options(task="translate"))
    with pytest.raises(ModelUnavailable, match="turbo: it was not trained to translate"):
        choose("auto", Options(task="translate"))
    assert choosing._SHORT["turbo"] == place.name


@pytest.mark.parametrize("vad", [True, False, "auto"])
@pytest.mark.parametrize("seconds", [0.0, 1 / RATE, 0.05])
def test_a_twentieth_of_a_second(whispers, store, vad, seconds):
    speech = None if vad is False else spoken((0, seconds), seconds=seconds)
    found = transcribe(
        babble(seconds), whispers[0], vad=vad, speech=speech, language="en", word_timestamps=True, store=store, **QUICK
    )
    for item in (*found.words, *found.passages, *found.rejected):
        assert 0 <= item.start_seconds <= item.end_seconds <= seconds
    assert found.status in {Status.OK, Status.ABSTAINED}
    assert found.coverage is None or found.coverage.complete
