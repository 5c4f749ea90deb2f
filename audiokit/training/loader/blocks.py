"""Memory in which a worker process hands arrays over, without `/dev/shm`."""

from __future__ import annotations

import mmap
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.training.workspace import reserve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["Blocks", "Handle", "Maps"]

_LEAST_BYTES = 1 << 20
_ALIGNED = 64

Handle = tuple[int, str, int]
"""Number, path and size in bytes of a block."""


class Blocks:
    """The blocks of one worker process, which writes to them.

    On Linux a block is anonymous memory with a file handle (``memfd_create``), which another process opens through
    ``/proc``: it needs no room in ``/dev/shm``, and goes with the process, however that ends. Elsewhere it is a file.

    Parameters
    ----------
    folder : Path
        For files, where there is no such memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: dict[int, _Block] = {}
        self._free: set[int] = set()
        self._dropped: list[int] = []
        self._count = 0

    def write(self, arrays: Sequence[NDArray[Any]]) -> tuple[Handle, list[int]] | None:
        """Copy arrays side by side into a block that nobody uses.

        Returns
        -------
        tuple of Handle and list of int, or None
            The block, and where in it each array begins; None if there is no room for one.
        """
        offsets, size = [], 0
        for array in arrays:
            offsets.append(size)
            size += -(-array.nbytes // _ALIGNED) * _ALIGNED
        with self._lock:
            block = self._fitting(size)
        if block is None:
            return None
        for array, offset in zip(arrays, offsets, strict=True):
            if array.nbytes:
                np.frombuffer(block.memory, array.dtype, array.size, offset).reshape(array.shape)[...] = array
        return block.handle, offsets

    def release(self, numbers: Iterable[int]) -> None:
        """Blocks that may be written to again."""
        with self._lock:
            self._free.update(numbers)

    def take_dropped(self) -> list[int]:
        """Return the numbers of blocks that were given up since the last call."""
        with self._lock:
            dropped, self._dropped = self._dropped, []
        return dropped

    def _fitting(self, size: int) -> _Block | None:
        fitting = [number for number in self._free if self._held[number].handle[2] >= size]
        if fitting:
            number = min(fitting, key=lambda free: self._held[free].handle[2])
            self._free.discard(number)
            return self._held[number]
        for number in self._free:  # too small, as those to come will find too
            self._held.pop(number).close()
        self._dropped += self._free
        self._free.clear()
        self._count += 1
        try:
            block = _made(self._count, max(_LEAST_BYTES, 1 << max(size - 1, 0).bit_length()), self._folder)
        except OSError:
            return None
        self._held[self._count] = block
        return block


class _Block:
    def __init__(self, handle: Handle, memory: mmap.mmap, descriptor: int | None) -> None:
        self.handle, self.memory, self._descriptor = handle, memory, descriptor

    def close(self) -> None:
        self.memory.close()
        if self._descriptor is not None:
            os.close(self._descriptor)


def _has_handles() -> bool:
    return sys.platform == "linux" and Path("/proc/self/fd").exists()


def _made(number: int, size: int, folder: Path) -> _Block:
    if _has_handles():
        descriptor = os.memfd_create(f"audiokit-{number}")
        try:
            os.truncate(descriptor, size)
            # The handle stays open, for others open it through this process.
            return _Block(
                (number, f"/proc/{os.getpid()}/fd/{descriptor}", size), mmap.mmap(descriptor, size), descriptor
            )
        except OSError:
            os.close(descriptor)
            raise
    path = folder / f"block-{os.getpid()}-{number}"
    with path.open("xb+") as file:
        reserve(file.fileno(), size)
        return _Block((number, str(path), size), mmap.mmap(file.fileno(), size), None)


class Maps:
    """The blocks of another process, read here."""

    def __init__(self) -> None:
        self._maps: dict[int, NDArray[np.uint8]] = {}

    def array(self, handle: Handle, offset: int, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array that lies in a block: a view, true until the block is released."""
        number, path, size = handle
        if number not in self._maps:
            with open(path, "r+b") as file:  # noqa: PTH123 - some are no files of a folder
                self._maps[number] = np.frombuffer(mmap.mmap(file.fileno(), size), np.uint8)
            if not path.startswith("/proc"):
                _unlink(path)
        count = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        found: NDArray[Any] = self._maps[number][offset : offset + count].view(dtype).reshape(shape)
        return found

    def forget(self, numbers: Iterable[int]) -> None:
        """Unmap blocks that the other process gave up."""
        for number in numbers:
            self._maps.pop(number, None)


def _unlink(path: str) -> None:
    """Both have it mapped now; where the system does not let go of it, the folder's end does."""
    try:
        Path(path).unlink()
    except OSError:
        return
