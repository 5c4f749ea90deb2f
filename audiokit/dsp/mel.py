"""Mel spectrograms by named recipe, each equal to the implementation that it names."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from audiokit.dsp.arrays import checked_rate, checked_samples
from audiokit.dsp.filterbank import mel_filterbank
from audiokit.dsp.stft import magnitude_blocks, pad_centre
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["MEL_PRESETS", "MelPreset", "mel_filterbank", "mel_spectrogram"]

Scaling = Literal["decibels", "decibels_below_max", "whisper", "lipsync"]


@dataclass(frozen=True, slots=True)
class MelPreset:
    """Everything that makes one mel spectrogram differ from another.

    The window is always a periodic Hann, frames are always centred on multiples of the hop, by padding `n_fft / 2`
    samples at each end.

    Parameters
    ----------
    name : str
        Its key in `MEL_PRESETS`.
    sample_rate : int
        The only rate at which the recipe holds, in Hz.
    n_fft, win_length, hop_length : int
        Transform, window and hop in samples; a window shorter than the transform sits in its middle.
    n_mels : int
        Number of mel bins.
    fmin, fmax : float
        Edges of the filters in Hz.
    htk : bool
        HTK's mel formula in place of Slaney's.
    norm : {"slaney", None}
        See `mel_filterbank`.
    power : float
        2 sums energies, 1 sums magnitudes.
    pad_mode : {"constant", "reflect"}
        What the `n_fft / 2` samples beyond each end hold: zeros, or the signal mirrored.
    drop_last_frame : bool
        Whether the frame centred on the end of the signal is left out.
    pre_emphasis : float
        `a` in ``y[t] = x[t] - a x[t - 1]``, applied first; 0 is none.
    scaling : {"decibels", "decibels_below_max", "whisper", "lipsync"}
        ``decibels`` is 10 log10 of the power, floored 80 dB below the loudest bin; ``decibels_below_max`` the same
        with the loudest bin at 0 dB; ``whisper`` and ``lipsync`` are those models' own.
    source : str
        Where the recipe comes from.
    """

    name: str
    sample_rate: int
    n_fft: int
    win_length: int
    hop_length: int
    n_mels: int
    fmin: float
    fmax: float
    scaling: Scaling
    source: str
    htk: bool = False
    norm: Literal["slaney"] | None = "slaney"
    power: float = 2.0
    pad_mode: Literal["constant", "reflect"] = "constant"
    drop_last_frame: bool = False
    pre_emphasis: float = 0.0

    @property
    def hop_seconds(self) -> float:
        """Time between the centres of two frames."""
        return self.hop_length / self.sample_rate


MEL_PRESETS: Mapping[str, MelPreset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            MelPreset(
                name="speech",
                sample_rate=16_000,
                n_fft=512,
                win_length=400,
                hop_length=160,
                n_mels=80,
                fmin=0.0,
                fmax=8000.0,
                scaling="decibels",
                source="25 ms window and 10 ms hop, the custom of speech recognition; librosa's power_to_db",
            ),
            MelPreset(
                name="genre",
                sample_rate=22_050,
                n_fft=2048,
                win_length=2048,
                hop_length=512,
                n_mels=128,
                fmin=0.0,
                fmax=8000.0,
                scaling="decibels_below_max",
                source="librosa.feature.melspectrogram(fmax=8000) and power_to_db(ref=np.max)",
            ),
            MelPreset(
                name="whisper",
                sample_rate=16_000,
                n_fft=400,
                win_length=400,
                hop_length=160,
                n_mels=80,
                fmin=0.0,
                fmax=8000.0,
                scaling="whisper",
                pad_mode="reflect",
                drop_last_frame=True,
                source="openai/whisper, log_mel_spectrogram, without its padding to 30 s",
            ),
            MelPreset(
                name="lipsync",
                sample_rate=16_000,
                n_fft=800,
                win_length=800,
                hop_length=200,
                n_mels=80,
                fmin=55.0,
                fmax=7600.0,
                scaling="lipsync",
                power=1.0,
                pre_emphasis=0.97,
                source="Wav2Lip, audio.py and hparams.py, with librosa >= 0.9's zero padding",
            ),
            MelPreset(
                name="whisper_v3",
                sample_rate=16_000,
                n_fft=400,
                win_length=400,
                hop_length=160,
                n_mels=128,
                fmin=0.0,
                fmax=8000.0,
                scaling="whisper",
                pad_mode="reflect",
                drop_last_frame=True,
                source="openai/whisper, large-v3's 128 bins; without the padding to 30 s",
            ),
        )
    }
)
"""The recipes by name; read-only."""


def mel_spectrogram(samples: ArrayLike, sample_rate: int, preset: str | MelPreset = "speech") -> NDArray[np.float32]:
    """Compute a mel spectrogram by a named recipe, in blocks of bounded memory.

    Parameters
    ----------
    samples : array_like, shape (time,) or (1, time)
        Floating-point, full scale ±1. More than one channel is refused, because each recipe is defined for one
        and whether to mix down or to pick a channel is the caller's to say.
    sample_rate : int
        Must be the recipe's own rate; nothing is resampled silently.
    preset : str or MelPreset
        A name in `MEL_PRESETS`, or a recipe of your own, for example ``dataclasses.replace(MEL_PRESETS["speech"],
        n_mels=40)``.

    Returns
    -------
    ndarray, shape (n_mels, frames), float32
        ``frames`` is ``1 + time // hop_length``, one less where the recipe drops the last. In dB, or in the model's
        own units for "whisper" and "lipsync".

    Raises
    ------
    ParameterError
        For an unknown preset, another sample rate, several channels, no samples, or too few for one frame.

    Examples
    --------
    >>> mel_spectrogram(np.zeros(16000), 16000, "speech").shape
    (80, 101)
    """
    recipe = _recipe(preset)
    signal = _one_channel(samples)
    rate = checked_rate(sample_rate)
    if rate != recipe.sample_rate:
        raise ParameterError(
            f"The mel preset {recipe.name!r} is defined at {recipe.sample_rate} Hz, the samples are at {rate} Hz.",
            cure=f"Resample first: audiokit.dsp.resample(samples, {rate}, {recipe.sample_rate}).",
        )
    if signal.size == 0 or (recipe.drop_last_frame and signal.size < recipe.hop_length):
        raise ParameterError(
            f"The mel preset {recipe.name!r} has no frame in {signal.size} samples.",
            cure=f"Give it at least one hop, {recipe.hop_length} samples.",
        )
    return _scaled(_linear_mel(signal.astype(np.float32, copy=False), recipe), recipe)


def _recipe(preset: str | MelPreset) -> MelPreset:
    if isinstance(preset, MelPreset):
        return preset
    if preset not in MEL_PRESETS:
        raise ParameterError(f"Unknown mel preset {preset!r}.", cure=f"Use one of {', '.join(MEL_PRESETS)}.")
    return MEL_PRESETS[preset]


def _one_channel(samples: ArrayLike) -> NDArray[np.float32]:
    array = checked_samples(samples, wanted_by="mel_spectrogram")
    if array.ndim == 2 and array.shape[0] != 1:
        raise ParameterError(
            f"mel_spectrogram wants one channel, got shape {array.shape}.",
            cure="Mix down with `audio.mono()`, or pick a channel with `samples[0]`.",
        )
    return np.asarray(array.reshape(-1))


def _linear_mel(signal: NDArray[np.float32], recipe: MelPreset) -> NDArray[np.float32]:
    if recipe.pre_emphasis:
        signal = np.concatenate([signal[:1], signal[1:] - np.float32(recipe.pre_emphasis) * signal[:-1]])
    filters = mel_filterbank(
        sample_rate=recipe.sample_rate,
        n_fft=recipe.n_fft,
        n_mels=recipe.n_mels,
        fmin=recipe.fmin,
        fmax=recipe.fmax,
        htk=recipe.htk,
        norm=recipe.norm,
    )
    frames = 1 + signal.size // recipe.hop_length - recipe.drop_last_frame
    out = np.empty((recipe.n_mels, frames), dtype=np.float32)
    padded = pad_centre(signal, recipe.n_fft // 2, mode=recipe.pad_mode)
    for first, magnitude in magnitude_blocks(
        padded, frames, n_fft=recipe.n_fft, win_length=recipe.win_length, hop_length=recipe.hop_length
    ):
        summed = (magnitude if recipe.power == 1.0 else magnitude**recipe.power).astype(np.float32)
        out[:, first : first + len(magnitude)] = filters @ summed.T
    return out


def _scaled(mel: NDArray[np.float32], recipe: MelPreset) -> NDArray[np.float32]:
    """Apply the recipe's logarithm; works in place on `mel`, which is this module's own."""
    if recipe.scaling == "lipsync":
        decibels = 20.0 * np.log10(np.maximum(np.float32(1e-5), mel)) - np.float32(20.0)
        return np.clip(np.float32(0.08) * decibels + np.float32(4.0), np.float32(-4.0), np.float32(4.0))
    log = np.log10(np.maximum(mel, np.float32(1e-10), out=mel), out=mel)
    # 80 dB below the loudest bin is the floor in all three; Whisper counts in bels.
    np.maximum(log, log.max() - np.float32(8.0), out=log)
    if recipe.scaling == "whisper":
        return (log + np.float32(4.0)) / np.float32(4.0)
    log *= np.float32(10.0)
    return log - log.max() if recipe.scaling == "decibels_below_max" else log
