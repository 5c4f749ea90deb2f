"""The phase vocoder's rotations: by which unit number each bin of each frame is multiplied, found block by block.

No angle is ever taken. A bin's rotation is the product of unit numbers, one for each frame since the bin last began
anew, and only the peaks' are looked at. Blocks of frames stay in the processor's cache, and the arrays they are worked
on in are used again: memory that is new at every step costs more than the arithmetic.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AS_STRONG", "ONSET_POWER_RATIO", "PEAK_REACH", "TINY", "PhaseLock", "nearest_peaks"]

PEAK_REACH = 2
"""A bin is a peak if none within this many bins is stronger: the main lobe of a Hann window is four bins wide."""

AS_STRONG = 1.0 - 1e-4
"""Bins this close are equally strong: a click's are all equal but for rounding, which must not lock them by chance."""

ONSET_POWER_RATIO = 16.0
"""A bin whose power grows by more than 12 dB within a synthesis hop begins anew."""

TINY = 1e-30
"""Added to powers before they are divided by or compared: 300 dB below full scale is silence."""

_TINY = np.float32(TINY)
_TINY_ROOT = np.float32(math.sqrt(TINY))
_ONSET_RATIO = np.float32(math.sqrt(ONSET_POWER_RATIO))


class PhaseLock:
    """Rotations of one block of frames after the other.

    Parameters
    ----------
    frames : int
        The most that a block has.
    sounds : int
        How many sounds are stretched side by side; each has rotations of its own, common to its channels.
    size : int
        Samples in a frame.

    Notes
    -----
    In single precision a factor is off by 3e-7 at most, so that after `n` frames without an onset a phase is off by
    ``3e-7 * n`` at most, and by about its root in practice: 1e-5 in ten seconds, as far as the ear is concerned
    nothing. The magnitude is set to 1 before each block.
    """

    def __init__(self, frames: int, sounds: int, size: int) -> None:
        bins = size // 2 + 1
        shape = (frames, sounds, bins)
        self._bins = bins
        # A gap after each frame, weaker than anything, lets all frames be searched for peaks as one row
        self._strength = np.full((frames, sounds, bins + PEAK_REACH), -1.0, dtype=np.float32)
        self._turned = np.zeros((frames + 1, sounds, bins + PEAK_REACH), dtype=np.complex64)
        self._turned[0] = 1.0
        self._before = np.empty(shape, dtype=np.float32)
        self._spare = np.empty(shape, dtype=np.float32)
        self._factor = np.empty(shape, dtype=np.complex64)
        self._divisor = np.zeros(shape, dtype=np.complex64)
        self._begun = np.zeros(shape, dtype=np.complex64)
        self._last = np.empty((0, 1, sounds, bins), dtype=np.complex64)  # of each channel
        self._slope = (-2.0 * np.pi / size) * np.arange(bins)

    def rotations(
        self,
        now: NDArray[np.complex64],
        earlier: NDArray[np.complex64],
        delay: NDArray[np.float32],
        same: NDArray[np.bool_],
    ) -> NDArray[np.complex64]:
        """Give the rotations of the next block.

        Parameters
        ----------
        now, earlier : ndarray, shape (channels, frames, sounds, bins)
            Spectra of each frame, and of the input one synthesis hop before it. `earlier` is written to.
        delay : ndarray, shape (frames, sounds)
            By how many samples the middle of a frame's energy has to move; whatever begins in it is moved by that.
        same : ndarray, shape (frames, sounds)
            Where `earlier` is the very frame before: there nothing turns.

        Returns
        -------
        ndarray, shape (frames, sounds, bins)
            To be used before the next call.
        """
        frames = now.shape[1]
        strength = self._strength[:frames, :, : self._bins]
        before = self._before[:frames]
        _strength(now, strength, self._spare[:frames])
        _strength(earlier, before, self._spare[:frames])
        threshold = np.multiply(before, _ONSET_RATIO, out=self._spare[:frames])
        threshold += _TINY_ROOT
        onset = strength > threshold
        if not self._last.size:
            onset[0] = True
            self._last = np.zeros_like(now[:, :1])
        factor = self._factors(now, earlier)
        factor[same] = 1.0
        self._multiply(factor, onset, delay)
        np.copyto(self._last, now[:, -1:])
        return self._spread(frames)

    def _factors(self, now: NDArray[np.complex64], earlier: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """From one output frame to the next the phase advances as it does in the input within one synthesis hop."""
        frames = now.shape[1]
        factor, divisor, size = self._factor[:frames], self._divisor[:frames], self._spare[:frames]
        np.conjugate(earlier, out=earlier)
        np.multiply(self._last[0], earlier[0, :1], out=factor[:1])
        np.multiply(now[0, :-1], earlier[0, 1:], out=factor[1:])
        for last, this, other in zip(self._last[1:], now[1:], earlier[1:], strict=True):
            factor[:1] += last * other[:1]
            factor[1:] += this[:-1] * other[1:]
        np.abs(factor, out=size)
        silent = np.flatnonzero(size <= _TINY)
        np.maximum(size, _TINY, out=size)
        # Complex by complex is one quick loop; complex by real would be converted on the way
        np.reciprocal(size, out=divisor.real)
        factor *= divisor
        factor.reshape(-1)[silent] = 1.0
        return factor

    def _multiply(self, factor: NDArray[np.complex64], onset: NDArray[np.bool_], delay: NDArray[np.float32]) -> None:
        """Fill `_turned`: the running product, begun anew at each onset with the phase that moves it to its place."""
        frames, _, bins = factor.shape
        begun = self._begun[:frames]
        places = np.flatnonzero(onset)
        rows = places // bins
        angle = (delay.reshape(-1)[rows] * self._slope[places - rows * bins]).astype(np.float32)
        begins = np.empty(places.size, dtype=np.complex64)
        np.cos(angle, out=begins.real)
        np.sin(angle, out=begins.imag)
        factor.reshape(-1)[places] = 0.0
        begun.reshape(-1)[places] = begins
        product = self._turned[0, :, :bins]
        product /= np.maximum(np.abs(product), _TINY_ROOT)  # errors would add up in the magnitude too
        # A loop, for frames depend on each other; numpy.cumprod takes three times as long and knows no onsets
        for turn, start, into in zip(factor, begun, self._turned[1 : frames + 1, :, :bins], strict=True):
            np.multiply(product, turn, into)
            product = np.add(into, start, into)
        begun.reshape(-1)[places] = 0.0

    def _spread(self, frames: int) -> NDArray[np.complex64]:
        """Give each bin the rotation of its peak."""
        wide, turned = self._strength[:frames], self._turned[1 : frames + 1]
        peaks = _peaks(wide.reshape(-1))
        counts = _counts(peaks, wide.shape[0] * wide.shape[1], wide.shape[2])
        spread = np.repeat(turned.reshape(-1)[peaks], counts).reshape(wide.shape)
        self._turned[0] = self._turned[frames]
        return spread[:, :, : self._bins]


def nearest_peaks(power: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each bin of each frame the place of the peak that it belongs to: the nearest one, of two the lower.

    Parameters
    ----------
    power : ndarray, shape (frames, bins)
        Or anything that grows with it, none below nought.
    """
    frames, bins = power.shape
    width = bins + PEAK_REACH
    wide = np.pad(power, ((0, 0), (0, PEAK_REACH)), constant_values=-1.0)
    peaks = _peaks(wide.reshape(-1))
    nearest = np.repeat(peaks % width, _counts(peaks, frames, width))
    return np.asarray(nearest.reshape(wide.shape)[:, :bins])


def _strength(spectra: NDArray[np.complex64], out: NDArray[np.float32], spare: NDArray[np.float32]) -> None:
    """Root of the power of all channels together."""
    np.abs(spectra[0], out=out)
    if len(spectra) == 1:
        return
    np.square(out, out=out)
    for other in spectra[1:]:
        np.abs(other, out=spare)
        np.square(spare, out=spare)
        out += spare
    np.sqrt(out, out=out)


def _peaks(row: NDArray[np.float32]) -> NDArray[np.int64]:
    """Places of the peaks in frames laid end to end, with `PEAK_REACH` values below nought after each."""
    is_peak = np.ones(row.size, dtype=np.bool_)
    least = row * np.float32(AS_STRONG)
    for reach in range(1, PEAK_REACH + 1):
        is_peak[:-reach] &= row[:-reach] >= least[reach:]
        is_peak[reach:] &= row[reach:] >= least[:-reach]
    # Nothing comes after the last gap, and so none is stronger there
    is_peak[-PEAK_REACH:] = False
    return np.flatnonzero(is_peak)


def _counts(peaks: NDArray[np.int64], frames: int, width: int) -> NDArray[np.int64]:
    """How many values belong to each peak: from half way to the one before to half way to the next, in its frame."""
    ends = np.empty(peaks.size + 1, dtype=np.int64)
    between = ends[1:-1]
    np.add(peaks[:-1], peaks[1:], out=between)
    between += 2
    between >>= 1
    # Each frame has a peak, and its last one has the rest of it
    borders = np.arange(frames + 1) * width
    ends[np.searchsorted(peaks, borders)] = borders
    return ends[1:] - ends[:-1]
