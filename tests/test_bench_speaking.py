"""The section about speech by espeak-ng: the same samples as the bare library first, and bars that can fail."""

from __future__ import annotations

import pytest

from audiokit.bench import speaking as section
from audiokit.bench import suite
from audiokit.bench.equality import RowState
from audiokit.bench.speaking import BARE, FIRST, FLOOR, PACE, WRITTEN, SpeakingRow, compare_speaking, speaking_bars
from audiokit.bench.tables import section_table
from audiokit.bench.timing import Timing
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import espeak

needs_espeak = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")


@needs_espeak
def test_the_section_runs_and_is_told(tmp_path, monkeypatch):
    pytest.importorskip("num2words")
    monkeypatch.setattr(section, "_TEXT", "The weather will be fine today. ")
    steps = []
    found = suite.run(tmp_path, suite.Sizes(repeats=1), only=["speaking"], step=lambda: steps.append(1))
    (table,) = found.tables().values()
    assert table["name"].tolist() == [FIRST, FLOOR, PACE, BARE, WRITTEN]
    assert set(table["state"]) == {"ok"}
    assert len(steps) == suite.planned_runs(suite.Sizes(repeats=1))["speaking"]
    assert section_table("speaking", table).row_count == 5
    assert len(found.bars()) == 2
    assert '"speaking"' in found.to_json(suite.Sizes(repeats=1), "here")


@needs_espeak
def test_other_samples_are_no_comparison(monkeypatch):
    monkeypatch.setattr(section, "_TEXT", "The weather will be fine today. ")
    monkeypatch.setattr(section, "_bare", lambda repeats, after_each: ([1.0], b"\x01\x00"))
    bare = {row.name: row for row in compare_speaking(repeats=1)}[BARE]
    assert (bare.state, bare.timing) == (RowState.DIFFERENT, None)


def test_without_espeak_its_bars_are_not_measured(monkeypatch):
    monkeypatch.setattr(espeak, "file_in_wheel", lambda *_: None)
    rows = compare_speaking(repeats=1)
    assert [row.state for row in rows[:4]] == [RowState.UNAVAILABLE] * 4
    assert [bar.holds for bar in speaking_bars(rows)] == [None, None]


def test_bars_hold_or_do_not():
    def of(milliseconds, times):
        first = SpeakingRow(FIRST, RowState.OK, Timing(FIRST, (milliseconds / 1000,)))
        return [bar.holds for bar in speaking_bars([first, SpeakingRow(PACE, RowState.OK, None, times)])]

    assert of(49, 301) == [True, True]
    assert of(51, 299) == [False, False]
    assert [bar.holds for bar in speaking_bars([SpeakingRow(FIRST, RowState.FAILED, reason="x")])] == [False]
