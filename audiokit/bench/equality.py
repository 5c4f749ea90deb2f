"""Are two outputs the same sound? Length, samples, origin: whatever differs is said in samples."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LONGEST_TAIL_SECONDS", "TOLERANCE", "RowState", "Verdict", "difference", "judge", "lateness"]

TOLERANCE = 1e-4
"""Largest difference between samples that counts as equal: -80 dB of full scale, three steps of a 16-bit file."""

LONGEST_TAIL_SECONDS = 0.1
"""An output that goes on this much longer is compared over the common part; its row says by how many samples."""

_REACH = 64  # samples before the end whose value depends on what follows it, by the resampler's filter
_LOOKED_AT = 1 << 16  # samples in which an origin is looked for
_FARTHEST_SECONDS = 0.25


class RowState(enum.StrEnum):
    """What a row of a comparison says about itself."""

    OK = "ok"  # its output equals audiokit's
    DIFFERENT = "different"  # it gave something else; timed, but without a ratio
    UNAVAILABLE = "unavailable"  # it, or what it needs, is not on this machine
    FAILED = "failed"  # it is here, and cannot read this file


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a comparison of samples.

    Parameters
    ----------
    state : RowState
        ``ok`` or ``different``.
    reason : str
        What differs; for ``ok`` empty, or by how many samples it is longer.
    max_difference : float or None
        Over the part that was compared; None where lengths do not allow it.
    """

    state: RowState
    reason: str = ""
    max_difference: float | None = None


def difference(got: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """Largest difference, full scale being 1; not a number in both is agreement, in one of them infinitely wrong.

    Examples
    --------
    >>> difference(np.array([0.0, 0.5], np.float32), np.array([0.0, 0.25], np.float32))
    0.25
    """
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        apart = float(np.max(np.where(same, np.float32(0), np.abs(got - wanted)), initial=0.0))
    return float("inf") if np.isnan(apart) else apart


def judge(got: NDArray[np.float32], wanted: NDArray[np.float32], sample_rate: int) -> Verdict:
    """Compare an output with the reference.

    Parameters
    ----------
    got, wanted : ndarray, shape (time,), float32
        The output, and what it should be.
    sample_rate : int
        Of both, in Hz.

    Returns
    -------
    Verdict
        ``ok`` if the lengths are equal and no sample differs by more than `TOLERANCE`. An output that is longer by up
        to `LONGEST_TAIL_SECONDS` and equal before is ``ok`` too, and says so: some decoders keep the padding that an
        encoder appended. Whoever is shorter, late, early or louder is ``different``.
    """
    if got.ndim != 1:
        return Verdict(RowState.DIFFERENT, f"shape {got.shape} instead of {wanted.shape}")
    longer = len(got) - len(wanted)
    if longer:
        common = min(len(got), len(wanted))
        found = difference(got[:common], wanted[:common])
        count = f"{abs(longer)} samples {'longer' if longer > 0 else 'shorter'}"
        before = max(0, common - _REACH)
        if (
            0 < longer <= LONGEST_TAIL_SECONDS * sample_rate
            and before
            and difference(got[:before], wanted[:before]) <= TOLERANCE
        ):
            return Verdict(RowState.OK, count, difference(got[:before], wanted[:before]))
        if found <= TOLERANCE:
            return Verdict(RowState.DIFFERENT, f"{count}, equal where both are")
        return Verdict(RowState.DIFFERENT, f"{count}; {_why(got, wanted, sample_rate, found)}")
    found = difference(got, wanted)
    if found <= TOLERANCE:
        return Verdict(RowState.OK, "", found)
    return Verdict(RowState.DIFFERENT, _why(got, wanted, sample_rate, found), found)


def _why(got: NDArray[np.float32], wanted: NDArray[np.float32], sample_rate: int, found: float) -> str:
    late = lateness(got, wanted, sample_rate)
    if not late:
        return f"samples differ by up to {found:.2g} of full scale"
    ours, its = wanted[max(0, -late) :], got[max(0, late) :]
    common = min(len(ours), len(its))
    moved = difference(its[:common], ours[:common])
    if moved > found / 2:  # no place fits
        return f"samples differ by up to {found:.2g} of full scale"
    where = f"{abs(late)} samples ({1000 * abs(late) / sample_rate:.1f} ms) {'late' if late > 0 else 'early'}"
    if moved <= TOLERANCE:
        return f"{where}, otherwise equal"
    return f"about {where}"  # after resampling by a fraction of a sample more or less


def lateness(got: NDArray[np.float32], wanted: NDArray[np.float32], sample_rate: int) -> int:
    """By how many whole samples `got` comes later than `wanted` (negative: earlier), at the peak of their correlation.

    Looked for up to a quarter of a second either way, in the first 65,536 samples.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    >>> lateness(np.pad(noise, (7, 0)), noise, 16000)
    7
    """
    mine, its = (np.nan_to_num(one[:_LOOKED_AT].astype(np.float64)) for one in (wanted, got))
    if not mine.any() or not its.any():
        return 0
    size = len(mine) + len(its)
    product = np.fft.irfft(np.fft.rfft(its, size) * np.fft.rfft(mine, size).conj(), size)
    farthest = min(int(_FARTHEST_SECONDS * sample_rate), size // 2 - 1)
    lags = np.arange(-farthest, farthest + 1)
    return int(lags[np.argmax(product[lags])])
