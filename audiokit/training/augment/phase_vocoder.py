"""Change how long a sound lasts, not its pitch: a phase vocoder of our own on scipy's FFT.

Why not a library: `python-stretch` (Signalsmith Stretch) holds Python's lock while it works, so threads that augment
stand in a queue; `pedalboard` is under the GPL. scipy's FFT and NumPy's large operations give the lock back, the same
steps run on a GPU (`audiokit.training.augment.batched`), and nothing has to be installed.

The method is that of J. Laroche and M. Dolson, "Improved phase vocoder time-scale modification of audio" (IEEE Trans.
Speech and Audio Processing 7, 1999): two transforms for each frame, one synthesis hop apart, so that no phase is
unwrapped, and neighbours locked to their peak. Written as rotations: what a frame is turned by, over what it was. At
a rate of 1 every rotation is nought and the output is the input. Onsets start anew, turned to the place where their
energy belongs, after A. Roebel, "A new approach to transient processing in the phase vocoder" (DAFx 2003).

The rotations themselves are found in `audiokit.training.augment.phase_locking`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.stft import hann_window
from audiokit.training.augment.phase_locking import PEAK_REACH, TINY, PhaseLock, nearest_peaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "OVERLAP",
    "PEAK_REACH",
    "WINDOWS_SUM",
    "analysis_starts",
    "first_hop_gain",
    "frame_length",
    "hann",
    "nearest_peaks",
    "overlap_add",
    "stretch",
    "stretch_all",
    "stretched_frames",
]

OVERLAP = 4
"""Frames that cover each sample: with a Hann window before and after, four add up to a constant."""

WINDOWS_SUM = 1.5
"""That constant: the sum of the squares of four Hann windows, a quarter of their length apart."""

_FRAME_SECONDS = 0.05  # four bins lie between harmonics of 80 Hz, a low voice
_VALUES_AT_ONCE = 3 << 14  # samples in a block of frames: what is made of them fits into a processor's own cache
_PIECE = 1024  # samples whose squares are summed in single precision


def frame_length(sample_rate: int) -> int:
    """Length of a frame in samples: the power of two next to 50 ms, and at least 64.

    Examples
    --------
    >>> frame_length(16000), frame_length(44100)
    (1024, 2048)
    """
    return max(64, 1 << round(math.log2(_FRAME_SECONDS * sample_rate)))


def stretched_frames(frames: int, rate: float) -> int:
    """How long a sound of `frames` samples is at `rate` times its speed; never less than one sample.

    Examples
    --------
    >>> stretched_frames(80000, 1.25), stretched_frames(1, 4.0)
    (64000, 1)
    """
    return max(1, round(frames / rate))


def stretch(samples: NDArray[np.float32], sample_rate: int, rate: float) -> NDArray[np.float32]:
    """Play a sound at `rate` times its speed, at the same pitch.

    Parameters
    ----------
    samples : ndarray, shape (channels, time), float32
        At least one sample.
    sample_rate : int
        In Hz; says how many samples make a frame of about 50 ms.
    rate : float
        Above 1 is faster and shorter.

    Returns
    -------
    ndarray, shape (channels, round(time / rate)), float32
        Nothing comes late: what was at ``t`` is at ``t / rate``. As strong as the input (root mean square over the
        whole), and silent if that is.
    """
    length = stretched_frames(samples.shape[1], rate)
    made = np.ascontiguousarray(stretch_all(samples[np.newaxis], sample_rate, [rate], length)[0])
    return as_strong_as(made, samples)


def stretch_all(
    samples: NDArray[np.float32], sample_rate: int, rates: Sequence[float], length: int
) -> NDArray[np.float32]:
    """Stretch sounds side by side, each at its own rate.

    Parameters
    ----------
    samples : ndarray, shape (sounds, channels, time), float32
        Silence after a sound's end.
    sample_rate : int
        In Hz.
    rates : sequence of float
        One for each sound.
    length : int
        How many samples to make of each.

    Returns
    -------
    ndarray, shape (sounds, channels, length), float32
        Not yet as strong as the input.
    """
    import scipy.fft

    sounds, channels, frames = samples.shape
    size = frame_length(sample_rate)
    hop = size // OVERLAP
    starts = np.stack([analysis_starts(length, hop, rate) for rate in rates], axis=1)
    same = np.zeros(starts.shape, dtype=np.bool_)
    same[1:] = np.diff(starts, axis=0) == hop
    # A frame on sample t reaches from t - size / 2 to t + size / 2; the one a hop earlier begins before that
    before = size // 2 + hop
    starts = np.minimum(starts, frames + before)  # from there on all is silence
    padded = np.zeros((channels, sounds, max(before + frames, int(starts.max()) + hop + size)), dtype=np.float32)
    padded[:, :, before : before + frames] = samples.transpose(1, 0, 2)
    every = np.lib.stride_tricks.sliding_window_view(padded, size, axis=2)
    window = hann(size)
    closing = window * np.float32(1.0 / WINDOWS_SUM)
    moves = np.array([1.0 / rate - 1.0 for rate in rates], dtype=np.float32)
    row = np.arange(sounds)
    at_once = min(len(starts), max(4, _VALUES_AT_ONCE // (size * sounds)))
    lock = PhaseLock(at_once, sounds, size)
    out = np.zeros((channels, len(starts) + OVERLAP - 1, sounds, hop), dtype=np.float32)
    for first in range(0, len(starts), at_once):
        block = slice(first, first + at_once)
        framed = every[:, row, starts[block] + hop]
        framed *= window
        earlier = every[:, row, starts[block]]
        earlier *= window
        now, then = scipy.fft.rfft(framed, axis=3), scipy.fft.rfft(earlier, axis=3)
        now *= lock.rotations(now, then, delays(framed, moves, spare=earlier), same[block])
        grains = scipy.fft.irfft(now, size, axis=3, overwrite_x=True)
        grains *= closing
        overlap_add(grains, hop, out[:, first:])
    made = out.transpose(2, 0, 1, 3).reshape(sounds, channels, -1)[:, :, size // 2 : size // 2 + length]
    made[:, :, :hop] *= first_hop_gain(window)[:length]
    return made


def hann(size: int) -> NDArray[np.float32]:
    """Return a periodic Hann window in single precision."""
    return np.asarray(hann_window(size), dtype=np.float32)


def analysis_starts(length: int, hop: int, rate: float) -> NDArray[np.int64]:
    """Where in the input each output frame is centred: every `hop` samples of the output, until its end is covered."""
    count = -(-(length - 1) // hop) + OVERLAP // 2
    starts: NDArray[np.int64] = np.rint(np.arange(count) * (hop * rate)).astype(np.int64)
    return starts


def delays(framed: NDArray[np.float32], moves: NDArray[np.float32], spare: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how many samples the middle of each frame's energy has to move within it, (frames, sounds).

    A frame is put where its centre belongs; whatever stands `d` samples beside the centre belongs ``d / rate`` beside
    it, and so has to move by ``d / rate - d``.

    Parameters
    ----------
    framed : ndarray, shape (channels, frames, sounds, size)
        Under the window.
    moves : ndarray, shape (sounds,)
        ``1 / rate - 1`` of each sound.
    spare : ndarray
        Of the shape of `framed`; written to.
    """
    size = framed.shape[3]
    place = np.arange(size, dtype=np.float32) - np.float32(size // 2)
    energy = np.vecdot(framed, framed).sum(axis=0)
    moment = np.vecdot(framed, np.multiply(framed, place, out=spare)).sum(axis=0)
    return np.asarray(moment / (energy + np.float32(TINY)) * moves)


def first_hop_gain(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """By what the first hop of the output is multiplied, where three frames meet in place of four."""
    hop = window.size // OVERLAP
    return np.asarray(WINDOWS_SUM / (WINDOWS_SUM - np.square(window[-hop:])), dtype=np.float32)


def overlap_add(grains: NDArray[Any], hop: int, into: NDArray[Any] | None = None) -> NDArray[Any]:
    """Add frames, each `hop` samples after the one before.

    Parameters
    ----------
    grains : ndarray, shape (channels, frames, ..., size)
        Of a size that is a multiple of the hop.
    hop : int
        In samples.
    into : ndarray, shape (channels, at least frames + size / hop - 1, ..., hop), optional
        To add to.

    Returns
    -------
    ndarray
        `into`, or if there was none the sum, of shape (channels, time).
    """
    channels, count, *between, size = grains.shape
    parts = size // hop
    out = np.zeros((channels, count + parts - 1, *between, hop), dtype=grains.dtype) if into is None else into
    for part in range(parts):
        out[:, part : part + count] += grains[..., part * hop : (part + 1) * hop]
    return out.reshape(channels, -1) if into is None else into


def as_strong_as(out: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale `out`, in place, so that its root mean square is that of `reference`: frames that disagree cancel a little.

    Both are of shape (channels, time).
    """
    has, wants = _energy(out) / out.size, _energy(reference) / reference.size
    if has > 0.0:
        out *= np.float32(math.sqrt(wants / has))
    return out


def _energy(samples: NDArray[np.float32]) -> float:
    """Sum of squares: of single precision within pieces, in which nothing is lost yet, and of double beyond."""
    even = samples.shape[1] // _PIECE * _PIECE
    energy = 0.0
    for channel in samples:
        pieces, rest = channel[:even].reshape(-1, _PIECE), channel[even:]
        energy += float(np.vecdot(pieces, pieces).sum(dtype=np.float64)) + float(np.vecdot(rest, rest))
    return energy
