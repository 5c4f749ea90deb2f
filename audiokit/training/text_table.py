"""Millions of paths or other texts in a few arrays: bytes, where each ends, and folders written once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.training.column import Column
from audiokit.training.folder_codes import FolderCodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["TextTable", "TextTableBuilder", "smallest_type"]

_SEPARATORS = (b"/"[0], b"\\"[0]) if os.name == "nt" else (b"/"[0],)


def smallest_type(largest: int) -> np.dtype[Any]:
    """Return the smallest unsigned type that holds a number."""
    return np.min_scalar_type(largest)


class TextTable:
    """Texts by their number.

    Parameters
    ----------
    text : Column
        uint8: what follows the last separator of every path, end to end; UTF-8, or as the file system writes names.
    ends : Column
        One more than there are texts, uint32 or uint64: text i is ``text[ends[i]:ends[i + 1]]``.
    folders : Column, optional
        uint8: every folder once, with its separator; folder 0 is empty.
    folder_ends : Column, optional
        As `ends`.
    folder_codes : Column, optional
        Which folder each path is in.
    """

    def __init__(
        self,
        text: Column,
        ends: Column,
        folders: Column | None = None,
        folder_ends: Column | None = None,
        folder_codes: Column | None = None,
    ) -> None:
        self._text, self._ends = text, ends
        self._folders, self._folder_ends, self._folder_codes = folders, folder_ends, folder_codes

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(part.nbytes for part in self._parts() if part is not None)

    def _parts(self) -> tuple[Column | None, ...]:
        return self._text, self._ends, self._folders, self._folder_ends, self._folder_codes

    def bytes_at(self, index: int) -> bytes:
        """Return a text as its bytes."""
        ends = self._ends.array
        name: bytes = self._text.array[int(ends[index]) : int(ends[index + 1])].tobytes()
        if self._folders is None or self._folder_ends is None or self._folder_codes is None:
            return name
        code, ends = int(self._folder_codes.array[index]), self._folder_ends.array
        folder: bytes = self._folders.array[int(ends[code]) : int(ends[code + 1])].tobytes()
        return folder + name

    def path(self, index: int) -> str:
        """Return a path, by `os.fsdecode`: names that are no text come back as they were."""
        return os.fsdecode(self.bytes_at(index))

    def text(self, index: int) -> str:
        """Return a text."""
        return self.bytes_at(index).decode("utf-8", "surrogatepass")

    def paths(self) -> Iterator[str]:
        """Return all paths in turn."""
        return (self.path(index) for index in range(len(self)))


class TextTableBuilder:
    """Makes a `TextTable` from texts that come in chunks.

    Parameters
    ----------
    split : bool
        Keep the folders of paths apart, each once.
    """

    def __init__(self, *, split: bool) -> None:
        self._split = split
        self._texts: list[NDArray[np.uint8]] = []
        self._lengths: list[NDArray[np.unsignedinteger[Any]]] = []
        self._codes: list[NDArray[np.uint32]] = []
        self._folders = FolderCodes()

    def add(self, buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        """Take texts as they lie in a buffer, one behind the other; none of those to be split may be empty."""
        cuts = starts
        if self._split:
            cuts = _after_last_separator(buffer, starts, ends)
            codes = self._folders.codes(buffer, starts, cuts)
            cuts = np.where(codes == 0, starts, cuts)
            self._codes.append(codes)
        self._texts.append(_gathered(buffer, cuts, ends))
        lengths = ends - cuts
        self._lengths.append(lengths.astype(smallest_type(int(lengths.max(initial=0)))))

    def finish(self) -> TextTable:
        """Return the table."""
        ends = np.zeros(sum(map(len, self._lengths)) + 1, np.uint64)
        at = 1
        for lengths in self._lengths:
            np.cumsum(lengths, out=ends[at : at + len(lengths)], dtype=np.uint64)
            ends[at : at + len(lengths)] += ends[at - 1]
            at += len(lengths)
        self._lengths = []
        if int(ends[-1]) < 1 << 32:
            ends = ends.astype(np.uint32)
        text = _joined(self._texts, np.uint8)
        self._texts = []
        if not self._split:
            return TextTable(Column(text), Column(ends))
        folders, folder_ends = self._folders.finish()
        codes = _joined(self._codes, smallest_type(len(folder_ends)))
        self._codes = []
        return TextTable(Column(text), Column(ends), Column(folders), Column(folder_ends), Column(codes))


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """Concatenate, and give each part back as soon as it is copied."""
    out = np.empty(sum(map(len, parts)), dtype)
    at = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        out[at : at + len(part)] = part
        at += len(part)
    return out


def _after_last_separator(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    found = buffer == _SEPARATORS[0]
    for other in _SEPARATORS[1:]:
        found |= buffer == other
    places = np.flatnonzero(found)
    if not len(places):
        return starts
    last = places[np.maximum(np.searchsorted(places, ends) - 1, 0)]
    cuts: NDArray[np.int64] = np.where((last >= starts) & (last < ends), last + 1, starts)
    return cuts


def _gathered(buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Copy the spans [start, end), one behind the other, by a mask that is on from each start to its end."""
    filled = starts < ends  # of what is empty nothing is wanted, and its bounds would meet another's
    switch = np.zeros(len(buffer) + 1, np.int8)
    switch[starts[filled]] += 1
    switch[ends[filled]] -= 1
    return buffer[np.cumsum(switch[:-1], dtype=np.int8).view(np.bool_)]
