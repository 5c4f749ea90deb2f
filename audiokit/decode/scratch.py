"""Memory to work in, used again: to touch a fresh page for the first time costs more than what is done in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Scratch", "ScratchPool"]

_BYTES = 1 << 22  # touched only as far as it is used
_ALIGNMENT = 64  # a cache line
_MOST_KEPT = 8  # more threads than that at once pay for fresh pages


class Scratch:
    """A piece of memory that is handed out from front to back.

    Parameters
    ----------
    memory : ndarray of uint8
        Where; what does not fit is allocated as usual.
    """

    def __init__(self, memory: NDArray[np.uint8]) -> None:
        self._memory = memory
        self._taken = 0

    def empty(self, count: int, dtype: DTypeLike) -> NDArray[Any]:
        """Return a 1-D array with whatever is in it."""
        kind = np.dtype(dtype)
        size = count * kind.itemsize
        start = -(-self._taken // _ALIGNMENT) * _ALIGNMENT
        if start + size > self._memory.size:
            return np.empty(count, kind)
        self._taken = start + size
        return self._memory[start : start + size].view(kind)


class ScratchPool:
    """Pieces of memory that are lent and come back; each is with one borrower at a time, whatever its thread.

    Examples
    --------
    >>> pool = ScratchPool()
    >>> with pool.lend() as scratch:
    ...     scratch.empty(1000, np.float32).shape
    (1000,)
    """

    def __init__(self) -> None:
        self._free: list[NDArray[np.uint8]] = []  # taking from and adding to a list is atomic

    def lend(self) -> _Loan:
        """Lend a piece for the block of a ``with``: nothing of it may be used afterwards."""
        return _Loan(self._free)


class _Loan:
    """A class, not a generator: it is entered twice for every file, and many files are short."""

    __slots__ = ("_free", "_memory")

    def __init__(self, free: list[NDArray[np.uint8]]) -> None:
        self._free = free

    def __enter__(self) -> Scratch:
        try:
            self._memory = self._free.pop()
        except IndexError:
            self._memory = np.empty(_BYTES, np.uint8)
        return Scratch(self._memory)

    def __exit__(self, *_: object) -> None:
        if len(self._free) < _MOST_KEPT:
            self._free.append(self._memory)
