"""Pages of an Ogg file (RFC 3533): what they state, which are damaged, and what that took from the sound."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = [
    "OggPages",
    "damage_warning",
    "damaged_pages",
    "lost_granules",
    "pages_of",
    "walk_pages",
]

_CHUNK_BYTES = 4 << 20  # what is in memory at a time, however long the file
_CHECKED_BYTES = 1 << 16  # at a time: small enough that its memory is at hand and need not be mapped anew
_LONGEST_PAGE_BYTES = 65_307
# capture pattern, version, flags, granule position, serial number, sequence number, checksum, segments
_HEADER = struct.Struct("<4sBBqIIIB")
_BEGINNING_OF_STREAM = 2
_NO_PACKET_ENDS = -1


@dataclass
class OggPages:
    """What the headers of all pages state, in the order of the file.

    Attributes
    ----------
    starts, ends : list of int
        Bytes from the beginning of the file. A page that the file's end cuts off is left out, and one whose own
        lengths are damaged.
    granules : list of int
        Where each page ends in the codec's own count (samples, for Vorbis); -1 where no packet ends in it.
    serials : set of int
        Of the logical streams.
    beginnings : int
        Pages that begin a logical stream: several are tracks side by side, or recordings one after the other.
    holes : list of int
        Indices of pages before which something is missing: there are other bytes, or numbers are left out.
    """

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    granules: list[int] = field(default_factory=list)
    serials: set[int] = field(default_factory=set)
    beginnings: int = 0
    holes: list[int] = field(default_factory=list)

    @property
    def logical_streams(self) -> int:
        """Tracks side by side, or recordings one after the other."""
        return max(self.beginnings, len(self.serials))

    @property
    def last_granule(self) -> int:
        """Where the recording ends; 0 if no page says so."""
        return max(next((granule for granule in reversed(self.granules) if granule != _NO_PACKET_ENDS), 0), 0)

    @property
    def start_of_last_page(self) -> int:
        """The granule position at which the last page of sound begins; 0 where that cannot be told.

        A page states the sample at which it ends, and a player counts back from there. The last one states the end
        of the recording instead, which may lie before the end of its packets: counting back from it lands too early,
        by up to a packet.
        """
        stated = (granule for granule in reversed(self.granules) if granule != _NO_PACKET_ENDS)
        next(stated, 0)
        return max(next(stated, 0), 0)


def walk_pages(source: Source) -> OggPages:
    """Read the header of every page, 4 MiB of the file at a time. The sound in them is not looked at.

    Parameters
    ----------
    source : Source
        An Ogg file.
    """
    pages = OggPages()
    numbers: dict[int, int] = {}  # the last sequence number of each logical stream
    has_begun = False  # sound: a recording cut from a broadcast may leave numbers out between its headers and that
    unpack, header_bytes = _HEADER.unpack_from, _HEADER.size
    at = base = 0  # `at` counts from the beginning of `data`, which is `base` bytes into the file
    with source.open() as handle:
        data = handle.read(_CHUNK_BYTES)
        more = len(data) == _CHUNK_BYTES
        while True:
            if more and len(data) - at < 2 * _LONGEST_PAGE_BYTES:
                fresh = handle.read(_CHUNK_BYTES)
                more = len(fresh) == _CHUNK_BYTES
                data, base, at = data[at:] + fresh, base + at, 0
            if len(data) - at < header_bytes:
                break
            capture, _, flags, granule, serial, number, _, segments = unpack(data, at)
            if capture != b"OggS":
                pages.holes.append(len(pages.starts))
                at = _next_capture(data, at + 1)
                continue
            body = at + header_bytes + segments
            end = body + sum(data[at + header_bytes : body])
            if end > len(data):
                if data.find(b"OggS", at + 4) < 0:
                    break  # cut off there, which is told elsewhere
            elif end == len(data) or data.startswith(b"OggS", end) or _is_whole(data[at:end]):
                if flags & _BEGINNING_OF_STREAM:
                    pages.beginnings += 1
                elif has_begun and number != (numbers.get(serial, number - 1) + 1) & 0xFFFFFFFF:
                    pages.holes.append(len(pages.starts))
                has_begun = has_begun or granule > 0
                numbers[serial] = number
                pages.starts.append(base + at)
                pages.ends.append(base + end)
                pages.granules.append(granule)
                at = end
                continue
            # No page follows it: its own lengths are wrong, and the next page is wherever one begins.
            pages.holes.append(len(pages.starts))
            at = _next_capture(data, at + 4)
    pages.serials = set(numbers)
    # Behind the last page there may be a tag, or a page that is cut off: no sound is lost between pages there.
    pages.holes = sorted({hole for hole in pages.holes if hole < len(pages.starts)})
    return pages


def _next_capture(data: bytes, at: int) -> int:
    """Where the next page may begin; short of the end of the data if it holds none, since one may straddle that."""
    found = data.find(b"OggS", at)
    return found if found >= 0 else max(at, len(data) - 3)


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _is_whole(page: bytes) -> bool:
    return _is_sound(memoryview(page.translate(_MIRRORED)), 0, len(page))


_ZEROS = bytes(4)


def _is_sound(mirrored: memoryview, start: int, end: int) -> bool:
    """Whether the checksum fits, given the bytes of a page with the bits of each in reverse order.

    Ogg's is CRC-32 with the polynomial 0x04c11db7, start 0, most significant bit first, over the page with zeros in
    place of the checksum; zlib's is the same with everything mirrored, start and end inverted.
    """
    field = start + 22
    register = zlib.crc32(_ZEROS, zlib.crc32(mirrored[start:field], 0xFFFFFFFF))
    register = zlib.crc32(mirrored[field + 4 : end], register) ^ 0xFFFFFFFF
    return register == int.from_bytes(mirrored[field : field + 4], "big")


def damaged_pages(source: Source, pages: OggPages, first: int = 0, last: int | None = None) -> list[int]:
    """Return the indices of pages whose checksum does not fit.

    Decoders drop such a page or play what is left of it, and say nothing in either case.

    Parameters
    ----------
    source : Source
        The Ogg file.
    pages : OggPages
        Of the same file.
    first, last : int, optional
        Check the pages [first, last) only.
    """
    last = len(pages.starts) if last is None else min(last, len(pages.starts))
    damaged = []
    with source.open() as handle:
        while first < last:
            begin = pages.starts[first]
            upto = max(first + 1, min(bisect_right(pages.ends, begin + _CHECKED_BYTES), last))
            handle.seek(begin)
            # One translation for all of them, and views from then on: a page is 4 KB, and each copy counts.
            mirrored = memoryview(handle.read(pages.ends[upto - 1] - begin).translate(_MIRRORED))
            damaged += [
                index
                for index in range(first, upto)
                if not _is_sound(mirrored, pages.starts[index] - begin, pages.ends[index] - begin)
            ]
            first = upto
    return damaged


def pages_of(pages: OggPages, start: int, stop: int | None) -> tuple[int, int]:
    """Return the indices [first, behind) of the pages that hold the granule positions [start, stop).

    All pages, where these do not rise throughout: several logical streams, one after the other or side by side.
    """
    ends = [granule for granule in pages.granules if granule != _NO_PACKET_ENDS]
    if pages.logical_streams > 1 or any(one > next_one for one, next_one in pairwise(ends)):
        return 0, len(pages.starts)
    rising = list(accumulate((0 if granule == _NO_PACKET_ENDS else granule for granule in pages.granules), max))
    first = max(bisect_left(rising, start + 1) - 1, 0) if start else 0
    behind = len(rising) if stop is None else min(bisect_left(rising, stop) + 1, len(rising))
    return first, max(behind, first)


def lost_granules(pages: OggPages, damaged: list[int], start: int, stop: int) -> list[tuple[int, int]]:
    """Return what holes and damaged pages took, as spans of granule positions that do not overlap.

    Parameters
    ----------
    pages : OggPages
        Of a file with one logical stream.
    damaged : list of int
        Indices of pages whose checksum does not fit.
    start, stop : int
        Granule positions; what is lost outside of them is left out.
    """
    bad = set(damaged)
    sound = [
        (index, granule)
        for index, granule in enumerate(pages.granules)
        if granule != _NO_PACKET_ENDS and index not in bad
    ]
    spans: list[tuple[int, int]] = []
    for index in sorted(bad.union(pages.holes)):
        after = bisect_left(sound, (index, _NO_PACKET_ENDS))
        begin = max(start, sound[after - 1][1] if after else 0)
        end = sound[after][1] if after < len(sound) else stop
        # A damaged page still states where it ended, and mostly rightly: one page is lost, not the next one too.
        if index in bad and index not in pages.holes and begin < pages.granules[index] < end:
            end = pages.granules[index]
        end = min(end, stop)
        if spans and begin <= spans[-1][1]:
            begin, end = spans[-1][0], max(end, spans[-1][1])
            spans.pop()
        if begin < end:
            spans.append((begin, end))
    return spans


def damage_warning(damaged: int, of: int) -> str:
    """Say how many pages are damaged or missing; empty if none is.

    Examples
    --------
    >>> damage_warning(0, 12)
    ''
    """
    if not damaged:
        return ""
    return (
        f"Damaged pages in the Ogg stream: {damaged} of {of}. Sound is lost or garbled there, and what follows may "
        f"come early."
    )
