"""From an item to samples: its region of the file, out of the cache or decoded, and checked."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from audiokit.decode.cache_key import decoders
from audiokit.decode.router import default_router
from audiokit.decode.source import open_source, printable
from audiokit.errors import DamagedAudio, EmptySource, SourceUnreadable
from audiokit.training.lengths import FileState
from audiokit.training.spans import read_span, read_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.training.cache import TrainingCache
    from audiokit.training.chain import DrawnChain
    from audiokit.training.lengths import FileLength, Lengths

__all__ = ["Region", "Sounds", "check_samples", "file_state", "refuse_if_changed"]

# A crop of an hour would fill the cache with an hour. The bound does not depend on the cache's, so that what a crop
# holds does not depend on the memory of the machine.
_LONGEST_KEPT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a file that an item may use.

    Parameters
    ----------
    path : str
        Of the file.
    state : FileState
        As it was found.
    length : FileLength
        Of the whole file.
    first, frames : int
        In samples of the wanted rate.
    """

    path: str
    state: FileState
    length: FileLength
    first: int
    frames: int


class Sounds:
    """Reads regions of files.

    Parameters
    ----------
    target_sr : int
        Hz.
    mono : bool
        Mean of the channels.
    lengths : Lengths
        Of the dataset's files.
    cache : TrainingCache, optional
        Keeps whole regions, up to 120 s; of longer ones crops are read each time.
    """

    def __init__(self, target_sr: int, mono: bool, lengths: Lengths, cache: TrainingCache | None) -> None:
        self._rate, self._mono, self._lengths, self._cache = target_sr, mono, lengths, cache

    def region(
        self, index: int, path: str, state: FileState, start_seconds: float, end_seconds: float | None
    ) -> Region:
        """Find out what an item's region is.

        Raises
        ------
        InputError
            As `audiokit.info`; EmptySource where the file ends before the region begins.
        """
        length = self._lengths.of(index, path, state)
        whole = length.at(self._rate)
        first = round(start_seconds * self._rate)
        last = whole if end_seconds is None else min(round(end_seconds * self._rate), whole)
        if last <= first:
            raise EmptySource(
                f"{printable(path)}: no sound between {start_seconds:g} s and "
                f"{'its end' if end_seconds is None else f'{end_seconds:g} s'}; it lasts {whole / self._rate:g} s.",
                cure="Correct the span, or drop the file.",
            )
        return Region(path, state, length, first, last - first)

    def read(self, region: Region, first: int, frames: int, drawn: DrawnChain) -> NDArray[np.float32]:
        """Return samples (channels, time) of a region, with the speed that is fused into the resampling.

        Parameters
        ----------
        region : Region
            Of `region`.
        first, frames : int
            Which part of it.
        drawn : DrawnChain
            Says which rate to decode to.
        """
        if self._cache is not None:
            if region.frames > _LONGEST_KEPT_SECONDS * self._rate:
                self._cache.passed_by()
            else:
                return self._cache.get_or_read(self._key(region), lambda: self._decoded(region))[
                    :, first : first + frames
                ]
        rate, begin = self._rate, region.first + first
        if drawn.fused_rate not in (None, rate):
            rate = drawn.fused_rate or rate
            begin = round(begin * rate / self._rate)
            frames = drawn.frames_after(frames, links=1)
        return read_span(region.path, begin, frames, region.length, rate, mono=self._mono)

    def _decoded(self, region: Region) -> NDArray[np.float32]:
        if region.first == 0 and region.frames == region.length.at(self._rate):
            return read_whole(region.path, self._rate, mono=self._mono)
        return read_span(region.path, region.first, region.frames, region.length, self._rate, mono=self._mono)

    def _key(self, region: Region) -> tuple[object, ...]:
        place = (os.path.abspath(region.path), *region.state, region.first, region.frames)  # noqa: PTH100 - fast
        return (*place, self._rate, self._mono, decoders(default_router()))


def file_state(path: str, began_ns: int) -> FileState:
    """Return a file's state.

    Raises
    ------
    InputError
        If it is no file, or SourceUnreadable if it was changed between `began_ns` and now.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - once for every item
    except (OSError, ValueError) as error:
        open_source(path)  # says what is wrong, and the cure
        raise SourceUnreadable(f"{printable(path)}: it cannot be looked at ({error}).") from error
    if not stat.S_ISREG(status.st_mode):
        open_source(path)
        raise SourceUnreadable(f"{printable(path)}: this is not a file.", cure="Give the path of a file.")
    # A time in the future tells of a wrong clock, not of a change.
    if began_ns < status.st_mtime_ns <= time.time_ns():
        raise _changed(path)
    return FileState(status.st_mtime_ns, status.st_size)


def refuse_if_changed(path: str, state: FileState, began_ns: int) -> None:
    """Raise SourceUnreadable if a file is no longer as it was."""
    if file_state(path, began_ns) != state:
        raise _changed(path)


def _changed(path: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{printable(path)}: it has changed since the epoch began.",
        cure="Let files be written before training starts; the next epoch takes it as it is then.",
    )


def check_samples(samples: NDArray[np.float32], path: str) -> None:
    """Raise DamagedAudio for samples that are no numbers, and EmptySource if there are none."""
    if not samples.size:
        raise EmptySource(f"{printable(path)}: nothing of it could be decoded.", cure="Record or export it again.")
    count = samples.size - int(np.count_nonzero(np.isfinite(samples)))
    if count:
        raise DamagedAudio(f"{printable(path)}: {count:,} samples are not finite numbers.", cure="Export it again.")
