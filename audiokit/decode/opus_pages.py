"""Where a seek in Opus gives what decoding from the beginning gives, by its packets' first bytes.

Pages: RFC 3533; packets: RFC 6716; the one in the other: RFC 7845.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audiokit.decode.source import Source

__all__ = ["OpusPages", "is_celt", "look_through", "packet_samples"]

_HEADER_PACKETS = 2
# Samples at 48 kHz in one frame of each of the 32 configurations (RFC 6716, table 2)
_FRAME_SAMPLES = tuple(
    samples
    for group, times in (((480, 960, 1920, 2880), 3), ((480, 960), 2), ((120, 240, 480, 960), 4))
    for _ in range(times)
    for samples in group
)

_LONGEST_PACKET_SAMPLES = 5760  # 120 ms


@dataclass(frozen=True, slots=True)
class OpusPages:
    """What the pages and the first bytes of the packets tell, without decoding any.

    Parameters
    ----------
    forgets_from : int
        Sample at 48 kHz from which on a decoder forgets where it began: behind the last packet of SILK.
    end_granule : int or None
        Where the sound ends, in samples at 48 kHz with the pre-skip; None if it does not begin at 0.
    """

    forgets_from: int
    end_granule: int | None


def look_through(source: Source) -> OpusPages | None:
    """Go through the pages of an Ogg Opus file; None where their clock does not count samples.

    It does where every page ends where the packets before it end, in one stream without a missing page: then what
    follows a seek stands where counting from the beginning would find it. The packets are not decoded: each tells its
    length in its first two bytes. The last page may state less, which cuts the end.

    A decoder forgets in CELT (music, and speech at higher rates). In SILK, which libopus takes for speech below some
    20 kbit/s, last bits were seen to differ for a minute: what is sought must lie behind the last of it.

    Parameters
    ----------
    source : Source
        An Ogg file.
    """
    if source.path is None:
        return _look_through(source.content())
    with source.open() as handle:
        try:
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            return None
        with mapped:
            return _look_through(mapped)


def is_celt(first_byte: int) -> bool:
    """Tell a packet's mode by its table-of-contents byte (RFC 6716, table 2).

    Examples
    --------
    >>> is_celt(0xFC), is_celt(0x08)
    (True, False)
    """
    return first_byte >> 3 >= 16


def packet_samples(first_bytes: bytes | memoryview) -> int:
    """How long a packet says that it lasts, in samples at 48 kHz; 0 if no packet begins so (RFC 6716, section 3).

    Parameters
    ----------
    first_bytes : bytes or memoryview
        Two of them, or one if the packet has no more.

    Examples
    --------
    >>> packet_samples(bytes([0xFC])), packet_samples(bytes([0xFF, 3])), packet_samples(bytes([0xFF]))
    (960, 2880, 0)
    """
    contents = first_bytes[0]
    counted = first_bytes[1] & 63 if len(first_bytes) > 1 else 0
    frames = (1, 2, 2, counted)[contents & 3]
    samples = _FRAME_SAMPLES[contents >> 3] * frames
    return samples if samples <= _LONGEST_PACKET_SAMPLES else 0


def _look_through(data: bytes | mmap.mmap) -> OpusPages | None:
    due: int | None = None
    total = last_silk = origin = 0
    try:
        for flags, granule, firsts in _pages_of_sound(data):
            samples = 0
            for at in firsts:
                contents = data[at]
                samples += _FRAME_SAMPLES[contents >> 3] * (1, 2, 2, data[at + 1] & 63)[contents & 3]
                if not is_celt(contents):
                    last_silk = total + samples
            total += samples
            is_end = bool(flags & 4)
            if due is None:
                origin = granule - samples if granule > samples or not is_end else 0
            elif granule != due + samples and not (is_end and granule < due + samples):
                return None
            due = granule
    except (ValueError, IndexError):  # the pages do not follow each other
        return None
    return None if due is None else OpusPages(last_silk, None if origin else due)


def _pages_of_sound(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, list[int]]]:
    """Flags and granule position of each page on which packets end, and where these packets begin."""
    at = packets = 0
    serial, begun = data[14:18], -1  # `begun`: where a packet starts that an earlier page began
    for sequence in range(len(data) // 27 + 1):
        header = data[at : at + 27]
        if not header:
            return
        if header[:4] != b"OggS" or header[14:18] != serial or int.from_bytes(header[18:22], "little") != sequence:
            raise ValueError("not the next page of one stream")
        lacing = np.frombuffer(data[at + 27 : at + 27 + header[26]], np.uint8)
        body = at + 27 + len(lacing)
        ends = np.flatnonzero(lacing < 255)
        starts = (np.cumsum(lacing, dtype=np.int64)[ends] + body).tolist()
        starts.insert(0, body)
        if begun >= 0:
            starts[0] = begun
        ending = starts[: len(ends)]
        begun = starts[len(ends)] if len(lacing) and lacing[-1] == 255 else -1
        sound = ending[max(0, _HEADER_PACKETS - packets) :]
        packets += len(ending)
        if sound:
            yield header[5], int.from_bytes(header[6:14], "little"), sound
        at = body + int(lacing.sum(dtype=np.int64))
    raise ValueError("more pages than there is room for")
