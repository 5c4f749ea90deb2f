"""How far a mouth is from its sound: the offset at which opening and loudness agree best."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SyncOffset", "loudness_at_frames", "measure_offset"]


@dataclass(frozen=True, slots=True, eq=False)
class SyncOffset:
    """What `measure_offset` finds.

    Parameters
    ----------
    frames : int
        Above 0 the mouth is late, below 0 it is early.
    correlation : float
        Of opening and loudness at that offset, -1 to 1; near 0 the offset means nothing.
    correlations : ndarray, shape (2 max_frames + 1,)
        At all offsets from ``-max_frames`` on.
    """

    frames: int
    correlation: float
    correlations: NDArray[np.float64]


def measure_offset(opening: ArrayLike, loudness: ArrayLike, *, max_frames: int = 15) -> SyncOffset:
    """Find the offset between a mouth's opening and a sound's loudness, both one number a video frame.

    Parameters
    ----------
    opening : array_like, shape (frames,)
        Measured from the pictures, in any unit.
    loudness : array_like, shape (frames,)
        From `loudness_at_frames`.
    max_frames : int
        How far to look.

    Returns
    -------
    SyncOffset

    Raises
    ------
    ParameterError
        If lengths differ, there are fewer frames than three times `max_frames`, or one of them does not change.

    Examples
    --------
    >>> sound = np.random.default_rng(0).random(100)
    >>> measure_offset(np.roll(sound, 3), sound).frames
    3
    """
    mouth, sound = np.asarray(opening, np.float64), np.asarray(loudness, np.float64)
    if mouth.ndim != 1 or mouth.shape != sound.shape or max_frames < 0 or mouth.size < max(3 * max_frames, 2):
        raise ParameterError(
            f"measure_offset wants two rows of equal length, at least {max(3 * max_frames, 2)}, "
            f"got {mouth.shape} and {sound.shape}."
        )
    if not (np.ptp(mouth) > 0 and np.ptp(sound) > 0):
        raise ParameterError("A mouth or a sound that does not change has no offset.")
    found = np.array([_correlation(mouth, sound, lag) for lag in range(-max_frames, max_frames + 1)])
    best = int(found.argmax())
    return SyncOffset(best - max_frames, float(found[best]), found)


def loudness_at_frames(
    samples: ArrayLike, sample_rate: int, frames_per_second: Fraction | float, count: int
) -> NDArray[np.float64]:
    """How loud the voice is at each video frame.

    Decibels above a floor 45 dB below the loudest frame, of what lies between 250 and 4000 Hz: below hums, above
    hisses, to neither of which a mouth opens.

    Parameters
    ----------
    samples : array_like, shape (time,)
        Full scale ±1.
    sample_rate : int
        In Hz.
    frames_per_second : Fraction or float
        Of the video.
    count : int
        How many frames.

    Returns
    -------
    ndarray, shape (count,), float64
        0 to 45.
    """
    import scipy.signal

    signal = np.nan_to_num(np.asarray(samples, dtype=np.float64))
    top = min(4000.0, 0.45 * sample_rate)
    band = scipy.signal.butter(2, (250.0, top), "bandpass", fs=sample_rate, output="sos")
    heard = scipy.signal.sosfiltfilt(band, signal, padlen=min(27, max(0, signal.size - 1)))
    total = np.concatenate([[0.0], np.cumsum(heard**2)])
    rate = Fraction(frames_per_second)
    half = max(1, round(0.5 * sample_rate / float(rate)))  # a frame's own length, about its time
    centres = np.array([round(Fraction(index * sample_rate) / rate) for index in range(count)])
    low, high = np.clip(centres - half, 0, signal.size), np.clip(centres + half, 0, signal.size)
    power = (total[high] - total[low]) / np.maximum(high - low, 1)
    decibels = 10.0 * np.log10(np.maximum(power, 1e-20))
    return np.asarray(np.maximum(decibels - (decibels.max(initial=-200.0) - 45.0), 0.0))


def _correlation(mouth: NDArray[np.float64], sound: NDArray[np.float64], lag: int) -> float:
    late, on_time = (mouth[lag:], sound[: len(sound) - lag]) if lag >= 0 else (mouth[:lag], sound[-lag:])
    late, on_time = late - late.mean(), on_time - on_time.mean()
    size: Any = np.sqrt((late**2).sum() * (on_time**2).sum())
    return float((late * on_time).sum() / size) if size > 0 else 0.0
