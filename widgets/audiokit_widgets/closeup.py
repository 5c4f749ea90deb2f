"""Outlines of so short a span that the samples themselves are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.bins import FULL_SCALE, enclosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit_widgets.reading import Reader

__all__ = ["exact_clipped", "exact_peaks"]

_PIECE_SAMPLES = 1 << 20  # looked at in one go


def exact_peaks(reader: Reader, edges: NDArray[np.int64], channel: int | None) -> NDArray[np.float32]:
    """Lowest and highest sample of each bin.

    Parameters
    ----------
    reader : Reader
        The sound.
    edges : ndarray, shape (bins + 1,), int64
        As `audiokit.dsp.bins.bin_edges` makes them.
    channel : int or None
        None encloses all.

    Returns
    -------
    ndarray, shape (bins, 2), float32
        What is not finite counts as 0; NaN outside of the sound.
    """
    found = np.full((len(edges) - 1, 2), np.nan, dtype=np.float32)
    for first, samples, starts in _looked_at(reader, edges):
        seen = np.where(np.isfinite(samples), samples, np.float32(0))
        low, high = (op.reduceat(seen, starts, axis=1).T for op in (np.minimum, np.maximum))
        found[first : first + len(starts)] = enclosed(np.stack([low, high], axis=2), channel)
    return found


def exact_clipped(reader: Reader, edges: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Samples at or beyond full scale in each bin, (bins,), over all channels; see `exact_peaks`."""
    found = np.zeros(len(edges) - 1, dtype=np.uint32)
    for first, samples, starts in _looked_at(reader, edges):
        full = ((np.abs(samples) >= FULL_SCALE) & np.isfinite(samples)).sum(axis=0, dtype=np.uint32)
        found[first : first + len(starts)] = np.add.reduceat(full, starts)
    return found


def _looked_at(
    reader: Reader, edges: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.int64]]]:
    """Samples under the bins that hold any: the first such bin, the samples, and where in them each bin begins."""
    within = np.clip(edges, 0, reader.frames)
    holding = np.flatnonzero(within[:-1] < within[1:])
    if not len(holding):
        return
    first, last = int(holding[0]), int(holding[-1]) + 1
    most = max(_PIECE_SAMPLES // reader.channels, 1)
    while first < last:
        a = int(within[first])
        upto = min(max(int(np.searchsorted(within, a + most, "right")) - 1, first + 1), last)
        samples = reader.read(a, int(within[upto]))
        starts = within[first:upto] - a
        starts = starts[starts < samples.shape[1]]
        if not len(starts):
            return  # the file ends before its header says
        yield first, samples, starts
        first = upto
