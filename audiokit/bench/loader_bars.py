"""The bars of training's input, apart from the measuring so that they can be tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.bench.bars import Bar
from audiokit.bench.drive import PATIENCE_BATCHES, PATIENCE_SECONDS
from audiokit.bench.equality import RowState
from audiokit.bench.loader import OURS, SAMPLES, SPDL, TORCHCODEC, USUAL, WARM
from audiokit.bench.loader_augmented import OURS_BATCHED, OURS_OWN, OURS_THEIRS, USUAL_THEIRS
from audiokit.bench.loader_floor import FLOOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from audiokit.bench.bytes_read import ReadRow
    from audiokit.bench.loader import LoaderComparison
    from audiokit.bench.overlap import OverlapComparison
    from audiokit.bench.race import RaceRow
    from audiokit.bench.tuning import TunerRow

__all__ = ["loader_bars", "overlap_bars", "reading_bars", "stretch_bars", "tuner_bars"]

TIMES_USUAL = {"WAV": 3.0, "MP3": 1.8}
"""By codec: the usual pipeline takes at least this many times as long as ours with an empty cache."""

WARM_TIMES_USUAL = 5.0
"""As long as ours with a full one."""

TIMES_BY_HAND = 1.0
"""The best that was tuned by hand takes at least this many times as long."""

SHARE_OF_FLOOR = 0.85
"""Of the floor's throughput, that ours has where it gives samples."""

THEIRS_TIMES = 1.1
"""The usual pipeline takes at least this many times as long where both stretch and shift by audiomentations."""

OWN_TIMES = 2.0
"""And where ours stretches and shifts with its own transforms, in workers or for whole batches: the quicker counts."""

OF_THE_WINNER = 0.9
"""Throughput of the tuned loader over that of the best fixed plan."""

LEAST_READ_LESS = 10.0
"""The first epoch reads at least this many times as much as the second."""

MOST_EXTRA = 0.05
"""Wall time that augmentation may add to a step which leaves the cores free."""

FREE_FROM = 1.25
"""A step leaves the cores free if it takes this many times what an augmented batch does."""


def loader_bars(found: Mapping[str, LoaderComparison]) -> list[Bar]:
    """Judge each kind of files; keys begin with the codec."""
    bars = []
    for kind, comparison in found.items():
        codec = kind.partition(",")[0]
        if codec in TIMES_USUAL:
            claim = f"{kind}: {USUAL} takes at least {TIMES_USUAL[codec]:g} times as long"
            bars.append(_ratio(claim, comparison, USUAL, OURS, TIMES_USUAL[codec]))
        if any(row.name == WARM for row in comparison.rows):
            claim = f"{kind}: {USUAL} takes at least {WARM_TIMES_USUAL:g} times as long as a warm cache"
            bars.append(_ratio(claim, comparison, USUAL, WARM, WARM_TIMES_USUAL))
        bars += [_by_hand(kind, comparison)]
        claim = f"{kind}: samples come at {SHARE_OF_FLOOR:.0%} of the floor's pace or more"
        bars.append(_ratio(claim, comparison, FLOOR, SAMPLES, SHARE_OF_FLOOR))
    return bars


def _by_hand(kind: str, comparison: LoaderComparison) -> Bar:
    claim = f"{kind}: the best tuned by hand takes at least {TIMES_BY_HAND:g} times as long"
    rows = [comparison[name] for name in (TORCHCODEC, SPDL)]
    away = [row for row in rows if row.state is RowState.UNAVAILABLE]
    timed = [row for row in rows if row.timing is not None]
    if not timed:
        holds = None if len(away) == len(rows) else False
        return Bar(claim, holds, "; ".join(f"{row.name}: {row.reason}" for row in rows))
    best = min(timed, key=lambda row: row.timing.median_seconds if row.timing else 0.0)
    bar = _ratio(claim, comparison, best.name, OURS, TIMES_BY_HAND)
    found = f"{best.name} ({best.way}) {bar.found}"
    if away:
        found += f"; without {', '.join(row.name for row in away)}: not available here"
    return Bar(claim, bar.holds, found)


def stretch_bars(found: Mapping[str, LoaderComparison]) -> list[Bar]:
    """Judge the pipelines that stretch and shift."""
    bars = []
    for kind, comparison in found.items():
        claim = f"{kind}: {USUAL_THEIRS} takes at least {THEIRS_TIMES:g} times as long as {OURS_THEIRS}"
        bars.append(_ratio(claim, comparison, USUAL_THEIRS, OURS_THEIRS, THEIRS_TIMES))
        rows = [comparison[name] for name in (OURS_OWN, OURS_BATCHED)]
        quicker = min(rows, key=lambda row: row.timing.median_seconds if row.timing else float("inf"))
        claim = f"{kind}: {USUAL_THEIRS} takes at least {OWN_TIMES:g} times as long as audiokit with its own transforms"
        bar = _ratio(claim, comparison, USUAL_THEIRS, quicker.name, OWN_TIMES)
        bars.append(bar if bar.holds is None else replace(bar, found=f"{bar.found} ({quicker.name})"))
    return bars


def _ratio(claim: str, comparison: LoaderComparison, other: str, ours: str, least: float) -> Bar:
    rows = [comparison[other], comparison[ours]]
    for row in rows:
        if row.state is RowState.UNAVAILABLE:
            return Bar(claim, holds=None, found=f"{row.name}: {row.reason}")
    untimed = next((row for row in rows if row.timing is None), None)
    if untimed is not None:
        return Bar(claim, holds=False, found=f"{untimed.name} {untimed.state}: {untimed.reason}")
    times = _times(*rows)
    return Bar(claim, times >= least, f"{times:.2f} times")


def _times(other: RaceRow, ours: RaceRow) -> float:
    assert other.timing is not None
    assert ours.timing is not None
    return other.timing.times_of(ours.timing)


def tuner_bars(rows: Iterable[TunerRow]) -> list[Bar]:
    """Judge the tuner's choice, and how soon it made it."""
    bars = []
    for row in rows:
        about = f"{row.kind}, step of {1000 * row.grid.step_seconds:.3g} ms, {row.situation}"
        found = f"{row.of_the_winner:.2f} ({row.report.plan}; the winner has {row.grid.winner.plan})"
        claim = f"{about}: the tuned loader has at least {OF_THE_WINNER:g} of the best fixed plan's pace"
        bars.append(Bar(claim, row.of_the_winner >= OF_THE_WINNER, found))
        if row.situation == "from the start":
            claim = f"{about}: settled within {PATIENCE_SECONDS:g} s or {PATIENCE_BATCHES} batches"
            took = f"{row.settling.seconds:.1f} s, {row.settling.batches} batches"
            bars.append(Bar(claim, row.settling.in_time, took if row.settling.settled else f"not yet after {took}"))
    return bars


def reading_bars(rows: Sequence[ReadRow]) -> list[Bar]:
    """Judge what the second epoch reads."""
    bars = []
    for row in rows:
        claim = f"{row.kind}: the second epoch reads at most a {LEAST_READ_LESS:g}th of what the first read"
        less = row.times_less
        if less is None:
            bars.append(Bar(claim, holds=None, found="this system does not tell what a process reads"))
            continue
        first, last = (f"{(count or 0) / 1e6:.1f} MB" for count in (row.epoch_bytes[0], row.epoch_bytes[-1]))
        bars.append(Bar(claim, less >= LEAST_READ_LESS, f"{less:.1f} times less: {first}, then {last}"))
    return bars


def overlap_bars(found: OverlapComparison) -> list[Bar]:
    """Judge each step that leaves the cores free."""
    bars = []
    for row in found.rows:
        share = row.step_seconds / found.batch_seconds
        if share >= FREE_FROM - 1e-6:
            claim = f"{found.kind}, step of {share:.2f} batches: augmentation adds less than {MOST_EXTRA:.0%}"
            bars.append(Bar(claim, row.extra < MOST_EXTRA, f"{row.extra:+.1%}"))
    return bars
