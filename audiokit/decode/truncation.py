"""Is the file all there? Containers state how long they are; a cut-off copy is shorter than it claims.

Sizes are read from the RIFF, AIFF, ISO media, Matroska and Ogg structures themselves (their specifications), because
decoders quietly clamp to what is there.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["truncation_warning"]

_UNKNOWN_32 = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFF00)  # streamed files leave the size open


def truncation_warning(source: Source, container: str) -> str:
    """Say that a file is shorter than its header claims; empty if it is whole or makes no claim.

    Parameters
    ----------
    source : Source
        The file.
    container : str
        As `sniff` names it.

    Examples
    --------
    >>> from audiokit.decode.source import open_source
    >>> whole = b"RIFF" + (12).to_bytes(4, "little") + b"WAVEdata" + (4).to_bytes(4, "little") + bytes(4)
    >>> truncation_warning(open_source(whole), "wav")
    ''
    >>> "missing" in truncation_warning(open_source(whole[:-2]), "wav")
    True
    """
    if container == "ogg":
        return _ogg(source)
    reader = {"wav": _riff, "aiff": _aiff, "mp4": _iso_media, "matroska": _matroska}.get(container)
    claimed_end = reader(source) if reader else None
    if claimed_end is None or claimed_end <= source.size_bytes:
        return ""
    missing = claimed_end - source.size_bytes
    return (
        f"The file is truncated: its header claims {claimed_end:,} bytes, of which {missing:,} "
        f"({100 * missing / claimed_end:.0f} %) are missing."
    )


def _riff(source: Source) -> int | None:
    """End of the ``data`` chunk as claimed, in bytes from the start of the file."""
    order = ">" if source.head[:4] == b"RIFX" else "<"
    if source.head[:4] in (b"RF64", b"BW64"):
        return None  # 64-bit sizes live in ds64; a recorder that crashed leaves them at 0
    return _chunk_end(source, order, b"data")


def _aiff(source: Source) -> int | None:
    return _chunk_end(source, ">", b"SSND")


def _chunk_end(source: Source, order: str, wanted: bytes) -> int | None:
    position = 12
    with source.open() as handle:
        while position + 8 <= source.size_bytes:
            handle.seek(position)
            name, size = struct.unpack(f"{order}4sI", handle.read(8))
            if name == wanted:
                return None if size in _UNKNOWN_32 or size >= 0xFFFFFF00 else position + 8 + size
            position += 8 + size + (size & 1)
    return None


def _iso_media(source: Source) -> int | None:
    """End of the last top-level box as claimed."""
    position = 0
    with source.open() as handle:
        while position + 8 <= source.size_bytes:
            handle.seek(position)
            header = handle.read(16)
            size = int.from_bytes(header[:4], "big")
            if size == 1 and len(header) == 16:
                size = int.from_bytes(header[8:16], "big")
            if size == 0:
                return None  # runs to the end of the file, by definition
            if size < 8:
                return None
            position += size
    return position


def _matroska(source: Source) -> int | None:
    """End of the Segment element as claimed (EBML variable-length sizes, RFC 8794)."""
    head = source.head
    header_size = _ebml_size(head, 4)
    if header_size is None or header_size[0] is None:
        return None
    segment = header_size[1] + header_size[0]
    if head[segment : segment + 4] != b"\x18\x53\x80\x67":
        return None
    size = _ebml_size(head, segment + 4)
    if size is None or size[0] is None:
        return None
    return size[1] + size[0]


def _ebml_size(head: bytes, position: int) -> tuple[int | None, int] | None:
    """(size, position after it); the size is None where the element leaves it open."""
    if position >= len(head) or head[position] == 0:
        return None
    length = 9 - head[position].bit_length()
    field = head[position : position + length]
    if len(field) < length:
        return None
    value = int.from_bytes(field, "big") & ((1 << (7 * length)) - 1)
    return (None if value == (1 << (7 * length)) - 1 else value), position + length


def _ogg(source: Source) -> str:
    """Every logical Ogg stream ends with a page whose flag 0x04 is set (RFC 3533)."""
    tail = source.tail(65_536 + 282)  # the longest page is 65,307 bytes
    last = tail.rfind(b"OggS")
    if last < 0 or last + 27 > len(tail):
        return "The file is truncated: it breaks off inside an Ogg page."
    segments = tail[last + 26]
    body = sum(tail[last + 27 : last + 27 + segments])
    if last + 27 + segments + body > len(tail):
        return "The file is truncated: it breaks off inside an Ogg page."
    if not tail[last + 5] & 4:
        return "The Ogg stream has no end mark: it may have been cut off."
    return ""
