"""Levels that a file can hold: samples beyond full scale, samples that are no numbers, and whole numbers of samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LevelWarning", "blocks_of", "peak_of", "quantised", "what_was_clipped"]

_BLOCK_FRAMES = 65_536  # fits the cache; and libvorbis overflows its stack on very long calls
_LARGEST = float(np.finfo(np.float32).max)


class LevelWarning(UserWarning):
    """The level of loud samples was not kept."""


def blocks_of(samples: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Views of (channels, time) in pieces that fit the cache."""
    for start in range(0, samples.shape[1], _BLOCK_FRAMES):
        yield samples[:, start : start + _BLOCK_FRAMES]


def peak_of(samples: NDArray[Any]) -> float:
    """Find the largest magnitude; refuse what no file can hold.

    Parameters
    ----------
    samples : ndarray of float, shape (channels, time)
        Full scale ±1.

    Raises
    ------
    ParameterError
        If some are not finite, or beyond float32.

    Examples
    --------
    >>> peak_of(np.array([[0.5, -1.5]]))
    1.5
    """
    peak = 0.0
    for block in blocks_of(samples):
        peak = max(peak, float(block.max()), -float(block.min())) if np.isfinite(block).all() else np.inf
        if peak > _LARGEST:
            raise ParameterError(
                "Some samples are no numbers (NaN), infinite, or beyond float32.",
                cure="Find where they come from; np.nan_to_num(samples) puts zeros there.",
            )
    return peak


def what_was_clipped(samples: NDArray[Any], peak: float, *, instead: str = "") -> str:
    """Say how many samples whole numbers cannot hold; empty if they hold all.

    Parameters
    ----------
    samples : ndarray of float, shape (channels, time)
        Full scale ±1, finite.
    peak : float
        Their largest magnitude, of `peak_of`.
    instead : str
        What else can be done than lower the level.
    """
    if peak <= 1:
        return ""
    count = sum(int(np.count_nonzero(np.abs(block) > 1)) for block in blocks_of(samples))
    return (
        f"{count:,} of {samples.size:,} samples lie beyond full scale and were clipped; the loudest is {peak:.3g}. "
        f"Lower the level first{instead}."
    )


def quantised(frames: NDArray[Any], bits: int) -> NDArray[np.int16] | NDArray[np.int32]:
    """Round to whole numbers; full scale is 2 ** (bits - 1), so that what was read from such a file comes out the same.

    Examples
    --------
    >>> quantised(np.array([-1.0, 0.25, 1.0]), 16)
    array([-32768,   8192,  32767], dtype=int16)
    """
    scale = 2.0 ** (bits - 1)
    scaled = np.clip(np.rint(frames.astype(np.float64) * scale), -scale, scale - 1)
    # libsndfile takes 24-bit samples in the upper bytes of 32
    return scaled.astype(np.int16) if bits == 16 else scaled.astype(np.int32) << (32 - bits)
