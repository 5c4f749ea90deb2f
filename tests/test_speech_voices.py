"""Which engines there are, what each can do, and what is said where one cannot."""

from __future__ import annotations

import inspect
import typing

import pytest

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import catalogue
from audiokit.models.wheels import file_in_wheel
from audiokit.results import Status
from audiokit.speech import SpokenAudio, enhance_speech, speak, speak_stream, voice_engines
from audiokit.speech.languages import primary, refuse_language
from audiokit.speech.voice_engine import ALWAYS_TAKEN, VoiceOptions
from audiokit.speech.voices import VOICE_ENGINES

needs_espeak = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


def test_one_signature_for_both():
    whole, stream = inspect.signature(speak), inspect.signature(speak_stream)
    assert whole.parameters == stream.parameters
    assert stream.return_annotation == "Iterator[SpokenAudio]"
    assert list(whole.parameters)[:4] == ["text", "voice", "engine", "speed"]
    assert {"text", "voice", "return"} <= set(typing.cast(typing.Any, speak_stream).__annotations__)
    with pytest.raises(TypeError, match="loudness"):
        speak_stream("hello", loudness=3)
    with pytest.raises(TypeError, match="text"):
        speak_stream()


def test_every_option_of_an_engine_is_one_that_can_be_asked_for():
    known = VoiceOptions.__dataclass_fields__.keys()
    for engine in VOICE_ENGINES.values():
        assert engine.options <= known - ALWAYS_TAKEN
    assert known <= inspect.signature(speak).parameters.keys()
    assert "emotion" not in set().union(*(engine.options for engine in VOICE_ENGINES.values()))


@needs_espeak
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"emotion": "happy"}, r"cannot do emotion.*no engine here.*\[laughs\]"),
        ({"vocoder": "griffin-lim"}, "cannot do vocoder.*speecht5, fastspeech2"),
        ({"seed": 1}, "cannot do seed.*vits, speecht5, bark"),
        ({"voice_bank": "x.npz"}, "voice_bank"),
        ({"device": "cuda"}, "processor alone"),
        ({"device": "cuda:1"}, "processor alone"),
        ({"voice": "en-us", "language": "de"}, "reads 'en', not 'de'"),
        ({"language": "xx"}, "no voice"),
        ({"normalise": "yes"}, "normalise"),
    ],
)
def test_what_espeak_cannot_do_is_an_error_and_names_who_can(options, said):
    with pytest.raises(ParameterError, match=said):
        speak("hello", **options)


@needs_espeak
def test_a_language_chooses_the_voice():
    found = speak("Guten Morgen", language="de", device="cpu")
    assert found.samples.tobytes() == speak("Guten Morgen", "de").samples.tobytes()
    assert (found.language, found.engine, found.vocoder) == ("de", "espeak_ng", "")
    assert speak("Good morning", "en+f3", language="en-GB").language == "en"


@needs_espeak
def test_espeak_reads_figures_itself_unless_it_is_asked_not_to():
    assert speak("42 cats").spoken_text == "42 cats"
    pytest.importorskip("num2words")
    found = speak("42 Katzen", "de", normalise=True)
    assert found.spoken_text == "zweiundvierzig Katzen"
    assert found.name.endswith("42 Katzen")


@needs_espeak
def test_breaks_rate_and_pitch_by_marks_in_the_text():
    plain = speak("One. Two.")
    broken = speak('One. <break time="1500ms"/> Two.', ssml=True)
    assert broken.duration_seconds == pytest.approx(plain.duration_seconds + 1.5, abs=0.5)
    assert broken.spoken_text == "One.  Two."
    slow = speak('<speak><prosody rate="50%">One. Two.</prosody></speak>', ssml=True)
    assert slow.duration_seconds > 1.4 * plain.duration_seconds
    assert len(list(speak_stream("One. Two. Three.", ssml=True))) == 1
    for text, said in (
        ("One <break> two", "well-formed"),
        ("a & b", "well-formed"),
        ('<!DOCTYPE x [<!ENTITY e "e">]>&e;', "without declarations"),
    ):
        with pytest.raises(ParameterError, match=said):
            speak(text, ssml=True)
    with pytest.raises(ParameterError, match="cannot do ssml.*espeak_ng"):
        speak("One.", engine="bark", ssml=True)
    with pytest.raises(ParameterError, match="Leave one of them out"):
        speak("One.", ssml=True, normalise=True)


@needs_espeak
def test_what_was_spoken_stays_with_the_sound():
    pytest.importorskip("pyloudnorm")
    found = enhance_speech(speak("Good morning."), trim=True, loudness_lufs=-20)
    assert isinstance(found, SpokenAudio)
    assert found.spoken_text == "Good morning."
    assert "silence trimmed" in " ".join(found.warnings)
    assert repr(found).startswith("Audio(")


def test_states_of_the_engines(tmp_path, monkeypatch):
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    states = {state.name: state for state in voice_engines()}
    assert list(states)[:5] == ["espeak_ng", "vits", "speecht5", "fastspeech2", "bark"]
    for name in ("vits", "speecht5", "fastspeech2", "bark"):
        assert states[name].status is Status.UNAVAILABLE
        assert states[name].cure
    for name in ("tacotron2", "yourtts", "melgan"):
        assert "coqui-tts" in states[name].reason
    assert states["speecht5"].options == ("seed", "vocoder", "voice_bank")


@pytest.mark.parametrize("name", ["tacotron2", "yourtts"])
def test_a_voice_that_nothing_reads_says_why(name):
    with pytest.raises(ModelUnavailable, match=r"cannot be used here: transformers 5\.23 has no"):
        speak("hello", engine=name)


def test_a_catalogue_name_that_is_absent_comes_with_the_command(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    for engine, model in (("mms_tts_deu", "mms_tts_deu"), ("bark", "bark_small")):
        with pytest.raises(ModelUnavailable, match=f"models pull {model}"):
            speak("hallo", engine=engine)


def test_a_catalogue_name_is_found_in_a_folder_of_models(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tiny_speech import tiny_vits

    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    tiny_vits(tmp_path / "mms_tts_eng")
    assert speak("hello", engine="mms_tts_eng").name == "VITS (mms_tts_eng, random weights): hello"
    assert {state.name: state.status for state in voice_engines()}["vits"] is Status.OK


def test_every_voice_of_the_catalogue_has_an_engine_or_a_reason():
    for entry in catalogue("text_to_speech"):
        assert entry.unavailable or entry.name == "espeak_ng" or entry.kind == "transformers"
        assert bool(entry.unavailable) == (entry.kind == "unread")
    assert {entry.name for entry in catalogue("vocoder")} >= {"speecht5_hifigan", "waveglow", "melgan"}


def test_codes_of_languages():
    for code, short in (("en-GB", "en"), ("de+f3", "de"), ("deu", "de"), ("EN_us", "en"), ("xyz", "xyz"), (None, "")):
        assert primary(code) == short
    refuse_language("de", "deu", "x")
    refuse_language(None, "en", "x")
    refuse_language("de", "", "x")
    with pytest.raises(ParameterError, match="x reads 'en', not 'de'"):
        refuse_language("de", "en", "x")
