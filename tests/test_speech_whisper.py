"""Whisper: chunks are cut where nobody speaks, doubtful ones are decoded again, and no second of speech is lost."""

from __future__ import annotations

import itertools
import json
import math
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_speech import spoken

from audiokit import Audio, Segment, Status
from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import transcribe
from audiokit.speech.coverage import ledger
from audiokit.speech.engine import Heard
from audiokit.speech.options import Options
from audiokit.speech.spans import intersection, length
from audiokit.speech.transcript import Passage, Word
from audiokit.speech.whisper import by_chunks, chunks_of
from audiokit.speech.whisper_checks import compression_ratio, faults, refusal
from audiokit.speech.whisper_decoding import Decoded, Decoder

RATE = 16_000
needs_vad = pytest.mark.skipif(file_in_wheel("silero_vad", "data/silero_vad.onnx") is None, reason="no silero-vad")
QUICK = {"beam_size": 1, "max_new_tokens": 24, "temperatures": (0.0,), "language": "en"}


def heard_of(*spans, seconds):
    return Heard(np.zeros(round(seconds * RATE), np.float32), seconds, spoken(*spans, seconds=seconds), cut=True)


class Stub:
    """A decoder whose batches go wrong in stated chunks."""

    batch_size = 8
    language = ("en", 0.9)

    def __init__(self, wrong=(), mended=True):
        self.wrong, self.mended, self.again = dict(wrong), mended, []

    def answer(self, chunk, text="plain words", decoder="batched", **measures):
        values = {"confidence": 0.9, "log_probability": -0.1, "no_speech_probability": 0.01, **measures}
        passage = Passage(*chunk, text, decoder=decoder, **values)
        return Decoded((passage,), (Word(*chunk, text, 0.9),))

    def batched(self, chunks):
        return [self.wrong.get(index) or self.answer(chunk) for index, chunk in enumerate(chunks)]

    def sequential(self, chunk):
        self.again.append(chunk)
        if self.mended:
            return self.answer(chunk, "mended words", "sequential")
        return Decoded(error="decoding failed: out of luck")


minute = [(start, start + 8) for start in range(2, 100, 12)]  # pauses of four seconds: one chunk each


def test_good_chunks_are_not_decoded_again():
    heard = heard_of(*minute, seconds=120)
    stub = Stub()
    written = by_chunks(stub, heard, Options())
    assert stub.again == []
    assert len(written.passages) == len(chunks_of(heard)) == len(minute)
    assert "0 decoded again one by one" in written.notes


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"log_probability": -1.5}, "log-probability -1.50 < -1"),
        ({"text": "and so on " * 30}, "compression ratio"),
        ({"no_speech_probability": 0.9}, "no-speech probability 0.90"),
    ],
)
def test_a_chunk_that_fails_a_check_is_decoded_again_and_no_other(wrong, told):
    heard = heard_of(*minute, seconds=120)
    chunks = chunks_of(heard)
    stub = Stub({3: Stub().answer(chunks[3], **wrong)})
    written = by_chunks(stub, heard, Options())
    assert stub.again == [chunks[3]]
    assert [p.decoder for p in written.passages].count("sequential") == 1
    assert written.passages[3].text == "mended words"
    assert told in written.notes[1]


def test_text_that_covers_too_little_of_the_speech_is_decoded_again():
    heard = heard_of(*minute, seconds=120)
    chunks = chunks_of(heard)
    start, end = chunks[0]
    half = Stub().answer((start, (start + end) / 2))
    stub = Stub({0: half, 5: Decoded()})
    written = by_chunks(stub, heard, Options())
    assert stub.again == [chunks[0], chunks[5]]
    assert "of the speech covered, less than 60%" in written.notes[1]
    untouched = Stub({0: half, 5: Decoded()})
    by_chunks(untouched, heard, Options(repair=False))
    assert untouched.again == []


@pytest.mark.parametrize("mended", [True, False])
@pytest.mark.parametrize("repair", [True, False])
def test_every_second_of_speech_is_accounted_for(mended, repair):
    heard = heard_of(*minute, seconds=120)
    chunks = chunks_of(heard)
    loop = Stub().answer(chunks[1], "round and round " * 20)
    silent = Stub().answer(chunks[2], log_probability=-2.0, no_speech_probability=0.95)
    failed = Decoded(error="decoding failed: no memory")
    stub = Stub({1: loop, 2: silent, 4: failed, 6: Decoded()}, mended=mended)
    written = by_chunks(stub, heard, Options(repair=repair))
    speech = [(s.start_seconds, s.end_seconds) for s in heard.speech.segments]
    held = ledger(speech, written.claims)
    assert held.seconds() == pytest.approx(length(speech))
    states = [next(e.state for e in held.entries if e.start_seconds <= (a + b) / 2 < e.end_seconds) for a, b in speech]
    if mended and repair:
        assert set(states) == {"transcribed"}
    else:
        expected = ["transcribed"] * len(states)
        expected[1], expected[2], expected[4], expected[6] = "rejected", "rejected", "failed", "rejected"
        assert states == expected
        reasons = [e.reason for e in held.entries if e.state == "failed"]
        assert reasons == ["decoding failed: out of luck" if repair else "decoding failed: no memory"]
        assert [p.text[:5] for p in written.rejected] == ["round", "plain"]  # what was refused can still be read
        assert not any(w.text.startswith("round") for w in written.words)


def test_a_repair_that_is_worse_is_not_taken():
    heard = heard_of((2, 10), seconds=20)
    (chunk,) = chunks_of(heard)
    stub = Stub({0: Stub().answer(chunk, "a little unsure", log_probability=-1.2)})
    stub.sequential = lambda span: Stub().answer(span, "and so on " * 30, "sequential", log_probability=-3.0)
    assert by_chunks(stub, heard, Options()).passages[0].text == "a little unsure"


@given(st.lists(st.tuples(st.floats(0, 8), st.floats(0.4, 70)), max_size=12))
def test_chunks_hold_all_speech_and_are_never_longer_than_a_window(lengths):
    now, spans = 0.0, []
    for gap, lasts in lengths:
        spans.append((now + gap, now + gap + lasts))
        now += gap + lasts
    heard = heard_of(*spans, seconds=now + 1.0)
    chunks = chunks_of(heard)
    assert all(0 <= a < b <= now + 1.0 and b - a <= 30.0 + 1e-9 for a, b in chunks)
    assert all(one[1] <= two[0] + 1e-9 for one, two in itertools.pairwise(chunks))
    speech = [(s.start_seconds, s.end_seconds) for s in heard.speech.segments]
    assert length(intersection(speech, chunks)) == pytest.approx(length(speech))


def test_checks_look_at_the_chunk_as_a_whole():
    loop = [Passage(i, i + 1.0, "Thank you for watching.", 0.9, log_probability=-0.2) for i in range(20)]
    assert compression_ratio(loop[0].text) < 1.5
    assert any("compression" in reason for reason in faults(loop, [(0, 20)], (0, 20), Options()))
    assert faults(loop[:1], [], (0, 20), Options()) == ()
    assert refusal(loop[0], Options()) == ""


# --- the real library, on weights without training ---


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    for name in ("faster_whisper", "transformers", "torch"):
        pytest.importorskip(name)
    from tiny_speech import tiny_whisper

    return tiny_whisper(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


def babble(seconds, seed=0):
    """Sound with some structure; the detector is told where the speech is."""
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(time.size)
    return Audio((0.1 * noise * (1 + np.sin(2 * np.pi * 3 * time)) + 0.2 * np.sin(900 * time)).astype(np.float32), RATE)


def test_the_result_says_that_the_weights_are_random(whisper, store):
    transcript = transcribe(babble(8.0), whisper, speech=spoken((1, 7), seconds=8.0), store=store, **QUICK)
    assert transcript.quality == "random"
    assert "random weights: the words mean nothing" in transcript.notes
    assert transcript.engine.startswith("faster-whisper ")
    assert transcript.engine.endswith("(whisper)")  # the folder's name, not where it lies
    assert "ran as int8_float32 on cpu" in transcript.notes
    assert transcript.language == "en"
    assert transcript.language_probability is None


def test_word_times_are_plain_floats_within_the_sound(whisper, store):
    seconds = 9.3
    for vad in (True, "auto", False):
        speech = None if vad is False else spoken((0.5, 9), seconds=seconds)
        found = transcribe(
            babble(seconds), whisper, vad=vad, speech=speech, word_timestamps=True, store=store, min_coverage=0, **QUICK
        )
        assert found.passages or found.rejected
        for item in (*found.words, *found.passages, *found.rejected):
            assert type(item.start_seconds) is type(item.end_seconds) is type(item.confidence) is float
            assert 0 <= item.start_seconds <= item.end_seconds <= seconds
            assert 0 <= item.confidence <= 1
        json.dumps(json.loads(found.export("json")))


def test_long_sound_goes_in_batches_and_the_ledger_is_complete(whisper, store):
    speech = spoken((1, 20), (26, 50), (58, 64), seconds=66.0)
    found = transcribe(babble(66.0), whisper, speech=speech, store=store, **QUICK)
    assert any("chunk(s) in batches of 8" in note for note in found.notes)
    assert any("decoded again" in note and "log-probability" in note for note in found.notes)  # chance is not sure
    assert found.coverage.seconds() == pytest.approx(speech.speech_seconds)
    assert found.coverage.complete
    assert [p.start_seconds for p in found.passages] == sorted(p.start_seconds for p in found.passages)
    short = transcribe(babble(8.0), whisper, speech=spoken((1, 7), seconds=8.0), store=store, **QUICK)
    assert not any("batches" in note for note in short.notes)


def test_batched_and_sequential_hear_the_same_chunks(whisper, store):
    """The slow way: each chunk alone through the library's own sequential decoder without fallbacks."""
    from audiokit.speech.whisper_model import leased_whisper

    heard = Heard(babble(70.0).samples[0], 70.0, spoken((1, 20), (26, 50), (58, 64), seconds=70.0), cut=True)
    quick = Options(**{**QUICK, "compression_ratio_threshold": math.inf, "log_probability_threshold": -math.inf})
    with leased_whisper(whisper, compute_type="auto", device="cpu", store=store) as model:
        decoder = Decoder(model, heard, quick)
        chunks = chunks_of(heard)
        together = decoder.batched(chunks)
        alone = [decoder.batched([chunk])[0] for chunk in chunks]
    assert len(chunks) == len(together) == 3
    for chunk, one, other in zip(chunks, together, alone, strict=True):
        assert [p.text for p in one.passages] == [p.text for p in other.passages]
        assert all(chunk[0] <= p.start_seconds <= p.end_seconds <= chunk[1] for p in one.passages)


def test_language_is_detected_or_refused(whisper, store):
    quick = {**QUICK, "language": None}
    found = transcribe(babble(8.0), whisper, speech=spoken((1, 7), seconds=8.0), store=store, **quick)
    assert found.language in {"en", "de", "fr", "ja"}
    assert 0 < found.language_probability <= 1
    with pytest.raises(ParameterError, match="'xx'"):
        transcribe(babble(2.0), whisper, speech=spoken((0, 2), seconds=2.0), store=store, **{**QUICK, "language": "xx"})


def test_hot_words_prompt_and_translation_reach_the_network(whisper, store):
    sound, speech = babble(8.0), spoken((1, 7), seconds=8.0)

    def text(**options):
        return transcribe(sound, whisper, speech=speech, store=store, **{**QUICK, **options}).passages

    plain = text()
    assert text() == plain
    assert text(hotwords="audiokit") != plain
    assert text(initial_prompt="Good morning.") != plain
    assert text(task="translate") != plain
    with pytest.raises(ParameterError, match="tokens long"):
        text(initial_prompt="word " * 200)
    with pytest.raises(ParameterError, match="tokens long"):
        text(hotwords="word " * 200)


def test_without_speech_the_network_is_not_asked(whisper, store):
    for seconds in (0.05, 8.0, 70.0):
        found = transcribe(babble(seconds), whisper, speech=spoken(seconds=seconds), store=store, **QUICK)
        assert found.status is Status.ABSTAINED
        assert found.words == found.passages == found.rejected == ()
        assert found.coverage.entries == ()


@needs_vad
def test_silence_and_nothing_give_no_words(whisper, store):
    for samples in (np.zeros(30 * RATE), np.zeros(0), np.zeros(1), np.full(RATE, np.nan)):
        assert transcribe(Audio(samples, RATE), whisper, store=store).status is Status.ABSTAINED


def test_a_folder_that_is_no_whisper(tmp_path, whisper):
    for missing in ("tokenizer.json", "vocabulary.json"):
        shutil.copytree(whisper, tmp_path / missing)
        (tmp_path / missing / missing).unlink()
        with pytest.raises(ModelUnavailable, match=f"lacks {missing}"):
            transcribe(babble(1.0), tmp_path / missing, **QUICK)
    shutil.copytree(whisper, tmp_path / "cut")
    data = (tmp_path / "cut" / "model.bin").read_bytes()
    (tmp_path / "cut" / "model.bin").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        transcribe(babble(1.0), tmp_path / "cut", speech=spoken((0, 1), seconds=1.0), **QUICK)


def test_what_the_machine_lacks_is_said(whisper, store):
    with pytest.raises(ParameterError, match="float13"):
        transcribe(
            babble(1.0), whisper, compute_type="float13", speech=spoken((0, 1), seconds=1.0), store=store, **QUICK
        )


def test_chunks_meet_and_do_not_overlap():
    heard = heard_of((0, 29), (29.5, 58), seconds=60)
    one, two = chunks_of(heard)
    assert one[1] <= two[0]
    assert Segment(*one).duration_seconds <= 30
