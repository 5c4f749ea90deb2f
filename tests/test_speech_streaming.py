"""Streaming: the same finals whatever the chunks, a stable beginning that only grows, and a ledger of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio, Status
from audiokit.errors import ModelUnavailable, ParameterError, SynthesisFailed
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import StreamingTranscriber, speak, transcribe, word_errors
from audiokit.speech.agreement import StablePrefix
from audiokit.speech.sound_buffer import SoundBuffer

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
        and file_in_wheel("espeakng_loader", "__init__.py")
    ),
    reason="no pocketsphinx, silero-vad or espeakng-loader",
)
RATE = 22_050


@pytest.fixture(scope="module")
def talk():
    """Two sentences, a pause of two seconds between them."""
    first = speak("The weather will be fine tomorrow morning.", "en-us", words_per_minute=130).samples[0]
    second = speak("Please close the door behind you.", "en-us", words_per_minute=130).samples[0]
    pause = np.zeros(2 * RATE, np.float32)
    return Audio(np.concatenate([pause, first, pause, second, pause]), RATE)


def run(audio, chunk, **options):
    stream = StreamingTranscriber(audio.sample_rate, "pocketsphinx", **options)
    events = []
    for first in range(0, audio.frames, chunk):
        events += stream.push(audio.samples[:, first : first + chunk])
    events += stream.flush()
    assert stream.flush() == ()
    return stream, events


def test_finals_do_not_depend_on_the_chunks(talk):
    one, small = run(talk, 317, partial_seconds=None)
    two, large = run(talk, 30_000, partial_seconds=None)
    assert one.result() == two.result()
    kinds = ["speech_start", "speech_end", "final"] * 2
    assert [event.kind for event in small] == kinds
    assert [(e.kind, e.seconds, e.text) for e in small] == [(e.kind, e.seconds, e.text) for e in large]


def test_the_result_is_that_of_the_whole_but_for_some_words(talk):
    stream, events = run(talk, 4000, partial_seconds=None)
    found, whole = stream.result(), transcribe(talk, "pocketsphinx")
    assert word_errors(whole.text, found.text).rate <= 0.35  # each stretch is heard alone
    assert found.coverage.complete
    assert found.coverage.seconds() == pytest.approx(whole.coverage.seconds(), abs=0.5)
    assert found.coverage.share_transcribed > 0.8
    assert found.audio_seconds == pytest.approx(talk.duration_seconds)
    assert (found.quality, found.punctuation, found.language) == ("draft", "pauses", "en")
    finals = [event for event in events if event.kind == "final"]
    assert found.text == " ".join(event.text for event in finals)
    starts = [word.start_seconds for word in found.words]
    assert starts == sorted(starts)
    assert 1.9 < starts[0] < 2.6
    assert starts[-1] < talk.duration_seconds - 2


def test_partial_results_grow_and_their_beginning_stays(talk):
    stream, events = run(talk, 2205, partial_seconds=0.6)
    partials = [event for event in events if event.kind == "partial"]
    assert len(partials) >= 4
    stable = {}
    for event in partials:
        before = stable.get(event.seconds, "")
        assert event.stable_text.startswith(before)
        assert event.text.startswith(event.stable_text)
        stable[event.seconds] = event.stable_text
    assert any(stable.values())
    for event in events:
        if event.kind == "final":
            first = event.text.lower().replace(".", "").split()
            told = stable.get(event.seconds, "").lower().replace(".", "").split()
            assert event.revised == (first[: len(told)] != told)
        assert event.taken_seconds >= 0
    assert stream.result().text == run(talk, 2205, partial_seconds=None)[0].result().text


def test_the_end_of_speech_is_told_before_its_text(talk):
    order = []
    stream = StreamingTranscriber(RATE, "pocketsphinx", partial_seconds=None, on_event=order.append)
    returned = [*stream.push(talk.samples), *stream.flush()]
    assert order == returned
    for end, final in zip(order[1::3], order[2::3], strict=True):
        assert (end.kind, final.kind) == ("speech_end", "final")
        assert end.taken_seconds < final.taken_seconds


@pytest.mark.parametrize(("gate", "kept_seconds"), [("auto", 12), (False, 3)])  # the gate wants to hear what was before
def test_silence_costs_no_memory_and_gives_nothing(gate, kept_seconds):
    stream = StreamingTranscriber(16_000, "pocketsphinx", gate=gate)
    for _ in range(60):
        assert stream.push(np.zeros(16_000, np.float32)) == ()
        assert stream._sound.end_seconds - stream._sound.start_seconds < kept_seconds
    assert stream.flush() == ()
    assert stream.result().status is Status.ABSTAINED
    assert stream.result().coverage.entries == ()


def test_an_engine_that_fails_leaves_the_stream_alive(talk, monkeypatch):
    stream = StreamingTranscriber(RATE, "pocketsphinx", partial_seconds=None)
    real, calls = stream._choice.engine, []

    class Failing:
        name = "pocketsphinx"

        def write(self, *arguments, **options):
            calls.append(1)
            if len(calls) == 1:
                raise SynthesisFailed("out of breath.")
            return real.write(*arguments, **options)

    from dataclasses import replace

    monkeypatch.setattr(stream, "_choice", replace(stream._choice, engine=Failing()))
    events = [*stream.push(talk.samples), *stream.flush()]
    finals = [event for event in events if event.kind == "final"]
    assert [bool(event.error) for event in finals] == [True, False]
    found = stream.result()
    assert not found.coverage.complete
    assert found.coverage.seconds("failed") > 1
    assert "out of breath" in found.coverage.entries[0].reason


def test_an_engine_that_reports_a_failure_is_not_hidden(talk, monkeypatch):
    from dataclasses import replace

    from audiokit.speech.coverage import Covered
    from audiokit.speech.engine import Written

    class Reporting:
        name = "pocketsphinx"

        def write(self, heard, *_, **__):
            return Written("engine 1", "full", "en", claims=(Covered(0, heard.audio_seconds, "failed", "no memory"),))

    stream = StreamingTranscriber(RATE, "pocketsphinx", partial_seconds=None)
    monkeypatch.setattr(stream, "_choice", replace(stream._choice, engine=Reporting()))
    events = [*stream.push(talk.samples), *stream.flush()]
    assert [event.error for event in events if event.kind == "final"] == ["no memory"] * 2
    coverage = stream.result().coverage
    assert coverage.seconds("failed") == coverage.seconds() > 3
    assert stream.result().status is Status.FAILED


def test_what_does_not_fit_is_said_at_once():
    with pytest.raises(ModelUnavailable):
        StreamingTranscriber(16_000, "whispr")
    for options in (
        {"vad": True},
        {"batch_size": 4},
        {"colour": 1},
        {"partial_seconds": 0},
        {"max_speech_seconds": 90},
    ):
        with pytest.raises(ParameterError):
            StreamingTranscriber(16_000, "pocketsphinx", **options)
    with pytest.raises(ParameterError, match="beam_size"):
        StreamingTranscriber(16_000, "pocketsphinx", beam_size=2)
    stream = StreamingTranscriber(16_000, "pocketsphinx")
    with pytest.raises(ParameterError):
        stream.push(np.zeros(100, np.int16))


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), max_size=8))
def test_stable_words_are_never_taken_back(hearings):
    prefix, before, last = StablePrefix(), (), []
    for words in hearings:
        stable, loose = prefix.heard(words)
        assert stable[: len(before)] == before
        for place in range(len(before), len(stable)):
            assert words[place] == last[place]
        assert loose == tuple(words[len(stable) :])
        before, last = stable, words


@given(
    st.lists(st.integers(0, 40), max_size=12),
    st.integers(0, 300),
    st.tuples(st.integers(0, 400), st.integers(0, 400)).map(sorted),
)
def test_the_buffer_is_the_tail_of_the_sound(sizes, forgotten, span):
    sound = np.arange(sum(sizes), dtype=np.float32)
    buffer, first = SoundBuffer(10), 0
    for size in sizes:
        buffer.push(sound[first : first + size])
        first += size
        buffer.forget_before(min(forgotten, first) / 10)
    kept = min(forgotten, sound.size)
    assert (buffer.start_seconds, buffer.end_seconds) == (kept / 10, sound.size / 10)
    found = buffer.between(span[0] / 10, span[1] / 10)
    expected = sound[max(span[0], kept) : max(span[1], span[0], kept)]
    assert found.samples[0].tolist() == expected.tolist()
