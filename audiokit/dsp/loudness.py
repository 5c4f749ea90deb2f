"""Loudness, peaks and clipping of a recording, as a meter shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_rate, checked_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Loudness", "measure_loudness"]

_GATING_BLOCK_SECONDS = 0.4
_WEIGHTED_CHANNELS = 5
_SHELF_HZ = 1682.0  # the K-weighting's shelf filter does not exist at or above half the sample rate
_FULL_SCALE_16_BIT = 32767.0 / 32768.0
_CLIPPED_RUN = 3
_OVERSAMPLING = 4
_BLOCK_SAMPLES = 1 << 13
_OVERLAP_SAMPLES = 16  # more than the interpolation filter's half length of 10 input samples


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a loudness meter shows.

    Parameters
    ----------
    integrated_lufs : float or None
        Programme loudness after ITU-R BS.1770-4, gated; None where it is not defined, and `note` says why.
    true_peak_dbtp : float
        Highest level of the waveform between the samples too, in dB relative to full scale; -inf for silence.
    sample_peak_dbfs : float
        Highest absolute sample, in dB relative to full scale; -inf for silence.
    clipped_samples : int
        Samples in flat tops, over all channels; see `measure_loudness`.
    note : str
        What a reader should know: why there is no loudness, what was assumed. Empty when there is nothing to say.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float
    sample_peak_dbfs: float
    clipped_samples: int
    note: str = ""


def measure_loudness(samples: ArrayLike, sample_rate: int) -> Loudness:
    """Measure integrated loudness, true peak, sample peak and clipping.

    The loudness is ITU-R BS.1770-4's, computed by pyloudnorm. The true peak is the largest sample after fourfold
    oversampling (annex 2 of the same), computed in blocks of bounded memory. A sample counts as clipped when it is one
    of at least three in a row, in one channel, at full scale of one sign: at 32767/32768 or beyond, which is where
    16-bit files end; float samples beyond ±1 count too. A full-scale tone that is low enough rests there as long
    without being clipped: about 100 Hz and below at 48 kHz.

    Parameters
    ----------
    samples : array_like, shape (channels, time) or (time,)
        Floating-point, full scale ±1. NaN and infinite samples count as 0, and the note says how many there were.
        Three to five channels are taken to be L, R, C, Ls, Rs.
    sample_rate : int
        In Hz.

    Returns
    -------
    Loudness
        ``integrated_lufs`` is None with a note for silence, for less than 0.4 s, for more than five channels (the
        standard weights no more), for rates too low for its filters, and where pyloudnorm is not installed.

    Raises
    ------
    ParameterError
        If the array has another shape or type, or the rate is not a positive whole number.

    Examples
    --------
    >>> measure_loudness(np.zeros((2, 48000)), 48000).note
    'No loudness: silent, or below the -70 LUFS gate throughout.'
    """
    array = np.atleast_2d(checked_samples(samples, wanted_by="measure_loudness"))
    rate = checked_rate(sample_rate)
    notes = []
    finite = np.isfinite(array)
    if not finite.all():
        notes.append(f"{finite.size - np.count_nonzero(finite)} samples are NaN or infinite and count as 0.")
        array = np.where(finite, array, array.dtype.type(0))
    lufs, why = _integrated(array, rate)
    if why:
        notes.append(why)
    sample_peak = float(max(array.max(), -array.min())) if array.size else 0.0
    return Loudness(
        integrated_lufs=lufs,
        true_peak_dbtp=_decibels(max(sample_peak, *(_oversampled_peak(row) for row in array), 0.0)),
        sample_peak_dbfs=_decibels(sample_peak),
        clipped_samples=sum(
            _flat_top_samples(row >= _FULL_SCALE_16_BIT) + _flat_top_samples(row <= -_FULL_SCALE_16_BIT)
            for row in array
        ),
        note=" ".join(notes),
    )


def _decibels(amplitude: float) -> float:
    return float(20.0 * np.log10(amplitude)) if amplitude > 0.0 else float("-inf")


def _integrated(array: NDArray[np.floating[Any]], rate: int) -> tuple[float | None, str]:
    """Return the loudness, and what to say about it."""
    channels, time = array.shape
    if channels > _WEIGHTED_CHANNELS:
        return None, f"No loudness: BS.1770 weights at most {_WEIGHTED_CHANNELS} channels, these are {channels}."
    # pyloudnorm's own condition, in its own arithmetic
    if channels == 0 or time < _GATING_BLOCK_SECONDS * rate:
        return None, f"No loudness: {time / rate:.3f} s is shorter than the standard's block of 0.4 s."
    if rate <= 2.0 * _SHELF_HZ:
        return None, f"No loudness: the K-weighting filter does not fit below half of {rate} Hz."
    try:
        import pyloudnorm
    except ImportError:
        return None, 'No loudness: pyloudnorm is not installed; pip install "audiokit[report]" brings it.'
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(pyloudnorm.Meter(rate).integrated_loudness(array.T))
    if not np.isfinite(value):
        return None, "No loudness: silent, or below the -70 LUFS gate throughout."
    assumed = f"The {channels} channels are taken to be {', '.join(('L', 'R', 'C', 'Ls', 'Rs')[:channels])}."
    return value, assumed if channels > 2 else ""


def _oversampled_peak(row: NDArray[np.floating[Any]]) -> float:
    """Highest absolute value after oversampling, from the loudest block down, until no other can be higher."""
    from scipy.signal import firwin, resample_poly

    if not row.size:
        return 0.0
    # The filter that resample_poly would choose by itself, at hand to know how much it can add at most: with samples
    # no larger than m, each output is a sum of one phase of its coefficients times them.
    half_length = 10 * _OVERSAMPLING
    coefficients = firwin(2 * half_length + 1, 1.0 / _OVERSAMPLING, window=("kaiser", 5.0))
    most = _OVERSAMPLING * max(
        float(np.abs(coefficients[phase::_OVERSAMPLING]).sum()) for phase in range(_OVERSAMPLING)
    )
    starts = np.arange(0, row.size, _BLOCK_SAMPLES)
    # Beyond its ends a block borrows its neighbours' samples; what is computed from the borrowed ones alone is
    # cut off again, so the blocks together are the interpolation of the whole.
    first = np.maximum(starts - _OVERLAP_SAMPLES, 0)
    last = np.minimum(starts + _BLOCK_SAMPLES + _OVERLAP_SAMPLES, row.size)
    loudest = np.array([max(row[i:k].max(), -row[i:k].min()) for i, k in zip(first, last, strict=True)])
    highest = 0.0
    for index in np.argsort(-loudest):
        if loudest[index] * most <= highest:
            break
        fine = resample_poly(row[first[index] : last[index]], _OVERSAMPLING, 1, window=coefficients)
        begin = int(starts[index] - first[index]) * _OVERSAMPLING
        highest = max(highest, float(np.abs(fine[begin : begin + _BLOCK_SAMPLES * _OVERSAMPLING]).max()))
    return highest


def _flat_top_samples(at_full_scale: NDArray[np.bool_]) -> int:
    if not at_full_scale.any():
        return 0
    changes = np.flatnonzero(np.diff(at_full_scale, prepend=False, append=False))
    lengths = changes[1::2] - changes[::2]
    return int(lengths[lengths >= _CLIPPED_RUN].sum())
