"""Columns as they come in, chunk by chunk: texts, coded texts, numbers; and what the chunks become together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.text_table import TextTable, TextTableBuilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CHUNK_ROWS", "Chunk", "Coded", "CodesBuilder", "Utf8", "add_texts", "chunk_of"]

CHUNK_ROWS = 1 << 17
"""Rows that are looked at together: enough for numpy, little beside the whole."""


@dataclass(frozen=True, slots=True)
class Utf8:
    """Texts end to end in a buffer, as Arrow keeps them.

    Parameters
    ----------
    buffer : ndarray of uint8
        UTF-8.
    ends : ndarray of int64
        One more than there are texts.
    """

    buffer: NDArray[np.uint8]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ends) - 1

    def tolist(self) -> list[str]:
        """Return the texts."""
        data, ends = self.buffer.tobytes(), self.ends.tolist()
        return [data[a:b].decode() for a, b in pairwise(ends)]


@dataclass(frozen=True, slots=True)
class Coded:
    """Values as numbers into a table, as a categorical keeps them.

    Parameters
    ----------
    codes : ndarray of int
        -1 where there is no value.
    values : sequence
        The table.
    """

    codes: NDArray[Any]
    values: Sequence[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[Any]:
        """Return the values."""
        return [self.values[code] if code >= 0 else None for code in self.codes.tolist()]


Chunk = Sequence[Any] | Utf8 | Coded  # or an array


def chunk_of(values: Any, start: int, stop: int) -> Any:
    """Cut a chunk out of a list, tuple or array; arrays of objects and of texts become lists."""
    part = values[start:stop]
    if isinstance(part, np.ndarray) and part.dtype.kind in "OUS":
        return part.tolist()
    return part


def add_texts(builder: TextTableBuilder, chunk: Any, first_row: int, *, paths: bool) -> None:
    """Put a chunk of texts into a table.

    Parameters
    ----------
    builder : TextTableBuilder
        Where to.
    chunk : Chunk
        Paths may be `str`, `bytes` or `os.PathLike`.
    first_row : int
        Where the chunk stands, for messages.
    paths : bool
        Encode by `os.fsencode`, and refuse what is empty or holds a null character.

    Raises
    ------
    ParameterError
        For a value that is no text or no path, naming its row.
    """
    if isinstance(chunk, Utf8):
        if not len(chunk):
            return
        if paths:
            begin, end = chunk.ends[[0, -1]]
            if np.any(np.diff(chunk.ends) <= 0) or not chunk.buffer[begin:end].all():
                _refuse_path(chunk.tolist(), first_row)
        builder.add(chunk.buffer, chunk.ends[:-1], chunk.ends[1:])
        return
    values = chunk.tolist() if isinstance(chunk, (Coded, np.ndarray)) else list(chunk)
    if not values:
        return
    data = _encoded(values, first_row, paths=paths)
    buffer = np.frombuffer(data, np.uint8)
    ends = np.append(np.flatnonzero(buffer == 0), len(buffer))
    starts = np.append(0, ends[:-1] + 1)
    if len(ends) != len(values) or (paths and np.any(ends == starts)):
        if paths:
            _refuse_path(values, first_row)
        ends, starts, buffer = _one_by_one(values)
    builder.add(buffer, starts, ends)


def _encoded(values: list[Any], first_row: int, *, paths: bool) -> bytes:
    """Join the values by null characters, which no path holds, so that all are encoded at once."""
    try:
        text = "\0".join(values)
    except TypeError:  # something that is no str
        if paths:
            return b"\0".join(_path_bytes(value, first_row + row) for row, value in enumerate(values))
        text = "\0".join(map(_text, values))
    return os.fsencode(text) if paths else text.encode("utf-8", "surrogatepass")


def _text(value: Any) -> str:
    return "" if _is_missing(value) else str(value)


def _is_missing(value: Any) -> bool:
    """Whether it is None, NaN, or what pandas puts where nothing is."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(np.isnan(value))


def _one_by_one(values: list[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    encoded = [_text(value).encode("utf-8", "surrogatepass") for value in values]
    bounds = np.cumsum([0, *map(len, encoded)])
    return bounds[1:], bounds[:-1], np.frombuffer(b"".join(encoded), np.uint8)


def _path_bytes(value: Any, row: int) -> bytes:
    try:
        return os.fsencode(value)
    except TypeError:
        got = "nothing" if _is_missing(value) else f"{type(value).__name__} {value!r}"
        raise ParameterError(f"Row {row:,}: a path is wanted, got {got}.", cure="Give a str or a Path.") from None


def _refuse_path(values: list[Any], first_row: int) -> NoReturn:
    for row, value in enumerate(values):
        path = _path_bytes(value, first_row + row)
        if not path:
            raise ParameterError(f"Row {first_row + row:,}: the path is empty.", cure="Drop such rows.")
        if b"\0" in path:
            raise ParameterError(f"Row {first_row + row:,}: the path holds a null character.", cure="Correct it.")
    raise AssertionError(values)


class CodesBuilder:
    """Turns texts into int32 codes and a table of the different ones, in alphabetical order."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._codes: list[NDArray[np.int32]] = []

    def add(self, values: list[str] | Coded, first_row: int) -> None:
        """Take a chunk.

        Raises
        ------
        ParameterError
            For a value that is no text, naming its row.
        """
        if isinstance(values, Coded):
            codes = np.asarray(values.codes)
            if len(codes) and codes.min() < 0:
                _refuse_label(None, first_row + int(codes.argmin()))
            names, inverse = np.unique(codes, return_inverse=True)
            table = [self._code(values.values[code], first_row) for code in names.tolist()]
            self._codes.append(np.array(table, np.int32)[inverse] if table else np.empty(0, np.int32))
            return
        try:
            for name in sorted(set(values) - self._known.keys()):
                self._code(name, first_row)
        except TypeError:
            pass
        try:
            self._codes.append(np.fromiter(map(self._known.__getitem__, values), np.int32, len(values)))
        except (KeyError, TypeError):
            for row, value in enumerate(values):
                if not isinstance(value, str):
                    _refuse_label(value, first_row + row)
            raise

    def _code(self, name: Any, row: int) -> int:
        if not isinstance(name, str):
            _refuse_label(name, row)
        return self._known.setdefault(str(name), len(self._known))

    def finish(self) -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Return the codes and the names."""
        names = sorted(self._known)
        places = np.empty(len(names), np.int32)
        for place, name in enumerate(names):
            places[self._known[name]] = place
        codes = np.concatenate(self._codes) if self._codes else np.empty(0, np.int32)
        return places[codes] if names else codes, tuple(names)


def _refuse_label(value: Any, row: int) -> NoReturn:
    if _is_missing(value):
        raise ParameterError(f"Row {row:,} has no label.", cure="Drop such rows, or name a class for them.")
    raise ParameterError(
        f"Row {row:,}: the labels are text so far, got {type(value).__name__} {value!r}.", cure="Use one type for all."
    )


def text_table(values: Sequence[Any]) -> TextTable:
    """Make a table of texts that need no folders."""
    builder = TextTableBuilder(split=False)
    for start in range(0, len(values), CHUNK_ROWS):
        add_texts(builder, chunk_of(values, start, start + CHUNK_ROWS), start, paths=False)
    return builder.finish()
