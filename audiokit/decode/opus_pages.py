"""Whether an Ogg Opus file's clock counts its samples, from its pages alone (RFC 3533, RFC 6716, RFC 7845)."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["clock_counts_samples"]

_NO_PACKET_ENDS = 2**64 - 1
_HEADER_PACKETS = 2
# Samples at 48 kHz in one frame of each of the 32 configurations (RFC 6716, table 2)
_FRAME_SAMPLES = tuple(
    samples
    for group, times in (((480, 960, 1920, 2880), 3), ((480, 960), 2), ((120, 240, 480, 960), 4))
    for _ in range(times)
    for samples in group
)


def clock_counts_samples(source: Source) -> bool:
    """Whether every page ends where the packets before it end, in one stream without a missing page.

    Then what follows a seek stands where counting from the beginning would find it. The packets are not decoded: each
    tells its length in its first two bytes. The last page may state less, which cuts the end.

    Parameters
    ----------
    source : Source
        An Ogg file.
    """
    if source.path is None:
        return _counts(source.data or b"")
    with source.open() as handle:
        try:
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            return False
        with mapped:
            return _counts(mapped)


def _counts(data: bytes | mmap.mmap) -> bool:
    at = packets = 0
    serial, begun, due = b"", 0, None  # `begun`: length of a packet that an earlier page began
    for sequence in range(len(data) // 27 + 1):
        header = data[at : at + 27]
        if len(header) < 27:
            return at == len(data) and packets > _HEADER_PACKETS
        serial = serial or header[14:18]
        if header[:4] != b"OggS" or header[14:18] != serial or int.from_bytes(header[18:22], "little") != sequence:
            return False
        lacing = np.frombuffer(data[at + 27 : at + 27 + header[26]], np.uint8)
        body = at + 27 + header[26]
        after = body + int(lacing.sum(dtype=np.int64))
        if len(lacing) != header[26] or after > len(data):
            return False
        ends = np.flatnonzero(lacing < 255)
        starts = [0, *np.cumsum(lacing, dtype=np.int64)[ends].tolist()]
        samples = 0
        for index in range(len(ends)):
            packets += 1
            if packets <= _HEADER_PACKETS:
                continue
            samples += begun or _packet_samples(data, body + starts[index])
            begun = 0
        has_rest = len(lacing) > 0 and lacing[-1] == 255
        if has_rest and packets >= _HEADER_PACKETS and not begun:
            begun = _packet_samples(data, body + starts[-1])
        granule = int.from_bytes(header[6:14], "little")
        if granule != _NO_PACKET_ENDS and samples:
            is_end = bool(header[5] & 4)
            if due is not None and granule != due + samples and not (is_end and granule < due + samples):
                return False
            due = granule
        elif samples:
            return False
        at = after
    return False


def _packet_samples(data: bytes | mmap.mmap, at: int) -> int:
    """Samples in the packet that begins there, by its table-of-contents byte."""
    if at + 2 > len(data):
        return 0
    contents = data[at]
    count = (1, 2, 2, data[at + 1] & 63)[contents & 3]
    return _FRAME_SAMPLES[contents >> 3] * count
