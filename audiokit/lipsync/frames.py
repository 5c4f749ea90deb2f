"""From pre-emphasised samples to normalised mel frames: the part that has to be quick.

One way for whole recordings and for streams, so that the two cannot differ. What makes it quick: frames are
transformed as columns, so that the sparse filters read what the transform wrote; bins that no filter weighs are left
out; a natural logarithm with the decibels' factor folded in, which numpy computes many at a time; and no copies.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.mel import MEL_PRESETS, mel_filterbank
from audiokit.dsp.stft import hann_window

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

__all__ = ["FLOOR", "LIMIT", "RECIPE", "REFERENCE_LEVEL_DB", "SLOPE", "FrameMaker", "filters", "pre_emphasised"]

RECIPE = MEL_PRESETS["lipsync"]
FLOOR = 1e-5  # of the mel magnitude, -100 dB: below it a bin is silence
REFERENCE_LEVEL_DB = 20.0
SLOPE = 0.08  # units a dB: 100 dB from floor to reference are 8 units
LIMIT = 4.0

_BLOCK_FRAMES = 256  # transformed at once: 1.6 MB in float64, near the cache, whatever the length of the recording
_UNITS_A_NEPER = SLOPE * 20.0 / math.log(10.0)
_OFFSET = LIMIT - SLOPE * REFERENCE_LEVEL_DB


class FrameMaker:
    """Turn pre-emphasised, padded samples into mel frames, in one precision.

    Parameters
    ----------
    precision : dtype
        float32 or float64.
    keep : bool
        Whether the memory of a call is kept for the next one: for a stream, whose calls are alike, and which only
        one thread makes at a time.
    """

    def __init__(self, precision: np.dtype[Any], *, keep: bool = False) -> None:
        self._precision = precision
        self._window = _window(precision)
        self._floor, self._scale, self._offset, self._low, self._high = (
            precision.type(value) for value in (FLOOR, _UNITS_A_NEPER, _OFFSET, -LIMIT, LIMIT)
        )
        self._first_bin, self._filters = _sparse_filters(precision)
        self._kept: tuple[NDArray[Any], NDArray[Any]] | None = None
        self._keep = keep

    def __call__(self, padded: NDArray[Any], frames: int) -> NDArray[Any]:
        """Compute frames.

        Parameters
        ----------
        padded : ndarray, shape (time,)
            Contiguous and of the precision; half a window before the centre of the first frame, half a window after
            that of the last.
        frames : int
            How many.

        Returns
        -------
        ndarray, shape (frames, 80)
            In -4 .. 4; NaN where the samples hold one.
        """
        out = np.empty((frames, RECIPE.n_mels), dtype=self._precision)
        hop = RECIPE.hop_length
        for first in range(0, frames, _BLOCK_FRAMES):
            count = min(_BLOCK_FRAMES, frames - first)
            block = padded[first * hop : (first + count - 1) * hop + RECIPE.n_fft]
            out[first : first + count] = self._block(block, count).T
        return out

    def _block(self, padded: NDArray[Any], count: int) -> NDArray[Any]:
        import scipy.fft

        windowed, magnitude = self._memory(count)
        step = padded.itemsize
        every = np.ndarray(  # as_strided takes longer than the multiplication
            (count, RECIPE.n_fft), padded.dtype, padded.data, strides=(RECIPE.hop_length * step, step)
        )
        np.multiply(every, self._window, out=windowed)
        spectrum = scipy.fft.rfft(windowed.T, axis=0)
        np.abs(spectrum[self._first_bin : self._first_bin + len(magnitude)], out=magnitude)
        mel = self._filters @ magnitude
        np.maximum(mel, self._floor, out=mel)
        np.log(mel, out=mel)
        mel *= self._scale
        mel += self._offset
        np.maximum(mel, self._low, out=mel)
        return np.asarray(np.minimum(mel, self._high, out=mel))

    def _memory(self, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        if self._kept is not None and len(self._kept[0]) == count:
            return self._kept
        made = (
            np.empty((count, RECIPE.n_fft), self._precision),
            np.empty((self._filters.shape[1], count), self._precision),
        )
        if self._keep:
            self._kept = made
        return made


def pre_emphasised(
    signal: NDArray[Any], precision: np.dtype[Any], *, before: float = 0.0, margin: int = 0
) -> NDArray[Any]:
    """Subtract 0.97 of the previous sample, of which the first one's is `before`, from each sample.

    Parameters
    ----------
    signal : ndarray, shape (time,)
        float16, float32 or float64.
    precision : dtype
        float32 or float64: of the arithmetic and of what is returned.
    before : float
        The sample before the first; nought at a recording's beginning.
    margin : int
        Noughts to put before and behind.

    Returns
    -------
    ndarray, shape (margin + time + margin,)
    """
    out: NDArray[Any] = np.empty(signal.size + 2 * margin, dtype=precision)
    out[:margin] = 0
    out[margin + signal.size :] = 0
    if signal.size:
        inner = out[margin : margin + signal.size]
        same = signal.astype(precision, copy=False)
        factor = precision.type(RECIPE.pre_emphasis)
        np.multiply(same[:-1], factor, out=inner[1:])
        inner[0] = factor * precision.type(before)
        np.subtract(same, inner, out=inner)
    return out


def filters() -> NDArray[np.floating[Any]]:
    """Return the 80 filters, shape (80, 401), float32: the reference's own are rounded so, and only then widened."""
    return mel_filterbank(
        sample_rate=RECIPE.sample_rate,
        n_fft=RECIPE.n_fft,
        n_mels=RECIPE.n_mels,
        fmin=RECIPE.fmin,
        fmax=RECIPE.fmax,
    )


@cache
def _window(precision: np.dtype[Any]) -> NDArray[Any]:
    window = hann_window(RECIPE.win_length).astype(precision)
    window.setflags(write=False)
    return window


@cache
def _sparse_filters(precision: np.dtype[Any]) -> tuple[int, csr_array]:
    """Return the first bin that any filter weighs, and the filters from there to the last one, sparse.

    739 of 32,080 weights are not nought; and a dense product is divided among BLAS's own threads, which on busy cores
    wait for each other longer than they work.
    """
    from scipy.sparse import csr_array

    dense = filters().astype(precision)
    used = np.flatnonzero(dense.any(axis=0))
    return int(used[0]), csr_array(dense[:, used[0] : used[-1] + 1])
