"""What the content gate hears in each frame: levels of mel bands, pitch, and how long partials stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.filterbank import band_powers, mel_filterbank
from audiokit.dsp.frame_descriptors import N_FFT, SAMPLE_RATE, FrameGrid, power_frames, track_pitch

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GRID", "MEL_BANDS", "TRACKS", "FrameTracks", "frame_tracks"]

GRID = FrameGrid(win_length=800, hop_length=256)
MEL_BANDS = 48

_HERTZ = np.fft.rfftfreq(N_FFT, 1.0 / SAMPLE_RATE)
_LAGS = (8, 16, 32)  # 0.13, 0.26 and 0.51 s: as long as short notes, longer than what a gliding voice holds
_TONE_BANDS_HZ = ((100.0, 1000.0), (1000.0, 4000.0))


@dataclass(frozen=True, slots=True, eq=False)
class FrameTracks:
    """What each frame of 50 ms, every 16 ms, is like.

    Parameters
    ----------
    mel : ndarray, shape (frames, 48), float32
        Levels of mel bands in dB.
    tracks : ndarray, shape (frames, 16), float32
        One column each for what `frame_tracks` lists.
    """

    mel: NDArray[np.float32]
    tracks: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.mel)


TRACKS = ("level", "flux", "centroid", "rolloff", "flatness", "strength", "semitones",
            *(f"hold_{lag}_{band}" for band in ("low", "high") for lag in _LAGS),
            "scale_cos", "scale_sin", "peaks")  # fmt: skip
"""Names of the tracks of a frame, in order."""

_AT = {name: index for index, name in enumerate(TRACKS)}


def frame_tracks(samples: NDArray[np.float32]) -> FrameTracks:
    """Describe every frame of a sound.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        One channel at 16 kHz, finite.

    Returns
    -------
    FrameTracks
        Level, spectral flux, centroid, roll-off, flatness, strength of pitch, pitch, how much of the fine structure of
        the spectrum is still there three lags later in two bands, and where partials lie between the semitones.
    """
    power = power_frames(samples, GRID)
    pitch = track_pitch(power, GRID)
    mel = _decibels(band_powers(power, _filters()))
    tracks = np.empty((len(power), len(TRACKS)), dtype=np.float32)
    heard = power[:, 4:]
    tracks[:, _AT["level"]] = _decibels(heard.sum(axis=1))
    floored = np.maximum(mel, mel.max(axis=1, keepdims=True) - 50)
    tracks[:, _AT["flux"]] = np.maximum(np.diff(floored, axis=0, prepend=floored[:1]), 0).mean(axis=1)
    root = np.sqrt(heard)
    total = np.maximum(root.sum(axis=1), 1e-9)
    tracks[:, _AT["centroid"]] = np.log2(
        np.maximum(np.einsum("fb,b->f", root, _HERTZ[4:].astype(np.float32)) / total, 60.0)
    )
    below = np.cumsum(heard, axis=1)
    place = (below < 0.85 * below[:, -1:]).sum(axis=1).clip(max=heard.shape[1] - 1)
    tracks[:, _AT["rolloff"]] = np.log2(_HERTZ[4:][place])
    spread = heard[:, 8:380] + np.float32(1e-12)
    tracks[:, _AT["flatness"]] = _decibels(np.exp(np.log(spread).mean(axis=1))) - _decibels(spread.mean(axis=1))
    tracks[:, _AT["strength"]] = pitch.strength
    tracks[:, _AT["semitones"]] = 12 * np.log2(pitch.hertz / np.float32(55.0))
    fine = _fine_structure(power)
    for name, (low, high) in zip(("low", "high"), _TONE_BANDS_HZ, strict=True):
        part = fine[:, np.searchsorted(_HERTZ, low) : np.searchsorted(_HERTZ, high)]
        part = part - part.mean(axis=1, keepdims=True)
        part /= np.maximum(np.sqrt(np.square(part).sum(axis=1, keepdims=True)), 1e-6)
        for lag in _LAGS:
            held = np.zeros(len(part), dtype=np.float32)
            if len(part) > lag:
                held[:-lag] = (part[:-lag] * part[lag:]).sum(axis=1)
                held[-lag:] = held[-lag - 1]
            tracks[:, _AT[f"hold_{lag}_{name}"]] = held
    tracks[:, _AT["scale_cos"] :] = _places_between_semitones(fine)
    return FrameTracks(mel, tracks)


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(10 * np.log10(np.maximum(power, np.float32(1e-10))), dtype=np.float32)


def _filters() -> NDArray[np.float32]:
    bank = mel_filterbank(
        sample_rate=SAMPLE_RATE, n_fft=N_FFT, n_mels=MEL_BANDS, fmin=50.0, fmax=7600.0, htk=True, norm=None
    )
    return bank.astype(np.float32)


def _fine_structure(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of each bin up to 4.2 kHz above the mean of its neighbourhood of 480 Hz: partials without formants."""
    import scipy.ndimage

    levels = _decibels(power[:, :272] + np.float32(1e-10))
    smooth = scipy.ndimage.uniform_filter1d(levels, 31, axis=1, mode="nearest")
    return np.asarray(np.clip(levels - smooth, -10, 25), dtype=np.float32)


def _places_between_semitones(fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum of the partials' places between semitones as angles, weighted by height; and how many partials there are.

    Partials of instruments that are tuned to each other share one place; those of a gliding voice do not.
    """
    first, last = 10, 192  # 150 to 3000 Hz
    middle = fine[:, first:last]
    left, right = fine[:, first - 1 : last - 1], fine[:, first + 1 : last + 1]
    is_peak = (middle > 7) & (middle > left) & (middle >= right)
    later = np.vstack([fine[4:], fine[-1:].repeat(min(4, len(fine)), axis=0)])[: len(fine)]
    stays = np.maximum.reduce([later[:, first + step : last + step] for step in (-1, 0, 1)]) > 7
    is_peak &= stays
    rows, places = np.nonzero(is_peak)
    before, weight, after = (side[rows, places].astype(np.float64) for side in (left, middle, right))
    bend = before - 2 * weight + after
    shift = np.where(bend < -1e-3, 0.5 * (before - after) / np.minimum(bend, -1e-3), 0.0)
    hertz = (first + places + np.clip(shift, -0.5, 0.5)) * (SAMPLE_RATE / N_FFT)
    angle = 2 * np.pi * 12 * np.log2(hertz)
    summed = [np.bincount(rows, part, len(fine)) for part in (weight * np.cos(angle), weight * np.sin(angle), weight)]
    return np.stack(summed, axis=1).astype(np.float32)
