"""What a second epoch reads again: bytes that this process and its workers took from files and pipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.process_tree import bytes_read

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.drive import Loader

__all__ = ["ReadRow", "measure_reading", "reading_to_dataframe"]


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
