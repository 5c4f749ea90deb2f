"""Tables of files: pandas DataFrames, Parquet and CSV manifests, read chunk by chunk."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.training.chunks import CHUNK_ROWS, Coded, Utf8, add_texts, chunk_of
from audiokit.training.column import Column
from audiokit.training.index import FileIndex
from audiokit.training.labels import LabelsBuilder, labels_of
from audiokit.training.text_table import TextTable, TextTableBuilder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["TABLE_ENDINGS", "columns_of_file", "columns_of_frame", "index_of_batches"]

TABLE_ENDINGS = (".csv", ".tsv", ".parquet", ".pq")
_SPANS = ("start_seconds", "end_seconds", "duration_seconds")
Batch = Mapping[str, Any]  # column → chunk


def index_of_batches(
    batches: Iterable[Batch],
    labels: Any,
    classes: Sequence[Any] | None,
    path_column: str,
    root: str,
    *,
    parse: bool = False,
) -> FileIndex:
    """Make an index from a table that comes in pieces; parameters as in `audiokit.training.manifest.index_of`."""
    named = labels if isinstance(labels, str) else "label"
    paths, coded = TextTableBuilder(split=True), LabelsBuilder(parse=parse)
    others: dict[str, _Further] = {}
    row, columns = 0, []
    for batch in batches:
        columns = list(batch)
        _check_columns(columns, path_column, labels)
        add_texts(paths, batch[path_column], row, paths=True)
        for name, chunk in batch.items():
            if name == named:
                if labels is None or isinstance(labels, str):
                    coded.add(chunk, row)
            elif name != path_column:
                others.setdefault(name, _Further(name, parse=parse and name in _SPANS)).add(chunk, row)
        row += len(batch[path_column])
    if row == 0:
        raise ParameterError("The table has no rows.", cure="Give at least one file.")
    given = labels is None or isinstance(labels, str)
    made = {name: column.finish() for name, column in others.items()}
    start, end = made.pop("start_seconds", None), made.pop("end_seconds", None)
    duration = made.pop("duration_seconds", None)
    if isinstance(duration, Column):
        begin = 0.0 if not isinstance(start, Column) else np.nan_to_num(start.array)
        end = Column(begin + duration.array)
    return FileIndex(
        paths.finish(),
        coded.finish(classes) if given else labels_of(labels, classes=classes),
        start if isinstance(start, Column) else None,
        end if isinstance(end, Column) else None,
        made,
        root,
    )


def _check_columns(columns: list[str], path_column: str, labels: Any) -> None:
    if len(set(columns)) != len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise ParameterError(f"The table has two columns {twice!r}.", cure="Rename or drop one.")
    wanted = [path_column, labels] if isinstance(labels, str) else [path_column]
    for name in wanted:
        if name not in columns:
            raise ParameterError(
                f"The table has no column {name!r}.", cure=f"It has {', '.join(map(repr, columns)) or 'none'}."
            )
    if labels is not None and not isinstance(labels, str) and "label" in columns:
        raise ParameterError(
            "The labels are given twice: the table has a column 'label'.", cure="Drop it, or leave labels away."
        )
    if "end_seconds" in columns and "duration_seconds" in columns:
        raise ParameterError("The table has both end_seconds and duration_seconds.", cure="Drop one of them.")


class _Further:
    """A column of numbers, or else of texts."""

    def __init__(self, name: str, *, parse: bool) -> None:
        self._name, self._parse = name, parse
        self._numbers: list[NDArray[Any]] = []
        self._texts: TextTableBuilder | None = None

    def add(self, chunk: Any, row: int) -> None:
        numbers = self._numeric(chunk, row)
        if numbers is not None and self._texts is None:
            self._numbers.append(numbers)
            return
        if self._texts is None:
            if self._numbers:
                raise ParameterError(f"Column {self._name!r}: numbers, then from row {row:,} on texts.", cure="")
            self._texts = TextTableBuilder(split=False)
        add_texts(self._texts, chunk, row, paths=False)

    def _numeric(self, chunk: Any, row: int) -> NDArray[Any] | None:
        if isinstance(chunk, np.ndarray) and chunk.dtype.kind in "biuf" and chunk.ndim == 1:
            return chunk.astype(np.float64) if self._name in _SPANS else chunk
        if self._name in _SPANS:
            values = chunk.tolist() if isinstance(chunk, (Coded, Utf8)) else chunk
            try:
                return np.array([np.nan if v is None or (self._parse and v == "") else float(v) for v in values])
            except (TypeError, ValueError) as error:
                raise ParameterError(
                    f"Column {self._name!r}, rows from {row:,} on: seconds are wanted ({error}).", cure="Correct it."
                ) from error
        return None

    def finish(self) -> Column | TextTable:
        return self._texts.finish() if self._texts is not None else Column(np.concatenate(self._numbers))


def columns_of_frame(frame: Any) -> Iterator[Batch]:
    """Go through a pandas DataFrame; its index is left aside."""
    titles = [str(name) for name in frame.columns]
    arrays = [_array_of(frame.iloc[:, place]) for place in range(len(titles))]
    _check_unique(titles)
    for start in range(0, len(frame), CHUNK_ROWS):
        yield {title: array(start, start + CHUNK_ROWS) for title, array in zip(titles, arrays, strict=True)}


def _check_unique(titles: list[str]) -> None:
    for title in titles:
        if titles.count(title) > 1:
            raise ParameterError(f"The table has two columns {title!r}.", cure="Rename or drop one.")


def _array_of(series: Any) -> Any:
    """Return what cuts chunks out of a Series, without making a Python object of every text where it has none."""
    kind = series.dtype
    if hasattr(series, "cat"):
        codes, values = series.cat.codes.to_numpy(), series.cat.categories.tolist()
        return lambda start, stop: Coded(codes[start:stop], values)
    if getattr(kind, "storage", "") == "pyarrow" or hasattr(kind, "pyarrow_dtype"):
        import pyarrow as pa

        array = pa.chunked_array(pa.array(series.array))
        return lambda start, stop: _from_arrow(array.slice(start, stop - start).combine_chunks())
    array = series.to_numpy()
    return lambda start, stop: chunk_of(array, start, stop)


def columns_of_file(path: Path) -> Iterator[Batch]:
    """Go through a manifest, told apart by the ending of its name."""
    ending = path.suffix.lower()
    return _of_parquet(path) if ending in (".parquet", ".pq") else _of_csv(path, "\t" if ending == ".tsv" else ",")


def _of_parquet(path: Path) -> Iterator[Batch]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise LibraryUnavailable(
            f"{path}: reading Parquet needs pyarrow.", cure='pip install "audiokit[train]"'
        ) from error
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(CHUNK_ROWS):
                names = batch.schema.names
                _check_unique(names)
                yield {name: _from_arrow(batch.column(place)) for place, name in enumerate(names)}
    except pa.ArrowInvalid as error:
        raise ParameterError(f"{path}: this is not Parquet ({error}).", cure="Write it again.") from error


def _from_arrow(array: Any) -> Any:
    import pyarrow as pa

    kinds = pa.types
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks)
    if kinds.is_dictionary(array.type):
        codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return Coded(codes, array.dictionary.to_pylist())
    if kinds.is_string(array.type) or kinds.is_large_string(array.type):
        if array.null_count:
            return array.to_pylist()
        _, offsets, data = array.buffers()
        kind = np.int32 if kinds.is_string(array.type) else np.int64
        ends = np.frombuffer(offsets, kind, len(array) + 1, array.offset * np.dtype(kind).itemsize).astype(np.int64)
        text = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
        # A slice shares the buffer of the whole, of which only its own part shall be looked at.
        return Utf8(text[ends[0] : ends[-1]], ends - ends[0])
    if kinds.is_integer(array.type) or kinds.is_floating(array.type) or kinds.is_boolean(array.type):
        return array.to_numpy(zero_copy_only=False)
    return array.to_pylist()


def _of_csv(path: Path, delimiter: str) -> Iterator[Batch]:
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as handle:
        reader = csv.reader(handle, delimiter=delimiter)
        titles = next(reader, [])
        _check_unique(titles)
        while rows := list(itertools.islice(reader, CHUNK_ROWS)):
            rows = [row for row in rows if row]
            for row in rows:
                if len(row) != len(titles):
                    raise ParameterError(
                        f"{path}, before line {reader.line_num + 1:,}: a row has {len(row)} values for {len(titles)} "
                        f"columns.",
                        cure="Quote values that hold the separator.",
                    )
            yield dict(zip(titles, map(list, zip(*rows, strict=True)), strict=True))
