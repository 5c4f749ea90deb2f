"""Decoded sound that is kept from one epoch to the next, shared by all workers, bounded in bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.decode.arena import Arena
from audiokit.errors import ParameterError
from audiokit.training.column import is_spawning
from audiokit.training.free_memory import free_memory_bytes
from audiokit.training.workspace import Counters, Workspace

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from numpy.typing import NDArray

    from audiokit.decode.cached_sound import CachedSound

__all__ = ["CacheReport", "TrainingCache", "cache_of"]

_SHARE_OF_FREE_MEMORY = 0.5
_SHARE_OF_FREE_DISK = 0.5
# Training goes through all of its files in every epoch: the oldest is needed as soon as any other. What is there stays
# until the bound, and nothing is thrown out for what would be thrown out in turn.
_FULL = 15 / 16
_LOOKS = 64  # at the folder's size, while it fills
_COUNTS = ("hits", "misses", "puts", "refused", "passed_by", "bytes_decoded", "largest_error")
_INT16 = 32_768


@dataclass(frozen=True, slots=True)
class CacheReport:
    """What a training cache has done, in all processes.

    Parameters
    ----------
    hits, misses : int
        Sounds that were there, and that had to be decoded.
    puts, refused : int
        Sounds that were written, and that were not because the cache was full.
    passed_by : int
        Readings of crops of recordings that are too long to be kept.
    bytes_decoded : int
        Of float32 samples that misses made.
    entries, bytes, max_bytes : int
        What is kept now, and the bound.
    largest_error : float
        By which samples of the int16 form differ from what was decoded, where full scale is 1; 0 for float32.
    """

    hits: int
    misses: int
    puts: int
    refused: int
    passed_by: int
    bytes_decoded: int
    entries: int
    bytes: int
    max_bytes: int
    largest_error: float


class TrainingCache:
    """Decoded sound in files that all workers map.

    Parameters
    ----------
    max_bytes : int or "auto"
        Of the files. ``auto`` is half of the memory that is free now (what the machine and its control groups leave),
        and at most half of what is free on the disk: files that are in use stay in memory as long as there is some.
    folder : path, optional
        Where the files are, and stay; by default a temporary folder that goes with this object.
    dtype : {"float32", "int16"}
        ``int16`` takes half the room. It is exact for sound from 16-bit files whose channels and rate are kept; for
        other sound the error is at most half a step of 2**-15, or of a 32,767th of the peak where that is beyond full
        scale.
        The same samples come back from a hit and from a miss.

    Raises
    ------
    ParameterError
        For a bound or type that does not fit.

    Notes
    -----
    It fills up, and then keeps what it has: with a cache of half the data, every second file is a hit in every epoch.
    """

    def __init__(
        self,
        max_bytes: int | Literal["auto"] = "auto",
        *,
        folder: str | os.PathLike[str] | None = None,
        dtype: Literal["float32", "int16"] = "float32",
    ) -> None:
        if dtype not in ("float32", "int16"):
            raise ParameterError(f"dtype must be 'float32' or 'int16', got {dtype!r}.")
        self.dtype = dtype
        self._asked = (max_bytes, folder, dtype)
        self._workspace = Workspace()
        place = self._workspace.folder / "sounds" if folder is None else Path(folder)
        if max_bytes == "auto":
            place.mkdir(parents=True, exist_ok=True)
            max_bytes = auto_bytes(place)
        self._start(Arena(place, max_bytes), max_bytes)

    def __setstate__(self, state: tuple[Workspace, Path, int, Any]) -> None:
        self._workspace, folder, max_bytes, self.dtype = state
        self._asked = (max_bytes, folder, self.dtype)
        self._start(Arena(folder, max_bytes), max_bytes)

    def _start(self, arena: Arena, max_bytes: int) -> None:
        self._arena, self.max_bytes = arena, int(max_bytes)
        self._counters = Counters(self._workspace, _COUNTS)
        self._since_look = self.max_bytes  # look before the first
        self._is_full = False

    def get_or_read(self, key: tuple[Any, ...], make: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return a sound, and decode it first if it is not there.

        Parameters
        ----------
        key : tuple
            All that the samples depend on.
        make : callable
            Decodes; returns float32 (channels, time).

        Returns
        -------
        ndarray of float32, shape (channels, time)
            May be read-only, and lie in a file that is mapped.
        """
        key = (*key, self.dtype)
        sound = self._arena.get(key)
        if sound is not None:
            self._counters.add(hits=1)
            return _unpacked(sound) if self.dtype == "int16" else sound.samples
        samples = make()
        self._counters.add(misses=1, bytes_decoded=samples.nbytes)
        stored, notes = samples, ""
        if self.dtype == "int16" and np.isfinite(samples).all():
            stored, notes, back = packed(samples)
            self._counters.raise_to("largest_error", float(np.abs(back - samples).max(initial=0.0)))
            samples = back
        kept = self._has_room(stored.nbytes) and self._arena.put(key, stored, 1, name=notes)
        self._counters.add(**{"puts" if kept else "refused": 1})
        return samples

    def passed_by(self) -> None:
        """Count a reading that the cache was not asked for."""
        self._counters.add(passed_by=1)

    def _has_room(self, size: int) -> bool:
        self._since_look += size
        if not self._is_full and self._since_look > self.max_bytes / _LOOKS:
            self._since_look = 0
            self._is_full = self._arena.stats().bytes + size > self.max_bytes * _FULL
        return not self._is_full

    def stats(self) -> CacheReport:
        """Return counts of all processes, and what the folder holds."""
        found, kept = self._counters.totals(), self._arena.stats()
        counts = {name: int(values.sum()) for name, values in found.items() if name != "largest_error"}
        return CacheReport(
            **counts,
            entries=kept.entries,
            bytes=kept.bytes,
            max_bytes=self.max_bytes,
            largest_error=float(found["largest_error"].max()),
        )

    def clear(self) -> None:
        """Remove all sounds."""
        self._arena.clear()
        self._since_look, self._is_full = self.max_bytes, False

    def __reduce__(self) -> tuple[Any, ...]:
        if is_spawning():
            state = (self._workspace, self._arena.folder, self.max_bytes, self.dtype)
            return TrainingCache.__new__, (TrainingCache,), state
        max_bytes, folder, dtype = self._asked
        return _made, (max_bytes, folder, dtype)


def _made(max_bytes: Any, folder: Any, dtype: Any) -> TrainingCache:
    return TrainingCache(max_bytes, folder=folder, dtype=dtype)


def cache_of(cache: TrainingCache | int | Literal["auto"] | None) -> TrainingCache | None:
    """Turn what a user gives as a cache into one; None and 0 are none."""
    if cache is None or isinstance(cache, TrainingCache):
        return cache
    if cache == "auto":
        return TrainingCache()
    if isinstance(cache, bool) or not isinstance(cache, int) or cache < 0:
        raise ParameterError(f"cache must be None, 'auto', a number of bytes, or a TrainingCache, got {cache!r}.")
    return TrainingCache(cache) if cache else None


def auto_bytes(folder: Path) -> int:
    """Return half of the free memory, and at most half of what is free on the disk."""
    disk = shutil.disk_usage(folder).free * _SHARE_OF_FREE_DISK
    return max(1, int(min(free_memory_bytes() * _SHARE_OF_FREE_MEMORY, disk)))


def packed(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], str, NDArray[np.float32]]:
    """Turn finite samples to int16, two of which lie in the place of one float32 of the arena.

    Returns
    -------
    stored : ndarray of float32, shape (1, any)
        Nothing may be computed with it; its bytes are the numbers.
    notes : str
        What is needed to read them.
    back : ndarray of float32, shape (channels, time)
        What will be read.
    """
    # -1 is a number of 16 bits, and +1 is none.
    fits = samples.min(initial=0.0) >= -1.0 and samples.max(initial=0.0) <= (_INT16 - 1) / _INT16
    step = 1 / _INT16 if fits else float(np.abs(samples).max()) / (_INT16 - 1)
    whole = np.clip(np.rint(samples * np.float32(1 / step)), -_INT16, _INT16 - 1).astype(np.int16)
    padded = np.zeros(-(-whole.size // 2) * 2, np.int16)
    padded[: whole.size] = whole.reshape(-1)
    notes = json.dumps({"shape": samples.shape, "step": step})
    return padded.view(np.float32)[np.newaxis], notes, whole.astype(np.float32) * np.float32(step)


def _unpacked(sound: CachedSound) -> NDArray[np.float32]:
    if not sound.name:  # was not finite, and so is kept as it is
        return sound.samples
    notes = json.loads(sound.name)
    channels, frames = notes["shape"]
    whole = np.frombuffer(sound.buffer, np.int16, channels * frames)
    return whole.reshape(channels, frames).astype(np.float32) * np.float32(notes["step"])
