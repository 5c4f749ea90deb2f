"""The section about tagging: rows, bars and tables; what is missing is said, what differs is not timed."""

import json

import pytest

from audiokit import errors
from audiokit.bench import suite, tagging_section
from audiokit.bench.equality import RowState
from audiokit.bench.tables import bar_lines, section_notes, section_table
from audiokit.bench.tagging import measure_vad, talk
from audiokit.bench.tagging_bars import tagging_bars
from audiokit.bench.tagging_rows import LARGE_EMOTION, MANY, NO_SPEECH, TAG, VAD, TaggingRow, guarded
from audiokit.bench.timing import Timing


def row(name, seconds=(0.1,), **options):
    return TaggingRow(name, RowState.OK, timing=Timing(name, tuple(seconds)), **options)


def test_bars_hold_and_break():
    good = [
        row(VAD, ratio=1.05),
        row(TAG, [0.2] * 19 + [0.4]),
        row(NO_SPEECH, ratio=1.09),
        row(MANY, ratio=1.3),
        row(LARGE_EMOTION, [0.45]),
    ]
    assert [bar.holds for bar in tagging_bars(good)] == [True] * 5
    bad = [
        row(VAD, ratio=1.2),
        row(TAG, [0.2] * 9 + [0.6]),
        row(NO_SPEECH, ratio=1.2),
        row(MANY, ratio=1.1),
        row(LARGE_EMOTION, [0.51]),
    ]
    assert [bar.holds for bar in tagging_bars(bad)] == [False] * 5
    assert tagging_bars([]) == []


def test_what_could_not_be_measured_is_no_broken_bar():
    missing = TaggingRow(VAD, RowState.UNAVAILABLE, "torch is not installed")
    differs = TaggingRow(MANY, RowState.DIFFERENT, "others")
    failed = TaggingRow(TAG, RowState.FAILED, "odd")
    assert [bar.holds for bar in tagging_bars([missing, differs, failed])] == [None, False, False]
    assert any("torch is not installed" in line for line in bar_lines(tagging_bars([missing])))


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.ModelUnavailable("gone", cure="x"), RowState.UNAVAILABLE),
        (ModuleNotFoundError("no", name="torch"), RowState.UNAVAILABLE),
        (MemoryError(), RowState.FAILED),
    ],
)
def test_what_goes_wrong_is_a_row(error, state):
    def measure():
        raise error

    assert guarded("x", measure).state is state


def test_the_section_runs_and_is_told(tmp_path, monkeypatch):
    asked = {}

    def fake(name):
        def measure(*arguments, **options):
            asked[name] = options
            return row(name, ratio=1.0)

        return measure

    for function in ("vad", "tag", "no_speech", "many", "peak", "large_emotion", "vad_accuracy"):
        monkeypatch.setattr(tagging_section, f"measure_{function}", fake(function))
    found = suite.run(tmp_path, suite.QUICK, only=["tagging"])
    (table,) = found.tables().values()
    assert len(table) == 7
    assert section_table("tagging", table).row_count == 7
    assert asked["many"]["clips"] == suite.QUICK.tagged
    assert asked["large_emotion"]["layers"] == suite.QUICK.emotion_layers
    assert json.loads(found.to_json(suite.QUICK, "a machine"))["tagging"][0]["median_ms"] == pytest.approx(100)
    assert section_notes(table) == []


def test_speech_of_a_length():
    assert talk(3.0, sample_rate=8000).samples.shape == (1, 24_000)


def test_voice_detection_is_held_to_silero(monkeypatch):
    pytest.importorskip("silero_vad")
    found = measure_vad(seconds=6.0, repeats=1)
    assert found.state is RowState.OK, found.reason
    assert found.ratio > 0
    from audiokit.activity import vad

    real = vad.detect_speech
    monkeypatch.setattr(vad, "detect_speech", lambda sound: real(sound, threshold=0.9))
    assert measure_vad(seconds=6.0, repeats=1).state is RowState.DIFFERENT
