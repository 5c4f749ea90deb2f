"""What the demo's encoder learns from: windows of mel, and the mouth shape that made the sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.lipsync.clock import WINDOW_FRAMES
from audiokit.lipsync.demo.spoken import random_texts, speak_with_sounds
from audiokit.lipsync.demo.visemes import trajectory
from audiokit.lipsync.frames import LIMIT, RECIPE
from audiokit.lipsync.mel import mel_spectrogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OFFSET_MEL_FRAMES", "Lessons", "augmented", "make_lessons"]

OFFSET_MEL_FRAMES = 8
"""The demo's windows begin so many mel frames before their video frame, 0.1 s: as much is heard before as after."""

_RATE = RECIPE.sample_rate
_EDGE_SECONDS = 0.3
_NOISE_SECONDS = 2.0
_NEPERS = 20.0 * 0.08  # units a factor of ten
_OFFSET = LIMIT - 0.08 * 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """All windows end to end.

    Parameters
    ----------
    mel : ndarray, shape (frames, 80), float32
        Utterances one after the other.
    shapes : ndarray, shape (frames, 4), float32
        The mouth at the time that belongs to the window beginning at each frame.
    starts : ndarray of int64
        Frames at which a window may begin: it does not run from one utterance into the next.
    """

    mel: NDArray[np.float32]
    shapes: NDArray[np.float32]
    starts: NDArray[np.int64]

    def windows(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        """Windows that begin at frames, shape (N, 80, 16)."""
        places = at[:, np.newaxis] + np.arange(WINDOW_FRAMES)
        return np.ascontiguousarray(self.mel[places].transpose(0, 2, 1))


def make_lessons(utterances: int, seed: int) -> Lessons:
    """Speak, and add noises to which the mouth stays closed.

    Raises
    ------
    LibraryUnavailable
        Without espeak-ng.
    """
    generator = np.random.default_rng(seed)
    mels, shapes, starts, total = [], [], [], 0
    for spoken in speak_with_sounds(random_texts(utterances, generator)):
        edge = round(_EDGE_SECONDS * _RATE)
        samples = np.pad(spoken.samples, edge)
        if generator.random() < 0.5:
            samples = _in_a_room(samples, generator)
        mel = mel_spectrogram(samples, dtype=np.float32)
        times = (np.arange(len(mel)) + OFFSET_MEL_FRAMES + 0.5) * RECIPE.hop_length / _RATE - _EDGE_SECONDS
        shape = trajectory(spoken.sounds, spoken.duration_seconds, times)
        mels.append(mel)
        shapes.append(shape)
        starts.append(total + np.arange(len(mel) - WINDOW_FRAMES + 1))
        total += len(mel)
    for _ in range(max(4, utterances // 8)):
        mel = mel_spectrogram(_noise(generator), dtype=np.float32)
        mels.append(mel)
        shapes.append(np.zeros((len(mel), 4)))
        starts.append(total + np.arange(len(mel) - WINDOW_FRAMES + 1))
        total += len(mel)
    return Lessons(
        np.concatenate(mels).astype(np.float32), np.concatenate(shapes).astype(np.float32), np.concatenate(starts)
    )


def augmented(windows: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Change windows as other speakers, microphones, rooms and levels would.

    Parameters
    ----------
    windows : ndarray, shape (N, 80, 16)
    generator : numpy Generator

    Returns
    -------
    ndarray, shape (N, 80, 16), float32
        Of the same mouth shapes.
    """
    count, bands = windows.shape[:2]
    band = np.arange(bands, dtype=np.float64)
    factor = generator.uniform(0.90, 1.12, (count, 1))  # length of the vocal tract
    place = np.clip(band * factor, 0.0, bands - 1.0)
    low = np.minimum(place.astype(np.int64), bands - 2)
    share = (place - low)[..., np.newaxis]
    row = np.arange(count)[:, np.newaxis]
    moved = windows[row, low] * (1.0 - share) + windows[row, low + 1] * share
    gain_db = generator.uniform(-24.0, 14.0, (count, 1))
    tilt_db = generator.uniform(-8.0, 8.0, (count, 1)) * (band - bands / 2) / (bands / 2)
    bump_db = generator.uniform(-5.0, 5.0, (count, 1)) * np.exp(
        -(((band - generator.uniform(0, bands, (count, 1))) / 8.0) ** 2)
    )
    amplitude = 10.0 ** ((moved - _OFFSET) / _NEPERS + (gain_db + tilt_db + bump_db)[..., np.newaxis] / 20.0)
    floor_db = generator.uniform(-90.0, -22.0, (count, 1)) - generator.uniform(0.0, 20.0, (count, 1)) * band / bands
    noise = 10.0 ** (floor_db / 20.0)[..., np.newaxis] * generator.rayleigh(0.7, windows.shape)
    mixed = np.hypot(amplitude, noise)
    out = _NEPERS * np.log10(np.maximum(mixed, 1e-5)) + _OFFSET
    # What was silent stays as it is for some: digital silence has no floor
    quiet = generator.random(count) < 0.1
    out[quiet] = windows[quiet]
    changed: NDArray[np.float32] = np.clip(out, -LIMIT, LIMIT).astype(np.float32)
    return changed


def _in_a_room(samples: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    import scipy.signal

    frames = int(generator.uniform(0.05, 0.3) * _RATE)
    response = generator.standard_normal(frames) * np.exp(-6.0 * np.arange(frames) / frames)
    response *= generator.uniform(0.1, 0.6) / np.sqrt(np.sum(response**2))
    response[0] += 1.0
    return np.asarray(scipy.signal.fftconvolve(samples, response)[: samples.size], dtype=np.float32)


def _noise(generator: np.random.Generator) -> NDArray[np.float32]:
    """Hiss, rumble or silence, steady."""
    frames = round(_NOISE_SECONDS * _RATE)
    spectrum = np.fft.rfft(generator.standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1.0 / _RATE)
    spectrum *= np.maximum(hertz, 20.0) ** -generator.uniform(0.0, 1.2)
    noise = np.fft.irfft(spectrum, frames)
    level = 0.0 if generator.random() < 0.2 else 10.0 ** (generator.uniform(-75.0, -25.0) / 20.0)
    steady: NDArray[np.float32] = (noise / np.sqrt(np.mean(noise**2)) * level).astype(np.float32)
    return steady
