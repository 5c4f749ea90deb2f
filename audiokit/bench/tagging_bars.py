"""The bars of tagging, apart from the measuring so that they can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.bench.bars import Bar
from audiokit.bench.equality import RowState
from audiokit.bench.tagging_rows import LARGE_EMOTION, MANY, NO_SPEECH, TAG, VAD, TaggingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    _Judge = Callable[[TaggingRow], tuple[bool, str]]

__all__ = ["tagging_bars"]

VAD_TIMES_SILERO = 1.1
"""Voice detection takes at most this many times what Silero's own fastest path takes."""

LONGEST_TAG_MS = 500.0
"""Tagging 30 s warm takes at most this, in 19 runs of 20."""

NO_SPEECH_TIMES_GATES = 1.1
"""A sound without speech takes at most this many times what the gates alone take."""

ALONE_TIMES_MANY = 1.2
"""One by one takes at least this many times what tag_many takes."""


def tagging_bars(rows: Iterable[TaggingRow]) -> list[Bar]:
    """Judge the rows that there are."""
    found = {row.name: row for row in rows}
    bars = []
    judges: tuple[tuple[str, str, _Judge], ...] = (
        (VAD, f"at most {VAD_TIMES_SILERO:g} times Silero's own fastest path", _at_most(VAD_TIMES_SILERO)),
        (TAG, f"p95 below {LONGEST_TAG_MS:.0f} ms", _p95),
        (NO_SPEECH, f"at most {NO_SPEECH_TIMES_GATES:g} times the gates alone", _at_most(NO_SPEECH_TIMES_GATES)),
        (MANY, f"one by one takes at least {ALONE_TIMES_MANY:g} times as long", _at_least(ALONE_TIMES_MANY)),
        (LARGE_EMOTION, f"p95 below {LONGEST_TAG_MS:.0f} ms", _p95),
    )
    for name, said, judge in judges:
        claim = f"{name}: {said}"
        row = found.get(name)
        if row is None:
            continue
        if row.state is RowState.UNAVAILABLE:
            bars.append(Bar(claim, holds=None, found=row.reason))
        elif row.state is not RowState.OK:
            bars.append(Bar(claim, holds=False, found=row.reason))
        else:
            bars.append(Bar(claim, *judge(row)))
    return bars


def _at_most(most: float) -> _Judge:
    return lambda row: ((row.ratio or 0.0) <= most, f"{row.ratio or 0.0:.2f} times")


def _at_least(least: float) -> _Judge:
    return lambda row: ((row.ratio or 0.0) >= least, f"{row.ratio or 0.0:.2f} times")


def _p95(row: TaggingRow) -> tuple[bool, str]:
    p95 = 1000 * (row.p95_seconds or 0.0)
    median = 1000 * row.timing.median_seconds if row.timing else 0.0
    return p95 < LONGEST_TAG_MS, f"{p95:.0f} ms (median {median:.0f})"
