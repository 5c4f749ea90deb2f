"""What a scan saw, as the few kilobytes that travel with a sound to every page."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit_widgets.scan import OverviewPicture, Scan

__all__ = ["PackedOutline", "packed_clips", "packed_outline", "packed_overview"]

_BINS = 4096
_MOST_ROWS = 2  # beyond, one outline around all channels
_NO_SOUND = -32768
_CLIP_GRID = 1 << 18  # clipped bins are told in at most so many steps ...
_MOST_CLIPS = 8192  # ... and at most so many of them
_OVERVIEW_BYTES = 52_000


@dataclass(frozen=True, slots=True)
class PackedOutline:
    """The waveform in 16 bits.

    Parameters
    ----------
    data : bytes
        int16, little-endian, (rows, bins, 2): lowest and highest sample, where 32767 is `scale` and -32768 no sound.
    scale : float
        Amplitude of 32767.
    rows : int
        One for each of at most two channels, or one that encloses more.
    """

    data: bytes
    scale: float
    rows: int


def packed_outline(scan: Scan) -> PackedOutline:
    """Pack the outline of the whole sound in at most 4096 bins a row, one for each frame where there are fewer."""
    seen = scan.outline(_BINS, each_channel=scan.channels <= _MOST_ROWS)
    known = np.isfinite(seen)
    scale = float(np.abs(seen[known]).max(initial=0.0)) or 1.0
    steps = np.where(known, np.rint(np.where(known, seen, 0.0) * (32767 / scale)), _NO_SOUND)
    return PackedOutline(steps.astype("<i2").tobytes(), scale, len(seen))


def packed_clips(scan: Scan, *, finest_frames: int) -> tuple[bytes, int]:
    """Say where samples reach full scale.

    Parameters
    ----------
    scan : Scan
        Of the sound.
    finest_frames : int
        A power of two: bins are never shorter, so that a file need not be decoded again to find them.

    Returns
    -------
    data : bytes
        uint32, little-endian: the numbers of the bins in which samples are clipped, at most 8192 of them.
    frames_per_bin : int
        A power of two.
    """
    frames_per_bin = max(finest_frames, 2 ** math.ceil(math.log2(max(scan.frames / _CLIP_GRID, 1))))
    if not scan.clipped_samples:
        return b"", frames_per_bin
    counts = scan.clipped(0, frames_per_bin, math.ceil(scan.frames / frames_per_bin))
    bins = np.flatnonzero(counts)
    while len(bins) > _MOST_CLIPS:
        bins, frames_per_bin = np.unique(bins // 2), frames_per_bin * 2
    return bins.astype("<u4").tobytes(), frames_per_bin


def packed_overview(picture: OverviewPicture) -> tuple[dict[str, Any], bytes]:
    """Pack a spectrogram of the whole sound, coarser until it is at most 52 kB.

    What makes it smaller, in this order: levels in steps of 2 (0.94 dB) and of 4, then half the columns, each the
    louder of two.

    Returns
    -------
    axis : dict
        For JSON: ``max_hz``, ``bands``, ``top_dbfs``, ``ticks``, ``sampled``, ``hop_seconds`` and ``columns``.
    data : bytes
        zlib (RFC 1950) of uint8 (bands, columns), as `OverviewPicture.levels`.
    """
    levels, hop_seconds = picture.levels, picture.hop_seconds
    data = zlib.compress(levels.tobytes(), 9)
    for step in (2, 4):
        if len(data) > _OVERVIEW_BYTES:
            levels = _stepped(picture.levels, step)
            data = zlib.compress(levels.tobytes(), 9)
    while len(data) > _OVERVIEW_BYTES:
        bands, columns = levels.shape
        even = np.pad(levels, ((0, 0), (0, columns % 2)))
        levels, hop_seconds = even.reshape(bands, -1, 2).max(axis=2), hop_seconds * 2
        data = zlib.compress(levels.tobytes(), 9)
    axis = {
        "max_hz": float(picture.max_hz),
        "bands": int(picture.bands),
        "top_dbfs": round(float(picture.top_dbfs), 3),
        "ticks": picture.ticks,
        "sampled": round(float(picture.sampled), 4),
        "hop_seconds": float(hop_seconds),
        "columns": int(levels.shape[1]),
    }
    return axis, data


def _stepped(levels: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    # 0 and 255 stay: nothing there, and full scale
    return np.where(levels == 255, levels, levels // step * step).astype(np.uint8)
