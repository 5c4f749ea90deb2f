"""Text becomes sound: whole or sentence by sentence, with nothing lost, substituted or ignored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import audiokit
from audiokit.errors import ModelUnavailable, ParameterError, SynthesisFailed
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import espeak, espeak_process, espeak_voices, speak, speak_stream
from audiokit.speech.splitting import pieces, sentences_of
from audiokit.speech.voice_engine import VoiceEngine
from audiokit.speech.voices import VOICE_ENGINES

needs_espeak = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")
TEXT = "The first sentence is short. Is the second one a question? Yes! And here is the last."


def bare(text):
    return "".join(text.split())


@given(st.text(st.sampled_from("ab .!?,;\n\t。、J3'\"”)…😀é"), max_size=80), st.integers(1, 30))
@example("no end", 3)
@example("x" * 80, 7)
def test_pieces_lose_nothing_and_keep_to_the_limit(text, longest):
    found = list(pieces(text, longest))
    assert bare("".join(found)) == bare(text)
    assert all(0 < len(piece) <= longest for piece in found)
    assert all(piece == piece.strip() for piece in found)
    assert bare("".join(sentences_of(text))) == bare(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, 4),
        ("Mr. and Mrs. Smith met Dr. J. Brown at 5.30 p.m. on Jan. 3.", 1),
        ("He said “stop!” Then he left.", 2),
        ("一つ目です。二つ目です\uff01三つ目", 3),
        ("A title\n\nA paragraph without an end", 2),
        ("Wait... what?", 2),
        ("version 2.0.1 is out", 1),
        ("", 0),
        (" \n ", 0),
    ],
)
def test_sentences(text, expected):
    assert len(sentences_of(text)) == expected


def test_long_sentences_are_cut_where_one_pauses():
    assert list(pieces("One two, three four, five six seven.", 21)) == ["One two, three four,", "five six seven."]
    assert list(pieces("one two three", 8)) == ["one two", "three"]


@needs_espeak
def test_a_short_text_is_what_the_engine_makes_of_it():
    """The slow way is the engine alone, in a process of its own."""
    assert speak(TEXT).samples.tobytes() == espeak.speak(TEXT).samples.tobytes()
    assert speak(TEXT, speed=1.5).samples.tobytes() == espeak.speak(TEXT, words_per_minute=240).samples.tobytes()
    assert speak(TEXT, "de", pitch=80).samples.tobytes() == espeak.speak(TEXT, voice="de", pitch=80).samples.tobytes()
    assert speak("Hello.").name == "espeak-ng (en): Hello."
    assert audiokit.speak is speak


@needs_espeak
def test_sentence_by_sentence_in_one_process():
    found = list(speak_stream(TEXT))
    assert [sound.name.partition(": ")[2] for sound in found] == sentences_of(TEXT)
    alone = [espeak.speak(sentence) for sentence in sentences_of(TEXT)]
    for one, other in zip(found, alone, strict=True):
        # before every sentence but the first stands the pause that the voice leaves within a text
        pause = 0.34 if one is not found[0] else 0.0
        assert abs(one.duration_seconds - pause - other.duration_seconds) < 0.05
    starts = np.cumsum([0.0, *(sound.duration_seconds for sound in found[:-1])])
    np.testing.assert_allclose([sound.start_seconds for sound in found], starts)


@needs_espeak
def test_the_first_sentence_is_there_before_the_rest_is_made():
    stream = speak_stream("Hello there. " + "All work and no play. " * 20_000, max_seconds=5)
    assert next(stream).duration_seconds < 2
    with pytest.raises(ParameterError, match="more than 5 s"):
        list(stream)


@needs_espeak
def test_a_long_text_is_cut_and_put_together():
    text = "All work and no play makes Jack a dull boy. " * 120  # 5280 characters: two pieces
    whole, parts = speak(text), list(speak_stream(text))
    assert len(parts) == 120
    assert whole.duration_seconds == pytest.approx(sum(p.duration_seconds for p in parts), rel=0.02)  # the pauses too
    paused = speak(text, pause_seconds=1.0)
    assert paused.duration_seconds == pytest.approx(whole.duration_seconds + 1.0, abs=0.05)


@needs_espeak
def test_a_megabyte_is_refused_as_soon_as_it_is_too_long():
    with pytest.raises(ParameterError, match="more than 60 s"):
        speak("All work and no play. " * 50_000, max_seconds=60)
    with pytest.raises(ParameterError, match="more than 20 s"):
        speak("a" * 1_000_000, max_seconds=20)


@needs_espeak
def test_what_cannot_be_pronounced_is_said():
    found = list(speak_stream("Hello.\n\n...\n\nBye."))
    assert len(found) == 2
    assert found[1].warnings == ("there was nothing to pronounce in '...'",)
    assert speak("a\x00b").warnings == ("control characters in the text were read as spaces",)
    with pytest.raises(ParameterError, match="nothing to pronounce"):
        speak("...")
    assert speak("😀 日本語 и русский, mixed.").samples.any()


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", {}, "empty"),
        ("hello", {"speed": 0}, "speed"),
        ("hello", {"speed": 3.5}, "words a minute"),
        ("hello", {"speed": 2.0, "words_per_minute": 200}, "same thing"),
        ("hello", {"pitch": 200}, "pitch"),
        ("hello", {"seed": 3}, "espeak_ng cannot do seed"),
        ("hello", {"pause_seconds": -1}, "pause_seconds"),
        ("hello", {"max_seconds": 0}, "max_seconds"),
        ("hello", {"voice": "../x"}, "voice"),
    ],
)
def test_arguments_that_do_not_fit(text, options, said):
    with pytest.raises(ParameterError, match=said):
        speak(text, **options)


def test_an_engine_that_is_not_there(tmp_path):
    with pytest.raises(ModelUnavailable, match="'festival'"):
        speak("hello", engine="festival")
    with pytest.raises(ModelUnavailable, match="no voice that is known"):
        speak("hello", engine=tmp_path)
    for name, engine in VOICE_ENGINES.items():
        assert isinstance(engine, VoiceEngine)
        assert engine.name == name


@needs_espeak
def test_voices_are_listed_and_speak():
    voices = {voice.name: voice for voice in espeak_voices()}
    assert len(voices) > 100
    assert voices["en-us"].language == "English (America)"
    assert speak("hello", voices["fr"].name).samples.any()


@needs_espeak
def test_the_process_ends_with_the_stream(monkeypatch):
    from audiokit.speech import espeak_session

    started = []

    class Noted(espeak_session.subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(espeak_session.subprocess, "Popen", Noted)
    stream = speak_stream(TEXT)
    next(stream)
    (process,) = started
    assert process.poll() is None
    stream.close()
    assert process.poll() == 0


@needs_espeak
def test_a_process_that_dies_between_sentences(tmp_path, monkeypatch):
    path = tmp_path / "helper.py"
    path.write_text(
        "import sys, struct\nsys.stdin.readline()\n"
        f"sys.stdout.buffer.write({espeak_process.as_line({'sample_rate': 22050, 'samples': 2})!r} + struct.pack('<hh', 1000, -1000))\n"
        "sys.stdout.flush()\nsys.exit('out of breath')"
    )
    monkeypatch.setattr(espeak_process, "__file__", str(path))
    stream = speak_stream(TEXT)
    assert next(stream).frames == 2
    with pytest.raises(SynthesisFailed, match="code 1: out of breath"):
        next(stream)
