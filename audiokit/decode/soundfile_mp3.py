"""MP3 through libsndfile: where a seek must begin so that every sample comes out as in the whole, to the last bit."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audiokit.decode.backend import CannotDecode
from audiokit.decode.mp3_header import StatedLength, goes_on_after, stated_length
from audiokit.decode.mp3_tail import mp3_excerpt
from audiokit.decode.soundfile_open import Opened, believed_frames, in_memory_file
from audiokit.decode.soundfile_stream import SoundFileStream

if TYPE_CHECKING:
    from audiokit.decode.source import Source

__all__ = ["checked_length", "mp3_stream"]

# libmpg123, before it gives the first sample after a seek, needs the bit reservoir of Layer III: up to 511 bytes of
# earlier frames, which bring at least 58 each (48 kHz, 32 kbit/s, stereo, with a checksum), so nine frames; and two
# more for the overlap of the transform and the history of the synthesis filter.
_MP3_PREROLL_FRAMES = 12
# A call of the synthesis filter adds its 16 terms in an order that turns by one each time. A frame makes 36 calls:
# after four frames it is the same again, and only then are sums of float32 the same to the last bit.
_MP3_FRAMES_A_TURN = 4
_MP3_DECODER_DELAY = 529
# libmpg123 reads the headers of all frames before a seek, four bytes at a time. From here on, half a minute in, it is
# quicker to find the frame without it (`audiokit.decode.mp3_tail`).
_MP3_FAR_FRAMES = 1152
_MP3_LARGEST_EXCERPT_BYTES = 64 << 20  # it is held in memory
_MP3_LARGEST_BY_CALLS_BYTES = 1 << 20  # beyond, being called for every few bytes costs more than it saves


def checked_length(source: Source) -> StatedLength:
    """Leave an MP3 that does not state its length, or not the true one, to a decoder that counts.

    libsndfile guesses the length from the first frame's bit rate and reads no further, which loses most of a variable
    bit rate; and its libmpg123 comments on such files on standard error.
    """
    stated = stated_length(source)
    if stated is None or (stated.end_bytes is not None and stated.end_bytes > source.size_bytes):
        raise CannotDecode("it has no header that states the true length")
    if stated.end_bytes is not None and goes_on_after(source, stated.end_bytes):
        raise CannotDecode("it goes on after the end that its header states")
    return stated


def mp3_stream(file: Any, source: Source, stated: StatedLength) -> SoundFileStream:
    """Seek in MPEG-1; decode MPEG-2 and 2.5 (24 kHz and below) from the beginning.

    There libmpg123 gets the first frame after a seek wrong if its bit reservoir is not there yet: it takes leftover
    bits of the header for a length, complains about it on standard error, and leaves out a turn of its filter.
    A seek in MPEG-1 goes through the headers of all frames before, at a microsecond or two each; far into the file,
    an excerpt is decoded instead.
    """
    samples = stated.samples_a_frame
    delay = _mp3_delay(file, stated)
    believed = believed_frames(file, source)
    held: list[Opened | SoundFileStream] = []
    exact = delay is not None and samples == 1152 and not stated.is_free_format and bool(file.seekable())
    if file.seekable() and not (exact and delay is not None and delay < samples):
        # Just opened, libmpg123 decodes and cuts off all that comes before the first sample; after a seek to the
        # beginning, it leaves out whole frames of it, and its filter is at another turn: sums would differ in the last
        # bit from what everybody else reads through libsndfile. In MPEG-1 mostly no frame is cut off whole, and the
        # seek, which costs a short file a fortieth, changes nothing.
        file.seek(0)

    def first_needed(start: int) -> int:
        frame = (start + (delay or 0)) // samples - _MP3_PREROLL_FRAMES
        return frame // _MP3_FRAMES_A_TURN * _MP3_FRAMES_A_TURN

    def seek_point(start: int) -> int:
        return first_needed(start) * samples - (delay or 0) if exact else 0

    def excerpt(start: int, stop: int) -> tuple[Any, int] | None:
        # Begin a little earlier: a seek, even to the second frame, sets the turn of the filter; opening does not.
        first = first_needed(start) - _MP3_FRAMES_A_TURN
        if first < _MP3_FAR_FRAMES:
            return None
        last = (stop + (delay or 0)) // samples + 2  # the synthesis filter's delay may reach into one more
        part = mp3_excerpt(source, stated, first, last, _MP3_LARGEST_EXCERPT_BYTES)
        if part is None:
            return None
        handle = in_memory_file(part.data)
        if handle is None:
            if len(part.data) > _MP3_LARGEST_BY_CALLS_BYTES:
                return None
            handle = io.BytesIO(part.data)
        try:
            found = Opened(handle, by_descriptor=not isinstance(handle, io.BytesIO))
        except CannotDecode:
            return None
        held.append(found)
        opened = found.file
        origin = part.first_frame * samples
        # It is trimmed as the whole is, or else its samples are not the whole's.
        same = _mp3_delay(opened, replace(stated, mpeg_frames=part.mpeg_frames)) == delay
        fits = same and opened.channels == file.channels and opened.samplerate == file.samplerate
        return (opened, origin) if fits and origin + opened.frames >= stop else None

    return SoundFileStream(
        file,
        seek_point,
        frames=believed,
        splits=exact and believed is not None,
        excerpt=excerpt if exact and believed is not None else None,
        held=held,
    )


def _mp3_delay(file: Any, stated: StatedLength) -> int | None:
    """How many samples libmpg123 cuts off at the beginning.

    What it cuts off at both ends shows in the length: where both are as stated, its frames can be told.
    """
    whole = stated.mpeg_frames * stated.samples_a_frame
    begin = stated.delay_samples + _MP3_DECODER_DELAY
    end = min(whole - stated.padding_samples + _MP3_DECODER_DELAY, whole)
    return {end - begin: begin, whole: 0}.get(int(file.frames))
