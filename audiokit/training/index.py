"""What a dataset is made of: paths, labels, spans and further columns, all in arrays."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.labels import Labels
from audiokit.training.text_table import TextTable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.training.column import Column

__all__ = ["Entry", "FileIndex"]


class Entry(NamedTuple):
    """One row of an index.

    Parameters
    ----------
    path : str
        Of the file.
    label : int, float, ndarray of float32, or None
        As `Labels` has it.
    start_seconds : float
        Where in the file the item begins.
    end_seconds : float or None
        Where it ends; None for the end of the file.
    """

    path: str
    label: Any
    start_seconds: float
    end_seconds: float | None


@dataclass(frozen=True, slots=True, eq=False)
class FileIndex:
    """Files and labels by number, small and shared by worker processes.

    Parameters
    ----------
    table : TextTable
        The paths as given.
    labels : Labels
        As many, or none.
    start_seconds, end_seconds : Column, optional
        float64; NaN is the file's beginning and its end.
    columns : mapping of str to Column or TextTable
        What else was in the manifest; a missing text is empty.
    root : str
        Folder that relative paths are relative to; ``""`` for the working directory.

    Raises
    ------
    ParameterError
        If there is nothing in it, the lengths differ, or a span is none.
    """

    table: TextTable
    labels: Labels = field(default_factory=Labels)
    start_seconds: Column | None = None
    end_seconds: Column | None = None
    columns: Mapping[str, Column | TextTable] = field(default_factory=dict)
    root: str = ""

    def __post_init__(self) -> None:
        count = len(self.table)
        if not count:
            raise ParameterError("There are no files.", cure="Give at least one path.")
        if self.labels.kind != "none" and len(self.labels) != count:
            raise ParameterError(
                f"There are {count:,} files and {len(self.labels):,} labels.", cure="Give one label for each file."
            )
        _check_spans(self.start_seconds, self.end_seconds)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, index: int) -> Entry:
        start, end = self.span(index)
        return Entry(self.path(index), self.labels[index], start, end)

    def path(self, index: int) -> str:
        """Return a path, under `root` if it is relative."""
        path = self.table.path(index)
        return os.path.join(self.root, path) if self.root else path  # noqa: PTH118 - as given, and fast

    def span(self, index: int) -> tuple[float, float | None]:
        """Return start and end in seconds; None is the end of the file."""
        start = 0.0 if self.start_seconds is None else float(self.start_seconds.array[index])
        end = np.nan if self.end_seconds is None else float(self.end_seconds.array[index])
        return (0.0 if np.isnan(start) else start), (None if np.isnan(end) else end)

    def row(self, index: int) -> dict[str, Any]:
        """Return everything about an item, further columns too."""
        further = {
            name: column.text(index) if isinstance(column, TextTable) else column.array[index].item()
            for name, column in self.columns.items()
        }
        return {**self[index]._asdict(), **further}

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        spans = sum(column.nbytes for column in (self.start_seconds, self.end_seconds) if column is not None)
        return self.table.nbytes + self.labels.nbytes + spans + sum(c.nbytes for c in self.columns.values())

    def __repr__(self) -> str:
        return f"FileIndex({len(self):,} files, labels: {self.labels.kind}, {self.nbytes / 1e6:,.1f} MB)"


def _check_spans(starts: Column | None, ends: Column | None) -> None:
    start = np.zeros(1) if starts is None else starts.array
    with np.errstate(invalid="ignore"):
        wrong = (start < 0) | np.isinf(start)
        if ends is not None:
            wrong = wrong | np.isinf(ends.array) | (ends.array <= np.nan_to_num(start))
    if wrong.any():
        row = int(wrong.argmax())
        at = "0" if starts is None else f"{start[row]:g}"
        end = "the end" if ends is None else f"{ends.array[row]:g} s"
        raise ParameterError(
            f"Row {row:,}: a span begins at 0 s or later and ends after it, got {at} s .. {end}.",
            cure="Correct or drop such rows.",
        )
