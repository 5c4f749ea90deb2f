"""The mel spectrogram that Wav2Lip and its descendants were trained on, number for number.

16 kHz mono, then: pre-emphasis 0.97; zeros (or the mirrored signal) of half a window at each end; a periodic Hann
window of 800 samples every 200; magnitudes; 80 Slaney mel filters from 55 to 7600 Hz; 20 log10 with a floor of 1e-5,
less 20 dB; ``0.08 dB + 4``, clipped to ±4. Source: Wav2Lip's ``audio.py`` and ``hparams.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.audio import Audio
from audiokit.dsp.arrays import checked_samples
from audiokit.dsp.stft import magnitude_blocks, pad_centre
from audiokit.errors import EmptySource, ParameterError
from audiokit.lipsync.frames import FLOOR, LIMIT, RECIPE, REFERENCE_LEVEL_DB, SLOPE, filters, make_frames, pre_emphasise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = [
    "RECIPE",
    "MelStages",
    "Padding",
    "checked_pad",
    "checked_precision",
    "mel_spectrogram",
    "mel_stages",
    "one_channel",
]

Padding = Literal["zero", "reflect"]

_HALF = RECIPE.n_fft // 2


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
    precision = checked_precision(dtype)
    signal = _signal(samples, pad)
    return make_frames(_padded(signal, pad, precision), _frames(signal))


def mel_stages(samples: ArrayLike | Audio, *, pad: Padding = "zero") -> MelStages:
    """Compute the same, and keep every step to look at; for excerpts, since nothing is done in blocks.

    Parameters and errors are those of `mel_spectrogram`.

    Examples
    --------
    >>> mel_stages(np.zeros(1600)).magnitude.shape
    (9, 401)
    """
    signal = _signal(samples, pad)
    padded = _padded(signal, pad, np.dtype(np.float64))
    blocks = magnitude_blocks(
        padded,
        _frames(signal),
        n_fft=RECIPE.n_fft,
        win_length=RECIPE.win_length,
        hop_length=RECIPE.hop_length,
        dtype=np.float64,
    )
    magnitude = np.concatenate([block for _, block in blocks])
    mel = magnitude @ filters().T.astype(np.float64)
    decibels = 20.0 * np.log10(np.maximum(FLOOR, mel)) - REFERENCE_LEVEL_DB
    return MelStages(
        padded[_HALF : _HALF + signal.size].copy(),
        magnitude,
        mel,
        decibels,
        np.clip(SLOPE * decibels + LIMIT, -LIMIT, LIMIT),
    )


def checked_precision(dtype: DTypeLike) -> np.dtype[Any]:
    """Return float32 or float64 as a dtype, or raise ParameterError."""
    precision: np.dtype[Any] = np.dtype(dtype)
    if precision not in (np.float32, np.float64):
        raise ParameterError(f"The lip-sync mel is computed in float32 or float64, got {precision}.")
    return precision


def checked_pad(pad: str) -> None:
    """Raise ParameterError for a padding that there is not."""
    if pad not in ("zero", "reflect"):
        raise ParameterError(f"Unknown padding {pad!r}.", cure='Use "zero" or "reflect".')


def _signal(samples: ArrayLike | Audio, pad: str) -> NDArray[np.floating[Any]]:
    checked_pad(pad)
    array = one_channel(samples)
    if array.size == 0:
        raise EmptySource("The lip-sync mel wants at least one sample, got none.")
    return array


def one_channel(samples: ArrayLike | Audio) -> NDArray[np.floating[Any]]:
    """Return 16 kHz mono samples as one row of any length, or raise ParameterError."""
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
    return array.reshape(-1)


def _frames(signal: NDArray[Any]) -> int:
    return 1 + signal.size // RECIPE.hop_length


def _padded(signal: NDArray[Any], pad: Padding, precision: np.dtype[Any]) -> NDArray[Any]:
    """Pre-emphasise, then put half a window before and behind."""
    padded = np.zeros(signal.size + 2 * _HALF, precision)
    inner = padded[_HALF : _HALF + signal.size]
    pre_emphasise(signal, inner)
    return padded if pad == "zero" else pad_centre(inner, _HALF, mode="reflect")
