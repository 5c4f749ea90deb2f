"""A part of an MP3 as an MP3 of its own, found without a decoder: for spans far from the beginning.

Frames of Layer III carry no number, and a decoder that seeks reads the header of every frame before. Here the headers
are followed in memory, which is an order of magnitude quicker; and where the bit rate is constant only those behind the
span, since the total is stated: how many lead to the very end tells the number of the first.

The part gets the file's own Xing header, with its own counts of frames and bytes in it. So a decoder trims the part as
it trims the whole, and sample 0 of the part is sample ``first_frame * 1152`` of the track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.decode.backend import CannotDecode
from audiokit.decode.mp3_header import layer3_frame_bytes, layer3_mean_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from audiokit.decode.mp3_header import StatedLength
    from audiokit.decode.source import Source

__all__ = ["Excerpt", "mp3_excerpt"]

_LONGEST_FRAME_BYTES = 1441  # 320 kbit/s at 32 kHz, padded
# What a decoder cuts off at the end of the whole it cuts off at the end of a part too: up to 4095 samples of padding.
_MARGIN_FRAMES = 8
_MOST_CHAINS = 8  # candidates for the first frame of a tail: a hostile file could offer one in every byte
_PIECE_BYTES = 1 << 20  # of a file that is read through: stays in the processor's cache
_NO_FRAME = 1 << 40  # a length that leads nowhere


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Frames of an MP3.

    Parameters
    ----------
    data : bytes
        An MP3: the Xing header, and the frames.
    first_frame : int
        Which frame of sound of the whole file is its first.
    mpeg_frames : int
        How many are in it.
    """

    data: bytes
    first_frame: int
    mpeg_frames: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the frames of a file look, and where they begin and end in it.

    Parameters
    ----------
    start, end : int
        Of the frames of sound, in bytes.
    second : int
        Second byte of each header, with the bit set that says that there is no checksum.
    is_mono : bool
        Whether that is their mode.
    lengths : sequence of int
        Bytes of a frame, by the third byte of its header.
    constant : sequence of int
        The same, of frames with the first one's bit rate alone.
    mean : float or None
        Bytes of a frame on average where all should have that bit rate; None where they need not.
    """

    start: int
    end: int
    second: int
    is_mono: bool
    lengths: Sequence[int]
    constant: Sequence[int]
    mean: float | None


def mp3_excerpt(
    source: Source, stated: StatedLength, first_frame: int, stop_frame: int, most_bytes: int
) -> Excerpt | None:
    """Cut the frames [first_frame, stop_frame), and some more at the end, out of an MP3.

    Parameters
    ----------
    source : Source
        An MP3 (MPEG-1, Layer III) with a Xing header.
    stated : StatedLength
        What that header states.
    first_frame, stop_frame : int
        Counted from the first frame of sound, which follows the header; a stop beyond the end means the end.
    most_bytes : int
        A longer excerpt is not made.

    Returns
    -------
    Excerpt or None
        None where this does not fit to the byte: no stated end, the free format, frames that do not follow each other
        exactly, numbers that contradict each other; and where it is not worth it: a variable bit rate on a server, of
        which everything before the span would have to be fetched.

    Raises
    ------
    CannotDecode
        If the frames before the span are damaged: libmpg123 would not count what is missing, and take later sound for
        the span's.
    """
    if stated.xing_at is None or stated.end_bytes is None or not 0 <= first_frame < stated.mpeg_frames:
        return None
    stop_frame += _MARGIN_FRAMES
    if stop_frame + _MARGIN_FRAMES > stated.mpeg_frames:
        stop_frame = stated.mpeg_frames
    with source.open() as handle:
        handle.seek(stated.start_bytes)
        head = handle.read(2 * _LONGEST_FRAME_BYTES)
        size = layer3_frame_bytes(head[:4])
        layout = None if size is None else _layout(head, size, stated)
        if size is None or layout is None:
            return None
        sound = None
        if 2 * first_frame >= stated.mpeg_frames:
            sound = _from_the_end(handle, layout, stated.mpeg_frames, first_frame, stop_frame, most_bytes)
        if sound is None and source.remote is None:
            sound = _from_the_beginning(handle, layout, stated.mpeg_frames, first_frame, stop_frame, most_bytes)
    if sound is None:
        return None
    count = stop_frame - first_frame
    header = bytearray(head[:size])
    fields = stated.xing_at + 8  # frames and bytes; both are there, or there would be no stated end
    header[fields : fields + 8] = count.to_bytes(4, "big") + (size + len(sound)).to_bytes(4, "big")
    return Excerpt(bytes(header) + sound, first_frame, count)


def _layout(head: bytes, size: int, stated: StatedLength) -> _Layout | None:
    start, end, at = stated.start_bytes + size, stated.end_bytes or 0, stated.xing_at or 0
    first = head[size : size + 4]
    # Two frames of a kind: the header's own, which holds no sound, and the first one that does.
    if layer3_frame_bytes(first) is None or first[1] | 1 != head[1] | 1 or (first[2] ^ head[2]) & 0x0C:
        return None
    if first[1] & 0x18 != 0x18 or (is_mono := first[3] >> 6 == 3) != (head[3] >> 6 == 3):
        return None
    is_constant = head[at : at + 4] == b"Info"
    known = [layer3_frame_bytes(bytes((0xFF, first[1], third, 0))) or _NO_FRAME for third in range(256)]
    lengths = [_NO_FRAME if (third ^ first[2]) & 0x0C else length for third, length in enumerate(known)]
    constant = [_NO_FRAME if (third ^ first[2]) & 0xFC else length for third, length in enumerate(known)]
    # The bit rate tells, not the stated number of frames, which this is to check.
    mean = layer3_mean_bytes(first) if is_constant else None
    return _Layout(start, end, first[1] | 1, is_mono, lengths, constant, mean)


def _follow(data: bytes, at: int, second: int, lengths: Sequence[int], most: int) -> tuple[list[int], int]:
    """Follow at most so many frames; return where they begin, and where the last one ends, be it behind `data`."""
    last = len(data) - 3
    starts: list[int] = []
    note = starts.append
    while at < last and data[at] == 0xFF and data[at + 1] | 1 == second:
        note(at)
        at += lengths[data[at + 2]]
        if len(starts) == most:
            break
    return starts, at


def _checked(data: bytes, starts: list[int], end: int, is_mono: bool) -> bytes | None:
    """Cut the frames out; None if one of them has another number of channels."""
    if not starts or any((data[at + 3] >> 6 == 3) != is_mono for at in starts):
        return None
    return data[starts[0] : end]


def _from_the_end(
    handle: BinaryIO, layout: _Layout, total: int, first_frame: int, stop_frame: int, most_bytes: int
) -> bytes | None:
    """Find the frames by the number of those behind them, at a constant bit rate.

    Then the position tells the number too, to less than a frame, and must agree.
    """
    if layout.mean is None:
        return None
    begin = max(layout.start, layout.start + int((first_frame - 2) * layout.mean) - _LONGEST_FRAME_BYTES)
    if layout.end - begin > most_bytes:
        return None
    handle.seek(begin)
    data = handle.read(layout.end - begin)
    starts = _chain_to_the_end(data, layout, total) if len(data) == layout.end - begin else None
    if starts is None:
        return None
    number = total - len(starts)
    # Bytes that look like a frame by chance, and lead to a true one, can only be the first: it must not be needed.
    if number >= first_frame or abs((begin + starts[0] - layout.start) / layout.mean - number) > 0.5:
        return None
    starts.append(len(data))
    taken, end = starts[first_frame - number : stop_frame - number], starts[stop_frame - number]
    return _checked(data, taken, end, layout.is_mono)


def _chain_to_the_end(data: bytes, layout: _Layout, most: int) -> list[int] | None:
    """Where the frames begin that lead to the end of `data` exactly; the first is near its beginning."""
    at = -1
    for _ in range(_MOST_CHAINS):
        at = data.find(0xFF, at + 1, 2 * _LONGEST_FRAME_BYTES)
        while at >= 0 and data[at + 1 : at + 2] not in (bytes((layout.second,)), bytes((layout.second - 1,))):
            at = data.find(0xFF, at + 1, 2 * _LONGEST_FRAME_BYTES)
        if at < 0:
            return None
        starts, end = _follow(data, at, layout.second, layout.constant, most)
        if end == len(data):
            return starts
    return None


def _from_the_beginning(
    handle: BinaryIO, layout: _Layout, total: int, first_frame: int, stop_frame: int, most_bytes: int
) -> bytes | None:
    """Find the frames by the number of those before them."""
    number, at = 0, layout.start
    while number < first_frame:
        data = _read(handle, at, layout)
        starts, end = _follow(data, 0, layout.second, layout.lengths, first_frame - number)
        number += len(starts)
        at += end
        if not starts or at >= layout.end:
            raise CannotDecode("its frames of sound do not follow each other")
    sound = bytearray()
    while number < stop_frame:
        data = _read(handle, at, layout)
        starts, end = _follow(data, 0, layout.second, layout.lengths, stop_frame - number)
        if starts and end > len(data):  # the last one is cut here: it is read again
            end = starts.pop()
        piece = _checked(data, starts, end, layout.is_mono)
        if piece is None or len(sound) + len(piece) > most_bytes:
            return None
        sound += piece
        number += len(starts)
        at += end
    return bytes(sound) if stop_frame < total or at == layout.end else None


def _read(handle: BinaryIO, at: int, layout: _Layout) -> bytes:
    handle.seek(at)
    return handle.read(min(_PIECE_BYTES, layout.end - at))
