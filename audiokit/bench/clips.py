"""Clips from the recordings in a folder: which there are, which can be read, and the same clip in every process."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import InputError, ParameterError, SourceNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "CheckedClips", "FolderClips", "check_clips", "find_clips", "stack"]

SUFFIXES = frozenset(
    (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".webm", ".wma")
)
"""Endings by which `find_clips` takes a file for a recording."""

_Batch = tuple["NDArray[np.float32]", "NDArray[np.int64]"]


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


@dataclass(frozen=True, slots=True)
class CheckedClips:
    """Which files can be read, and why the others cannot.

    Parameters
    ----------
    files : tuple of Path
        That decode.
    failures : tuple of (Path, str)
        That do not, and the reason.
    """

    files: tuple[Path, ...]
    failures: tuple[tuple[Path, str], ...]


def check_clips(files: Iterable[str | Path], *, clip_seconds: float = 1.0) -> CheckedClips:
    """Read the beginning of each file, so that a bad one is known before a worker meets it.

    This also brings the files into the system's cache: what is measured afterwards is work, not the disk.
    """
    import audiokit

    good: list[Path] = []
    bad: list[tuple[Path, str]] = []
    for file in map(Path, files):
        try:
            audiokit.read(file, duration_seconds=clip_seconds)
        except InputError as error:
            bad.append((file, error.message))
        else:
            good.append(file)
    return CheckedClips(tuple(good), tuple(bad))


class FolderClips:
    """Clips of one length from files, as a map-style dataset for `torch.utils.data.DataLoader`.

    It needs no torch itself, pickles small (workers may be forked or spawned), and gives the same clip for the same
    index in every process: the place of the crop is drawn from a generator seeded by ``(seed, index)``.

    Parameters
    ----------
    files : sequence of path
        In the order of the indices.
    clip_seconds : float
        Length of every clip; longer files are cropped, shorter ones padded with silence.
    sample_rate : int
        In Hz; clips are mono.
    seed : int
        Of the crops.

    Examples
    --------
    >>> len(FolderClips(["a.wav", "b.wav"], clip_seconds=0.5))
    2
    """

    def __init__(
        self, files: Sequence[str | Path], *, clip_seconds: float = 1.0, sample_rate: int = 16000, seed: int = 0
    ) -> None:
        self.frames = round(clip_seconds * sample_rate)
        if self.frames < 1:
            raise ParameterError(f"A clip wants at least one sample, got {clip_seconds} s at {sample_rate} Hz.")
        # One array of bytes, not a list: a list's reference counts are written to by every worker that reads it, which
        # copies its memory pages into each of them.
        self.files = np.array([os.fsencode(file) for file in files], dtype=bytes)
        self.clip_seconds = clip_seconds
        self.sample_rate = sample_rate
        self.seed = seed

    def __len__(self) -> int:
        return len(self.files)

    def start_of(self, index: int) -> float:
        """Where in its file the clip begins, in seconds."""
        import audiokit

        duration = audiokit.info(self._path(index)).duration_seconds or 0.0
        drawn = np.random.default_rng((self.seed, index)).uniform()
        return float(drawn) * max(0.0, duration - self.clip_seconds)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], int]:
        import audiokit

        if not 0 <= index < len(self):
            raise IndexError(f"Clip {index} of {len(self)}.")  # ends iteration by index, as Python wants it
        samples, _ = audiokit.load(
            self._path(index), sr=self.sample_rate, offset=self.start_of(index), duration=self.clip_seconds
        )
        clip = np.zeros(self.frames, np.float32)
        count = min(len(samples), self.frames)
        clip[:count] = samples[:count]
        return clip, index

    def _path(self, index: int) -> str:
        return os.fsdecode(bytes(self.files[index]))


def stack(items: Sequence[tuple[NDArray[np.float32], int]]) -> _Batch:
    """Collate clips into arrays (batch, time) and (batch,).

    Arrays travel from a worker through its pipe; tensors would travel through shared memory, of which a container
    often has too little.
    """
    return np.stack([clip for clip, _ in items]), np.array([index for _, index in items], np.int64)
