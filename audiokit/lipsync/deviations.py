"""Ways to get the lip-sync mel nearly right, and what each costs.

Each deviation changes one constant of the recipe to what another library, preset or habit would put there.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.mel import mel_filterbank
from audiokit.dsp.stft import hann_window
from audiokit.lipsync.mel import RECIPE, mel_spectrogram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from audiokit.audio import Audio

__all__ = ["DEVIATIONS", "Deviation", "deviating_mel", "measure_deviations"]

_CHUNK_SAMPLES = 10_240


@dataclass(frozen=True, slots=True, eq=False)
class Deviation:
    """One wrong turn and its size, in the mel's own units: the whole range is 8.

    Parameters
    ----------
    name : str
        What was changed.
    difference : ndarray, shape (frames, 80), float64
        The deviating mel less the right one.
    """

    name: str
    difference: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Mean absolute difference."""
        return float(np.abs(self.difference).mean())

    @property
    def largest(self) -> float:
        """Largest absolute difference."""
        return float(np.abs(self.difference).max())


@dataclass(frozen=True, slots=True)
class _Variant:
    """The recipe's constants, each open to change."""

    n_fft: int = RECIPE.n_fft
    symmetric_window: bool = False
    fmin: float = RECIPE.fmin
    fmax: float = RECIPE.fmax
    htk: bool = False
    power: float = RECIPE.power
    pre_emphasis: float = RECIPE.pre_emphasis
    reference_level_db: float = 20.0
    mirrored_ends: bool = False
    chunk_samples: int | None = None


DEVIATIONS: Mapping[str, _Variant] = MappingProxyType(
    {
        "mirrored ends": _Variant(mirrored_ends=True),
        "symmetric Hann window": _Variant(symmetric_window=True),
        "640 ms chunks, each on its own": _Variant(chunk_samples=_CHUNK_SAMPLES),
        "640-sample window and transform": _Variant(n_fft=640),
        "filters from 0 to 8000 Hz": _Variant(fmin=0.0, fmax=RECIPE.sample_rate / 2.0),
        "HTK mel scale": _Variant(htk=True),
        "no pre-emphasis": _Variant(pre_emphasis=0.0),
        "power for magnitude": _Variant(power=2.0),
        "no reference level": _Variant(reference_level_db=0.0),
    }
)
"""The deviations that `measure_deviations` knows, by name."""


def measure_deviations(samples: ArrayLike | Audio) -> list[Deviation]:
    """Compute the mel wrongly in every known way, and compare each with `mel_spectrogram`.

    Straightforward and not in blocks: for excerpts of seconds, not for hours.

    Parameters
    ----------
    samples : array_like, shape (time,) or (1, time), or Audio
        As for `mel_spectrogram`.

    Returns
    -------
    list of Deviation
        In the order of `DEVIATIONS`.

    Examples
    --------
    >>> [d.name for d in measure_deviations(np.zeros(1600)) if d.largest == 0][:2]
    ['mirrored ends', 'symmetric Hann window']
    """
    right = mel_spectrogram(samples)  # checks the samples too
    signal = np.asarray(getattr(samples, "samples", samples), dtype=np.float64).reshape(-1)
    return [Deviation(name, _deviating(signal, variant, len(right)) - right) for name, variant in DEVIATIONS.items()]


def deviating_mel(signal: NDArray[np.float64], name: str, *, trimmed: bool = True) -> NDArray[np.float64]:
    """Compute the mel with the named deviation of `DEVIATIONS`.

    Parameters
    ----------
    signal : ndarray, shape (time,), float64
        At 16 kHz.
    name : str
        Of the deviation.
    trimmed : bool
        Whether chunks on their own, which give more frames than there are, are cut to as many as are right.
    """
    right = 1 + signal.size // RECIPE.hop_length
    most = right if trimmed else right + signal.size  # more than there can be
    return _deviating(signal, DEVIATIONS[name], most)


def _deviating(signal: NDArray[np.float64], variant: _Variant, frames: int) -> NDArray[np.float64]:
    if variant.chunk_samples is None:
        return _mel(signal, variant)
    # 10,240 samples give 52 frames where 51.2 would fit: joined, the frames drift ahead of their time
    chunks = np.split(signal, range(variant.chunk_samples, signal.size, variant.chunk_samples))
    return np.concatenate([_mel(chunk, variant) for chunk in chunks])[:frames]


def _mel(signal: NDArray[np.float64], variant: _Variant) -> NDArray[np.float64]:
    """Compute the mel by its definition, with the variant's constants."""
    emphasised = signal.copy()
    emphasised[1:] -= variant.pre_emphasis * signal[:-1]
    half = variant.n_fft // 2
    padded = np.pad(emphasised, half, mode="reflect") if variant.mirrored_ends else np.pad(emphasised, half)
    window = np.hanning(variant.n_fft) if variant.symmetric_window else hann_window(variant.n_fft)
    frames = np.lib.stride_tricks.sliding_window_view(padded, variant.n_fft)[:: RECIPE.hop_length]
    filters = mel_filterbank(
        sample_rate=RECIPE.sample_rate,
        n_fft=variant.n_fft,
        n_mels=RECIPE.n_mels,
        fmin=variant.fmin,
        fmax=variant.fmax,
        htk=variant.htk,
    )
    mel = np.abs(np.fft.rfft(frames * window, axis=-1)) ** variant.power @ filters.T.astype(np.float64)
    decibels = 20.0 * np.log10(np.maximum(1e-5, mel)) - variant.reference_level_db
    return np.clip(0.08 * decibels + 4.0, -4.0, 4.0)
