"""MP3 and ADTS: frames one after the other without a clock, and where damage interrupts the chain of them.

FFmpeg looks for the next frame behind damage by itself, and tells neither that it did nor how far it went. So the
frames' own headers are followed here (ISO/IEC 11172-3 for Layer III, 13818-7 for ADTS), without decoding.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.decode.mp3_header import layer3_frame_bytes, stated_length

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["Chain", "Hole", "follow_frames"]

_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICSBEGIN")  # in the middle of files that were joined: no sound is lost
_MOST_TRIES = 200_000  # candidates behind damage: a hostile file could offer one in every byte
_LET_GO_BYTES = 8 << 20  # of a mapped file, so that a long recording does not fill memory


@dataclass(frozen=True, slots=True)
class Hole:
    """An interruption.

    Parameters
    ----------
    frame : int
        How many frames came before it.
    missing : int
        How many are missing, as the bytes between tell, or a stated total.
    doubtful : int
        How many behind it need bytes that are lost (Layer III's bit reservoir, and the overlap with such a frame).
    """

    frame: int
    missing: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The frames of a damaged file.

    Parameters
    ----------
    data : bytes
        What remains of the file: every frame that is whole, and what stands before the first.
    holes : tuple of Hole
        In their order.
    """

    data: bytes
    holes: tuple[Hole, ...]


def follow_frames(source: Source, codec: str) -> Chain | None:
    """Follow the chain of frames; None if it is not interrupted, or if there is none to follow.

    Parameters
    ----------
    source : Source
        A file of bare frames.
    codec : {"mp3", "aac"}
        What they hold.
    """
    if source.path is None:
        return _follow(source, source.content(), codec)
    with source.open() as handle:
        try:
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # a file system that maps no files, or a file that shrank
            return None
        with mapped:
            return _follow(source, mapped, codec)


def _follow(source: Source, data: bytes | mmap.mmap, codec: str) -> Chain | None:
    sizes = _Layer3(data) if codec == "mp3" else _Adts(data)
    start = at = _first(data, sizes, _after_id3(source))
    if at < 0:
        return None
    runs: list[tuple[int, int, int]] = []  # start and end in bytes, frames
    gaps: list[int] = []
    frames, tries, kept_from, last = 0, 0, start, start
    end = len(data)
    while at < end:
        size = sizes(at)
        if size and at + size <= end:
            last, at, frames = at, at + size, frames + 1
            if at - kept_from > _LET_GO_BYTES:
                kept_from = at
                _let_go(data, at)
            continue
        other, beyond = type(sizes)(data), at + _id3_bytes(data[at : at + 10])
        if other.adopt(beyond) and not sizes(beyond) and _holds(data, other, beyond):
            return None  # joined files of different kinds, which a decoder follows: no damage
        found, tries = _next(data, sizes, at, tries)
        if found < 0:
            break
        lost_from = at
        if not data[at : at + 16].startswith(_TAGS):
            # What follows it is broken, so the last frame may be as well: its end is not where a frame begins.
            lost_from, frames = last, frames - 1
        runs.append((start, lost_from, frames))
        gaps.append(found - lost_from if lost_from < at else 0)
        start = last = at = found
        frames = 0
    if not runs:
        return None
    runs.append((start, len(data), frames))
    return _chain(source, data, sizes, runs, gaps)


def _chain(
    source: Source, data: bytes | mmap.mmap, sizes: _Layer3 | _Adts, runs: list[tuple[int, int, int]], gaps: list[int]
) -> Chain:
    whole = sum(frames for _, _, frames in runs)
    has_header = isinstance(sizes, _Layer3) and sizes.is_header(runs[0][0])
    mean_bytes = sum(end - start for start, end, _ in runs) / max(whole, 1)
    missing = [round(gap / mean_bytes) for gap in gaps]
    stated = stated_length(source) if has_header else None
    if stated is not None:
        short = stated.mpeg_frames + 1 - whole
        if sum(1 for gap in gaps if gap) == 1 and 0 <= short <= 2 * max(missing) + 4:
            missing = [short if gap else 0 for gap in gaps]
    holes = []
    before = -1 if has_header else 0  # the frame of the header is no sound
    for (_, _, frames), absent, (start, _, follow) in zip(runs, missing, runs[1:], strict=False):
        before += frames
        holes.append(Hole(before, absent, min(sizes.doubtful(start), follow) if absent else 0))
    head = data[: runs[0][0]]
    return Chain(head + b"".join(data[start:end] for start, end, _ in runs), tuple(holes))


class _Layer3:
    """Sizes of Layer III frames that are like the first."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self.mark = b""
        self._rate = 0
        self._sizes: list[int] = []

    def adopt(self, at: int) -> bool:
        header = self._data[at : at + 4]
        size = layer3_frame_bytes(header)
        if not size or self._data[at + size : at + size + 1] != b"\xff":
            return False
        self.mark, self._rate = header[:2], header[2] & 0x0C
        self._sizes = [
            (layer3_frame_bytes(bytes((header[0], header[1], byte, header[3]))) or 0)
            if byte & 0x0C == self._rate
            else 0
            for byte in range(256)
        ]
        return True

    def __call__(self, at: int) -> int:
        header = self._data[at : at + 3]
        if len(header) < 3 or header[0] != 0xFF or (header[1] ^ self.mark[1]) & 0xFE:
            return 0
        return self._sizes[header[2]]

    def is_header(self, at: int) -> bool:
        frame = self._data[at : at + 64]
        return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))

    def doubtful(self, at: int) -> int:
        """Count the frames from here on whose bit reservoir reaches back to before here, and one for the overlap."""
        is_mpeg1 = self.mark[1] & 0x18 == 0x18
        stored = frames = 0
        while size := self(at):
            header = self._data[at : at + 8]
            if len(header) < 8:
                break
            side = 4 + (0 if header[1] & 1 else 2)
            back = header[side] << 1 | header[side + 1] >> 7 if is_mpeg1 else header[side]
            if back <= stored:
                return frames + 1 if frames else 0
            is_mono = header[3] >> 6 == 3
            stored += size - side - ((17 if is_mono else 32) if is_mpeg1 else (9 if is_mono else 17))
            at, frames = at + size, frames + 1
        return frames


class _Adts:
    """Sizes of ADTS frames that are like the first."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self.mark = b""
        self._more = 0

    def adopt(self, at: int) -> bool:
        header = self._data[at : at + 7]
        if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
            return False
        self.mark, self._more = header[:2], header[2] & 0xFD
        return self(at) > 0

    def __call__(self, at: int) -> int:
        header = self._data[at : at + 6]
        if len(header) < 6 or header[:2] != self.mark or header[2] & 0xFD != self._more:
            return 0
        size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
        return size if size > 7 else 0

    def doubtful(self, at: int) -> int:  # noqa: ARG002 - AAC frames stand alone, but for the overlap
        return 0


def _first(data: bytes | mmap.mmap, sizes: _Layer3 | _Adts, at: int) -> int:
    """The first place from which three frames follow each other."""
    for _ in range(4096):
        at = data.find(b"\xff", at)
        if at < 0 or at + 4 > len(data):
            return -1
        if sizes.adopt(at) and _holds(data, sizes, at):
            return at
        at += 1
    return -1


def _next(data: bytes | mmap.mmap, sizes: _Layer3 | _Adts, at: int, tries: int) -> tuple[int, int]:
    while tries < _MOST_TRIES:
        at = data.find(sizes.mark, at)
        if at < 0:
            break
        if _holds(data, sizes, at):
            return at, tries
        at, tries = at + 1, tries + 1
    return -1, tries


def _holds(data: bytes | mmap.mmap, sizes: _Layer3 | _Adts, at: int) -> bool:
    """Whether three frames follow each other, or fewer up to the end of the file."""
    for count in range(3):
        size = sizes(at)
        if not size:
            return False
        at += size
        if at == len(data):
            return count > 0
    return at <= len(data)


def _after_id3(source: Source) -> int:
    start = _id3_bytes(source.head)
    return start if start < source.size_bytes else 0


def _id3_bytes(head: bytes) -> int:
    """Length of an ID3v2 tag (its size is stated in 4 times 7 bits); 0 if there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + ((head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127)


def _let_go(data: bytes | mmap.mmap, end: int) -> None:
    if isinstance(data, mmap.mmap) and hasattr(data, "madvise"):
        data.madvise(mmap.MADV_DONTNEED, 0, end // mmap.PAGESIZE * mmap.PAGESIZE)
