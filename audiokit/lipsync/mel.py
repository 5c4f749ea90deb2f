"""The mel spectrogram that Wav2Lip and its descendants were trained on, number for number.

16 kHz mono, then: pre-emphasis 0.97; zeros (or the mirrored signal) of half a window at each end; a periodic Hann
window of 800 samples every 200; magnitudes; 80 Slaney mel filters from 55 to 7600 Hz; 20 log10 with a floor of 1e-5,
less 20 dB; ``0.08 dB + 4``, clipped to ±4. Source: Wav2Lip's ``audio.py`` and ``hparams.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.audio import Audio
from audiokit.dsp.arrays import checked_samples
from audiokit.dsp.mel import MEL_PRESETS, mel_filterbank
from audiokit.dsp.stft import magnitude_blocks, pad_centre
from audiokit.errors import EmptySource, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from scipy.sparse import csr_array

__all__ = ["RECIPE", "MelStages", "Padding", "mel_spectrogram", "mel_stages", "normalised"]

RECIPE = MEL_PRESETS["lipsync"]
Padding = Literal["zero", "reflect"]

_FLOOR = 1e-5  # of the mel magnitude, -100 dB: below it a bin is silence
_REFERENCE_LEVEL_DB = 20.0
_SLOPE = 0.08  # units a dB: 100 dB from floor to reference are 8 units
_LIMIT = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class MelStages:
    """What each step of the recipe makes of a signal, in float64.

    Parameters
    ----------
    pre_emphasised : ndarray, shape (time,)
        The signal less 0.97 of its previous sample.
    magnitude : ndarray, shape (frames, 401)
        Of the windowed Fourier transform.
    mel : ndarray, shape (frames, 80)
        Magnitudes summed by the mel filters.
    decibels : ndarray, shape (frames, 80)
        20 log10 of them, at least -100 dB, less the reference level of 20 dB.
    normalised : ndarray, shape (frames, 80)
        What the model is given, in -4 .. 4.
    """

    pre_emphasised: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    mel: NDArray[np.float64]
    decibels: NDArray[np.float64]
    normalised: NDArray[np.float64]


def mel_spectrogram(
    samples: ArrayLike | Audio, *, pad: Padding = "zero", dtype: DTypeLike = np.float64
) -> NDArray[np.floating[Any]]:
    """Compute the lip-sync mel of 16 kHz mono speech.

    Frame ``m`` is centred on sample ``200 m``: 80 frames a second. The float64 path repeats the reference's arithmetic;
    the float32 path is faster, for speech that arrives in small pieces and has to be on time.

    Parameters
    ----------
    samples : array_like, shape (time,) or (1, time), or Audio
        Full scale ±1, at **16 kHz**. A plain array does not know its rate, so it is taken at its word; an `Audio` is
        checked.
    pad : {"zero", "reflect"}
        What lies beyond the ends: zeros (librosa since 0.9), or the mirrored signal (librosa until 0.8). Only the
        first two and the last two frames tell.
    dtype : dtype
        float64, exact; or float32.

    Returns
    -------
    ndarray, shape (1 + time // 200, 80), of `dtype`
        In -4 .. 4. A NaN sample makes the frames that hold it NaN.

    Raises
    ------
    EmptySource
        If there are no samples.
    ParameterError
        For more than one channel, an `Audio` at another rate, another padding or another dtype.

    Examples
    --------
    >>> mel_spectrogram(np.zeros(10_240)).shape
    (52, 80)
    """
    precision = np.dtype(dtype)
    if precision not in (np.float32, np.float64):
        raise ParameterError(f"The lip-sync mel is computed in float32 or float64, got {precision}.")
    signal = _pre_emphasised(_signal(samples, pad), precision)
    return normalised(mel_magnitude(_padded(signal, pad), _frames(signal), precision))


def mel_stages(samples: ArrayLike | Audio, *, pad: Padding = "zero") -> MelStages:
    """Compute the same, and keep every step to look at; for excerpts, since nothing is done in blocks.

    Parameters and errors are those of `mel_spectrogram`.

    Examples
    --------
    >>> mel_stages(np.zeros(1600)).magnitude.shape
    (9, 401)
    """
    signal = _pre_emphasised(_signal(samples, pad), np.dtype(np.float64))
    blocks = _magnitude_blocks(_padded(signal, pad), _frames(signal), np.dtype(np.float64))
    magnitude = np.concatenate([block for _, block in blocks])
    mel = magnitude @ _filters().T.astype(np.float64)
    decibels = 20.0 * np.log10(np.maximum(_FLOOR, mel)) - _REFERENCE_LEVEL_DB
    return MelStages(signal, magnitude, mel, decibels, np.clip(_SLOPE * decibels + _LIMIT, -_LIMIT, _LIMIT))


def mel_magnitude(padded: NDArray[Any], frames: int, precision: np.dtype[Any]) -> NDArray[Any]:
    """Sum windowed magnitudes by the mel filters.

    Parameters
    ----------
    padded : ndarray, shape (time,)
        Pre-emphasised; half a window before the centre of the first frame and half a window after that of the last.
    frames : int
        How many.
    precision : dtype
        float32 or float64.

    Returns
    -------
    ndarray, shape (frames, 80)
    """
    out = np.empty((frames, RECIPE.n_mels), dtype=precision)
    filters = _sparse_filters(precision)
    for first, magnitude in _magnitude_blocks(padded, frames, precision):
        out[first : first + len(magnitude)] = (filters @ magnitude.T).T
    return out


def normalised(mel: NDArray[Any]) -> NDArray[Any]:
    """Turn mel magnitudes into the model's units: decibels less the reference level, scaled, clipped to ±4."""
    decibels = 20.0 * np.log10(np.maximum(_FLOOR, mel)) - _REFERENCE_LEVEL_DB
    return np.asarray(np.clip(_SLOPE * decibels + _LIMIT, -_LIMIT, _LIMIT))


def _signal(samples: ArrayLike | Audio, pad: str) -> NDArray[np.floating[Any]]:
    if pad not in ("zero", "reflect"):
        raise ParameterError(f"Unknown padding {pad!r}.", cure='Use "zero" or "reflect".')
    if isinstance(samples, Audio):
        if samples.sample_rate != RECIPE.sample_rate:
            raise ParameterError(
                f"The lip-sync mel wants {RECIPE.sample_rate} Hz, got {samples!r}.",
                cure="Read it with audiokit.read(source, sample_rate=16000, mono=True).",
            )
        samples = samples.samples
    array = checked_samples(samples, wanted_by="lipsync.mel_spectrogram")
    if array.ndim == 2 and array.shape[0] != 1:
        raise ParameterError(
            f"The lip-sync mel wants one channel, got shape {array.shape}.",
            cure="Mix down with `audio.mono()`, or pick a channel with `samples[0]`.",
        )
    if array.size == 0:
        raise EmptySource("The lip-sync mel wants at least one sample, got none.")
    return array.reshape(-1)


def _pre_emphasised(signal: NDArray[Any], precision: np.dtype[Any]) -> NDArray[Any]:
    out = signal.astype(precision)
    out[1:] -= precision.type(RECIPE.pre_emphasis) * signal[:-1].astype(precision, copy=False)
    return out


def _frames(signal: NDArray[Any]) -> int:
    return 1 + signal.size // RECIPE.hop_length


def _padded(signal: NDArray[Any], pad: Padding) -> NDArray[Any]:
    return pad_centre(signal, RECIPE.n_fft // 2, mode="reflect" if pad == "reflect" else "constant")


def _magnitude_blocks(
    padded: NDArray[Any], frames: int, precision: np.dtype[Any]
) -> Iterator[tuple[int, NDArray[Any]]]:
    return magnitude_blocks(
        padded,
        frames,
        n_fft=RECIPE.n_fft,
        win_length=RECIPE.win_length,
        hop_length=RECIPE.hop_length,
        dtype=precision,
    )


def _filters() -> NDArray[np.floating[Any]]:
    # float32, and only then widened: the reference's own filters are rounded so
    return mel_filterbank(
        sample_rate=RECIPE.sample_rate,
        n_fft=RECIPE.n_fft,
        n_mels=RECIPE.n_mels,
        fmin=RECIPE.fmin,
        fmax=RECIPE.fmax,
    )


@cache
def _sparse_filters(precision: np.dtype[Any]) -> csr_array:
    """Return the filters as a sparse matrix: 739 of their 32,080 weights are not zero."""
    from scipy.sparse import csr_array

    return csr_array(_filters().astype(precision))
