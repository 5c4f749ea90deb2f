"""`transcribe` from any source; `auto` says which engine and why; nothing is fetched, ignored or substituted."""

from __future__ import annotations

import socket
import sys

import numpy as np
import pytest

import audiokit
from audiokit import Audio, Status
from audiokit.errors import InputError, LibraryUnavailable, ModelUnavailable, ParameterError, SourceNotFound
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import choosing, speak, transcribe, transcribe_file, transcribe_many
from audiokit.speech.choosing import choose, model_names
from audiokit.speech.engine import SpeechEngine, Written
from audiokit.speech.options import Options
from audiokit.speech.readable import sentences
from audiokit.speech.registry import ENGINES
from audiokit.speech.transcript import Passage, Word

pytest.importorskip("onnxruntime")
needs_sphinx = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
    ),
    reason="no pocketsphinx or no silero-vad",
)
needs_voice = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    """A machine without weights beyond those in wheels."""
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def no_network(monkeypatch):
    def refused(*_arguments, **_options):
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def whisper_in(folder, name):
    """Files of the right names: enough to be found."""
    place = folder / name
    place.mkdir()
    for file in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (place / file).write_text("{}")
    return place


def test_engines_keep_to_the_protocol():
    assert list(ENGINES) == ["faster_whisper", "wav2vec2", "pocketsphinx"]
    for name, engine in ENGINES.items():
        assert isinstance(engine, SpeechEngine)
        assert engine.name == name
        assert engine.options <= set(Options.__dataclass_fields__)


@needs_sphinx
def test_auto_takes_what_is_there_and_says_why(no_models, no_network):
    choice = choose("auto", Options())
    assert choice.engine.name == "pocketsphinx"
    assert "faster_whisper_small: not on this machine" in choice.why
    assert "wav2vec2_base_960h: not on this machine" in choice.why
    found = transcribe(Audio(np.zeros(16000), 16000))
    assert found.choice == choice.why


def test_auto_prefers_what_keeps_up_with_a_cpu(no_models, monkeypatch):
    pytest.importorskip("faster_whisper")
    for name in ("faster_whisper_large_v3", "faster_whisper_tiny", "faster_whisper_base"):
        whisper_in(no_models, name)
    assert choose("auto", Options(), device="cpu").title == "faster_whisper_base"
    assert choose("auto", Options(), device="cuda").title == "faster_whisper_large_v3"
    monkeypatch.setattr(choosing, "available_devices", lambda: ("cuda:0",))
    assert choose("auto", Options()).title == "faster_whisper_large_v3"
    monkeypatch.setattr(choosing, "available_devices", lambda: ("cpu",))
    assert choose("auto", Options()).title == "faster_whisper_base"


@needs_sphinx
@pytest.mark.parametrize("asked", [{"language": "de"}, {"task": "translate"}, {"hotwords": "audiokit"}])
def test_auto_passes_over_what_cannot_do_it(no_models, asked):
    with pytest.raises(ModelUnavailable, match="pocketsphinx: it (cannot do|knows English)") as caught:
        choose("auto", Options(**asked))
    assert "audiokit models pull faster_whisper_small" in caught.value.cure
    pytest.importorskip("faster_whisper")
    whisper_in(no_models, "faster_whisper_tiny")
    assert choose("auto", Options(**asked)).title == "faster_whisper_tiny"


@pytest.mark.parametrize("name", ["tiny", "large-v3", "turbo", "faster_whisper_small"])
def test_a_named_model_that_is_absent_comes_with_the_command(no_models, no_network, name):
    pytest.importorskip("faster_whisper")
    with pytest.raises(ModelUnavailable, match="is not on this machine") as caught:
        transcribe(Audio(np.zeros(100), 16000), name)
    assert "`audiokit models pull faster_whisper_" in caught.value.cure
    assert name in model_names()


def test_a_name_that_means_something_else(no_models):
    with pytest.raises(ParameterError, match="silero_vad is no model for speech to text, but for vad"):
        choose("silero_vad", Options())
    with pytest.raises(ModelUnavailable, match="whispr"):
        choose("whispr", Options())
    with pytest.raises(ModelUnavailable, match="nothing at"):
        choose(no_models / "absent", Options())
    (no_models / "empty").mkdir()
    with pytest.raises(ModelUnavailable, match="no speech-to-text model that is known"):
        choose(no_models / "empty", Options())


@needs_sphinx
def test_a_language_that_the_engine_lacks_is_refused(no_models):
    with pytest.raises(ParameterError, match="pocketsphinx knows English only"):
        transcribe(Audio(np.zeros(100), 16000), "pocketsphinx", language="de")
    with pytest.raises(ParameterError, match="cannot do beam_size"):
        transcribe(Audio(np.zeros(100), 16000), "pocketsphinx", beam_size=2)


def test_nothing_installed_at_all(no_models, monkeypatch):
    for library in ("pocketsphinx", "faster_whisper", "transformers"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ModelUnavailable) as caught:
        transcribe(Audio(np.zeros(100), 16000))
    assert "pip install pocketsphinx" in caught.value.cure
    with pytest.raises(LibraryUnavailable, match="pocketsphinx"):
        transcribe(Audio(np.zeros(100), 16000), "pocketsphinx")


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "English"},
        {"language": 5},
        {"task": "summarise"},
        {"vad": "maybe"},
        {"beam_size": 0},
        {"batch_size": 0},
        {"batch_size": True},
        {"temperatures": ()},
        {"temperatures": (-1.0,)},
        {"min_coverage": 2},
        {"max_new_tokens": 0},
        {"vad": False, "batch_size": 4},
        {"gate": "maybe"},
        {"readable": False, "punctuator": "pauses"},
    ],
)
def test_options_that_do_not_fit(wrong):
    with pytest.raises(ParameterError):
        transcribe(Audio(np.zeros(100), 16000), **wrong)


@needs_sphinx
@needs_voice
def test_a_file_in_and_the_same_transcript_out(tmp_path, no_network):
    voice = speak("The weather will be fine tomorrow morning.", voice="en-us", words_per_minute=130)
    audiokit.write(tmp_path / "talk.flac", voice)
    direct = transcribe(voice, "pocketsphinx")
    found = transcribe_file(tmp_path / "talk.flac", "pocketsphinx")
    assert [w.text for w in found.words] == [w.text for w in direct.words]
    assert found.words
    assert audiokit.transcribe(str(tmp_path / "talk.flac"), "pocketsphinx") == found
    assert found.processing_seconds > 0
    assert found.real_time_factor == found.processing_seconds / found.audio_seconds
    with pytest.raises(ParameterError, match="no file"):
        transcribe_file(voice)
    with pytest.raises(SourceNotFound):
        transcribe(tmp_path / "none.wav")
    with pytest.raises(InputError):
        transcribe(b"no sound at all")


@needs_sphinx
@needs_voice
def test_every_second_of_speech_stands_in_the_ledger(no_network):
    voice = speak("Seven steps to the left. Then wait a moment.", voice="en-us")
    silence = np.zeros(2 * voice.sample_rate, np.float32)
    audio = Audio(np.concatenate([silence, voice.samples[0], silence, voice.samples[0]]), voice.sample_rate)
    found = transcribe(audio, "pocketsphinx")
    from audiokit.activity import detect_speech

    assert found.coverage.seconds() == pytest.approx(
        detect_speech(Audio(audiokit.dsp.resample(audio.samples[0], 22050, 16000), 16000)).speech_seconds, abs=0.01
    )
    assert found.coverage.complete
    assert found.coverage.share_transcribed > 0.8
    assert transcribe(audio, "pocketsphinx", vad=False).coverage is None


@needs_sphinx
@needs_voice
def test_text_is_readable_and_says_how(no_network):
    voice = speak("Seven steps to the left. Then wait a moment.", voice="en-us", words_per_minute=130)
    found = transcribe(voice, "pocketsphinx")
    assert found.punctuation == "pauses"
    assert any("not heard" in note for note in found.notes)
    assert all(p.text[0].isupper() or not p.text[0].isalpha() for p in found.passages)
    assert all(p.text.endswith(".") for p in found.passages)
    plain = transcribe(voice, "pocketsphinx", readable=False)
    assert (plain.punctuation, plain.text) == ("none", " ".join(w.text for w in plain.words))
    assert plain.words == found.words


@needs_sphinx
@needs_voice
def test_noise_reduction_is_named_and_learns_from_where_nobody_speaks(monkeypatch, no_network):
    from audiokit.speech import hearing

    voice = speak("The weather will be fine tomorrow morning.", voice="en-us", words_per_minute=130)
    pause = np.zeros(voice.sample_rate, np.float32)
    noise = np.random.default_rng(0).standard_normal(voice.frames + 2 * pause.size).astype(np.float32)
    noisy = Audio(np.concatenate([pause, voice.samples[0], pause]) + 0.01 * noise, voice.sample_rate)
    asked = []
    real = hearing.without_noise
    monkeypatch.setattr(hearing, "without_noise", lambda *a, **k: asked.append(k["noise_spans"]) or real(*a, **k))
    found = transcribe(noisy, "pocketsphinx", denoise=True)
    assert found.words
    assert any(note.startswith("steady noise turned down by up to 15 dB") for note in found.notes)
    (spans,) = asked
    assert spans[0][0] == 0.0
    assert 0.7 < spans[0][1] < 1.3  # before the first word
    assert not any("noise" in note for note in transcribe(noisy, "pocketsphinx").notes)
    assert len(asked) == 1


def test_sentences_end_at_pauses():
    words = [Word(0, 0.3, "i", 0.5), Word(0.3, 0.6, "think", 1.0), Word(1.2, 1.5, "i'll", 0.2), Word(1.6, 2, "it")]
    assert sentences(words, language="en") == (Passage(0, 0.6, "I think.", 0.75), Passage(1.2, 2, "I'll it.", 0.2))
    assert sentences(words, language="it")[0].text == "I think."
    assert sentences(words[1:2], language="und")[0].text == "Think."
    assert sentences([], language="en") == ()


class Clockwork:
    """An engine that says what it is told to."""

    name, options, needs = "clockwork", frozenset(), ()

    def __init__(self, claims=(), words=()):
        self.claims, self.words = claims, words

    def write(self, heard, options, **_):
        return Written("clockwork 1", "full", "en", claims=self.claims, words=self.words)


def test_speech_that_an_engine_does_not_mention_has_failed(monkeypatch):
    """The ledger is made from what was heard, not from what the engine says of itself."""
    from pathlib import Path

    from made_speech import spoken

    from audiokit.speech import transcribing
    from audiokit.speech.choosing import Choice

    monkeypatch.setattr(transcribing, "choose", lambda *_, **__: Choice(Clockwork(), "x", Path(), "a test"))
    found = transcribe(Audio(np.zeros(16000 * 5), 16000), speech=spoken((1, 4), seconds=5.0))
    assert found.status is Status.FAILED
    assert found.coverage.seconds("failed") == found.coverage.seconds() > 2.9
    (outcome,) = transcribe_many([Audio(np.zeros(16000 * 5), 16000)], speech=spoken((1, 4), seconds=5.0))
    assert outcome.status is Status.FAILED
    assert outcome.value is None
    assert "gave no reason" in outcome.reason


@needs_sphinx
def test_a_device_that_fits_nothing(no_models):
    with pytest.raises(ParameterError, match="CPU alone"):
        transcribe(Audio(np.zeros(100), 16000), "pocketsphinx", device="cuda")
    with pytest.raises(ParameterError, match="no device 'gpu'"):
        transcribe(Audio(np.zeros(100), 16000), device="gpu")
    with pytest.raises(ModelUnavailable, match="pocketsphinx: it runs on a CPU alone"):
        transcribe(Audio(np.zeros(100), 16000), device="cuda")


@needs_sphinx
def test_many_go_on_when_one_fails(tmp_path):
    silence = Audio(np.zeros(8000), 16000)
    (tmp_path / "notes.wav").write_text("Dear diary")
    outcomes = list(transcribe_many(iter([silence, tmp_path / "notes.wav", tmp_path / "none.wav", silence])))
    assert [outcome.status for outcome in outcomes] == ["abstained", "failed", "failed", "abstained"]
    assert outcomes[0].reason == "no speech was found"
    assert "none.wav" in outcomes[2].reason
    with pytest.raises(ParameterError):
        next(transcribe_many([silence], beam_size=0))
    with pytest.raises(ModelUnavailable):
        next(transcribe_many([silence], "whispr"))
