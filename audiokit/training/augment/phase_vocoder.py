"""Change how long a sound lasts, not its pitch: a phase vocoder of our own on scipy's FFT.

Why not a library: `python-stretch` (Signalsmith Stretch) holds Python's lock while it works, so threads that augment
stand in a queue; `pedalboard` is under the GPL. scipy's FFT and NumPy's large operations give the lock back, the same
steps run on a GPU (`audiokit.training.augment.batched`), and nothing has to be installed.

The method is that of J. Laroche and M. Dolson, "Improved phase vocoder time-scale modification of audio" (IEEE Trans.
Speech and Audio Processing 7, 1999): two transforms for each frame, one synthesis hop apart, so that no phase is
unwrapped, and neighbours locked to their peak. Written as rotations: what a frame is turned by, over what it was. At
a rate of 1 every rotation is nought and the output is the input. Onsets start anew, turned to the place where their
energy belongs, after A. Roebel, "A new approach to transient processing in the phase vocoder" (DAFx 2003).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.stft import hann_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ONSET_POWER_RATIO", "OVERLAP", "PEAK_REACH", "TINY", "frame_length", "stretch", "stretched_frames"]

OVERLAP = 4
"""Frames that cover each sample: with a Hann window before and after, four add up to a constant."""

PEAK_REACH = 2
"""A bin is a peak if none within this many bins is stronger: the main lobe of a Hann window is four bins wide."""

ONSET_POWER_RATIO = 16.0
"""A bin whose power grows by more than 12 dB within a synthesis hop begins anew."""

_FRAME_SECONDS = 0.05  # four bins lie between harmonics of 80 Hz, a low voice
TINY = 1e-30
"""Added to powers before they are divided by or compared: 300 dB below full scale is silence."""


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
    size = frame_length(sample_rate)
    hop = size // OVERLAP
    starts = analysis_starts(length, hop, rate)
    window = hann(size)
    # A frame on sample t reaches from t - size / 2 to t + size / 2; the one a hop earlier begins before that
    before = size // 2 + hop
    after = max(0, int(starts[-1]) + size - samples.shape[1])
    padded = np.pad(samples, ((0, 0), (before, after)))
    every = np.lib.stride_tricks.sliding_window_view(padded, size, axis=1)
    import scipy.fft

    framed = every[:, starts + hop] * window
    now = scipy.fft.rfft(framed, axis=2)
    earlier = scipy.fft.rfft(every[:, starts] * window, axis=2)
    turned = now * rotations(now, earlier, delays(framed, rate), size)
    grains = scipy.fft.irfft(turned, size, axis=2)
    grains *= window
    out = overlap_add(grains, hop) / overlap_add(np.broadcast_to(window**2, (1, *grains.shape[1:])), hop).clip(1e-3)
    return as_strong_as(out[:, size // 2 : size // 2 + length], samples)


def hann(size: int) -> NDArray[np.float32]:
    """Return a periodic Hann window in single precision."""
    return np.asarray(hann_window(size), dtype=np.float32)


def analysis_starts(length: int, hop: int, rate: float) -> NDArray[np.int64]:
    """Where in the input each output frame is centred: every `hop` samples of the output, until its end is covered."""
    count = -(-(length - 1) // hop) + OVERLAP // 2
    starts: NDArray[np.int64] = np.rint(np.arange(count) * (hop * rate)).astype(np.int64)
    return starts


def delays(framed: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    """By how many samples the middle of each frame's energy has to move within it, (1, frames, 1).

    A frame is put where its centre belongs; whatever stands `d` samples beside the centre belongs ``d / rate`` beside
    it, and so has to move by ``d / rate - d``.
    """
    size = framed.shape[2]
    power = np.einsum("cfn,cfn->fn", framed, framed)
    place = np.arange(size, dtype=np.float32) - np.float32(size // 2)
    centre = (power @ place) / (power.sum(axis=1) + np.float32(TINY))
    return np.asarray(centre * np.float32(1.0 / rate - 1.0))[np.newaxis, :, np.newaxis]


def rotations(
    now: NDArray[np.complex64], earlier: NDArray[np.complex64], delay: NDArray[np.float32], size: int
) -> NDArray[np.complex64]:
    """By which unit number each bin is multiplied, (1, frames, bins): one for all channels, so that they stay in phase.

    Parameters
    ----------
    now, earlier : ndarray, shape (channels, frames, bins)
        Spectra of each frame, and of the input one synthesis hop before it.
    delay : ndarray, shape (1, frames, 1)
        As from `delays`.
    size : int
        Samples in a frame.
    """
    power = np.einsum("cfb,cfb->fb", now, now.conj()).real
    power_before = np.einsum("cfb,cfb->fb", earlier, earlier.conj()).real
    # From one output frame to the next the phase shall advance as it does in the input within one synthesis hop
    step = np.zeros(power.shape, dtype=np.float64)
    step[1:] = np.angle(np.einsum("cfb,cfb->fb", now[:, :-1], earlier[:, 1:].conj()))
    total = np.cumsum(step, axis=0)
    onset = power > ONSET_POWER_RATIO * power_before + TINY
    onset[0] = True
    count, bins = power.shape
    begun = np.maximum.accumulate(np.where(onset, np.arange(count)[:, np.newaxis], 0), axis=0)
    slope = (-2.0 * np.pi / size) * np.arange(bins)
    turned = total - np.take_along_axis(total, begun, axis=0) + delay[0, begun, 0] * slope
    angle = np.take_along_axis(turned, nearest_peaks(power), axis=1).astype(np.float32)
    out = np.empty((1, count, bins), dtype=np.complex64)
    out.real, out.imag = np.cos(angle), np.sin(angle)
    return out


def nearest_peaks(power: NDArray[np.float32]) -> NDArray[np.int64]:
    """For each bin of each frame the place of the peak that it belongs to: the nearest one, of two the lower."""
    bins = power.shape[1]
    wide = np.pad(power, ((0, 0), (PEAK_REACH, PEAK_REACH)), constant_values=-1.0)
    strongest = power.copy()
    for shift in range(2 * PEAK_REACH + 1):
        np.maximum(strongest, wide[:, shift : shift + bins], out=strongest)
    peak = power >= strongest
    place = np.arange(bins)
    below = np.maximum.accumulate(np.where(peak, place, -bins), axis=1)
    above = np.minimum.accumulate(np.where(peak, place, 2 * bins)[:, ::-1], axis=1)[:, ::-1]
    return np.where(place - below <= above - place, below, above)


def overlap_add(grains: NDArray[Any], hop: int) -> NDArray[Any]:
    """Add frames (channels, frames, size), each `hop` samples after the one before; size is a multiple of the hop."""
    channels, count, size = grains.shape
    parts = size // hop
    out = np.zeros((channels, count + parts - 1, hop), dtype=grains.dtype)
    for part in range(parts):
        out[:, part : part + count] += grains[:, :, part * hop : (part + 1) * hop]
    return out.reshape(channels, -1)


def as_strong_as(out: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale `out` so that its root mean square is that of `reference`: frames that do not agree cancel a little."""
    has = math.sqrt(float(np.mean(np.square(out, dtype=np.float64))))
    wants = math.sqrt(float(np.mean(np.square(reference, dtype=np.float64))))
    return out * np.float32(wants / has) if has > 0.0 else out
