"""What the first frame of an MP3 states about the rest: the Xing (LAME: Info) and VBRI headers.

Layout: ISO/IEC 11172-3 for the frame; the Xing header sits behind the side information, VBRI 36 bytes into the frame.
LAME's extension follows the fields of the Xing header; what it says of the encoder's delay and padding is in its bytes
21 to 23, and every encoder that writes one today fills them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.decode.readers import Peeker

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["StatedLength", "goes_on_after", "layer3_frame_bytes", "layer3_mean_bytes", "stated_length"]

_FOUND = "length stated by an MP3"  # under that name a source keeps it
# ISO/IEC 11172-3 and 13818-3, Layer III; index 0 is the free format
_KILOBITS_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class StatedLength:
    """What the header claims.

    Parameters
    ----------
    mpeg_frames : int
        Frames of sound, of 1152 or 576 samples each.
    end_bytes : int or None
        Where the last of them ends, in bytes from the start of the file; None where it is not stated.
    samples_a_frame : int
        1152 in MPEG-1, 576 in MPEG-2 and 2.5.
    delay_samples, padding_samples : int
        What the encoder put before the first sample and behind the last one; 0 where that is not stated.
    is_free_format : bool
        Whether the first frame leaves its bit rate open.
    start_bytes : int
        Where the frame with this header begins, in bytes from the start of the file; the sound follows it.
    xing_at : int or None
        Where in that frame the Xing header stands, in bytes; None where it is a VBRI header.
    """

    mpeg_frames: int
    end_bytes: int | None
    samples_a_frame: int = 1152
    delay_samples: int = 0
    padding_samples: int = 0
    is_free_format: bool = False
    start_bytes: int = 0
    xing_at: int | None = None


def stated_length(source: Source) -> StatedLength | None:
    """Read the length that an MP3 states; None if it states none, and only decoding would tell.

    Parameters
    ----------
    source : Source
        Taken to be an MP3; it is read once.
    """
    if _FOUND not in source.found:
        source.found[_FOUND] = _read_stated_length(source)
    stated: StatedLength | None = source.found[_FOUND]
    return stated


def _read_stated_length(source: Source) -> StatedLength | None:
    with Peeker(source) as peek:
        start = _behind_tags(peek, 0)
        if start >= source.size_bytes:
            return None
        frame = peek(start, 240)
    if len(frame) < 60 or frame[0] != 0xFF or frame[1] & 0xE6 != 0xE2:  # of Layer III
        return None
    is_mpeg1, is_mono = frame[1] & 0x18 == 0x18, frame[3] >> 6 == 3
    side_information = (17 if is_mono else 32) if is_mpeg1 else (9 if is_mono else 17)
    has_checksum = frame[1] & 1 == 0
    xing_at = None
    frames = length = delay = padding = 0
    for at in {4 + side_information, 4 + side_information + 2 * has_checksum}:
        if frame[at : at + 4] in (b"Xing", b"Info"):
            frames, length, delay, padding = _xing(frame[at:])
            xing_at = at
            break
    else:
        if frame[36:40] == b"VBRI":
            frames, length = int.from_bytes(frame[50:54], "big"), int.from_bytes(frame[46:50], "big")
    if not frames:
        return None
    end = start + length if length else None
    samples = 1152 if is_mpeg1 else 576
    return StatedLength(frames, end, samples, delay, padding, frame[2] >> 4 == 0, start, xing_at)


def _xing(header: bytes) -> tuple[int, int, int, int]:
    """(frames, bytes, delay, padding), each 0 where it is not stated."""
    flags = header[7]
    has_frames, has_bytes = flags & 1, flags & 2
    if not has_frames:
        return 0, 0, 0, 0
    frames = int.from_bytes(header[8:12], "big")
    length = int.from_bytes(header[12:16], "big") if has_bytes else 0
    # frames and bytes, 100 bytes of a table of contents, and a quality, as far as the flags announce them
    lame = 12 + 4 * bool(has_bytes) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    if len(header) < lame + 24 or not header[lame]:
        return frames, length, 0, 0
    both = int.from_bytes(header[lame + 21 : lame + 24], "big")
    return frames, length, both >> 12, both & 0xFFF


def _behind_tags(peek: Peeker, start: int) -> int:
    """Where the first frame may begin: ID3v2 tags may follow each other."""
    while True:
        head = peek(start, 10)
        if head[:3] != b"ID3" or len(head) < 10:
            return start
        size = head[6:10]
        start += 10 + ((size[0] & 127) << 21 | (size[1] & 127) << 14 | (size[2] & 127) << 7 | size[3] & 127)
        start += 10 if head[5] & 0x10 else 0  # a footer (ID3v2.4)


_FRAMES_IN_A_ROW = 3  # so that bytes of a tag are not taken for sound


def goes_on_after(source: Source, end_bytes: int) -> bool:
    """Whether more frames of Layer III follow at once: files that were put together state the first one's length.

    Parameters
    ----------
    source : Source
        Taken to be an MP3.
    end_bytes : int
        Where the sound ends as stated.
    """
    if end_bytes + 4 > source.size_bytes:
        return False  # no room for the header of a frame
    with Peeker(source) as peek:
        end_bytes = _behind_tags(peek, end_bytes)
        for _ in range(_FRAMES_IN_A_ROW):
            length = layer3_frame_bytes(peek(end_bytes, 4))
            if length is None:
                return False
            end_bytes += length
    return end_bytes <= source.size_bytes


def layer3_frame_bytes(header: bytes) -> int | None:
    """Length of a Layer III frame as its four header bytes state it; None for other layers and the free format.

    Examples
    --------
    >>> layer3_frame_bytes(bytes.fromhex("fffb9000"))  # MPEG-1, 128 kbit/s, 44.1 kHz
    417
    """
    exact = _exact_bytes(header)
    return None if exact is None else exact[0] // exact[1] + (header[2] >> 1 & 1)


def layer3_mean_bytes(header: bytes) -> float | None:
    """Length of such frames on average: the encoder pads some by a byte to keep to the bit rate.

    Examples
    --------
    >>> round(layer3_mean_bytes(bytes.fromhex("fffb9000")), 3)
    417.959
    """
    exact = _exact_bytes(header)
    return None if exact is None else exact[0] / exact[1]


def _exact_bytes(header: bytes) -> tuple[int, int] | None:
    """Length of a frame without its padding, as a fraction."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, bit_rate_index, rate_index = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or bit_rate_index in (0, 15) or rate_index == 3:
        return None
    is_mpeg1 = version == 3
    kilobits = (_KILOBITS_MPEG1 if is_mpeg1 else _KILOBITS_MPEG2)[bit_rate_index]
    rate = (44_100, 48_000, 32_000)[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    return (144_000 if is_mpeg1 else 72_000) * kilobits, rate
