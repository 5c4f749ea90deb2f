"""Files to train on: those in a folder, or made here: many short clips, some songs, a few long recordings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.bench.files import CODECS, write_codec
from audiokit.bench.machine import usable_cores
from audiokit.bench.sounds import ensemble
from audiokit.errors import ParameterError, SourceNotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "TrainingFiles", "find_clips", "write_training_files"]

SUFFIXES = frozenset(
    (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".webm", ".wma")
)
"""Endings by which `find_clips` takes a file for a recording."""

_RATE = 44_100
_LOOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """A kind of data.

    Parameters
    ----------
    codec : str
        One of `audiokit.bench.files.CODECS` that is written at 44.1 kHz.
    count : int
        How many files.
    seconds : float
        How long each is.
    batch_size : int
        Items of a batch.

    Examples
    --------
    >>> str(TrainingFiles("WAV", 600, 1.0, 32))
    'WAV, 600 of 1 s'
    """

    codec: str
    count: int
    seconds: float
    batch_size: int

    def __post_init__(self) -> None:
        if self.codec not in CODECS or self.codec == "Opus":
            raise ParameterError(f"Training files are of {', '.join(set(CODECS) - {'Opus'})}; got {self.codec!r}.")
        if min(self.count, self.batch_size) < 1 or not self.seconds > 0:
            raise ParameterError(
                f"Training files want count and batch_size >= 1 and seconds > 0, "
                f"got {self.count}, {self.batch_size} and {self.seconds}."
            )

    def __str__(self) -> str:
        return f"{self.codec}, {self.count:,} of {self.seconds:g} s"

    @property
    def batches(self) -> int:
        """In an epoch; the last may be smaller."""
        return -(-self.count // self.batch_size)


def write_training_files(
    folder: str | Path, kind: TrainingFiles, *, after_each: Callable[[], object] | None = None
) -> list[str]:
    """Write the files of a kind, stereo, 44.1 kHz; returns their paths in order.

    Each begins at another place of one piece of music and has another level, so that a file in the wrong place of a
    batch is seen.

    Parameters
    ----------
    folder : path
        Where; made if it is not there.
    kind : TrainingFiles
        What to write.
    after_each : callable, optional
        Called after each file.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    loop = ensemble(min(_LOOP_SECONDS, 10 * kind.seconds), sample_rate=_RATE).samples
    frames = round(kind.seconds * _RATE)

    def write(number: int) -> str:
        path = place / f"{number:05}.{CODECS[kind.codec]}"
        write_codec(path, kind.codec, lambda: _parts(loop, frames, number), _RATE)
        return str(path)

    paths = []
    with ThreadPoolExecutor(usable_cores()) as pool:  # the encoders run without the GIL
        for path in pool.map(write, range(kind.count)):
            paths.append(path)
            if after_each is not None:
                after_each()
    return paths


def _parts(loop: NDArray[np.float32], frames: int, number: int) -> Iterator[NDArray[np.float32]]:
    generator = np.random.default_rng(number)
    gain = np.float32(generator.uniform(0.3, 0.9))
    at = int(generator.integers(loop.shape[1]))
    while frames:
        part = loop[:, at : at + frames]
        yield part * gain
        frames, at = frames - part.shape[1], 0


def find_clips(folder: str | Path) -> list[Path]:
    """List the recordings in a folder and its subfolders, by their endings, in a fixed order.

    Raises
    ------
    SourceNotFound
        If there is no such folder.
    ParameterError
        If it holds no recording.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SourceNotFound(f"{root}: there is no such folder.", cure="Check the path.")
    found = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise ParameterError(f"{root}: no recording in it.", cure=f"Endings looked for: {', '.join(sorted(SUFFIXES))}.")
    return found
