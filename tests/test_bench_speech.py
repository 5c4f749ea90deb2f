"""The section about speech to text: equal words first, then times; bars, rows and tables; what is missing is said."""

from __future__ import annotations

import contextlib

import pytest

from audiokit import errors
from audiokit.bench import speech, speech_section, speech_whisper
from audiokit.bench.equality import RowState
from audiokit.bench.speech import (
    SPHINX_ERRORS,
    SPHINX_TIME,
    STREAM,
    WORDLESS,
    measure_sphinx,
    measure_wordless,
    recordings,
)
from audiokit.bench.speech_bars import LEAST, MOST, speech_bars
from audiokit.bench.speech_rows import SpeechRow, guarded, speech_to_dataframe, talk_with_pauses
from audiokit.bench.speech_whisper import BATCHES, IN_ONE_GO, REPAIRS, measure_overhead, measure_repair
from audiokit.bench.suite import SECTIONS
from audiokit.bench.tables import bar_lines, section_notes, section_table
from audiokit.models.wheels import file_in_wheel

needs_voice = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
        and file_in_wheel("espeakng_loader", "__init__.py")
    ),
    reason="no pocketsphinx, silero-vad or espeakng-loader",
)


def test_bars_hold_and_break():
    names = [*MOST, *LEAST]
    assert set(names) == {IN_ONE_GO, BATCHES, *REPAIRS.values(), SPHINX_ERRORS, SPHINX_TIME, WORDLESS, STREAM}
    at_the_limit = [SpeechRow(name, RowState.OK, value=(MOST | LEAST)[name][0]) for name in names]
    assert [bar.holds for bar in speech_bars(at_the_limit)] == [True] * len(names)
    beyond = [
        SpeechRow(name, RowState.OK, value=limit[0] + (0.01 if name in MOST else -0.01))
        for name, limit in (MOST | LEAST).items()
    ]
    assert [bar.holds for bar in speech_bars(beyond)] == [False] * len(names)
    assert speech_bars([]) == []


def test_what_could_not_be_measured_is_no_broken_bar():
    rows = [
        SpeechRow(SPHINX_ERRORS, RowState.UNAVAILABLE, "no recordings"),
        SpeechRow(IN_ONE_GO, RowState.DIFFERENT, "other words"),
        SpeechRow(STREAM, RowState.FAILED, "odd"),
    ]
    bars = speech_bars(rows)
    assert [bar.holds for bar in bars] == [None, False, False]
    assert any("no recordings" in line for line in bar_lines(bars))
    table = speech_to_dataframe(rows)
    assert section_table("speech", table).row_count == 3
    assert any("other words" in line for line in section_notes(table))
    assert "speech" in SECTIONS


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.ModelUnavailable("gone", cure="fetch it"), RowState.UNAVAILABLE),
        (ImportError("no", name="faster_whisper"), RowState.UNAVAILABLE),
        (errors.DamagedAudio("odd"), RowState.FAILED),
        (MemoryError(), RowState.FAILED),
    ],
)
def test_an_error_is_a_state_of_each_figure(error, state):
    def measure():
        raise error

    rows = guarded(("one", "two"), measure)
    assert [(row.name, row.state) for row in rows] == [("one", state), ("two", state)]
    assert all(row.reason and row.value is None for row in rows)


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    for name in ("faster_whisper", "transformers", "torch"):
        pytest.importorskip(name)
    with speech_whisper.whisper_of_base_size(tmp_path_factory.mktemp("random"), small=True) as made:
        yield made


@needs_voice
def test_audiokits_own_time_is_that_outside_the_library(whisper):
    place, store = whisper
    steps = []
    whole, batched = measure_overhead(place, store, repeats=2, after_each=lambda: steps.append(1))
    for row in (whole, batched):
        assert row.state is RowState.OK, row.reason
        assert 0 < row.value < 1000 * row.timing.median_seconds
        assert row.reason.startswith("same words; the library takes ")
    assert len(steps) == 4 + 2


@needs_voice
def test_other_words_have_no_time(whisper, monkeypatch):
    place, store = whisper
    monkeypatch.setitem(speech_whisper._SETTINGS, "max_new_tokens", 64)
    real = speech_whisper._compared
    monkeypatch.setattr(
        speech_whisper,
        "_compared",
        lambda name, ours, bare, *rest: real(name, lambda: [*ours(), "more"], bare, *rest),
    )
    assert [row.state for row in measure_overhead(place, store, repeats=1)] == [RowState.DIFFERENT] * 2


@needs_voice
def test_as_many_chunks_are_repaired_as_are_made_faulty_and_all_speech_is_covered(whisper):
    place, store = whisper
    few, many = measure_repair(place, store, chunks=10, rounds=1)
    assert [row.name for row in (few, many)] == list(REPAIRS.values())
    for row, again in ((few, 0), (many, 2)):  # 5 % of ten are none
        assert row.state is RowState.OK, row.reason
        assert f"10 chunks, {again} decoded again" in row.reason
        assert "0.0 s uncovered" in row.reason
        assert row.value > 0


@needs_voice
def test_sounds_without_words_and_a_counterexample(monkeypatch):
    (row,) = measure_wordless()
    assert (row.state, row.value) == (RowState.OK, 0.0)
    monkeypatch.setattr(speech, "_song", lambda seconds: speech.talk(3.0))
    (row,) = measure_wordless()
    assert row.value > 0
    assert "about song" in row.reason


@needs_voice
def test_a_bare_decoder_writes_the_same(monkeypatch):
    monkeypatch.setattr(speech, "recordings", lambda: [("good morning and welcome", speech.talk(2.0))])
    rate, factor = measure_sphinx()
    assert (rate.state, factor.state) == (RowState.OK, RowState.OK), rate.reason
    assert rate.reason.endswith("of 4 words")
    assert factor.value > 0
    monkeypatch.setattr(speech._Bare, "words", lambda *_: ["other"])
    assert [row.state for row in measure_sphinx()] == [RowState.DIFFERENT] * 2


def test_recordings_need_a_corpus(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDIOKIT_CORPUS", raising=False)
    assert recordings() == []
    assert recordings(str(tmp_path)) == []


@needs_voice
def test_pauses_make_chunks():
    sound = talk_with_pauses(3)
    assert sound.duration_seconds == pytest.approx(48.0)
    assert not sound.samples[0, : 4 * 16_000].any()
    assert len(speech_whisper._chunks(sound)) == 3


def test_without_whisper_the_rest_is_measured(monkeypatch, tmp_path):
    @contextlib.contextmanager
    def none(*_, **__):
        raise errors.LibraryUnavailable("faster-whisper is not installed.", cure="pip install it")
        yield

    monkeypatch.setattr(speech_whisper, "whisper_of_base_size", none)
    monkeypatch.setattr(speech_section, "measure_wordless", lambda **_: [SpeechRow(WORDLESS, RowState.OK, value=0.0)])
    monkeypatch.setattr(speech_section, "measure_sphinx", lambda **_: [])
    monkeypatch.setattr(speech_section, "measure_stream", lambda **_: [])
    section = speech_section.SpeechSection()
    from audiokit.bench.sizes import QUICK

    section.folder, section.sizes, section.step, section.found = tmp_path, QUICK, int, speech_section.SpeechResults()
    section.speech()
    states = {row.name: row.state for row in section.found.speech}
    assert states.pop(WORDLESS) is RowState.OK
    assert set(states.values()) == {RowState.UNAVAILABLE}
