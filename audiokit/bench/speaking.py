"""Speech by espeak-ng: how soon the first sentence is there, and how quick the whole is, beside the bare library.

The floor is Python's own: an interpreter that does nothing has to start before anything can be said.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.bars import Bar
from audiokit.bench.equality import RowState
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import AudiokitError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.audio import Audio

__all__ = ["FIRST", "PACE", "SpeakingRow", "compare_speaking", "speaking_bars", "speaking_to_dataframe"]

FIRST = "first sentence, from the call on, its process included"
FLOOR = "an interpreter that starts and ends"
PACE = "a minute of speech, its process included"
BARE = "the same by the bare library, once it is open, no pipe"
WRITTEN = "numbers, dates and money written out, English"

MOST_FIRST_MS = 50.0
"""The first sentence is there before this."""

LEAST_TIMES_REAL_TIME = 300.0
"""Seconds of speech made in a second."""

_SENTENCE = "Good morning. "
_TEXT = "The weather will be fine today, and the road is dry. Please close the door behind you. " * 12
_FIGURES = "On 3 May 2026 at 5:30 p.m. it cost $3.50 for 12 km, the 2nd of 1,234 trips. "
# what the helper does, without it; the first text, because a second one begins otherwise: espeak-ng is never quite new
_BARE_CODE = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("helper", {helper!r})
helper = importlib.util.module_from_spec(spec); spec.loader.exec_module(helper)
library, rate = helper.opened({library!r}, {data!r})
request = dict(voice="en", words_per_minute="160", pitch="50", max_seconds="600", text={text!r})
begun = time.perf_counter(); pcm = helper.synthesise(library, rate, request); taken = time.perf_counter() - begun
sys.stdout.buffer.write(b"%r\\n" % taken + pcm)
"""


@dataclass(frozen=True, slots=True)
class SpeakingRow:
    """One figure.

    Parameters
    ----------
    name : str
        What was measured.
    state : RowState
        ``ok``, or why there is no figure.
    timing : Timing or None
        Seconds of each round.
    per_second : float or None
        Seconds of speech, or characters, made in a second.
    reason : str
        In words.
    """

    name: str
    state: RowState
    timing: Timing | None = None
    per_second: float | None = None
    reason: str = ""


def compare_speaking(*, repeats: int = 9, after_each: Callable[[], object] = int) -> list[SpeakingRow]:
    """Time espeak-ng through `speak`, the floor, and the bare library, whose samples must be the same.

    Parameters
    ----------
    repeats : int
        Rounds, of which the median counts.
    after_each : callable
        Called after each timed run.

    Returns
    -------
    list of SpeakingRow
        Where espeak-ng or num2words is absent, rows that say so.
    """
    rows = _guarded((FIRST, FLOOR, PACE, BARE), lambda: _espeak(repeats, after_each))
    return rows + _guarded((WRITTEN,), lambda: _written(repeats, after_each))


def speaking_bars(rows: Sequence[SpeakingRow]) -> list[Bar]:
    """Judge the rows that have a bar."""
    bars = []
    for row in rows:
        if row.name == FIRST:
            claim = f"espeak-ng, {FIRST}: below {MOST_FIRST_MS:g} ms"
            milliseconds = None if row.timing is None else 1000 * row.timing.median_seconds
            bars.append(_bar(row, claim, milliseconds, "ms", lambda value: value < MOST_FIRST_MS))
        elif row.name == PACE:
            claim = f"espeak-ng, {PACE}: at least {LEAST_TIMES_REAL_TIME:g} times real time"
            bars.append(_bar(row, claim, row.per_second, "times", lambda value: value >= LEAST_TIMES_REAL_TIME))
    return bars


def speaking_to_dataframe(rows: Sequence[SpeakingRow]) -> pd.DataFrame:
    """One row for each figure, times in milliseconds."""
    import pandas as pd

    table: list[dict[str, Any]] = [
        {
            "name": row.name,
            "state": str(row.state),
            "median_ms": None if row.timing is None else 1000 * row.timing.median_seconds,
            "fastest_ms": None if row.timing is None else 1000 * row.timing.fastest_seconds,
            "per_second": row.per_second,
            "reason": row.reason,
        }
        for row in rows
    ]
    return pd.DataFrame(table)


def _bar(row: SpeakingRow, claim: str, value: float | None, unit: str, holds: Callable[[float], bool]) -> Bar:
    if row.state is RowState.UNAVAILABLE:
        return Bar(claim, holds=None, found=row.reason)
    if row.state is not RowState.OK or value is None:
        return Bar(claim, holds=False, found=row.reason)
    return Bar(claim, holds(value), f"{value:.3g} {unit}")


def _guarded(names: Sequence[str], measure: Callable[[], list[SpeakingRow]]) -> list[SpeakingRow]:
    try:
        return measure()
    except Unavailable as error:
        state, reason = RowState.UNAVAILABLE, str(error)
    except (AudiokitError, OSError, subprocess.SubprocessError) as error:
        state, reason = RowState.FAILED, f"{type(error).__name__}: {error}"
    return [SpeakingRow(name, state, reason=reason) for name in names]


def _espeak(repeats: int, after_each: Callable[[], object]) -> list[SpeakingRow]:
    from audiokit.speech import speak, speak_stream

    ours = speak(_TEXT)
    streams: list[Iterator[Audio]] = []

    def first() -> None:
        streams.append(speak_stream(_SENTENCE))
        next(streams[-1])

    def step() -> None:
        while streams:  # ending the process is no part of the first sentence
            del streams[-1]
        after_each()

    found = interleave(
        {
            FIRST: first,
            FLOOR: lambda: subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True),
            PACE: lambda: speak(_TEXT),
        },
        repeats=repeats,
        after_each=step,
    )
    seconds, pcm = _bare(repeats, after_each)
    pace = ours.duration_seconds / found[PACE].median_seconds
    rows = [
        SpeakingRow(FIRST, RowState.OK, found[FIRST]),
        SpeakingRow(FLOOR, RowState.OK, found[FLOOR]),
        SpeakingRow(PACE, RowState.OK, found[PACE], pace, f"{ours.duration_seconds:.1f} s of speech"),
    ]
    theirs = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
    if not np.array_equal(theirs, ours.samples[0]):
        return [*rows, SpeakingRow(BARE, RowState.DIFFERENT, reason="the bare library gives other samples")]
    bare = Timing(BARE, tuple(seconds))
    return [*rows, SpeakingRow(BARE, RowState.OK, bare, ours.duration_seconds / bare.median_seconds, "same samples")]


def _bare(repeats: int, after_each: Callable[[], object]) -> tuple[list[float], bytes]:
    from audiokit.speech import espeak_process
    from audiokit.speech.espeak import library_and_data

    library, data = library_and_data()
    code = _BARE_CODE.format(
        helper=str(Path(espeak_process.__file__)), library=str(library), data=str(data.parent.parent), text=_TEXT
    )
    taken, pcm = [], b""
    for _ in range(repeats):
        done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True)  # noqa: S603 - our own
        line, _, pcm = done.stdout.partition(b"\n")
        taken.append(float(line))
        after_each()
    return taken, pcm


def _written(repeats: int, after_each: Callable[[], object]) -> list[SpeakingRow]:
    from audiokit.speech import normalise_text

    text = _FIGURES * 250
    normalise_text(text, "en")
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        normalise_text(text, "en")
        taken.append(time.perf_counter() - begun)
        after_each()
    timing = Timing(WRITTEN, tuple(taken))
    pace = len(text) / timing.median_seconds
    return [SpeakingRow(WRITTEN, RowState.OK, timing, pace, f"characters a second, of {len(text)}")]
