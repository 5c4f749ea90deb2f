"""Loaders side by side on one file: equal outputs first, then time."""

from __future__ import annotations

import contextlib
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from audiokit.bench.equality import TOLERANCE, RowState, judge
from audiokit.bench.peers import PEERS
from audiokit.bench.timing import Timing, interleave
from audiokit.decode.source import printable
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.bench.absence import Absence
    from audiokit.bench.peers import Peer

__all__ = ["DecodeComparison", "DecodeRow", "check", "compare_decoders", "complaint", "quiet"]

_LONGEST_REASON = 100  # letters of a library's complaint that are kept


@dataclass(frozen=True, slots=True)
class DecodeRow:
    """One loader on one file.

    Parameters
    ----------
    name, version : str
        Of the loader.
    state : RowState
        Whether its output equals the reference's, or why there is none.
    reason : str
        For every state but ``ok``; for ``ok`` by how many samples the output is longer, otherwise empty.
    timing : Timing or None
        None where nothing was read.
    ratio : float or None
        Its time over the reference's, round by round: 2 says that the reference is twice as fast. None unless the
        outputs are equal.
    frames : int or None
        Samples that it returned.
    max_difference : float or None
        Largest difference from the reference's samples, full scale being 1; None where lengths differ.
    absence : Absence or None
        What is not on this machine, where the state is ``unavailable``.
    """

    name: str
    version: str
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    ratio: float | None = None
    frames: int | None = None
    max_difference: float | None = None
    absence: Absence | None = None


@dataclass(frozen=True, slots=True)
class DecodeComparison:
    """Loaders on one file, mono at one rate.

    Parameters
    ----------
    file : str
        Its name.
    sample_rate : int
        Of the outputs, in Hz.
    offset_seconds : float
        Where in the file they begin.
    sound_seconds : float
        Length of the output of the reference.
    tolerance : float
        Largest difference that counted as equal.
    rows : tuple of DecodeRow
        The reference first.
    """

    file: str
    sample_rate: int
    offset_seconds: float
    sound_seconds: float
    tolerance: float
    rows: tuple[DecodeRow, ...]

    def __getitem__(self, name: str) -> DecodeRow:
        """Return the row of a loader."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    @property
    def all_equal(self) -> bool:
        """Whether every loader that read the file gave the same samples."""
        return all(row.state is not RowState.DIFFERENT for row in self.rows)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each loader; times in milliseconds, NaN or None where there is no value."""
        import pandas as pd

        def milliseconds(timing: Timing | None, which: str) -> float | None:
            return None if timing is None else float(getattr(timing, f"{which}_seconds")) * 1000

        return pd.DataFrame(
            [
                {
                    "name": row.name,
                    "version": row.version,
                    "state": str(row.state),
                    "median_ms": milliseconds(row.timing, "median"),
                    "fastest_ms": milliseconds(row.timing, "fastest"),
                    "slowest_ms": milliseconds(row.timing, "slowest"),
                    "ratio": row.ratio,
                    "frames": row.frames,
                    "max_difference": row.max_difference,
                    "reason": row.reason,
                }
                for row in self.rows
            ]
        ).astype({"median_ms": float, "fastest_ms": float, "slowest_ms": float, "ratio": float, "frames": "Int64"})


def compare_decoders(
    path: str | os.PathLike[str],
    *,
    sample_rate: int | None = 16000,
    repeats: int = 5,
    offset_seconds: float = 0.0,
    duration_seconds: float | None = None,
    peers: Sequence[Peer] = PEERS,
    after_each: Callable[[], object] | None = None,
) -> DecodeComparison:
    """Load one file with each loader, to mono at one rate; compare the outputs, then the times.

    Parameters
    ----------
    path : path
        The file.
    sample_rate : int or None
        Of the outputs, in Hz; None keeps the file's own, so that nothing is resampled.
    repeats : int
        Rounds; each runs every loader once.
    offset_seconds, duration_seconds : float
        Read only this span.
    peers : sequence of Peer
        The first is the reference. Those meant for other files are left out.
    after_each : callable, optional
        Called after each timed run.

    Returns
    -------
    DecodeComparison
        A loader that is not on this machine, or lacks something there, or fails, or gives other samples is a row that
        says so.

    Raises
    ------
    InputError
        If the reference itself cannot read the file.
    """
    if not peers:
        raise ParameterError("compare_decoders wants at least one loader, got none.")
    target = str(path)
    span = (sample_rate, offset_seconds, duration_seconds)
    wanted = peers[0].load(target, *span)
    rate = sample_rate or _own_rate(target)
    found: dict[str, DecodeRow] = {}
    runs: dict[str, Callable[[], object]] = {}
    with quiet():
        for peer in peers:
            if not peer.is_meant_for(target):
                continue
            row = check(peer, target, lambda load=peer.load: load(target, *span), wanted, rate)  # type: ignore[misc]
            found[peer.name] = row
            if row.frames is not None:
                runs[peer.name] = lambda load=peer.load: load(target, *span)  # type: ignore[misc]
        # The check was everybody's warm-up.
        timings = interleave(runs, repeats=repeats, warmups=0, after_each=after_each)
    reference = timings[peers[0].name]
    return DecodeComparison(
        file=PurePath(printable(target)).name,
        sample_rate=rate,
        offset_seconds=offset_seconds,
        sound_seconds=len(wanted) / rate,
        tolerance=TOLERANCE,
        rows=tuple(_timed(row, timings.get(name), reference) for name, row in found.items()),
    )


def _own_rate(path: str) -> int:
    import audiokit

    return int(audiokit.info(path).sample_rate)


def check(
    peer: Peer, path: str, load: Callable[[], NDArray[np.float32]], wanted: NDArray[np.float32], sample_rate: int
) -> DecodeRow:
    """Run a loader once, as `load` does with the file at `path`, and say what it gave: a row without a timing."""
    absence = peer.absence(path)
    if absence:
        return DecodeRow(peer.name, peer.version, RowState.UNAVAILABLE, str(absence), absence=absence)
    try:
        got = np.asarray(load())
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
        return DecodeRow(peer.name, peer.version, RowState.FAILED, complaint(error))
    found = judge(got, wanted, sample_rate)
    return DecodeRow(
        peer.name, peer.version, found.state, found.reason, frames=got.shape[-1], max_difference=found.max_difference
    )


def complaint(error: Exception) -> str:
    """Put what a library said on one line, folders left out and cut where it goes on for long."""
    said = " ".join(re.sub(r"[^\s'\"]*[/\\]", "", str(error)).split()) or "no message"
    return f"{type(error).__name__}: {said if len(said) <= _LONGEST_REASON else said[:_LONGEST_REASON] + ' …'}"


def _timed(row: DecodeRow, timing: Timing | None, reference: Timing) -> DecodeRow:
    ratio = timing.times_of(reference) if timing is not None and row.state is RowState.OK else None
    return replace(row, timing=timing, ratio=ratio)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Peers warn on every call when they fall back to something slower; the rows tell what matters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
