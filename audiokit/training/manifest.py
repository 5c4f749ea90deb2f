"""From what users have (lists, tables, manifests, folders, annotations) to a `FileIndex`."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audiokit.annotations.document import Annotations, Tier
from audiokit.errors import ParameterError, SourceNotFound
from audiokit.results import Segment
from audiokit.training.chunks import CHUNK_ROWS, add_texts, chunk_of
from audiokit.training.column import Column
from audiokit.training.folders import index_of_folder
from audiokit.training.index import FileIndex
from audiokit.training.labels import labels_of
from audiokit.training.tables import TABLE_ENDINGS, columns_of_file, columns_of_frame, index_of_batches
from audiokit.training.text_table import TextTableBuilder

__all__ = ["index_of"]


def index_of(
    files: Any,
    labels: Any = None,
    *,
    classes: Sequence[Any] | None = None,
    path_column: str = "path",
    root: str | os.PathLike[str] | None = None,
) -> FileIndex:
    """Make an index.

    Parameters
    ----------
    files : sequence of paths, DataFrame, path of a manifest or a folder, mapping, or FileIndex
        A DataFrame, and a manifest (``.csv``, ``.tsv``, ``.parquet``), has the columns ``path``, and where they are
        known ``label``, ``start_seconds``, and ``end_seconds`` or ``duration_seconds``; others are kept. A folder
        holds one folder for each class, or files alone. A mapping leads from paths to `Annotations`, a `Tier` or
        segments: every segment is an item, with its label.
    labels : sequence, array, or str, optional
        As in `audiokit.training.labels.labels_of`; for tables the name of the column, by default ``label`` if there
        is one.
    classes : sequence, optional
        Names by code.
    path_column : str
        Of tables.
    root : path, optional
        What relative paths are relative to: by default the folder of a manifest file, and else the working directory.

    Returns
    -------
    FileIndex
        Nothing is opened for it but a manifest.

    Raises
    ------
    ParameterError
        If there is nothing, a label too many or too few, or something said twice.
    SourceNotFound
        For a manifest or folder that is not there.
    """
    under = "" if root is None else os.fspath(root)
    if isinstance(files, FileIndex):
        return _with_its_own(files, labels, "an index")
    if _is_frame(files):
        return index_of_batches(columns_of_frame(files), labels, classes, path_column, under)
    if isinstance(files, (str, os.PathLike)):
        path = Path(files)
        if path.is_dir():
            return _with_its_own(index_of_folder(path, classes), labels, "a folder of classes")
        if path.suffix.lower() in TABLE_ENDINGS:
            if not path.is_file():
                raise SourceNotFound(f"{path}: there is no such manifest.", cure="Check the path.")
            under = under or str(path.parent)
            return index_of_batches(columns_of_file(path), labels, classes, path_column, under, parse=_is_text(path))
        raise ParameterError(
            f"{path}: this is neither a folder nor a manifest ({', '.join(TABLE_ENDINGS)}).",
            cure="Give a list of paths, even for one file.",
        )
    if isinstance(files, Mapping):
        return _with_its_own(_index_of_annotations(files, classes, under), labels, "annotations")
    return _index_of_paths(files, labels, classes, under)


def _is_frame(files: Any) -> bool:
    return hasattr(files, "columns") and hasattr(files, "iloc")


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in (".csv", ".tsv")


def _with_its_own(index: FileIndex, labels: object, what: str) -> FileIndex:
    if labels is not None:
        raise ParameterError(f"The labels are given twice: {what} has them already.", cure="Leave labels away.")
    return index


def _index_of_paths(files: Any, labels: Any, classes: Sequence[Any] | None, root: str) -> FileIndex:
    if isinstance(files, (bytes, bytearray)) or not isinstance(files, Iterable):
        raise ParameterError(f"A list of paths is wanted, got {type(files).__name__}.", cure="Give a list.")
    if isinstance(labels, str):
        raise ParameterError(
            f"labels={labels!r} names a column, but the files are no table.", cure="Give one label for each file."
        )
    builder = TextTableBuilder(split=True)
    if hasattr(files, "__len__") and hasattr(files, "__getitem__"):
        values = files if isinstance(files, (list, tuple)) else np.asarray(files)
        for start in range(0, len(values), CHUNK_ROWS):
            add_texts(builder, chunk_of(values, start, start + CHUNK_ROWS), start, paths=True)
    else:
        iterator, start = iter(files), 0
        while chunk := list(itertools.islice(iterator, CHUNK_ROWS)):
            add_texts(builder, chunk, start, paths=True)
            start += len(chunk)
    return FileIndex(builder.finish(), labels_of(labels, classes=classes), root=root)


def _index_of_annotations(files: Mapping[Any, Any], classes: Sequence[Any] | None, root: str) -> FileIndex:
    paths: list[Any] = []
    segments: list[Segment] = []
    for path, given in files.items():
        held = given.segments if isinstance(given, (Annotations, Tier)) else tuple(given)
        for segment in held:
            if not isinstance(segment, Segment):
                raise ParameterError(
                    f"{path}: segments are wanted, got {type(segment).__name__}.", cure="Use audiokit.Segment."
                )
            paths.append(path)
            segments.append(segment)
    index = _index_of_paths(paths, [segment.label for segment in segments], classes, root)
    return FileIndex(
        index.table,
        index.labels,
        Column(np.array([segment.start_seconds for segment in segments], np.float64)),
        Column(np.array([segment.end_seconds for segment in segments], np.float64)),
        root=root,
    )
