"""Which paths share a folder, found for a hundred thousand paths at a time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FolderCodes"]

# A manifest with a folder for each file gains nothing from a table of folders: beyond so many, paths stay whole.
_MOST_FOLDERS = 1 << 20
_WORD_BYTES = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplier, 2**64 over the golden ratio; any odd number would do
_SEED = 0


class FolderCodes:
    """Numbers folders in the order in which they come; 0 is none.

    Notes
    -----
    Folders of one length are compared at once: by a hash of 64 bits, and those with the same hash byte by byte. Where
    two folders have the same hash, the second is not numbered, and its paths are kept whole: longer, never wrong.
    """

    def __init__(self) -> None:
        self._of_length: dict[int, _Known] = {}
        self._count = 1

    def codes(
        self, buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.uint32]:
        """Return the number of the folder ``buffer[start:end]`` for every path; 0 where it is empty or has none."""
        codes = np.zeros(len(starts), np.uint32)
        lengths = ends - starts
        order = np.argsort(lengths, kind="stable")
        bounds = np.flatnonzero(np.diff(lengths[order], prepend=-1, append=-1))
        for first, last in pairwise(bounds):
            rows = order[first:last]
            length = int(lengths[rows[0]])
            if length:
                known = self._of_length.setdefault(length, _Known(length))
                folders = np.lib.stride_tricks.sliding_window_view(buffer, length)[starts[rows]]
                codes[rows], added = known.codes(folders, self._count, _MOST_FOLDERS - self._count)
                self._count += added
        return codes

    def finish(self) -> tuple[NDArray[np.uint8], NDArray[Any]]:
        """Return all folders end to end, and where each ends, folder 0 being empty."""
        lengths = np.zeros(self._count, np.int64)
        for length, known in self._of_length.items():
            lengths[known.numbers] = length
        ends = np.append(0, np.cumsum(lengths))
        text = np.empty(int(ends[-1]), np.uint8)
        for length, known in self._of_length.items():
            text[ends[known.numbers][:, np.newaxis] + np.arange(length)] = known.folders
        return text, ends.astype(np.uint32 if ends[-1] < 1 << 32 else np.uint64)


class _Known:
    """The folders of one length."""

    def __init__(self, length: int) -> None:
        self.folders = np.empty((0, length), np.uint8)  # in the order of their numbers
        self.numbers = np.empty(0, np.uint32)
        self._hashes = np.empty(0, np.uint64)  # ascending
        self._places = np.empty(0, np.int64)  # of each hash among the folders

    def codes(self, folders: NDArray[np.uint8], first: int, most: int) -> tuple[NDArray[np.uint32], int]:
        """Return the numbers of the folders, and how many are new; those begin at `first`."""
        hashes, example, inverse = np.unique(_hashes(folders), return_index=True, return_inverse=True)
        examples = folders[example]
        added = self._add(hashes, examples, first, most)
        numbers = np.zeros(len(hashes), np.uint32)
        if len(self._hashes):
            at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            place = self._places[at]
            same = (self._hashes[at] == hashes) & (self.folders[place] == examples).all(axis=1)
            numbers[same] = self.numbers[place[same]]
        found = numbers[inverse]
        found[(folders != examples[inverse]).any(axis=1)] = 0
        return found, added

    def _add(self, hashes: NDArray[np.uint64], folders: NDArray[np.uint8], first: int, most: int) -> int:
        at = np.searchsorted(self._hashes, hashes)
        new = np.ones(len(hashes), np.bool_)
        if len(self._hashes):
            new = self._hashes[np.minimum(at, len(self._hashes) - 1)] != hashes
        rows = np.flatnonzero(new)[: max(most, 0)]
        places = np.arange(len(rows)) + len(self.folders)
        self._places = np.insert(self._places, at[rows], places)
        self._hashes = np.insert(self._hashes, at[rows], hashes[rows])
        self.folders = np.concatenate([self.folders, folders[rows]])
        self.numbers = np.concatenate([self.numbers, np.arange(first, first + len(rows), dtype=np.uint32)])
        return len(rows)


def _hashes(rows: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash every row to 64 bits: words, mixed so that each letter reaches all bits, times random odd weights."""
    count, length = rows.shape
    words = np.zeros((count, -(-length // _WORD_BYTES)), np.uint64)
    words.view(np.uint8)[:, :length] = rows
    words *= _ODD
    words ^= words >> np.uint64(32)
    weights = np.random.default_rng(_SEED).integers(0, 1 << 63, words.shape[1], np.uint64) * np.uint64(2) + np.uint64(1)
    hashes: NDArray[np.uint64] = (words * weights).sum(axis=1, dtype=np.uint64)
    return hashes
