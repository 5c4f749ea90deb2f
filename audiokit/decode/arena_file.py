"""One decoded sound in one file, laid out so that it can be used where it lies: a checked header, then float32.

::

    magic (8)  version (4)  where the samples begin (4)  channels (4)  sample rate (4)  frames (8)
    length of the notes (4)  CRC-32 of header and notes (4)
    notes: JSON with the digest of the key, name, warnings, lost, start_seconds; zeros up to a multiple of 64 bytes
    samples: float32, channel after channel

Numbers are in the byte order of the machine: a file of the other order has no version that is known.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
import sys
import weakref
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from audiokit.decode.cached_sound import CachedSound
from audiokit.results import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.audio import Audio

__all__ = ["SUFFIX", "Maps", "NotOurs", "read_sound", "sound_bytes", "write_sound"]

_MAGIC = b"AKsound\n"
_VERSION = 1
_HEADER = struct.Struct("=8sIIIIQII")
_ALIGNMENT = 64  # bytes: a cache line, and the widest vector
_ONE_READ = 4096  # bytes: header and notes of nearly every sound
SUFFIX = f".sound{_VERSION}"


class NotOurs(Exception):
    """A file that is damaged, cut, or something else."""


def write_sound(path: Path, audio: Audio, digest: str) -> None:
    """Write a file; raise OSError if that fails half-way."""
    head = _head(audio, digest)
    with path.open("xb") as handle:
        handle.write(head)
        handle.write(np.ascontiguousarray(audio.samples).data.cast("B") if audio.samples.size else b"")


def sound_bytes(audio: Audio, digest: str) -> int:
    """Length of the file."""
    return len(_head(audio, digest)) + audio.samples.nbytes


def _head(audio: Audio, digest: str) -> bytes:
    notes = json.dumps(
        {
            "key": digest,
            "name": audio.name,
            "warnings": audio.warnings,
            "lost": [(s.start_seconds, s.end_seconds, s.label, s.score) for s in audio.lost],
            "start_seconds": audio.start_seconds,
        }
    ).encode("ascii")
    begin = -(-(_HEADER.size + len(notes)) // _ALIGNMENT) * _ALIGNMENT

    def header(crc: int) -> bytes:
        return _HEADER.pack(_MAGIC, _VERSION, begin, audio.channels, audio.sample_rate, audio.frames, len(notes), crc)

    return (header(zlib.crc32(header(0) + notes)) + notes).ljust(begin, b"\0")


def read_sound(path: Path, digest: str, maps: Maps) -> CachedSound:
    """Map a file.

    Parameters
    ----------
    path : Path
        Of the file.
    digest : str
        Of the key that it was written for.
    maps : Maps
        Where the map is counted.

    Raises
    ------
    NotOurs
        If it is not, from its first byte to its length, what was written for this digest.
    OSError
        If it cannot be opened.
    """
    with path.open("rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        begin, shape, sample_rate, notes = _checked_head(handle, size, digest)
        try:
            lost = tuple(Segment(*span) for span in notes["lost"])
            facts = (str(notes["name"]), tuple(map(str, notes["warnings"])), lost, float(notes["start_seconds"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NotOurs(str(error)) from error
        samples = _in_place(handle, begin, math.prod(shape), maps)
    return CachedSound(samples.data, shape, sample_rate, *facts)


def _checked_head(handle: BinaryIO, size: int, digest: str) -> tuple[int, tuple[int, int], int, dict[str, Any]]:
    head = handle.read(_ONE_READ)
    if len(head) < _HEADER.size:
        raise NotOurs("shorter than a header")
    magic, version, begin, channels, sample_rate, frames, notes_bytes, crc = _HEADER.unpack_from(head)
    if magic != _MAGIC or version != _VERSION:
        raise NotOurs("another format")
    if _HEADER.size + notes_bytes > begin or not channels or not sample_rate or begin + 4 * channels * frames != size:
        raise NotOurs("another length")
    head += handle.read(max(0, begin - len(head)))
    notes = head[_HEADER.size : _HEADER.size + notes_bytes]
    if zlib.crc32(head[: _HEADER.size - 4] + bytes(4) + notes) != crc:
        raise NotOurs("the header is damaged")
    try:
        found = json.loads(notes)
    except ValueError as error:
        raise NotOurs(str(error)) from error
    if not isinstance(found, dict) or found.get("key") != digest:
        raise NotOurs("another sound")
    return begin, (channels, frames), sample_rate, found


class Maps:
    """The maps that are alive, counted.

    Python before 3.13 keeps a file descriptor open for each, and a thousand are all that many systems allow. Beyond a
    quarter of what is allowed, sounds are read into memory of their own: more memory, never an error.
    """

    def __init__(self) -> None:
        self._alive: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def map(self, handle: BinaryIO) -> mmap.mmap | None:
        """Map a whole file for reading, or return None if there are too many maps."""
        if len(self._alive) >= _most_maps():
            return None
        # Reading only is the system's promise here: even C cannot write to these pages.
        options: dict[str, Any] = {"access": mmap.ACCESS_READ}
        if _NEEDS_NO_DESCRIPTOR:
            options["trackfd"] = False
        try:
            mapped = mmap.mmap(handle.fileno(), 0, **options)
        except (OSError, ValueError):  # the system's limits are reached
            return None
        self._alive.add(mapped)
        return mapped


_NEEDS_NO_DESCRIPTOR = sys.version_info >= (3, 13) and sys.platform != "win32"
_MANY_MAPS = 16_384  # a quarter of what Linux allows a process


def _most_maps() -> int:
    if _NEEDS_NO_DESCRIPTOR or sys.platform == "win32":
        return _MANY_MAPS
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MANY_MAPS if allowed == resource.RLIM_INFINITY else min(_MANY_MAPS, allowed // 4)


def _in_place(handle: BinaryIO, begin: int, count: int, maps: Maps) -> NDArray[np.float32]:
    mapped = maps.map(handle) if count else None
    try:
        if mapped is not None:
            return np.frombuffer(mapped, np.float32, count, begin)
        handle.seek(begin)
        return np.frombuffer(handle.read(4 * count), np.float32, count)
    except ValueError as error:  # cut after its length was asked
        raise NotOurs(str(error)) from error
