"""Less steady noise: a Wiener filter whose estimate of the signal goes along from frame to frame.

Sources: Ephraim and Malah, "Speech enhancement using a minimum mean-square error short-time spectral amplitude
estimator" (IEEE Trans. ASSP 32, 1984), for the decision-directed estimate; Scalart and Vieira Filho, "Speech
enhancement based on a priori signal to noise estimation" (ICASSP 1996), for the Wiener gain made of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_rate, checked_samples
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["noise_power", "reduce_noise"]

_WINDOW_SECONDS = 0.032
_OVERLAP = 4  # hops in a window
_SMOOTHING = 0.98  # weight of the frame before in the a priori signal-to-noise ratio, as in both papers
_BLOCK_FRAMES = 2048
_PROFILED_FRAMES = 20_000  # of which the noise is estimated: beyond, every second, third ... frame
_QUANTILE = 0.1
_LEAST_NOISE_SECONDS = 0.25


def reduce_noise(
    samples: ArrayLike,
    sample_rate: int,
    *,
    noise_spans: Iterable[tuple[float, float]] | None = None,
    reduction_db: float = 15.0,
) -> NDArray[np.float32]:
    """Turn down what is steady in a sound, as far as it does not stand out of that.

    The noise is taken to be the same from beginning to end. Noise that comes and goes, music and other voices stay.

    Parameters
    ----------
    samples : array_like, shape (time,) or (channels, time), float
        Full scale is ±1; every sample finite.
    sample_rate : int
        In Hz.
    noise_spans : iterable of (float, float), optional
        Seconds in which nobody speaks: from 0.25 s on in all, the noise is learned from these alone.
    reduction_db : float
        Nothing is turned down by more than this, 0 to 60. More leaves less noise, and more traces.

    Returns
    -------
    ndarray, float32
        Of the same shape, in time with the input to the sample.

    Raises
    ------
    ParameterError
        If the samples are no sound, or the reduction is out of range.

    Examples
    --------
    >>> hiss = np.random.default_rng(0).standard_normal(16000).astype(np.float32) * 0.1
    >>> less = reduce_noise(hiss, 16000)
    >>> bool(9 < 20 * np.log10(hiss.std() / less.std()) <= 15)
    True
    """
    array = np.asarray(checked_samples(samples, wanted_by="reduce_noise"), dtype=np.float32)
    rate = checked_rate(sample_rate)
    if not 0 <= reduction_db <= 60:
        raise ParameterError(f"reduction_db must lie between 0 and 60, got {reduction_db!r}.", cure="15 is usual.")
    if array.ndim == 2:
        spans = None if noise_spans is None else list(noise_spans)
        rows = [reduce_noise(row, rate, noise_spans=spans, reduction_db=reduction_db) for row in array]
        return np.stack(rows) if rows else array
    if not array.size or reduction_db == 0:
        return array.copy()
    noise = noise_power(array, rate, noise_spans=noise_spans)
    floor = 10 ** (-reduction_db / 20)
    window, hop = _window(rate)
    made = np.zeros(_padded_size(array.size, window.size, hop), dtype=np.float32)
    signal = np.zeros(noise.size)  # power of the frame before, after its gain
    for first, spectra in _spectra(array, window, hop):
        gains = np.empty(spectra.shape, dtype=np.float32)
        power = np.square(np.abs(spectra), dtype=np.float64)
        for frame in range(len(spectra)):
            gains[frame] = gain = _wiener(power[frame], noise, signal)
            signal = np.square(gain) * power[frame]
        sounds = np.fft.irfft(spectra * np.maximum(gains, floor), window.size, axis=-1) * (window * (2 / _OVERLAP))
        for frame, sound in enumerate(sounds, start=first):
            made[frame * hop : frame * hop + window.size] += sound
    before = window.size - hop
    return made[before : before + array.size]


def _wiener(power: NDArray[Any], noise: NDArray[Any], signal_before: NDArray[Any]) -> NDArray[Any]:
    """Gain of each frequency, 0 to 1; where no noise is, 1."""
    over = np.maximum(noise, 1e-20)
    prior = _SMOOTHING * signal_before / over + (1 - _SMOOTHING) * np.maximum(power / over - 1, 0.0)
    return np.asarray(prior / (1 + prior))


def noise_power(
    samples: NDArray[np.float32], sample_rate: int, *, noise_spans: Iterable[tuple[float, float]] | None = None
) -> NDArray[np.float64]:
    """Estimate the power of the noise at each frequency of a window of 32 ms.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        The sound.
    sample_rate : int
        In Hz.
    noise_spans : iterable of (float, float), optional
        As `reduce_noise`.

    Returns
    -------
    ndarray, shape (frequencies,), float64
        From the tenth part of the frames in which a frequency is weakest, as for noise whose power is exponentially
        distributed: what is always there. Music between two sentences, or a door, is not.
    """
    window, hop = _window(sample_rate)
    frames = _padded_size(samples.size, window.size, hop) // hop - _OVERLAP + 1
    middles = (np.arange(frames) * hop - (window.size - hop) + window.size / 2) / sample_rate
    reach = window.size / 2 / sample_rate
    inside = np.zeros(frames, dtype=bool)
    for start, end in noise_spans or ():
        inside |= (middles >= start + reach) & (middles <= end - reach)
    told = np.count_nonzero(inside) * hop / sample_rate >= _LEAST_NOISE_SECONDS
    chosen = inside if told else np.ones(frames, dtype=bool)
    chosen[np.flatnonzero(chosen)] = np.arange(np.count_nonzero(chosen)) % -(-chosen.sum() // _PROFILED_FRAMES) == 0
    powers = [
        np.square(np.abs(spectra[chosen[first : first + len(spectra)]]))
        for first, spectra in _spectra(samples, window, hop)
    ]
    low = np.quantile(np.concatenate(powers), _QUANTILE, axis=0)
    return np.asarray(low / -math.log(1 - _QUANTILE), dtype=np.float64)


def _window(sample_rate: int) -> tuple[NDArray[np.float32], int]:
    """The root of a periodic Hann window, used twice: what overlaps adds up to a constant."""
    hop = max(round(_WINDOW_SECONDS * sample_rate / _OVERLAP), 1)
    size = hop * _OVERLAP
    return np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32), hop


def _padded_size(size: int, length: int, hop: int) -> int:
    """Samples with room before the first and after the last for whole windows."""
    return -(-(size + 2 * (length - hop)) // hop) * hop


def _spectra(
    samples: NDArray[np.float32], window: NDArray[np.float32], hop: int
) -> Iterator[tuple[int, NDArray[np.complexfloating[Any, Any]]]]:
    """Yield the number of a first frame and the spectra of a block, (frames, frequencies)."""
    before = window.size - hop
    total = _padded_size(samples.size, window.size, hop)
    frames = (total - window.size) // hop + 1
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        start = first * hop - before
        end = start + (count - 1) * hop + window.size
        part = samples[max(start, 0) : max(min(end, samples.size), 0)]
        part = np.pad(part, (max(-start, 0), end - start - max(-start, 0) - part.size))
        views = np.lib.stride_tricks.sliding_window_view(part, window.size)[::hop]
        yield first, np.fft.rfft(views * window, axis=-1)
