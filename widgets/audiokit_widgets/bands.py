"""The frequency bands of a spectrogram: which window, which filters, and what 0 dBFS is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KINDS", "Bands", "Kind", "bands_of", "quantised"]

Kind = Literal["mel", "linear"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WINDOW_SECONDS = {"mel": 0.040, "linear": 0.025}
_MOST_BANDS = {"mel": 80, "linear": 192}
_SHORTEST_WINDOW = 16
_FLOOR_DBFS = -120.0
_MEL_TICKS_HZ = (0, 100, 200, 500, 1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000)
_TICK_GAP = 0.13  # of the height: nearer, their labels touch


@dataclass(frozen=True, eq=False)
class Bands:
    """How one window of samples becomes the power in each band.

    The window is a periodic Hann, divided by half the sum of its weights: a sine of amplitude 1 on a bin of the Fourier
    transform then has power 1 there. Each band's weights are scaled so that a full-scale sine at the band's centre has
    power 1, which is 0 dBFS; as filters differ in width, what is spread (noise) reads higher in the wider ones.

    Parameters
    ----------
    kind : {"mel", "linear"}
        Slaney's triangles, evenly spaced in mel from 0 Hz to half the rate; or equal spans of Hz, in each of which the
        power is averaged.
    sample_rate : int
        In Hz.
    n_fft : int
        Length of the window and of its transform, in samples: the power of two nearest 40 ms (mel) or 25 ms (linear).
    window : ndarray, shape (n_fft,), float32
        The scaled Hann window.
    weights : ndarray, shape (bands, 1 + n_fft // 2), float64
        What sums the power of FFT bins into bands, lowest band first.
    gain : ndarray, shape (bands,), float64
        By how much each row was scaled: power over gain is the mean power spectrum in the band, by which
        what is spread evenly over all frequencies looks even.
    """

    kind: Kind
    sample_rate: int
    n_fft: int
    window: NDArray[np.float32]
    weights: NDArray[np.float64]
    gain: NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of bands."""
        return len(self.weights)

    @property
    def max_hz(self) -> float:
        """Upper edge of the highest band."""
        return self.sample_rate / 2

    def power(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power spectrum of each row of samples, (rows, n_fft) to (rows, 1 + n_fft // 2)."""
        spectrum = np.fft.rfft(rows * self.window, axis=1)
        return np.asarray(spectrum.real**2 + spectrum.imag**2)

    def sums(self, spectra: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power in each band, (rows, 1 + n_fft // 2) to (rows, bands): `spectra` @ `weights`.T.

        Most weights are 0, and what is left is summed without the matrix product, whose threads wait for each other
        longer than so small a sum takes.
        """
        bins, weights, starts = self._held
        return np.asarray(np.add.reduceat(spectra[:, bins] * weights, starts, axis=1))

    @cached_property
    def _held(self) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """The weights above 0, band after band: their FFT bins, their values, and where each band begins."""
        bands, bins = np.nonzero(self.weights)
        return bins, self.weights[bands, bins], np.searchsorted(bands, np.arange(self.count))

    def ticks(self) -> list[dict[str, float]]:
        """Frequencies for the axis.

        Returns
        -------
        list of dict
            ``{"hz", "fraction"}``; the fraction is 0 at the bottom of the picture and 1 at its top.
        """
        ticks: list[dict[str, float]] = []
        for hz in _linear_ticks_hz(self.max_hz) if self.kind == "linear" else _MEL_TICKS_HZ:
            if hz > self.max_hz:
                break
            fraction = min(1.0, max(0.0, self._height(hz)))
            if not ticks or fraction - ticks[-1]["fraction"] >= _TICK_GAP:
                ticks.append({"hz": hz, "fraction": round(fraction, 4)})
        return ticks

    def _height(self, hz: float) -> float:
        if self.kind == "linear":
            return hz / self.max_hz
        from audiokit.dsp.filterbank import hz_to_mel

        at, top = hz_to_mel(np.array([hz, self.max_hz])).tolist()
        # filter m is centred at (m + 1) / (bands + 1) of the scale, and drawn at (m + 0.5) / bands of the height
        return float((at / top * (self.count + 1) - 0.5) / self.count)


def bands_of(kind: Kind, sample_rate: int) -> Bands:
    """Choose window and filters for a sample rate.

    Parameters
    ----------
    kind : {"mel", "linear"}
        See `Bands`.
    sample_rate : int
        In Hz.

    Returns
    -------
    Bands
        At most 80 (mel) or 192 (linear) bands; fewer where the transform has too few bins for as many.

    Raises
    ------
    ParameterError
        If the kind is another.
    """
    if kind not in KINDS:
        raise ParameterError(f"Unknown kind of spectrogram {kind!r}.", cure=f"Use one of {', '.join(KINDS)}.")
    n_fft = max(_SHORTEST_WINDOW, 2 ** round(math.log2(max(sample_rate * _WINDOW_SECONDS[kind], 1))))
    window = np.hanning(n_fft + 1)[:-1]
    if kind == "mel":
        weights, centres_hz = _mel(sample_rate, n_fft)
    else:
        weights, centres_hz = _linear(sample_rate, n_fft)
    bin_hz = sample_rate / n_fft
    away = centres_hz[:, np.newaxis] / bin_hz - np.arange(n_fft // 2 + 1)
    gain = 1.0 / (weights * _hann_response(away) ** 2).sum(axis=1)
    return Bands(
        kind,
        sample_rate,
        n_fft,
        (window * (2.0 / window.sum())).astype(np.float32),
        weights * gain[:, np.newaxis],
        gain,
    )


def quantised(decibels: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Map dBFS to 0 (-120 and below) .. 255 (0 and above).

    Examples
    --------
    >>> quantised(np.array([-np.inf, -120.0, -60.0, 0.0, 3.0])).tolist()
    [0, 0, 128, 255, 255]
    """
    steps = (np.asarray(decibels) - _FLOOR_DBFS) * (255 / -_FLOOR_DBFS)
    return np.asarray(np.clip(np.rint(steps), 0, 255).astype(np.uint8))


def _mel(sample_rate: int, n_fft: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from audiokit.dsp.filterbank import hz_to_mel, mel_filterbank, mel_to_hz

    count = min(_MOST_BANDS["mel"], n_fft // 4)
    filters = mel_filterbank(sample_rate=sample_rate, n_fft=n_fft, n_mels=count, dtype=np.float64)
    top = hz_to_mel(np.array([sample_rate / 2]))[0]
    centres_hz = mel_to_hz(np.linspace(0, top, count + 2))[1:-1]
    return np.asarray(filters, dtype=np.float64), np.asarray(centres_hz, dtype=np.float64)


def _linear(sample_rate: int, n_fft: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean over the FFT bins under each band, where bin k reaches from k - 1/2 to k + 1/2 and may be cut."""
    half = n_fft // 2
    count = min(_MOST_BANDS["linear"], half)
    edges = np.linspace(0, half, count + 1)[:, np.newaxis]
    bins = np.arange(half + 1)
    low, high = np.maximum(bins - 0.5, 0), np.minimum(bins + 0.5, half)
    shared = np.maximum(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0)
    centres_hz = np.asarray((np.arange(count) + 0.5) * (sample_rate / 2 / count), dtype=np.float64)
    weights = np.asarray(shared / shared.sum(axis=1, keepdims=True), dtype=np.float64)
    return weights, centres_hz


def _hann_response(bins_away: NDArray[np.float64]) -> NDArray[np.float64]:
    """Magnitude of a Hann window's transform so many bins from its middle, where it is 1."""
    beside = np.abs(np.abs(bins_away) - 1) < 1e-9
    safe = np.where(beside, 0.0, bins_away)
    return np.where(beside, 0.5, np.abs(np.sinc(safe) / (1 - safe**2)))


def _linear_ticks_hz(max_hz: float) -> list[float]:
    least = max_hz * _TICK_GAP
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= least)
    return [step * k for k in range(int(max_hz / step) + 1)]
