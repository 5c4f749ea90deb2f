"""The last pages of an Ogg file (RFC 3533): where a seek in Vorbis still lands on its sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["start_of_last_page"]

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
