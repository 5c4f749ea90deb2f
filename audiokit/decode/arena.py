"""Decoded sound on disk that processes share: every file is one sound, mapped into memory where it is used."""

from __future__ import annotations

import contextlib
import math
import os
import re
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.audio import Audio
from audiokit.decode.arena_file import SUFFIX, Maps, NotOurs, read_sound, sound_bytes, write_sound
from audiokit.decode.cache_key import Key, key_digest
from audiokit.errors import ParameterError
from audiokit.sharing import after_fork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.decode.cached_sound import CachedSound
    from audiokit.results import Segment

__all__ = ["Arena", "ArenaStats"]

# Only files of these names are ever touched: the folder may be one that holds other things.
_ENTRY = re.compile(r"[0-9a-f]{32}\.sound\d+")
_UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.[0-9a-f]{16}\.unfinished")
_UNFINISHED_FOR_SECONDS = 3600.0  # then its process has died
_DEFAULT_BYTES = 10 << 30


@dataclass(frozen=True, slots=True)
class ArenaStats:
    """What an arena has done in this process, and what is in its folder.

    Parameters
    ----------
    hits, misses : int
        Sounds asked for that were there, and that were not.
    puts, refused : int
        Sounds written, and those larger than the bound, or that the disk or the system would not have.
    damaged, evictions : int
        Files removed: those that were no sounds of this arena, and those that went to keep the bound.
    entries, bytes, max_bytes : int
        Files in the folder now, of all processes, their sizes, and the bound.
    """

    hits: int
    misses: int
    puts: int
    refused: int
    damaged: int
    evictions: int
    entries: int
    bytes: int
    max_bytes: int


class Arena:
    """Decoded sounds in a folder, for all processes of a machine; the least recently used goes first.

    Parameters
    ----------
    folder : path
        Made if it is not there; on a local disk, best. Files that are not the arena's own are left alone.
    max_bytes : int, optional
        Of the files. Each process counts what it writes and looks at the folder from time to time, so that several
        processes together may exceed it by a sixteenth each. By default 10 GiB.

    Raises
    ------
    ParameterError
        If the folder cannot be made, or the bound is not above 0.

    Notes
    -----
    A sound comes whole or not at all: it is written beside and renamed. Nothing is waited for until it is on the disk:
    after a power failure a file may be cut, which its length tells. Sounds in use survive their eviction, their disk
    space with them, where the system lets a mapped file be removed (not on Windows: there it is passed over). Two
    processes that miss the same sound at once both decode it.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     arena = Arena(folder, max_bytes=1_000_000)
    ...     _ = arena.put(("a tone",), np.ones((1, 8000), np.float32), 16000)
    ...     arena.get(("a tone",)).samples.shape, arena.get(("another",))
    ((1, 8000), None)
    """

    def __init__(self, folder: str | os.PathLike[str], max_bytes: int = _DEFAULT_BYTES) -> None:
        if isinstance(max_bytes, bool) or int(max_bytes) != max_bytes or max_bytes <= 0:
            raise ParameterError(f"max_bytes must be a whole number above 0, got {max_bytes!r}.")
        self.folder = Path(folder).absolute()
        self._max_bytes = int(max_bytes)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ParameterError(
                f"{self.folder}: this folder for decoded sound cannot be made ({error.strerror or error}).",
                cure="Name a folder that can be written to.",
            ) from error
        self._maps = Maps()
        self._lock = threading.Lock()
        self._hits = self._misses = self._puts = self._refused = self._damaged = self._evictions = 0
        self._known_bytes = math.inf  # in the folder, as far as this process knows: not looked yet
        self._unseen_bytes = 0  # written by this process since it looked
        self._writing_bytes = 0  # of files that are being written by its threads
        self._looking = False
        after_fork(self._in_child)

    def get(self, key: Key) -> CachedSound | None:
        """Return a sound, or None if it is not there.

        Parameters
        ----------
        key : tuple
            Of `cache_key`.

        Returns
        -------
        CachedSound or None
            ``.samples`` is float32, (channels, time), read-only, and lies in the mapped file, whose pages are read
            when they are used, and shared.
        """
        digest = key_digest(key)
        path, sound, damaged = self._path(digest), None, False
        try:
            sound = read_sound(path, digest, self._maps)
        except NotOurs:
            damaged = True
            with contextlib.suppress(OSError):
                path.unlink()
        except OSError:
            pass  # not there, evicted this moment, or no more files can be opened: a miss in any case
        if sound is not None:
            _mark_used(path)
        with self._lock:
            self._hits += sound is not None
            self._misses += sound is None
            self._damaged += damaged
        return sound

    def put(
        self,
        key: Key,
        samples: NDArray[Any],
        sample_rate: int,
        *,
        name: str = "",
        warnings: Iterable[str] = (),
        lost: Iterable[Segment] = (),
        start_seconds: float = 0.0,
    ) -> bool:
        """Write a sound for all processes to find.

        Parameters
        ----------
        key
            As in `get`.
        samples : ndarray, shape (channels, time) or (time,)
            Floating point; stored as float32.
        sample_rate : int
            Hz.
        name, warnings, lost, start_seconds
            As in `audiokit.Audio`.

        Returns
        -------
        bool
            False if it was not written: larger than the bound, the disk full, or the file in use (Windows). That is no
            error for a cache; `stats` counts it.

        Raises
        ------
        ParameterError
            For samples that are no sound.
        """
        audio = Audio(samples, sample_rate, name, tuple(warnings), tuple(lost), start_seconds)
        digest = key_digest(key)
        fits = (size := sound_bytes(audio, digest)) <= self._max_bytes
        written = fits and self._make_room(size) and self._write(digest, audio)
        with self._lock:
            self._writing_bytes -= size if fits else 0
            self._puts += written
            self._refused += not written
        return written

    def _write(self, digest: str, audio: Audio) -> bool:
        unfinished = self.folder / f".{digest}.{secrets.token_hex(8)}.unfinished"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)  # someone may have deleted it
            write_sound(unfinished, audio, digest)
            _mark_used(unfinished)
            unfinished.replace(self._path(digest))
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
        return True

    def _make_room(self, size: int) -> bool:
        """Count a file that will be written, and remove old ones if it would not fit; whether it does."""
        with self._lock:
            self._writing_bytes += size
            self._known_bytes += size
            self._unseen_bytes += size
            due = self._known_bytes > self._max_bytes or self._unseen_bytes > self._max_bytes // 16
            if not due or self._looking:  # one thread looks, the others go on
                return True
            self._looking = True
            self._known_bytes = self._unseen_bytes = 0  # from here on others add what they write
            writing = self._writing_bytes
        found: float = math.inf
        try:
            found = self._evict(writing)
        finally:
            with self._lock:
                self._known_bytes += found + writing
                self._looking = False
        return found + writing <= self._max_bytes

    def _evict(self, room: int) -> int:
        """Remove the least recently used until `room` fits, and an eighth more if any must go; return what is left."""
        entries = self._entries(remove_unfinished=True)
        total = sum(size for _, size, _ in entries)
        if total + room <= self._max_bytes:
            return total
        goal = self._max_bytes - self._max_bytes // 8 - room
        evicted = 0
        for _, size, path in sorted(entries):
            if total <= goal:
                break
            try:
                path.unlink(missing_ok=True)  # another process may have been faster
            except OSError:  # mapped, on Windows
                continue
            total -= size
            evicted += 1
        with self._lock:
            self._evictions += evicted
        return total

    def _entries(self, *, remove_unfinished: bool = False) -> list[tuple[int, int, Path]]:
        """Time of the last use in nanoseconds, size in bytes, and path of every sound in the folder."""
        found = []
        with contextlib.suppress(OSError), os.scandir(self.folder) as listing:
            for item in listing:
                unfinished = _UNFINISHED.fullmatch(item.name)
                if not unfinished and not _ENTRY.fullmatch(item.name):
                    continue
                with contextlib.suppress(OSError):
                    status = item.stat(follow_symlinks=False)
                    if not unfinished:
                        found.append((status.st_mtime_ns, status.st_size, Path(item.path)))
                    elif remove_unfinished and time.time() - status.st_mtime > _UNFINISHED_FOR_SECONDS:
                        Path(item.path).unlink()
        return found

    def clear(self) -> None:
        """Remove all sounds; what others are using stays theirs."""
        for _, _, path in self._entries(remove_unfinished=True):
            with contextlib.suppress(OSError):
                path.unlink()
        with self._lock:
            self._known_bytes = math.inf  # look again

    def stats(self) -> ArenaStats:
        """Return counts of this process and sizes of the folder, which is gone through for it."""
        sizes = [size for _, size, _ in self._entries()]
        with self._lock:
            counts = (self._hits, self._misses, self._puts, self._refused, self._damaged, self._evictions)
        return ArenaStats(*counts, len(sizes), sum(sizes), self._max_bytes)

    def _path(self, digest: str) -> Path:
        return self.folder / (digest + SUFFIX)

    def _in_child(self) -> None:
        self._lock = threading.Lock()  # its holder does not exist here, nor do those that were writing
        self._looking = False
        self._writing_bytes = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return Arena, (self.folder, self._max_bytes)


def _mark_used(path: Path) -> None:
    """Set the time by which the least recently used is found; many systems keep no times of access."""
    now = time.time_ns()
    with contextlib.suppress(OSError):  # evicted this moment, or a folder that may only be read
        os.utime(path, ns=(now, now))
