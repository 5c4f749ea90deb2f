"""How long files are, found once and remembered in 20 bytes each, for all workers."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from audiokit.decode.read import info
from audiokit.dsp.resample_stream import resampled_length

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from audiokit.training.workspace import Workspace

__all__ = ["FileLength", "FileState", "Lengths", "looked_up"]

_BLOCK = 4096  # items whose lengths one thread looks up in one go

_RECORD = np.dtype([("frames", np.int64), ("rate", np.uint32), ("channels", np.uint32), ("check", np.uint32)])
_CHECKED = struct.Struct("=qqqqII")


class FileState(NamedTuple):
    """What tells whether a file is still the same.

    Parameters
    ----------
    mtime_ns, size_bytes : int
        Of its last change, and its length.
    """

    mtime_ns: int
    size_bytes: int


class FileLength(NamedTuple):
    """How long a file is.

    Parameters
    ----------
    frames : int
        Samples in each channel.
    sample_rate : int
        The file's own, in Hz.
    channels : int
        Of its sound.
    """

    frames: int
    sample_rate: int
    channels: int

    def at(self, target_sr: int) -> int:
        """Return the length after resampling."""
        return resampled_length(self.frames, self.sample_rate, target_sr)


class Lengths:
    """The lengths of a dataset's files.

    Parameters
    ----------
    workspace : Workspace
        Holds the table.
    count : int
        Number of items.

    Notes
    -----
    Workers write side by side without a lock: each record carries a checksum over itself and the state of the file, so
    that one half written, or of a file that has changed, counts as unknown.
    """

    def __init__(self, workspace: Workspace, count: int) -> None:
        self._records = workspace.array("lengths", _RECORD, count)

    def of(self, index: int, path: str, state: FileState) -> FileLength:
        """Return a length; the first time the file's header is read, and all of it where the header does not say.

        Raises
        ------
        InputError
            As `audiokit.info`.
        """
        record = self._records[index]
        length = FileLength(int(record["frames"]), int(record["rate"]), int(record["channels"]))
        if length.sample_rate and int(record["check"]) == _check(index, state, length):
            return length
        found = info(path)
        if found.frames is None:
            found = info(path, exact=True)
        length = FileLength(found.frames or 0, found.sample_rate, found.channels)
        self._records[index] = (*length, _check(index, state, length))
        return length


def _check(index: int, state: FileState, length: FileLength) -> int:
    return zlib.crc32(_CHECKED.pack(index, *state, *length))


def looked_up(duration: Callable[[int], float], count: int) -> NDArray[np.float32]:
    """Call a function for each of `count` items, blocks of them side by side: most of the time it waits for a disk."""
    from concurrent.futures import ThreadPoolExecutor

    def of(items: range) -> NDArray[np.float32]:
        return np.fromiter(map(duration, items), np.float32, len(items))

    with ThreadPoolExecutor(thread_name_prefix="audiokit-lengths") as pool:
        return np.concatenate(
            list(pool.map(of, [range(at, min(at + _BLOCK, count)) for at in range(0, count, _BLOCK)]))
        )
