"""A temporary folder in which a dataset's processes tell each other what they found."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.owned_folder import OwnedFolder
from audiokit.sharing import after_fork
from audiokit.training.column import is_spawning

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Counters", "Workspace", "reserve"]


class Workspace:
    """A folder that goes when the object that made it does; workers, forked or spawned, use the same one.

    Files on an ordinary disk serve where a container has no room in ``/dev/shm``. The environment's ``TMPDIR`` says
    where. What a process that was killed left goes when the next one is made (`audiokit.owned_folder`).

    Parameters
    ----------
    folder : Path, optional
        Another process's, which is used and not removed.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            self._owned = OwnedFolder("audiokit-training-")
            folder = self._owned.path
        self.folder = folder

    def array(self, name: str, dtype: Any, count: int) -> NDArray[Any]:
        """Return an array of zeros that all processes read and write; on a full disk, one of this process's own.

        Parameters
        ----------
        name : str
            Of the file; the first that asks makes it.
        dtype : dtype
            Of its elements.
        count : int
            How many.
        """
        size = np.dtype(dtype).itemsize * count
        path = self.folder / name
        try:
            with contextlib.suppress(FileExistsError), path.open("xb") as handle:
                reserve(handle.fileno(), size)
            return np.memmap(path, dtype, "r+", shape=(count,)).view(np.ndarray)
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                path.unlink()
            return np.zeros(count, dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return Workspace, ((self.folder,) if is_spawning() else ())


def reserve(handle: int, size: int) -> None:
    """Take the disk's space now: to write to a mapped page for which there is none kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
        return
    zeros = bytes(1 << 20)
    for start in range(0, size, len(zeros)):
        os.write(handle, zeros[: size - start])


class Counters:
    """Counts that every process keeps for itself, and anyone can add up.

    Parameters
    ----------
    workspace : Workspace
        Where each process has a file.
    names : tuple of str
        What is counted.
    """

    def __init__(self, workspace: Workspace, names: tuple[str, ...]) -> None:
        self._workspace, self._names = workspace, names
        self._process = 0
        self._lock = threading.Lock()
        after_fork(self._in_child)
        self._mine: NDArray[np.float64] = np.zeros(0)

    def add(self, **counts: float) -> None:
        """Count."""
        with self._lock:
            mine = self._own()
            for name, count in counts.items():
                mine[self._names.index(name)] += count

    def raise_to(self, name: str, value: float) -> None:
        """Keep the largest value."""
        with self._lock:
            mine, place = self._own(), self._names.index(name)
            mine[place] = max(float(mine[place]), value)

    def _in_child(self) -> None:
        self._lock = threading.Lock()  # its holder does not exist here

    def _own(self) -> NDArray[np.float64]:
        if self._process != os.getpid():
            self._process = os.getpid()
            self._mine = self._workspace.array(f"counts-{self._process}", np.float64, len(self._names))
        return self._mine

    def totals(self) -> dict[str, NDArray[np.float64]]:
        """Return what every process counted, by name."""
        with self._lock:
            rows = [self._own()]
        for path in sorted(self._workspace.folder.glob("counts-*")):
            if path.name != f"counts-{self._process}":
                with contextlib.suppress(OSError):
                    row = np.fromfile(path, np.float64)
                    if len(row) == len(self._names):
                        rows.append(row)
        table = np.stack(rows)
        return {name: table[:, place] for place, name in enumerate(self._names)}

    def __reduce__(self) -> tuple[Any, ...]:
        return Counters, (self._workspace, self._names)
