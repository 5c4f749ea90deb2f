"""Equal spans of time on a sound, and what is shown of the samples in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FULL_SCALE", "bin_edges", "check_channel", "enclosed", "extremes"]

FULL_SCALE = 32767 / 32768
"""The highest value that 16 bits hold: at or beyond it, in either direction, a sample counts as clipped."""


def bin_edges(start_frame: float, frames_per_bin: float, bins: int) -> NDArray[np.int64]:
    """Borders of equal spans of time: bin ``i`` holds the frames from ``edges[i]`` up to, not including, the next.

    Parameters
    ----------
    start_frame : float
        Where bin 0 begins; may be negative.
    frames_per_bin : float
        At least 1, so that no bin is empty.
    bins : int
        At least 1.

    Returns
    -------
    ndarray, shape (bins + 1,), int64
        ``floor(start_frame + i * frames_per_bin)``.

    Raises
    ------
    ParameterError
        If a number is not finite or out of its range.

    Examples
    --------
    >>> bin_edges(10, 2.5, 3).tolist()
    [10, 12, 15, 17]
    """
    if isinstance(bins, bool) or int(bins) != bins or bins < 1:
        raise ParameterError(f"bins must be a positive whole number, got {bins!r}.")
    if not (math.isfinite(frames_per_bin) and frames_per_bin >= 1):
        raise ParameterError(f"frames_per_bin must be a number of at least 1, got {frames_per_bin!r}.")
    last = start_frame + frames_per_bin * bins
    if not (abs(start_frame) < 2**52 and abs(last) < 2**52):  # beyond, a float no longer counts single frames
        raise ParameterError(f"Frames must lie within ±2**52, got {start_frame!r} .. {last!r}.")
    borders = start_frame + np.arange(int(bins) + 1) * np.float64(frames_per_bin)
    return np.floor(borders).astype(np.int64)


def enclosed(found: NDArray[np.float32], channel: int | None) -> NDArray[np.float32]:
    """Reduce (bins, channels, 2) minima and maxima to those of one channel, or of all where it is None."""
    if channel is not None:
        return found[:, channel]
    return np.stack([found[..., 0].min(axis=1), found[..., 1].max(axis=1)], axis=1)


def extremes(block: NDArray[np.float32], frames_per_bin: int) -> NDArray[np.float32]:
    """Minima and maxima (bins, channels, 2) of equal spans of a block (channels, time); the last may be shorter."""
    starts = np.arange(0, block.shape[1], frames_per_bin)
    found = np.empty((len(starts), block.shape[0], 2), dtype=np.float32)
    found[..., 0] = np.minimum.reduceat(block, starts, axis=1).T
    found[..., 1] = np.maximum.reduceat(block, starts, axis=1).T
    return found


def check_channel(channel: int | None, channels: int) -> None:
    """Raise ParameterError unless it is None, for all, or one of so many, counted from 0."""
    if channel is not None and not 0 <= channel < channels:
        raise ParameterError(f"channel must lie in 0 .. {channels - 1}, got {channel!r}.")
