"""What a second epoch reads again: bytes that this process and its workers took from files and pipes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.drive import Loader

__all__ = ["ReadRow", "bytes_read", "measure_reading", "reading_to_dataframe"]

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """Two epochs with a cache.

    Parameters
    ----------
    kind : str
        Of the files.
    file_bytes : int
        Of all files together.
    epoch_bytes : tuple of (int or None)
        Read in each epoch by all processes; None where the system does not tell.
    """

    kind: str
    file_bytes: int
    epoch_bytes: tuple[int | None, ...]

    @property
    def times_less(self) -> float | None:
        """How many times as much the first epoch read as the last; None where that is not known."""
        first, last = self.epoch_bytes[0], self.epoch_bytes[-1]
        return None if first is None or last is None else first / max(last, 1)


def bytes_read(process: int | None = None, *, proc: Path = _PROC) -> int | None:
    """Bytes that a process and all that it started have asked the system to read, files and pipes alike.

    Parameters
    ----------
    process : int, optional
        Its number; this one by default.
    proc : path
        Where the system tells.

    Returns
    -------
    int or None
        The sum of ``rchar`` over the processes that live; children that have ended count with their parent. None where
        there is no such file.
    """
    own = os.getpid() if process is None else process
    total = _rchar(proc, own)
    if total is None:
        return None
    return total + sum(_rchar(proc, one) or 0 for one in _descendants(proc, own))


def _rchar(proc: Path, process: int) -> int | None:
    with contextlib.suppress(OSError):
        for line in (proc / str(process) / "io").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "rchar":
                return int(value)
    return None


def _descendants(proc: Path, process: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in proc.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                # Behind the name in parentheses, which may hold anything, come the state and the parent.
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
                parents[int(folder.name)] = int(stat.split()[1])
    found, frontier = [], {process}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found += sorted(frontier)
    return found


def measure_reading(make: Callable[[], Loader], files: Iterable[str], kind: str, *, epochs: int = 2) -> ReadRow:
    """Go through a loader with a cache, and count what each epoch reads.

    Parameters
    ----------
    make : callable
        Opens the loader.
    files : iterable of str
        That it reads.
    kind : str
        Of the files, for the table.
    epochs : int
        How many.
    """
    loader = make()
    read: list[int | None] = []
    try:
        for _ in range(epochs):
            before = bytes_read()
            for _batch in loader:
                pass
            after = bytes_read()
            read.append(None if before is None or after is None else after - before)
    finally:
        loader.close()
    return ReadRow(kind, sum(Path(file).stat().st_size for file in files), tuple(read))


def reading_to_dataframe(rows: Iterable[ReadRow]) -> pd.DataFrame:
    """One row for each kind of files; millions of bytes."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "kind": row.kind,
                "files_mb": row.file_bytes / 1e6,
                "first_mb": None if row.epoch_bytes[0] is None else row.epoch_bytes[0] / 1e6,
                "last_mb": None if row.epoch_bytes[-1] is None else row.epoch_bytes[-1] / 1e6,
                "times_less": row.times_less,
            }
            for row in rows
        ]
    ).astype({"first_mb": float, "last_mb": float, "times_less": float})
