"""What the content gate hears of each half second: windows around it, in blocks, whatever the length of the sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.blocks import mono_blocks, what_is_done
from audiokit.activity.content_features import GRID, frame_tracks
from audiokit.activity.content_statistics import WINDOW_FRAMES, window_inputs
from audiokit.dsp.frame_descriptors import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["CELL", "FLOOR_DBFS", "HOP_SECONDS", "CellInputs", "cell_inputs"]

_CELL_FRAMES = 32
CELL = _CELL_FRAMES * GRID.hop_length
"""Samples of a cell at 16 kHz."""

HOP_SECONDS = CELL / SAMPLE_RATE
"""Length of a cell: 0.512 s. The network hears 3.1 s around its middle."""

FLOOR_DBFS = -120.0
"""Level of a cell of digital silence."""

_BLOCK_CELLS = 64  # 33 s in one go: some 40 MB, whatever the length of the sound


@dataclass(frozen=True, slots=True, eq=False)
class CellInputs:
    """What the network hears of some cells.

    Parameters
    ----------
    first, last : int
        The cells, the last one exclusive.
    levels_dbfs : ndarray, shape (last - first,), float32
        RMS level of each.
    mel, statistics : ndarray or None
        As `window_inputs` gives them; None where all is digital silence.
    """

    first: int
    last: int
    levels_dbfs: NDArray[np.float32]
    mel: NDArray[np.float32] | None
    statistics: NDArray[np.float32] | None


def cell_inputs(audio: Audio) -> Iterator[CellInputs]:
    """Yield what the network is to hear, in blocks of 33 s and in order."""
    samples, _ = what_is_done(audio, SAMPLE_RATE)
    cells = -(-samples // CELL)
    for first, block, begin in _blocks(audio, samples, cells):
        last = min(first + _BLOCK_CELLS, cells)
        levels = _levels(block[first * CELL - begin : last * CELL - begin])
        if levels.max() <= FLOOR_DBFS:
            yield CellInputs(first, last, levels, None, None)
            continue
        starts = _starts(np.arange(first, last), samples) - begin // GRID.hop_length
        yield CellInputs(first, last, levels, *window_inputs(frame_tracks(block), starts))


def _starts(cells: NDArray[np.int64], samples: int) -> NDArray[np.int64]:
    """First frame of the window around each cell's middle, moved inside where it would reach beyond the sound."""
    wanted = cells * _CELL_FRAMES + _CELL_FRAMES // 2 - WINDOW_FRAMES // 2
    return np.clip(wanted, 0, max(GRID.frames_of(samples) - WINDOW_FRAMES, 0))


def _blocks(audio: Audio, samples: int, cells: int) -> Iterator[tuple[int, NDArray[np.float32], int]]:
    """Yield the first cell of each block, the samples its windows need, and where these begin."""
    stream = mono_blocks(audio, SAMPLE_RATE)
    held = np.zeros(0, dtype=np.float32)
    held_from = 0
    for first in range(0, cells, _BLOCK_CELLS):
        last = min(first + _BLOCK_CELLS, cells)
        starts = _starts(np.array([first, last - 1]), samples)
        begin = min(int(starts[0]) * GRID.hop_length, first * CELL)
        window_end = (int(starts[1]) + WINDOW_FRAMES - 1) * GRID.hop_length + GRID.win_length
        end = min(max(window_end, last * CELL), samples)
        parts = [held[begin - held_from :]]
        have = held_from + held.size
        while have < end and (part := next(stream, None)) is not None:
            parts.append(part)
            have += part.size
        held, held_from = np.concatenate(parts), begin
        yield first, held[: end - begin], begin


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    starts = np.arange(0, samples.size, CELL)
    sums = np.add.reduceat(np.square(samples, dtype=np.float64), starts)
    means = sums / np.minimum(CELL, samples.size - starts)
    return (10 * np.log10(np.maximum(means, 10 ** (FLOOR_DBFS / 10)))).astype(np.float32)
