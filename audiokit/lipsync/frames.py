"""From pre-emphasised samples to normalised mel frames: the part that has to be quick.

One way for whole recordings and for streams, so that the two cannot differ. What makes it quick: memory to work in that
is used again, since fresh pages cost as much as the transforms; operations on one long row, because NumPy begins anew
for each row; frames transformed as columns, so that the sparse filters read what the transform wrote; bins that no
filter weighs left out; the recipe's factors and offsets folded into the filters and one factor behind the logarithm.
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

__all__ = ["FLOOR", "LIMIT", "RECIPE", "REFERENCE_LEVEL_DB", "SLOPE", "filters", "make_frames", "pre_emphasise"]

RECIPE = MEL_PRESETS["lipsync"]
FLOOR = 1e-5  # of the mel magnitude, -100 dB: below it a bin is silence
REFERENCE_LEVEL_DB = 20.0
SLOPE = 0.08  # units a dB: 100 dB from floor to reference are 8 units
LIMIT = 4.0

_BLOCK_FRAMES = 64  # transformed at once: what 640 ms bring, near the cache, whatever the length of the recording
_UNITS_A_NEPER = SLOPE * 20.0 / math.log(10.0)
_OFFSET = LIMIT - SLOPE * REFERENCE_LEVEL_DB
_GAIN = math.exp(_OFFSET / _UNITS_A_NEPER)  # of the filters: the offset, before the logarithm
_VECTOR_BYTES = 16  # scipy's transforms do so many bytes of neighbouring frames at once, and those left over singly
_MOST_SPARE = 8  # more threads than that at once pay for fresh pages


def make_frames(padded: NDArray[Any], frames: int) -> NDArray[Any]:
    """Compute mel frames, in the samples' precision.

    Parameters
    ----------
    padded : ndarray, shape (time,), float32 or float64
        Contiguous and pre-emphasised; half a window before the centre of the first frame, half a window after that of
        the last.
    frames : int
        How many.

    Returns
    -------
    ndarray, shape (frames, 80)
        In -4 .. 4; NaN where the samples hold one.
    """
    spare = _spare(padded.dtype)  # taking from and adding to a list is atomic
    try:
        maker = spare.pop()
    except IndexError:
        maker = _FrameMaker(padded.dtype)
    out = np.empty((frames, RECIPE.n_mels), dtype=padded.dtype)
    hop = RECIPE.hop_length
    for first in range(0, frames, _BLOCK_FRAMES):
        last = min(first + _BLOCK_FRAMES, frames)
        maker(padded[first * hop : (last - 1) * hop + RECIPE.n_fft], out[first:last])
    if len(spare) < _MOST_SPARE:
        spare.append(maker)
    return out


class _FrameMaker:
    """Make a block of frames in one precision, in memory of its own."""

    def __init__(self, precision: np.dtype[Any]) -> None:
        self._precision = precision
        self._window = _window(precision)
        self._floor, self._scale, self._low, self._high = (
            precision.type(value) for value in (FLOOR * _GAIN, _UNITS_A_NEPER, -LIMIT, LIMIT)
        )
        self._first_bin, self._filters = _sparse_filters(precision)
        self._lanes = _VECTOR_BYTES // precision.itemsize
        wide = self._wide(_BLOCK_FRAMES)
        self._windowed = np.zeros((wide, RECIPE.n_fft), precision)
        self._magnitude = np.empty(self._filters.shape[1] * wide, precision)

    def _wide(self, count: int) -> int:
        """How many frames to transform for `count`: up to whole vectors, where more than one would be left over."""
        over = count % self._lanes
        return count + self._lanes - over if over > 1 else count

    def __call__(self, padded: NDArray[Any], out: NDArray[Any]) -> None:
        import scipy.fft

        count = len(out)
        wide = self._wide(count)
        step = padded.itemsize
        every = np.ndarray(  # as_strided takes longer than the multiplication
            (count, RECIPE.n_fft), padded.dtype, padded.data, strides=(RECIPE.hop_length * step, step)
        )
        windowed = self._windowed[:count]
        np.copyto(windowed, every)  # and then one row: quicker than to multiply row by row
        np.multiply(windowed, self._window[:count], out=windowed)
        spectrum = scipy.fft.rfft(self._windowed[:wide].T, axis=0)
        bins = self._filters.shape[1]
        magnitude = self._magnitude[: bins * wide].reshape(bins, wide)
        np.abs(spectrum[self._first_bin : self._first_bin + bins], out=magnitude)
        mel = self._filters @ magnitude
        np.maximum(mel, self._floor, out=mel)
        np.log(mel, out=mel)
        mel *= self._scale
        np.maximum(mel, self._low, out=mel)
        np.minimum(mel, self._high, out=mel)
        out[:] = mel.T[:count]


def pre_emphasise(signal: NDArray[Any], out: NDArray[Any], *, before: float = 0.0) -> None:
    """Subtract 0.97 of the previous sample, of which the first one's is `before`, from each sample.

    Parameters
    ----------
    signal : ndarray, shape (time,)
        float16, float32 or float64.
    out : ndarray, shape (time,), float32 or float64
        Where it is written; its precision is that of the arithmetic.
    before : float
        The sample before the first; nought at a recording's beginning.
    """
    if signal.size:
        precision = out.dtype
        same = signal.astype(precision, copy=False)
        factor = precision.type(RECIPE.pre_emphasis)
        np.multiply(same[:-1], factor, out=out[1:])
        out[0] = factor * precision.type(before)
        np.subtract(same, out, out=out)


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
def _spare(precision: np.dtype[Any]) -> list[_FrameMaker]:
    """Return the makers that nobody uses now, with their memory."""
    return [_FrameMaker(precision)]


@cache
def _window(precision: np.dtype[Any]) -> NDArray[Any]:
    """Return the window as often as there are frames in a block."""
    window = np.tile(hann_window(RECIPE.win_length).astype(precision), (_BLOCK_FRAMES, 1))
    window.setflags(write=False)
    return window


@cache
def _sparse_filters(precision: np.dtype[Any]) -> tuple[int, csr_array]:
    """Return the first bin that any filter weighs, and the filters from there to the last one, sparse, with the gain.

    739 of 32,080 weights are not nought; and a dense product is divided among BLAS's own threads, which on busy cores
    wait for each other longer than they work.
    """
    from scipy.sparse import csr_array

    dense = (_GAIN * filters().astype(np.float64)).astype(precision)
    used = np.flatnonzero(dense.any(axis=0))
    return int(used[0]), csr_array(dense[:, used[0] : used[-1] + 1])
