"""Labels in arrays: classes as int32 codes, values and vectors as float32, several classes as lists of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.chunks import CHUNK_ROWS, Coded, CodesBuilder, Utf8, chunk_of
from audiokit.training.column import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Labels", "LabelsBuilder", "labels_of"]

_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The label of every item.

    Parameters
    ----------
    kind : {"none", "class", "value", "classes"}
        ``class``: `data` is int32 (int64 where numbers need it), one code each. ``value``: float32, one number or one
        row each. ``classes``: `data` is the int32 codes of all items end to end, and item i has
        ``data[ends[i]:ends[i + 1]]`` of them.
    data : Column, optional
        As said; None for ``none``.
    classes : tuple
        Names by code; empty where whole numbers were given, which stay as they are.
    ends : Column, optional
        For ``classes``.
    """

    kind: Literal["none", "class", "value", "classes"] = "none"
    data: Column | None = None
    classes: tuple[Any, ...] = ()
    ends: Column | None = None

    def __len__(self) -> int:
        held = self.data if self.ends is None else self.ends
        return 0 if held is None else len(held) - (self.ends is not None)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(part.nbytes for part in (self.data, self.ends) if part is not None)

    def __getitem__(self, index: int) -> int | float | NDArray[np.float32] | None:
        if self.data is None:
            return None
        if self.ends is not None:
            row = np.zeros(len(self.classes), np.float32)
            row[self.data.array[int(self.ends.array[index]) : int(self.ends.array[index + 1])]] = 1
            return row
        value = self.data.array[index]
        if value.ndim:
            return np.array(value)
        return int(value) if self.kind == "class" else float(value)


def labels_of(labels: Any, *, classes: Sequence[Any] | None = None) -> Labels:
    """Turn what a user gives as labels into arrays.

    Parameters
    ----------
    labels : sequence, array, or None
        Texts become classes, in alphabetical order. Whole numbers are codes already, and stay as they are. Other
        numbers, float32, are values to be predicted; rows of them, vectors. Rows of 0 and 1, and lists of texts, are
        several classes at once.
    classes : sequence, optional
        The names by code, for example those of another part of the data; whole numbers are then looked up in it too.

    Raises
    ------
    ParameterError
        For missing, mixed or non-finite labels, naming the row, and for one that is not among `classes`.

    Examples
    --------
    >>> labels = labels_of(["dog", "cat", "dog"])
    >>> labels.classes, labels[0]
    (('cat', 'dog'), 1)
    """
    builder = LabelsBuilder()
    if labels is not None:
        if isinstance(labels, str) or not hasattr(labels, "__len__"):
            raise ParameterError(f"labels are one for each file, got {labels!r}.", cure="Give a list or an array.")
        values = labels if isinstance(labels, (list, tuple, np.ndarray)) else np.asarray(labels)
        for start in range(0, len(values), CHUNK_ROWS):
            builder.add(chunk_of(values, start, start + CHUNK_ROWS), start)
    return builder.finish(classes)


class LabelsBuilder:
    """Makes `Labels` from chunks.

    Parameters
    ----------
    parse : bool
        Texts that all are numbers (of a CSV file, which has no others) become numbers.
    """

    def __init__(self, *, parse: bool = False) -> None:
        self._parse = parse
        self._kind = ""
        self._texts = CodesBuilder()
        self._numbers: list[NDArray[Any]] = []
        self._counts: list[NDArray[np.int64]] = []

    def add(self, chunk: Any, first_row: int) -> None:
        """Take a chunk of labels of one kind; raise ParameterError if it is of another than those before."""
        if not len(chunk):
            return
        values = chunk.tolist() if isinstance(chunk, Utf8) else chunk
        kind = _kind_of(values, first_row)
        if self._kind and kind != self._kind:
            raise ParameterError(
                f"Row {first_row:,} and later: the labels are {kind}, and {self._kind} before.",
                cure="Use one type for all.",
            )
        self._kind = kind
        if kind == "texts":
            self._texts.add(values, first_row)
        elif kind == "lists of texts":
            self._counts.append(np.fromiter(map(len, values), np.int64, len(values)))
            self._texts.add([name for names in values for name in sorted(set(names))], first_row)
            self._counts[-1] = np.fromiter((len(set(names)) for names in values), np.int64, len(values))
        else:
            self._numbers.append(_numbers(values.tolist() if isinstance(values, Coded) else values, first_row))

    def finish(self, classes: Sequence[Any] | None = None) -> Labels:
        """Return the labels; `classes` as in `labels_of`."""
        if not self._kind:
            return Labels()
        if classes is not None and len(set(classes)) != len(classes):
            raise ParameterError(f"classes holds a name twice: {list(classes)!r}.", cure="Name every class once.")
        if self._kind == "numbers":
            return _of_numbers(np.concatenate(self._numbers), classes)
        codes, names = self._texts.finish()
        if self._parse and classes is None and self._kind == "texts" and (numbers := _parsed(names)) is not None:
            return _of_numbers(numbers[codes], None)
        if classes is not None:
            codes, names = _places(names, classes)[codes], tuple(classes)
        if self._kind == "texts":
            return Labels("class", Column(codes), names)
        ends = np.concatenate([[0], *self._counts]).cumsum()
        return Labels("classes", Column(codes), names, Column(ends))


def _kind_of(values: Any, first_row: int) -> str:
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "biuf":
            return "numbers"
        raise ParameterError(f"Labels are texts or numbers, got an array of {values.dtype}.", cure="Convert it.")
    first = (values.values[0] if len(values.values) else "") if isinstance(values, Coded) else values[0]
    if isinstance(first, str):
        return "texts"
    if isinstance(first, (list, tuple, set, frozenset)):
        inner = next((names for names in values if len(names)), ())
        return "lists of texts" if all(isinstance(name, str) for name in inner) else "numbers"
    if isinstance(first, (bool, int, float, np.generic, np.ndarray)):
        return "numbers"
    if first is None:
        raise ParameterError(f"Row {first_row:,} has no label.", cure="Drop such rows, or name a class for them.")
    raise ParameterError(f"Row {first_row:,}: a label is text or a number, got {type(first).__name__}.", cure="")


def _numbers(values: Any, first_row: int) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ParameterError(f"The labels from row {first_row:,} on have rows of several lengths.", cure="") from error
    if array.dtype.kind not in "biuf" or array.ndim > 2:
        raise ParameterError(
            f"The labels from row {first_row:,} on are of mixed types, or of more than two dimensions.",
            cure="Use one type for all.",
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))[0])
        raise ParameterError(
            f"Row {first_row + row:,}: its label is missing or not finite.", cure="Drop such rows, or put a number."
        )
    return array


def _of_numbers(array: NDArray[Any], classes: Sequence[Any] | None) -> Labels:
    if array.ndim == 2:
        if array.dtype.kind == "b" or ((array == 0) | (array == 1)).all():
            if classes is not None and len(classes) != array.shape[1]:
                raise ParameterError(f"{len(classes)} classes for labels of {array.shape[1]} columns.", cure="")
            names = tuple(range(array.shape[1]) if classes is None else classes)
            rows, columns = np.nonzero(array)
            ends = np.searchsorted(rows, np.arange(len(array) + 1))
            return Labels("classes", Column(columns.astype(np.int32)), names, Column(ends))
        return Labels("value", Column(array.astype(np.float32)))
    if array.dtype.kind == "f":
        return Labels("value", Column(array.astype(np.float32)))
    if classes is not None:
        values, inverse = np.unique(array, return_inverse=True)
        return Labels("class", Column(_places(values.tolist(), classes)[inverse]), tuple(classes))
    small = not len(array) or (array.min() >= _INT32.min and array.max() <= _INT32.max)
    return Labels("class", Column(array.astype(np.int32 if small else np.int64)))


def _places(names: Sequence[Any], classes: Sequence[Any]) -> NDArray[np.int32]:
    place = {name: code for code, name in enumerate(classes)}
    unknown = [name for name in names if name not in place]
    if unknown:
        raise ParameterError(
            f"The label {unknown[0]!r} is not among the {len(classes)} classes given.",
            cure=f"These are: {', '.join(map(repr, list(classes)[:10]))}{', …' if len(classes) > 10 else ''}.",
        )
    return np.array([place[name] for name in names], np.int32)


def _parsed(names: Sequence[str]) -> NDArray[Any] | None:
    """Turn texts into numbers if all are; ``"007"`` and ``"nan"`` are texts."""
    try:
        whole = [int(name) for name in names]
        if [str(number) for number in whole] == list(names):
            return np.array(whole)
    except ValueError:
        pass
    digits = [name.lstrip("+-") for name in names]
    if any(name != name.strip() for name in names) or any(text[:1] == "0" and text[1:2].isdigit() for text in digits):
        return None
    try:
        values = np.array([float(name) for name in names])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
