"""Several files at once: how much sound a loader decodes in a second on one thread, on two, on as many as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from audiokit.bench.decoders import check, quiet
from audiokit.bench.equality import RowState
from audiokit.bench.machine import usable_cores
from audiokit.bench.peers import PEERS, Peer
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ThreadComparison", "ThreadRow", "compare_threads", "thread_counts"]


def thread_counts(limit: int | None = None) -> tuple[int, ...]:
    """1, 2, 4 and so on up to the cores that this process may use, those included.

    Examples
    --------
    >>> thread_counts(6)
    (1, 2, 4, 6)
    """
    cores = limit or usable_cores()
    counts = [1]
    while counts[-1] * 2 <= cores:
        counts.append(counts[-1] * 2)
    return tuple(dict.fromkeys([*counts, cores]))


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One loader in a pool of some threads.

    Parameters
    ----------
    name : str
        Of the loader.
    threads : int
        In the pool.
    state : RowState
        Whether its outputs equal audiokit's.
    reason : str
        If not, why.
    timing : Timing or None
        All files; None where nothing was read.
    speed : float or None
        Seconds of sound a second; None unless the outputs are equal.
    """

    name: str
    threads: int
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class ThreadComparison:
    """Loaders in pools of threads, over the same files.

    Parameters
    ----------
    files : int
        How many.
    sound_seconds : float
        In all of them together.
    rows : tuple of ThreadRow
        By loader, then by threads.
    """

    files: int
    sound_seconds: float
    rows: tuple[ThreadRow, ...]

    def scaling(self, name: str) -> float | None:
        """How many times as fast the widest pool of a loader is as its single thread."""
        timings = [row.timing for row in self.rows if row.name == name and row.timing is not None]
        return timings[0].times_of(timings[-1]) if timings else None

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each loader and number of threads."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "name": row.name,
                    "threads": row.threads,
                    "state": str(row.state),
                    "median_ms": None if row.timing is None else row.timing.median_seconds * 1000,
                    "sound_seconds_per_second": row.speed,
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        ).astype({"median_ms": float, "sound_seconds_per_second": float})


def compare_threads(
    files: Sequence[str | os.PathLike[str]],
    *,
    threads: Sequence[int] | None = None,
    sample_rate: int = 16000,
    repeats: int = 3,
    peers: Sequence[Peer] = PEERS,
    after_each: Callable[[], object] | None = None,
) -> ThreadComparison:
    """Load several files in a ``ThreadPoolExecutor`` with each loader, for several widths of the pool.

    Parameters
    ----------
    files : sequence of path
        Each is loaded once in a run; a file may be named more than once.
    threads : sequence of int, optional
        Widths; `thread_counts` by default.
    sample_rate : int
        In Hz.
    repeats : int
        Rounds, in which every loader runs once at every width.
    peers : sequence of Peer
        The first is the reference.
    after_each : callable, optional
        Called after each timed run.
    """
    widths = tuple(threads or thread_counts())
    if not files or min(widths) < 1 or not peers:
        raise ParameterError(f"compare_threads wants files, loaders and threads >= 1, got {len(files)} and {widths}.")
    targets = [str(path) for path in files]
    wanted = peers[0].load(targets[0], sample_rate, 0.0, None)
    checked = {}
    runs: dict[str, Callable[[], object]] = {}
    with quiet():
        for peer in peers:
            if not all(map(peer.is_meant_for, targets)):
                continue
            load = _whole(peer, sample_rate)
            checked[peer.name] = check(peer, targets[0], partial(load, targets[0]), wanted, sample_rate)
            if checked[peer.name].frames is None:
                continue
            for width in widths:
                runs[f"{peer.name}@{width}"] = lambda load=load, width=width: _run(load, targets, width)  # type: ignore[misc]
        timings = interleave(runs, repeats=repeats, warmups=0, after_each=after_each)
    sound = len(wanted) / sample_rate * len(targets)
    rows = []
    for name, row in checked.items():
        for width in widths:
            timing = timings.get(f"{name}@{width}")
            speed = sound / timing.median_seconds if timing and row.state is RowState.OK else None
            rows.append(ThreadRow(name, width, row.state, row.reason, timing, speed))
    return ThreadComparison(len(targets), sound, tuple(rows))


def _whole(peer: Peer, sample_rate: int) -> Callable[[str], NDArray[np.float32]]:
    return lambda path: peer.load(path, sample_rate, 0.0, None)


def _run(load: Callable[[str], NDArray[np.float32]], files: Sequence[str], width: int) -> None:
    with ThreadPoolExecutor(width) as pool:
        for _ in pool.map(load, files):
            pass
