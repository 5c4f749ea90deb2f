"""Arrays that worker processes share instead of copying."""

from __future__ import annotations

from multiprocessing import context
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.owned_folder import OwnedFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Column", "is_spawning"]

_WORTH_A_FILE_BYTES = 1 << 20  # below, a copy through the pipe costs less than a file


def is_spawning() -> bool:
    """Whether this thread is pickling for a process that it starts, and that ends before this one."""
    return getattr(context, "get_spawning_popen")() is not None  # noqa: B009 - not in the type stubs


class Column:
    """A read-only array, of which a process that is spawned maps a file, and one that is forked the parent's pages.

    Parameters
    ----------
    array : ndarray
        Of numbers; not copied. Nothing writes to it afterwards.

    Notes
    -----
    A Python list of strings would be copied into every forked worker, page by page, because reading an object counts
    its references in it (pytorch#13246). An array is one object, whatever its length.

    Pickled in any other way (to a disk, to another machine) it takes its numbers along.
    """

    __slots__ = ("__weakref__", "_file", "_folder", "array")

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self._file = ""

    def __len__(self) -> int:
        return len(self.array)

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return int(self.array.nbytes)

    def __reduce__(self) -> tuple[Any, ...]:
        if is_spawning() and self.nbytes >= _WORTH_A_FILE_BYTES:
            return _mapped, (self._written(),)
        return Column, (np.asarray(self.array),)

    def _written(self) -> str:
        """Return the file that holds the array; it goes when this object does."""
        if not self._file:
            self._folder = OwnedFolder("audiokit-column-")
            path = self._folder.path / "array.npy"
            np.save(path, self.array)
            self._file = str(path)
        return self._file


def _mapped(path: str) -> Column:
    return Column(np.load(path, mmap_mode="r").view(np.ndarray))
