"""Pages of an Ogg file (RFC 3533): which are damaged, and where a seek in Vorbis still lands on its sample."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["damaged_pages_warning", "start_of_last_page"]

_LONGEST_PAGE_BYTES = 65_307
_NO_PACKET_ENDS = 2**64 - 1


def start_of_last_page(source: Source) -> int:
    """Return the sample at which the last page of sound begins; 0 where that cannot be told from the last pages.

    A page states the sample at which it ends (its granule position), and a player counts back from there. The last
    one states the end of the recording instead, which may lie before the end of its packets: counting back from it
    lands too early, by up to a packet.

    Parameters
    ----------
    source : Source
        An Ogg file with one logical stream.
    """
    tail = source.tail(3 * _LONGEST_PAGE_BYTES)
    at = tail.rfind(b"OggS")
    if at < 0:
        return 0
    while (at := tail.rfind(b"OggS", 0, at)) >= 0:
        granule = int.from_bytes(tail[at + 6 : at + 14], "little")
        if granule != _NO_PACKET_ENDS:
            return granule if granule < _NO_PACKET_ENDS // 2 else 0
    return 0


def damaged_pages_warning(source: Source) -> str:
    """Say how many pages fail their checksum; empty if none does.

    Decoders drop such a page or play what is left of it, and say nothing in either case.

    Parameters
    ----------
    source : Source
        An Ogg file. It is read once, whole.
    """
    with source.open() as handle:
        data = handle.read()
    pages = damaged = 0
    at = data.find(b"OggS")
    while at >= 0:
        header = data[at : at + 27 + (data[at + 26] if at + 26 < len(data) else 0)]
        end = at + len(header) + sum(header[27:])
        if len(header) < 27 or end > len(data):
            break  # cut off there, which is told elsewhere
        pages += 1
        stated = int.from_bytes(header[22:26], "little")
        if _checksum(header[:22] + bytes(4) + header[26:] + data[at + len(header) : end]) != stated:
            damaged += 1
            end = at + 4  # its own lengths may be wrong: the next page is wherever one begins
        at = data.find(b"OggS", end)
    if not damaged:
        return ""
    return (
        f"Damaged pages in the Ogg stream: {damaged} of {pages}. Sound is lost or garbled there, and what follows may "
        f"come early."
    )


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _checksum(page: bytes) -> int:
    """CRC-32 with the polynomial 0x04c11db7, start 0, most significant bit first, by way of zlib's mirrored one."""
    register = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{register:032b}"[::-1], 2)
