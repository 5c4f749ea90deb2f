"""The frame at the head of an MP3 that tells a player how long it is, and how much of its ends is not sound.

An encoder of few bits leaves it out, and the one it writes at a varying bit rate has only a hundred places to seek to.
With a constant rate and the tag ``Info``, browsers seek to the frame (FFmpeg, libavformat/mp3dec.c).
"""

from __future__ import annotations

__all__ = ["with_info_tag"]

_ENCODER_DELAY = 576  # frames before the sound, of LAME without its tag (ENCDELAY in libmp3lame/encoder.h)
_KBPS = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG-1 Layer III; numbered from 1
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG-2 and 2.5
}
_RATES_HZ = (44_100, 48_000, 32_000)
_HALVED = {3: 0, 2: 1, 0: 2}  # by the version's bits: MPEG-1, 2, 2.5
_SIDE_BYTES = {(3, False): 32, (3, True): 17, (2, False): 17, (2, True): 9}  # by version and mono
_TAG_BYTES = 156


def with_info_tag(data: bytes, frames: int) -> bytes:
    """Put the tag ``Info`` in front of frames of one bit rate, in place of one that stands there.

    Parameters
    ----------
    data : bytes
        Nothing but MPEG audio frames, Layer III, at a constant bit rate, as LAME encodes them.
    frames : int
        Samples of sound in each channel.

    Returns
    -------
    bytes
        The tag's frame (Xing's fields and LAME's, as Gabriel Bouvigne's "Mp3 Info Tag revision 1" lays them out) and
        the frames. Its number of bytes leaves itself out, so that bytes and frames are in proportion.

    Raises
    ------
    ValueError
        If the data are something else.
    """
    head = data[:4]
    version, _, _, _, _, _ = _header(head)
    mono = head[3] >> 6 == 3
    side = _SIDE_BYTES[3 if version == 3 else 2, mono]
    tagged = data[4 + side : 8 + side] in (b"Info", b"Xing")
    start = _header(head)[5] if tagged else 0
    count, at = 0, start
    while at + 4 <= len(data):
        at += _header(data[at : at + 4])[5]
        count += 1
    per_frame = 1152 if version == 3 else 576
    padding = max(count * per_frame - _ENCODER_DELAY - frames, 0)
    frame = _frame(head, 4 + side + _TAG_BYTES)
    sound = data[start:]
    body = b"Info" + (15).to_bytes(4, "big") + count.to_bytes(4, "big") + len(sound).to_bytes(4, "big")
    body += bytes(i * 256 // 100 for i in range(100)) + bytes(4)
    body += b"LAME3.100" + bytes((1, 0)) + bytes(8) + bytes((0, min(_header(head)[4], 255)))  # constant rate, no low-pass told
    body += (_ENCODER_DELAY << 12 | min(padding, 4095)).to_bytes(3, "big") + bytes(4)
    body += len(sound).to_bytes(4, "big") + bytes(2)
    tag = bytearray(frame)
    tag[4 + side : 4 + side + len(body)] = body
    tag[4 + side + len(body) : 6 + side + len(body)] = _crc(bytes(tag[: 4 + side + len(body)])).to_bytes(2, "big")
    return bytes(tag) + sound


def _header(head: bytes) -> tuple[int, int, int, int, int, int]:
    """Version bits, bit-rate index, sample-rate index, padding, kbit/s and bytes of a frame."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        raise ValueError("Not a frame of MPEG audio, Layer III.")
    version = head[1] >> 3 & 3
    bits, rate, padded = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or rate == 3 or not 0 < bits < 15:
        raise ValueError("A frame of MPEG audio with a forbidden version, sample rate or bit rate.")
    kbps = _KBPS[3 if version == 3 else 2][bits - 1]
    return version, bits, rate, padded, kbps, _size(version, rate, kbps) + padded


def _size(version: int, rate: int, kbps: int) -> int:
    return (144_000 if version == 3 else 72_000) * kbps // (_RATES_HZ[rate] >> _HALVED[version])


def _frame(head: bytes, at_least: int) -> bytes:
    """Make an empty frame like this one, of the least bit rate at which it has room: decoders play it as silence or skip it."""
    version, _, rate, _, _, _ = _header(head)
    table = _KBPS[3 if version == 3 else 2]
    for bits, kbps in enumerate(table, start=1):
        size = _size(version, rate, kbps)
        if size >= at_least:
            return bytes((0xFF, head[1] | 1, bits << 4 | rate << 2, head[3])) + bytes(size - 4)
    raise ValueError(f"No frame of this kind holds {at_least} bytes.")


def _crc(data: bytes) -> int:
    """CRC-16 with the reflected polynomial 0xA001, from 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value
