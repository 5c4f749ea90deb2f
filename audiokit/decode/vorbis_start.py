"""Where an Ogg Vorbis recording begins, which no header states: its first page says where it ends (Vorbis I, A.2)."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audiokit.decode.ogg_pages import OggPages
    from audiokit.decode.source import Source

__all__ = ["first_granule"]

_HEADER_PACKETS = 3
_MOST_BYTES = 1 << 20  # headers may carry pictures, beyond that nobody puts anything before the sound
_MODE_BITS = 41  # block size, window type, transform type, mapping
_MOST_MODES = 64


def first_granule(source: Source, pages: OggPages) -> int | None:
    """Return the granule position of the first sample; None where it cannot be told from the first pages.

    It is 0 for most. A recording cut from a broadcast begins later, and one whose first samples are to be dropped
    begins before 0.

    Parameters
    ----------
    source : Source
        Ogg with one logical stream, of Vorbis.
    pages : OggPages
        Of the same file.
    """
    packets = _packets(source, pages)
    headers = [packet for _, packet, _ in islice(packets, _HEADER_PACKETS)]
    if len(headers) < _HEADER_PACKETS or len(headers[0]) < 30 or headers[0][:7] != b"\x01vorbis":
        return None
    sizes = 1 << (headers[0][28] & 15), 1 << (headers[0][28] >> 4)
    modes = _modes(headers[-1])
    mode_mask = (1 << (len(modes) - 1).bit_length()) - 1 if modes else 0
    blocks: list[int] = []
    for page, packet, is_last_page in packets:
        # The last page states where the recording ends, which may be within its packets.
        if is_last_page or not packet or packet[0] & 1 or (mode := packet[0] >> 1 & mode_mask) >= len(modes):
            return None
        blocks.append(sizes[modes[mode]])
        if page is not None:
            # Each block overlaps the one before it, and the first gives nothing.
            return pages.granules[page] - sum(before // 4 + block // 4 for before, block in pairwise(blocks))
    return None


def _packets(source: Source, pages: OggPages) -> Iterator[tuple[int | None, bytes, bool]]:
    """Each packet, with the index of its page if it is the last one that ends there, and whether no page follows."""
    parts = bytearray()
    with source.open() as handle:
        for index, (start, end) in enumerate(zip(pages.starts, pages.ends, strict=True)):
            if end > _MOST_BYTES:
                return
            handle.seek(start)
            page = handle.read(end - start)
            lacing = page[27 : 27 + page[26]]
            at = 27 + len(lacing)
            ended = [position for position, length in enumerate(lacing) if length < 255]
            for position, length in enumerate(lacing):
                parts += page[at : at + length]
                at += length
                if length < 255:
                    yield index if position == ended[-1] else None, bytes(parts), index + 1 == len(pages.starts)
                    parts.clear()


def _modes(setup: bytes) -> list[int]:
    """The block flag of each mode, read from the end of the setup header: what is before it has no fixed length.

    Bits come lowest first. The header ends with the number of modes less one (6 bits), the modes, and a bit that is 1.
    """
    bits = int.from_bytes(setup, "little")
    end = bits.bit_length() - 1  # of the last mode
    flags: list[int] = []
    found: list[int] = []
    while len(flags) < _MOST_MODES and end > _MODE_BITS + 6:
        end -= _MODE_BITS
        mode = bits >> end & ((1 << _MODE_BITS) - 1)
        if mode >> 1 & 0xFFFFFFFF or mode >> 33 > 63:  # both types are 0, and mappings have numbers below 64
            break
        flags.append(mode & 1)
        if (bits >> (end - 6) & 63) + 1 == len(flags):
            found = flags[::-1]
    return found
