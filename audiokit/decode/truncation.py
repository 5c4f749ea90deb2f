"""Is the file all there? Containers state how long they are; a cut-off copy is shorter than it claims.

Sizes are read from the RIFF (and RF64, Wave64), AIFF, AU, CAF, ISO media, Matroska, ASF, MP3 and Ogg structures
themselves (their specifications), because decoders quietly clamp to what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from audiokit.decode.mp3_header import stated_length
from audiokit.decode.readers import Peeker

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["truncation_warning"]

_MOST_CHUNKS = 10_000  # of a real file; a hostile one could make us walk through millions of empty ones
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_UNKNOWN_32 = (0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFFF00)  # streamed files leave the size open
_UNKNOWN_64 = 1 << 62


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
    reader = _READERS.get(container)
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
    data = _chunk(source, "big" if source.head[:4] == b"RIFX" else "little", b"data")
    if data is None:
        return None
    start, size = data
    if source.head[:4] in (b"RF64", b"BW64"):  # 64-bit sizes live in ds64; a recorder that crashed leaves them at 0
        size_64 = int.from_bytes(source.head[28:36], "little") if source.head[12:16] == b"ds64" else 0
        return start + size_64 if 0 < size_64 < _UNKNOWN_64 else None
    return _known_end(start, size)


def _avi(source: Source) -> int | None:
    """End of the first RIFF list; sizes of 0 are an unfinished recording's."""
    return _known_end(8, int.from_bytes(source.head[4:8], "little"))


def _wave64(source: Source) -> int | None:
    """End of the whole, which follows the first GUID."""
    size = int.from_bytes(source.head[16:24], "little")
    return size if 0 < size < _UNKNOWN_64 else None


def _aiff(source: Source) -> int | None:
    sound = _chunk(source, "big", b"SSND")
    return None if sound is None else _known_end(*sound)


def _au(source: Source) -> int | None:
    return _known_end(int.from_bytes(source.head[4:8], "big"), int.from_bytes(source.head[8:12], "big"))


def _caf(source: Source) -> int | None:
    data = _chunk(source, "big", b"data", position=8, size_bytes=8)
    if data is None or not 0 < data[1] < _UNKNOWN_64:  # -1: to the end of the file
        return None
    return data[0] + data[1]


def _asf(source: Source) -> int | None:
    """The file size in the file properties object; a broadcast (flag 1) states none."""
    at = source.head.find(_ASF_FILE_PROPERTIES)
    if at < 0 or len(source.head) < at + 92 or source.head[at + 88] & 1:
        return None
    return int.from_bytes(source.head[at + 40 : at + 48], "little")


def _mp3(source: Source) -> int | None:
    stated = stated_length(source)
    return stated.end_bytes if stated else None


def _known_end(start: int, size: int) -> int | None:
    return None if size in _UNKNOWN_32 or size >= 0xFFFFFF00 else start + size


def _chunk(
    source: Source, order: Literal["big", "little"], wanted: bytes, *, position: int = 12, size_bytes: int = 4
) -> tuple[int, int] | None:
    """(start of its content, size as claimed) of the first chunk of that name."""
    header_bytes = 4 + size_bytes
    with Peeker(source) as peek:
        for _ in range(_MOST_CHUNKS):
            if position + header_bytes > source.size_bytes:
                return None
            header = peek(position, header_bytes)
            size = int.from_bytes(header[4:], order)
            if header[:4] == wanted:
                return position + header_bytes, size
            position += header_bytes + size + (size & 1 if size_bytes == 4 else 0)  # CAF does not pad
    return None


def _iso_media(source: Source) -> int | None:
    """End of the last top-level box as claimed."""
    position = 0
    with Peeker(source) as peek:
        for _ in range(_MOST_CHUNKS):
            if position + 8 > source.size_bytes:
                break
            header = peek(position, 16)
            size = int.from_bytes(header[:4], "big")
            if size == 1 and len(header) == 16:
                size = int.from_bytes(header[8:16], "big")
            if size == 0:
                return None  # runs to the end of the file, by definition
            if size < 8:
                return None
            position += size
        else:
            return None
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


_READERS = {
    "wav": _riff,
    "avi": _avi,
    "w64": _wave64,
    "aiff": _aiff,
    "au": _au,
    "caf": _caf,
    "mp4": _iso_media,
    "matroska": _matroska,
    "asf": _asf,
    "mp3": _mp3,
}
