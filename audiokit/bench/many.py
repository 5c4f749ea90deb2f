"""A thousand short files: `audiokit.decode.read_many` beside the best peers, each in a pool of the same width."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import audiokit.decode
from audiokit.bench.decoders import complaint, quiet
from audiokit.bench.equality import RowState, judge
from audiokit.bench.machine import usable_cores
from audiokit.bench.peers import PEERS, Peer
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["READ_MANY", "ManyComparison", "ManyRow", "compare_many"]

READ_MANY = "audiokit.decode.read_many"
"""Name of its row."""

_FINALISTS = 2
_HEATS = 2


@dataclass(frozen=True, slots=True)
class ManyRow:
    """One way to read many files.

    Parameters
    ----------
    name : str
        Of the loader.
    state : RowState
        Whether every output equals audiokit's.
    reason : str
        If not, or if it did not come to the last round, why.
    screened_seconds : float or None
        What the first tenth of the files took at best: whoever is fast here runs in the last round.
    timing : Timing or None
        All files; None for those that did not come to the last round.
    ratio : float or None
        Its time over `READ_MANY`'s.
    """

    name: str
    state: RowState
    reason: str = ""
    screened_seconds: float | None = None
    timing: Timing | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class ManyComparison:
    """Ways to read many files.

    Parameters
    ----------
    files, threads : int
        How many files, and how wide the pools are.
    rows : tuple of ManyRow
        `READ_MANY` first.
    """

    files: int
    threads: int
    rows: tuple[ManyRow, ...]

    @property
    def best_peer(self) -> ManyRow | None:
        """The fastest one in the last round, ours left out."""
        timed = [row for row in self.rows[1:] if row.timing is not None]
        return min(timed, key=lambda row: row.timing.median_seconds if row.timing else 0.0, default=None)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each way; times in milliseconds."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "name": row.name,
                    "state": str(row.state),
                    "screened_ms": None if row.screened_seconds is None else row.screened_seconds * 1000,
                    "median_ms": None if row.timing is None else row.timing.median_seconds * 1000,
                    "files_per_second": None if row.timing is None else self.files / row.timing.median_seconds,
                    "ratio": row.ratio,
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        ).astype({"screened_ms": float, "median_ms": float, "files_per_second": float, "ratio": float})


def compare_many(
    files: Sequence[str | os.PathLike[str]],
    *,
    sample_rate: int = 16000,
    threads: int | None = None,
    repeats: int = 3,
    peers: Sequence[Peer] = PEERS[1:],
    after_each: Callable[[], object] | None = None,
) -> ManyComparison:
    """Read many files, to mono at one rate, in order.

    Every peer reads a tenth of them twice; the two fastest whose outputs are equal then read all, beside ours.

    Parameters
    ----------
    files : sequence of path
        What to read.
    sample_rate : int
        In Hz.
    threads : int, optional
        Width of every pool; the cores that this process may use by default.
    repeats : int
        Rounds of the last round.
    peers : sequence of Peer
        Whom to compare with.
    after_each : callable, optional
        Called after each timed run.
    """
    if not files:
        raise ParameterError("compare_many wants files, got none.")
    targets = [str(path) for path in files]
    width = threads or usable_cores()
    some = targets[: max(1, len(targets) // 10)]
    wanted = [audiokit.load(path, sr=sample_rate)[0] for path in some]
    ways: dict[str, Callable[[list[str]], Iterator[NDArray[np.float32]]]] = {READ_MANY: _ours(sample_rate, width)}
    rows: dict[str, ManyRow] = {}
    with quiet():
        for peer in peers:
            if not all(map(peer.is_meant_for, targets)):
                continue
            absence = next(filter(None, map(peer.absence, targets)), None)
            if absence:
                rows[peer.name] = ManyRow(peer.name, RowState.UNAVAILABLE, str(absence))
            else:
                ways[peer.name] = _pooled(peer, sample_rate, width)
        for name, way in ways.items():
            rows[name] = _check(name, way, some, wanted, sample_rate)
        equal = [name for name in ways if rows[name].state is RowState.OK]
        screened = {}
        if equal:
            heats = {name: partial(_drain_all, ways[name], some) for name in equal}
            screened = interleave(heats, repeats=_HEATS, warmups=0, after_each=after_each)
        finalists = _finalists(screened)
        finals = {name: partial(_drain_all, ways[name], targets) for name in finalists}
        timings = interleave(finals, repeats=repeats, warmups=0, after_each=after_each) if finals else {}
    names = [READ_MANY, *(peer.name for peer in peers if peer.name in rows)]
    return ManyComparison(len(targets), width, tuple(_finished(rows[name], screened, timings) for name in names))


def _ours(sample_rate: int, width: int) -> Callable[[list[str]], Iterator[NDArray[np.float32]]]:
    def run(paths: list[str]) -> Iterator[NDArray[np.float32]]:
        for sound in audiokit.read_many(paths, sample_rate=sample_rate, mono=True, max_workers=width):
            assert isinstance(sound, audiokit.Audio)  # an error would have been raised
            yield sound.samples[0]

    return run


def _pooled(peer: Peer, sample_rate: int, width: int) -> Callable[[list[str]], Iterator[NDArray[np.float32]]]:
    def run(paths: list[str]) -> Iterator[NDArray[np.float32]]:
        with ThreadPoolExecutor(width) as pool:
            yield from pool.map(lambda path: peer.load(path, sample_rate, 0.0, None), paths)

    return run


def _drain_all(way: Callable[[list[str]], Iterator[NDArray[np.float32]]], files: list[str]) -> None:
    for _ in way(files):
        pass


def _check(
    name: str,
    way: Callable[[list[str]], Iterator[NDArray[np.float32]]],
    files: list[str],
    wanted: list[NDArray[np.float32]],
    sample_rate: int,
) -> ManyRow:
    try:
        got = list(way(files))
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
        return ManyRow(name, RowState.FAILED, complaint(error))
    for path, mine, its in zip(files, wanted, got, strict=True):
        found = judge(its, mine, sample_rate)
        if found.state is not RowState.OK:
            return ManyRow(name, found.state, f"{path.rpartition('.')[2]}: {found.reason}")
    return ManyRow(name, RowState.OK)


def _finalists(screened: dict[str, Timing]) -> list[str]:
    peers = sorted((name for name in screened if name != READ_MANY), key=lambda name: screened[name].fastest_seconds)
    return [*(name for name in screened if name == READ_MANY), *peers[:_FINALISTS]]


def _finished(row: ManyRow, screened: dict[str, Timing], timings: dict[str, Timing]) -> ManyRow:
    timing, ours = timings.get(row.name), timings.get(READ_MANY)
    reason = row.reason
    if timing is None and row.state is RowState.OK:
        reason = "slower in a tenth of the files; not run over all"
    ratio = timing.times_of(ours) if timing is not None and ours is not None else None
    heat = screened[row.name].fastest_seconds if row.name in screened else None
    return ManyRow(row.name, row.state, reason, heat, timing, ratio)
