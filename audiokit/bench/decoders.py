"""Loaders side by side on one file: equal outputs first, then time."""

from __future__ import annotations

import contextlib
import enum
import warnings
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from audiokit.bench.peers import PEERS
from audiokit.bench.timing import Timing, interleave
from audiokit.decode.source import printable
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from audiokit.bench.peers import Peer

__all__ = ["TOLERANCE", "DecodeComparison", "DecodeRow", "RowState", "compare_decoders"]

TOLERANCE = 1e-4
"""Largest difference between samples that counts as equal: -80 dB of full scale, three steps of a 16-bit file."""


class RowState(enum.StrEnum):
    """What a row of the comparison says about itself."""

    OK = "ok"  # its output equals audiokit's
    DIFFERENT = "different"  # it gave something else; timed, but without a ratio
    UNAVAILABLE = "unavailable"  # not installed
    FAILED = "failed"  # it cannot read this file


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
        For every state but ``ok``.
    timing : Timing or None
        None where nothing was read.
    ratio : float or None
        Its time over the reference's, round by round: 2 says that the reference is twice as fast. None unless the
        outputs are equal.
    frames : int or None
        Samples that it returned.
    max_difference : float or None
        Largest difference from the reference's samples, full scale being 1; None where lengths differ.
    """

    name: str
    version: str
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    ratio: float | None = None
    frames: int | None = None
    max_difference: float | None = None


@dataclass(frozen=True, slots=True)
class DecodeComparison:
    """Loaders on one file, mono at one rate.

    Parameters
    ----------
    file : str
        Its name.
    sample_rate : int
        Of the outputs, in Hz.
    sound_seconds : float
        Length of the output of the reference.
    tolerance : float
        Largest difference that counted as equal.
    rows : tuple of DecodeRow
        The reference first.
    """

    file: str
    sample_rate: int
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
    sample_rate: int = 16000,
    repeats: int = 5,
    duration_seconds: float | None = None,
    peers: Sequence[Peer] = PEERS,
    after_each: Callable[[], object] | None = None,
) -> DecodeComparison:
    """Load one file with each loader, to mono at one rate; compare the outputs, then the times.

    Parameters
    ----------
    path : path
        The file.
    sample_rate : int
        Of the outputs, in Hz.
    repeats : int
        Rounds; each runs every loader once.
    duration_seconds : float, optional
        Read only this much from the start.
    peers : sequence of Peer
        The first is the reference.
    after_each : callable, optional
        Called after each timed run.

    Returns
    -------
    DecodeComparison
        A loader that is not installed, fails, or gives other samples is a row that says so.

    Raises
    ------
    InputError
        If the reference itself cannot read the file.
    """
    if not peers:
        raise ParameterError("compare_decoders wants at least one loader, got none.")
    target = str(path)
    wanted = peers[0].load(target, sample_rate, duration_seconds)
    found: dict[str, DecodeRow] = {}
    runs: dict[str, Callable[[], object]] = {}
    with _quiet():
        for peer in peers:
            row = _check(peer, wanted, target, sample_rate, duration_seconds)
            found[peer.name] = row
            if row.frames is not None:
                runs[peer.name] = lambda load=peer.load: load(target, sample_rate, duration_seconds)  # type: ignore[misc]
        # The check was everybody's warm-up.
        timings = interleave(runs, repeats=repeats, warmups=0, after_each=after_each)
    reference = timings[peers[0].name]
    return DecodeComparison(
        file=PurePath(printable(target)).name,
        sample_rate=sample_rate,
        sound_seconds=len(wanted) / sample_rate,
        tolerance=TOLERANCE,
        rows=tuple(_timed(row, timings.get(name), reference) for name, row in found.items()),
    )


def _check(
    peer: Peer, wanted: NDArray[np.float32], path: str, sample_rate: int, duration_seconds: float | None
) -> DecodeRow:
    if peer.missing:
        cure = f"not installed; pip install {' '.join(peer.missing)}"
        return DecodeRow(peer.name, peer.version, RowState.UNAVAILABLE, cure)
    try:
        got = np.asarray(peer.load(path, sample_rate, duration_seconds))
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
        said = " ".join(str(error).split()) or "no message"
        return DecodeRow(peer.name, peer.version, RowState.FAILED, f"{type(error).__name__}: {said}")
    if got.shape != wanted.shape:
        shared = min(got.shape[-1], len(wanted)) if got.ndim == 1 else 0
        common = (
            f"; the first {shared} differ by up to {_difference(got[:shared], wanted[:shared]):.2g}" if shared else ""
        )
        reason = f"shape {got.shape} instead of {wanted.shape}{common}"
        return DecodeRow(peer.name, peer.version, RowState.DIFFERENT, reason, frames=got.shape[-1])
    difference = _difference(got, wanted)
    equal = difference <= TOLERANCE
    reason = "" if equal else f"samples differ by up to {difference:.2g} of full scale"
    state = RowState.OK if equal else RowState.DIFFERENT
    return DecodeRow(peer.name, peer.version, state, reason, frames=len(got), max_difference=difference)


def _difference(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    # NaN or infinite in both is agreement; in one of them it is as wrong as can be.
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        apart = float(np.max(np.where(same, np.float32(0), np.abs(got - wanted)), initial=0.0))
    return float("inf") if np.isnan(apart) else apart


def _timed(row: DecodeRow, timing: Timing | None, reference: Timing) -> DecodeRow:
    ratio = timing.times_of(reference) if timing is not None and row.state is RowState.OK else None
    return DecodeRow(row.name, row.version, row.state, row.reason, timing, ratio, row.frames, row.max_difference)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Peers warn on every call when they fall back to something slower; the rows tell what matters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
