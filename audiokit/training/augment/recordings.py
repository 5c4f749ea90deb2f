"""Folders of recordings that augmentations draw from: noises, impulse responses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError, SourceNotFound

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ENDINGS", "read_recording", "recordings_in"]

ENDINGS = frozenset(
    (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".webm", ".wma")
)
"""Endings by which a file in a folder is taken for a recording."""


def recordings_in(folder: str | os.PathLike[str], *, wanted_by: str) -> tuple[str, ...]:
    """List the recordings in a folder and its subfolders, by their endings, in the same order on every system.

    Raises
    ------
    SourceNotFound
        If there is no such folder.
    ParameterError
        If no recording is in it.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SourceNotFound(f"{wanted_by}: there is no folder {root}.", cure="Check the path.")
    found = [path for path in root.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()]
    if not found:
        raise ParameterError(
            f"{wanted_by}: no recording in {root}.", cure=f"Endings looked for: {', '.join(sorted(ENDINGS))}."
        )
    return tuple(str(path) for path in sorted(found, key=lambda path: path.relative_to(root).as_posix()))


def read_recording(path: str, sample_rate: int, *, mono: bool) -> NDArray[np.float32]:
    """Read a whole recording at a rate, (channels, time), through the cache of decoded sound; read-only."""
    from audiokit.decode import AudioDecoder

    return AudioDecoder(path, target_sr=sample_rate, mono=mono).read().samples
