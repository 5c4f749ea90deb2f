"""Mel spectrograms as models are given them: frames first, with the time of each and the frequency of each band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.filterbank import hz_to_mel, mel_to_hz
from audiokit.dsp.mel import MEL_PRESETS, MelPreset, mel_spectrogram
from audiokit.errors import ParameterError
from audiokit.model_input import ModelInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["genre_image_input", "mel_band_hz", "mel_input"]

_UNITS = {"decibels": "dB", "decibels_below_max": "dB below the loudest", "whisper": "", "lipsync": ""}


def mel_band_hz(recipe: MelPreset) -> NDArray[np.float64]:
    """Return the frequency in Hz at which each filter of a recipe peaks, shape (n_mels,)."""
    ends = hz_to_mel(np.array([recipe.fmin, recipe.fmax]), htk=recipe.htk)
    return mel_to_hz(np.linspace(ends[0], ends[1], recipe.n_mels + 2)[1:-1], htk=recipe.htk)


def mel_input(samples: ArrayLike, sample_rate: int, preset: str | MelPreset) -> ModelInput:
    """Compute a mel spectrogram by a named recipe, as a model's input.

    Parameters
    ----------
    samples, sample_rate, preset
        As in `mel_spectrogram`; for example ``"whisper"`` (80 bands) or ``"whisper_v3"`` (128).

    Returns
    -------
    ModelInput
        Values of shape (frames, n_mels): the transpose of `mel_spectrogram`'s, not a number changed. Frame ``i`` is
        centred on sample ``i * hop_length``.

    Raises
    ------
    ParameterError
        As `mel_spectrogram`.

    Examples
    --------
    >>> mel_input(np.zeros(16000), 16000, "whisper").values.shape
    (100, 80)
    """
    values = mel_spectrogram(samples, sample_rate, preset)
    recipe = preset if isinstance(preset, MelPreset) else MEL_PRESETS[preset]
    return ModelInput(
        np.ascontiguousarray(values.T),
        hop_seconds=recipe.hop_seconds,
        start_seconds=-recipe.hop_seconds / 2,
        name=f"{recipe.name} mel",
        unit=_UNITS[recipe.scaling],
        band_hz=mel_band_hz(recipe),
        window_seconds=recipe.win_length / recipe.sample_rate,
    )


def genre_image_input(samples: ArrayLike, sample_rate: int, *, size: int = 224) -> ModelInput:
    """Compute the "genre" mel and resize it to the square picture that an image network takes.

    Parameters
    ----------
    samples : array_like, shape (time,) or (1, time)
        At 22,050 Hz, full scale ±1.
    sample_rate : int
        In Hz.
    size : int
        Frames and bands of the result.

    Returns
    -------
    ModelInput
        Values of shape (size, size), in dB below the loudest bin. A frame is no longer one window: its cell is a
        `size`-th of the spectrogram's, and its window covers all that was weighed into it.

    Raises
    ------
    ParameterError
        As `mel_spectrogram`, or if `size` is not positive.

    Notes
    -----
    Bilinear, with half-pixel centres, and with the triangle widened where the picture shrinks (antialiasing): what
    ``torch.nn.functional.interpolate(mode="bilinear", antialias=True)`` computes, and with it torchvision's ``Resize``.

    Examples
    --------
    >>> genre_image_input(np.zeros(22050), 22050).values.shape
    (224, 224)
    """
    if size < 1:
        raise ParameterError(f"size must be at least 1, got {size!r}.")
    recipe = MEL_PRESETS["genre"]
    mel = mel_spectrogram(samples, sample_rate, recipe)
    bands, frames = mel.shape
    across, along = _resizing(bands, size), _resizing(frames, size)
    resized = (across @ mel.astype(np.float64) @ along.T).astype(np.float32)
    hop = recipe.hop_seconds * frames / size
    reach = max(1.0, frames / size) * recipe.hop_seconds  # of the triangle, to either side of a frame's centre
    mels = hz_to_mel(np.array([recipe.fmin, recipe.fmax]))
    places = (np.arange(size) + 0.5) * bands / size + 0.5  # in filters, the first of which peaks at 1 of bands + 1
    return ModelInput(
        np.ascontiguousarray(resized.T),
        hop_seconds=hop,
        start_seconds=-recipe.hop_seconds / 2,
        name=f"genre mel, {size} x {size}",
        unit=_UNITS[recipe.scaling],
        band_hz=mel_to_hz(mels[0] + places / (bands + 1) * (mels[1] - mels[0])),
        window_seconds=recipe.win_length / recipe.sample_rate + 2 * reach,
    )


def _resizing(length: int, size: int) -> NDArray[np.float64]:
    """Weights, shape (size, length): a triangle about each new pixel's centre, cut at the edges, of sum 1."""
    scale = length / size
    wide = max(1.0, scale)
    centres = (np.arange(size) + 0.5) * scale
    distance = np.abs(np.arange(length) + 0.5 - centres[:, np.newaxis]) / wide
    weights = np.maximum(0.0, 1.0 - distance)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
