"""A folder for each class."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.source import printable
from audiokit.errors import ParameterError
from audiokit.training.chunks import CHUNK_ROWS, Coded, add_texts
from audiokit.training.index import FileIndex
from audiokit.training.labels import LabelsBuilder
from audiokit.training.text_table import TextTableBuilder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["AUDIO_ENDINGS", "index_of_folder"]

AUDIO_ENDINGS = frozenset(
    [
        *(".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".avi", ".caf", ".flac", ".m4a", ".m4b"),
        *(".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpga", ".oga", ".ogg", ".opus", ".rf64", ".snd", ".sph"),
        *(".spx", ".tta", ".w64", ".wav", ".wave", ".webm", ".wma", ".wv"),
    ]
)
"""Names that end so are taken from a folder; to look into every file would take too long."""


def index_of_folder(folder: Path, classes: Sequence[Any] | None = None) -> FileIndex:
    """Make an index of a folder that holds one folder for each class, or files alone.

    Parameters
    ----------
    folder : Path
        Files are found at any depth below the class, in alphabetical order; hidden ones are passed over.
    classes : sequence of str, optional
        Names by code; by default all folders, those without files too.

    Raises
    ------
    ParameterError
        If files stand beside the folders of classes, or there is none.
    """
    with os.scandir(folder) as listing:
        entries = sorted((e for e in listing if not e.name.startswith(".")), key=lambda entry: entry.name)
    names = [entry.name for entry in entries if entry.is_dir()]
    loose = [entry.name for entry in entries if _is_audio(entry.name) and not entry.is_dir()]
    if names and loose:
        raise ParameterError(
            f"{printable(folder)}: {printable(loose[0])} stands beside folders of classes, and has no class.",
            cure="Move it into one of them, or give a list of paths.",
        )
    table, labels = TextTableBuilder(split=True), LabelsBuilder()
    add_texts(table, [folder / name for name in loose], 0, paths=True)
    row = len(loose)
    for code, name in enumerate(names):
        files = list(_files_below(os.path.join(folder, name)))  # noqa: PTH118 - millions of names
        for start in range(0, len(files), CHUNK_ROWS):
            chunk = files[start : start + CHUNK_ROWS]
            add_texts(table, chunk, row, paths=True)
            labels.add(Coded(np.full(len(chunk), code), names), row)
            row += len(chunk)
    if not row:
        raise ParameterError(
            f"{printable(folder)}: there is no audio file in it.",
            cure=f"Names end in {', '.join(sorted(AUDIO_ENDINGS)[:6])} and the like; give a list of paths for others.",
        )
    return FileIndex(table.finish(), labels.finish(names if classes is None else classes))


def _is_audio(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in AUDIO_ENDINGS  # noqa: PTH122 - millions of names


def _files_below(folder: str) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join(place, name)  # noqa: PTH118
            for name in sorted(files)
            if _is_audio(name) and not name.startswith(".")
        ]
    return found
