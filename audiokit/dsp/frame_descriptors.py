"""What each short frame of a sound is like: its spectrum, pitch, harmonicity and shape, all frames at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.stft import hann_window
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SAMPLE_RATE", "FrameGrid", "Pitch", "power_frames", "track_pitch"]

SAMPLE_RATE = 16_000
"""All descriptors are of sound at this rate, in Hz."""

N_FFT = 1024
LOWEST_HZ = 72.0  # its period, and the window's length, fit the transform without wrapping around
HIGHEST_HZ = 1000.0
_VOICE_TOP_HZ = 2500.0  # above it formants and noise say little of pitch
_OCTAVE_COST = 0.03  # an octave; of Boersma (1993): of two equal peaks the shorter period wins
_JUMP_COST = 0.35  # an octave, from one frame to the next 10 ms later
_CANDIDATES = 5
_NO_PEAK = -4.0
_SILENT_POWER = 1e-10  # -100 dBFS: below it nothing is called pitched


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """How a sound is cut into frames.

    Parameters
    ----------
    win_length, hop_length : int
        In samples at 16 kHz; the window is at most 800 long.
    """

    win_length: int
    hop_length: int

    def __post_init__(self) -> None:
        if not 64 <= self.win_length <= 800 or not self.hop_length >= 1:
            raise ParameterError(
                f"A grid wants 64 <= win_length <= 800 and hop_length >= 1, got {self.win_length}, {self.hop_length}."
            )

    def frames_of(self, samples: int) -> int:
        """Whole frames in so many samples; at least one, of which a part may be filled with zeros."""
        return max(1 + (samples - self.win_length) // self.hop_length, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Pitch:
    """Pitch of each frame.

    Parameters
    ----------
    hertz : ndarray, shape (frames,), float32
        The best candidate, whether the frame is voiced or not.
    strength : ndarray, shape (frames,), float32
        Height of the peak of the normalised autocorrelation, 0 to 1: harmonics' share of the energy below 2.5 kHz.
    """

    hertz: NDArray[np.float32]
    strength: NDArray[np.float32]


def power_frames(samples: NDArray[np.float32], grid: FrameGrid) -> NDArray[np.float32]:
    """Power spectra of all frames.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        At 16 kHz; finite.
    grid : FrameGrid
        Frames begin at multiples of its hop, from the first sample; what is left at the end is no frame, except
        that a sound shorter than one frame is filled with zeros.

    Returns
    -------
    ndarray, shape (frames, 513), float32
        ``|X|**2`` scaled so that a full-scale sine gives 0.25 at its bin: independent of the window's length.
    """
    import scipy.fft

    if samples.size < grid.win_length:
        samples = np.pad(samples, (0, grid.win_length - samples.size))
    window = hann_window(grid.win_length).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, grid.win_length)[:: grid.hop_length]
    spectra = scipy.fft.rfft(frames * window, N_FFT, axis=-1)
    power = np.square(spectra.real) + np.square(spectra.imag)
    power *= np.float32(1.0 / window.sum() ** 2)
    return np.asarray(power, dtype=np.float32)


def track_pitch(power: NDArray[np.float32], grid: FrameGrid) -> Pitch:
    """Pitch by the normalised autocorrelation of each frame.

    Parameters
    ----------
    power : ndarray, shape (frames, 513)
        As `power_frames` gives it, with the same grid.
    grid : FrameGrid
        Its window's own autocorrelation is divided out.

    Returns
    -------
    Pitch
        72 to 1000 Hz.

    Notes
    -----
    Boersma, "Accurate short-term analysis of the fundamental frequency" (1993): the tallest peaks are candidates, of
    which the path with few jumps is taken. The spectrum is cut at 2.5 kHz, softly, and below 50 Hz, where rumble is.
    """
    import scipy.fft

    hertz = np.fft.rfftfreq(N_FFT, 1.0 / SAMPLE_RATE)
    voice = (1.0 / (1.0 + (hertz / _VOICE_TOP_HZ) ** 8) * (hertz >= 50.0)).astype(np.float32)
    shortest, longest = int(SAMPLE_RATE / HIGHEST_HZ), int(SAMPLE_RATE / LOWEST_HZ)
    correlation = scipy.fft.irfft(power * voice, N_FFT, axis=-1)[:, : longest + 2]
    loudness = correlation[:, :1].copy()
    correlation = correlation / np.maximum(loudness, 1e-20) / _window_correlation(grid.win_length)[: longest + 2]
    inner = correlation[:, shortest : longest + 1]
    # only a peak is a period: the slope down from lag 0 is none
    is_peak = (inner >= correlation[:, shortest - 1 : longest]) & (inner >= correlation[:, shortest + 1 : longest + 2])
    cost = np.float32(_OCTAVE_COST) * np.log2(np.arange(shortest, longest + 1) / shortest).astype(np.float32)
    weighed = np.where(is_peak, inner - cost, np.float32(_NO_PEAK))
    places, scores = _tallest(weighed)
    seconds = grid.hop_length / SAMPLE_RATE
    chosen = _best_path(np.log2(places + shortest).astype(np.float32), scores, _JUMP_COST * 0.01 / seconds)
    rows = np.arange(len(power))
    best = places[rows, chosen]
    left, top, right = (correlation[rows, best + shortest + step] for step in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.where(bend < -1e-9, 0.5 * (left - right) / np.minimum(bend, -1e-9), 0.0)
    period = best + shortest + np.clip(shift, -0.5, 0.5)
    found = (scores[rows, chosen] > _NO_PEAK / 2) & (loudness[:, 0] > _SILENT_POWER)
    strength = np.where(found, np.clip(top, 0.0, 1.0), 0.0)
    return Pitch((SAMPLE_RATE / period).astype(np.float32), strength.astype(np.float32))


def _tallest(weighed: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Places and heights of the tallest values of each row, which is changed; five passes are faster than a sort."""
    rows = np.arange(len(weighed))
    places = np.empty((len(weighed), _CANDIDATES), dtype=np.int64)
    scores = np.empty((len(weighed), _CANDIDATES), dtype=np.float32)
    for candidate in range(_CANDIDATES):
        places[:, candidate] = weighed.argmax(axis=1)
        scores[:, candidate] = weighed[rows, places[:, candidate]]
        weighed[rows, places[:, candidate]] = -np.inf
    return places, scores


def _best_path(octaves: NDArray[np.float32], scores: NDArray[np.float32], jump_cost: float) -> NDArray[np.int64]:
    """Choose one candidate in each frame so that the scores less the cost of jumps are highest (Viterbi)."""
    frames, count = scores.shape
    jumps = np.float32(jump_cost) * np.abs(octaves[:-1, :, np.newaxis] - octaves[1:, np.newaxis, :])
    came_from = np.zeros((frames, count), dtype=np.int64)
    total = scores[0]
    for frame in range(1, frames):
        ways = total[:, np.newaxis] - jumps[frame - 1]
        came_from[frame] = ways.argmax(axis=0)
        total = ways.max(axis=0) + scores[frame]
    path = np.empty(frames, dtype=np.int64)
    path[-1] = total.argmax()
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = came_from[frame, path[frame]]
    return path


def _window_correlation(win_length: int) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(hann_window(win_length), N_FFT)
    own = np.fft.irfft(np.square(np.abs(spectrum)), N_FFT)
    return np.asarray(np.maximum(own / own[0], 0.05).astype(np.float32))
