"""Pipelines side by side: each first proves its batches, its best way is found by trying, and the best then race."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.decoders import complaint, quiet
from audiokit.bench.equality import RowState, Verdict
from audiokit.bench.process_tree import cpu_seconds
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from audiokit.bench.absence import Absence

__all__ = ["Batches", "Contestant", "RaceRow", "Running", "Way", "equal_batches", "race"]

Batches = Sequence[Any]
"""Arrays of one epoch, in order."""


@dataclass(frozen=True, slots=True)
class Running:
    """A pipeline that is open.

    Parameters
    ----------
    epoch : callable
        Gives the batches of one epoch as arrays; called again and again.
    warm : callable, optional
        What is run before it races, instead of one epoch: a tuner's search.
    note : callable
        Says at the end what is to be told of it: what a tuner chose.
    """

    epoch: Callable[[], Iterator[Any]]
    warm: Callable[[], object] | None = None
    note: Callable[[], str] = str


Way = Callable[[], contextlib.AbstractContextManager[Running]]
"""Opens a pipeline; its workers live until it is closed."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Somebody's pipeline, with all the ways in which it could be set up.

    Parameters
    ----------
    name : str
        As shown.
    ways : mapping of str to callable
        By what tells them apart; the fastest of them races.
    check : callable
        ``check(batches)`` says whether one epoch's batches are what they should be.
    absence : Absence, optional
        Why it cannot run on this machine.
    beside : str, optional
        Whom its ratio refers to, where that is not the first.
    """

    name: str
    ways: Mapping[str, Way]
    check: Callable[[Batches], Verdict]
    absence: Absence | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class RaceRow:
    """What came of one contestant.

    Parameters
    ----------
    name : str
        Of the contestant.
    state : RowState
        Whether its batches are what they should be.
    reason : str
        If not, why.
    way : str
        The one that raced.
    timing : Timing or None
        Of whole epochs; None for who did not race.
    ratio : float or None
        Its time over that of the first contestant, or of whom it is beside.
    max_difference : float or None
        Of its batches from those that were wanted.
    cpu_seconds : float or None
        Of processors, that an epoch of the last race took in all processes; None where the system does not tell.
    tried : mapping of str to float
        Seconds of one epoch in each way that was tried.
    """

    name: str
    state: RowState
    reason: str = ""
    way: str = ""
    timing: Timing | None = None
    ratio: float | None = None
    max_difference: float | None = None
    cpu_seconds: float | None = None
    tried: Mapping[str, float] = field(default_factory=dict)


def equal_batches(wanted: Batches, *, tolerance: float) -> Callable[[Batches], Verdict]:
    """Make a check: as many batches, of the same shapes, in the same order, no value further away than `tolerance`.

    Examples
    --------
    >>> check = equal_batches([np.zeros((2, 3))], tolerance=0.1)
    >>> check([np.zeros((2, 3))]).state, check([np.ones((2, 3))]).reason
    (<RowState.OK: 'ok'>, 'batch 0 differs by up to 1')
    """

    def check(got: Batches) -> Verdict:
        if len(got) != len(wanted):
            return Verdict(RowState.DIFFERENT, f"{len(got)} batches instead of {len(wanted)}")
        farthest = 0.0
        for number, (its, mine) in enumerate(zip(got, wanted, strict=True)):
            if np.shape(its) != np.shape(mine):
                return Verdict(RowState.DIFFERENT, f"batch {number} has shape {np.shape(its)}, not {np.shape(mine)}")
            # A value that is no number is as far away as can be.
            apart = float(np.nan_to_num(np.abs(np.asarray(its) - np.asarray(mine)), nan=np.inf).max(initial=0.0))
            if apart > tolerance:
                return Verdict(RowState.DIFFERENT, f"batch {number} differs by up to {apart:.2g}", apart)
            farthest = max(farthest, apart)
        return Verdict(RowState.OK, "", farthest)

    return check


def race(
    contestants: Sequence[Contestant], *, repeats: int = 3, after_each: Callable[[], object] | None = None
) -> tuple[RaceRow, ...]:
    """Prove, try out, and race.

    Every way of every contestant runs an epoch by itself whose batches are checked, and, where there are several ways,
    another one that is timed. The fastest way of each is then opened again, all of them together, and whole epochs run
    in turns.

    Parameters
    ----------
    contestants : sequence of Contestant
        The first is whom ratios refer to. It is opened last: workers of the others may be forked, and nothing should
        be running in threads then.
    repeats : int
        Rounds of the last race.
    after_each : callable, optional
        Called after each epoch.

    Returns
    -------
    tuple of RaceRow
        In the order of the contestants.
    """
    if not contestants or repeats < 1:
        raise ParameterError(f"race wants a contestant and repeats >= 1, got {len(contestants)} and {repeats}.")
    done = after_each or int
    with quiet(), contextlib.ExitStack() as open_ones:
        rows = {one.name: _tried(one, done) for one in contestants}
        running: dict[str, Running] = {}
        for one in reversed(contestants):
            row = rows[one.name]
            if row.state is RowState.OK:
                running[one.name] = open_ones.enter_context(one.ways[row.way]())
                (running[one.name].warm or _epoch(running[one.name]))()
                done()
        entered = [one.name for one in contestants if one.name in running]
        if not entered:
            return tuple(rows.values())
        used = _Used()
        runs = {name: partial(used.run, name, _epoch(running[name])) for name in entered}
        timings = interleave(runs, repeats=repeats, warmups=0, after_each=partial(used.read, done))
        notes = {name: running[name].note() for name in entered}
    return tuple(
        _finished(rows[one.name], timings, notes, used.seconds, one.beside or contestants[0].name)
        for one in contestants
    )


def _tried(one: Contestant, done: Callable[[], object]) -> RaceRow:
    if one.absence is not None:
        return RaceRow(one.name, RowState.UNAVAILABLE, str(one.absence))
    tried: dict[str, float] = {}
    refused: dict[str, Verdict] = {}
    farthest = 0.0
    for way, opened in one.ways.items():
        try:
            with opened() as running:
                found = one.check(list(running.epoch()))
                done()
                if found.state is not RowState.OK:
                    refused[way] = found
                    continue
                tried[way] = 0.0
                if len(one.ways) > 1:
                    once = interleave({way: _epoch(running)}, repeats=1, warmups=0, after_each=done)
                    tried[way] = once[way].median_seconds
        except Exception as error:  # noqa: BLE001 - whatever a pipeline raises is its answer
            refused[way] = Verdict(RowState.FAILED, complaint(error))
            continue
        farthest = max(farthest, found.max_difference or 0.0)
    if not tried:
        way, why = next(iter(refused.items()))
        return RaceRow(one.name, why.state, f"{way}: {why.reason}", way, max_difference=why.max_difference)
    best = min(tried, key=lambda way: tried[way])
    said = "; ".join(f"{way}: {why.reason}" for way, why in refused.items())
    kept = tried if len(one.ways) > 1 else {}
    return RaceRow(one.name, RowState.OK, said, best, max_difference=farthest, tried=kept)


def _epoch(running: Running) -> Callable[[], None]:
    return lambda: _drain(running)


def _drain(running: Running) -> None:
    for _ in running.epoch():
        pass


class _Used:
    """Adds up what each run takes of processors, outside the time that is taken."""

    def __init__(self) -> None:
        self.seconds: dict[str, float | None] = {}
        self._last, self._name = cpu_seconds(), ""

    def run(self, name: str, run: Callable[[], object]) -> None:
        self._name = name
        run()

    def read(self, then: Callable[[], object]) -> None:
        now, so_far = cpu_seconds(), self.seconds.get(self._name, 0.0)
        known = now is not None and self._last is not None and so_far is not None
        self.seconds[self._name] = so_far + now - self._last if known else None  # type: ignore[operator]
        self._last = now
        then()


def _finished(
    row: RaceRow, timings: Mapping[str, Timing], notes: Mapping[str, str], used: Mapping[str, float | None], other: str
) -> RaceRow:
    timing = timings.get(row.name)
    if timing is None:
        return row
    ratio = timing.times_of(timings[other]) if other in timings else None
    total = used[row.name]
    each = None if total is None else total / len(timing.seconds)
    return replace(row, timing=timing, ratio=ratio, way=notes[row.name] or row.way, cpu_seconds=each)
