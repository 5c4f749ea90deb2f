"""libsndfile, through soundfile: PCM, FLAC, MP3, Ogg Vorbis and the classic containers."""

from __future__ import annotations

import io
import os
import sys
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.mp3_header import StatedLength, goes_on_after, stated_length
from audiokit.decode.mp3_tail import mp3_excerpt
from audiokit.decode.ogg_pages import OggPages, walk_pages
from audiokit.decode.soundfile_stream import NO_LENGTH, PageWatch, SoundFileStream
from audiokit.decode.source import StrictReader
from audiokit.decode.vorbis_start import first_granule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["SoundFileBackend"]

# libsndfile's sub-format names in the field's codec names; those of PCM get their byte order below
_CODECS = {
    "PCM_S8": "pcm_s8",
    "PCM_U8": "pcm_u8",
    "PCM_16": "pcm_s16",
    "PCM_24": "pcm_s24",
    "PCM_32": "pcm_s32",
    "FLOAT": "pcm_f32",
    "DOUBLE": "pcm_f64",
    "ULAW": "pcm_mulaw",
    "ALAW": "pcm_alaw",
    "MPEG_LAYER_III": "mp3",
    "MPEG_LAYER_II": "mp2",
    "MPEG_LAYER_I": "mp1",
    "VORBIS": "vorbis",
    "OPUS": "opus",
}
# A header of a few bytes can claim days. The densest honest sound here is 64 samples a byte (Vorbis in silence is
# near it, FLAC beyond it); what claims more is not believed.
_BELIEVABLE_SAMPLES_A_BYTE = 64
_OPUS_PREROLL_SECONDS = 0.5
_OPUS_RATE = 48_000  # of its granule positions, whatever rate libsndfile gives
_LONGEST_VORBIS_BLOCK = 8192

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

# When opening fails, the reason lies in a variable of the whole library until the next call of any thread clears it:
# sf_error(NULL). Without this lock a failure in one thread may look like success, or like another one, in the next.
# Once open, each file keeps its errors to itself, and reading needs no lock.
_OPENING = threading.Lock()


class SoundFileBackend:
    """Decode with libsndfile, which releases the GIL."""

    name = "soundfile"

    @property
    def version(self) -> str:
        """Of libsndfile, for example ``"1.2.2"``."""
        try:
            import soundfile
        except (ImportError, OSError):
            return "not installed"
        return str(soundfile.__libsndfile_version__)

    def info(self, source: Source, sniffed: Sniffed, track: int) -> AudioInfo:
        """Read the header."""
        _check_mp3(source, sniffed)
        _check_ogg(source, sniffed)
        _check_track(track)
        with _opened(source) as file:
            frames = int(file.frames)
            known = 0 <= frames < NO_LENGTH
            duration = frames / file.samplerate if known else None
            codec = _codec(file, sniffed.container)
            return AudioInfo(
                name=source.name,
                container=sniffed.container or str(file.format).lower(),
                codec=codec,
                sample_rate=int(file.samplerate),
                channels=int(file.channels),
                frames=frames if known else None,
                duration_seconds=duration,
                bit_rate_bps=round(source.size_bytes * 8 / duration) if duration else None,
                size_bytes=source.size_bytes,
                tracks=1,
                has_video=False,
                backend=self.name,
            )

    @contextmanager
    def open(self, source: Source, sniffed: Sniffed, track: int) -> Iterator[SoundFileStream]:
        """Open the sound; see `audiokit.decode.backend.Backend`."""
        stated = _check_mp3(source, sniffed)
        pages = _check_ogg(source, sniffed)
        _check_track(track)
        with ExitStack() as stack:
            file = stack.enter_context(_opened(source))
            if stated is not None:
                yield _mp3_stream(file, source, stated, stack)
            elif pages is not None:
                yield _ogg_stream(file, source, pages)
            else:
                yield _plain_stream(file, source)


def _check_track(track: int) -> None:
    if track:
        raise CannotDecode(f"it has one sound track, so there is no track {track}", no_audio_track=True)


def _check_mp3(source: Source, sniffed: Sniffed) -> StatedLength | None:
    """Leave an MP3 that does not state its length, or not the true one, to a decoder that counts.

    libsndfile guesses the length from the first frame's bit rate and reads no further, which loses most of a variable
    bit rate; and its libmpg123 comments on such files on standard error.
    """
    if sniffed.container != "mp3":
        return None
    stated = stated_length(source)
    if stated is None or (stated.end_bytes is not None and stated.end_bytes > source.size_bytes):
        raise CannotDecode("it has no header that states the true length")
    if stated.end_bytes is not None and goes_on_after(source, stated.end_bytes):
        raise CannotDecode("it goes on after the end that its header states")
    return stated


def _check_ogg(source: Source, sniffed: Sniffed) -> OggPages | None:
    """Leave several logical streams, side by side or one after the other, to FFmpeg: libsndfile knows the first only.

    Of a second one behind the first it reads the granule positions, and takes them for a length.
    """
    if sniffed.container != "ogg":
        return None
    pages = walk_pages(source)
    if pages.logical_streams > 1:
        raise CannotDecode("there are several logical streams in it")
    return pages


def _believed(file: Any, source: Source) -> int | None:
    frames = int(file.frames)
    most = _BELIEVABLE_SAMPLES_A_BYTE * source.size_bytes / max(int(file.channels), 1)
    return frames if 0 <= frames <= most else None


def _from_the_beginning(_: int) -> int:
    return 0


def _plain_stream(file: Any, source: Source) -> SoundFileStream:
    """PCM and FLAC seek to any sample; block codecs (ADPCM, ALAC) too, from the beginning of the block."""
    frames = _believed(file, source)
    # A codec that cannot seek (GSM 6.10, G.72x) is read from its beginning, and so is FLAC of unstated length.
    seeks = file.seekable() and int(file.frames) < NO_LENGTH
    is_uncompressed = _CODECS.get(file.subtype, "").startswith("pcm_")  # a FLAC's subtype is PCM too
    splits = seeks and frames is not None and is_uncompressed
    return SoundFileStream(file, int if seeks else _from_the_beginning, frames=frames, splits=splits)


def _mp3_stream(file: Any, source: Source, stated: StatedLength, stack: ExitStack) -> SoundFileStream:
    """Seek in MPEG-1; decode MPEG-2 and 2.5 (24 kHz and below) from the beginning.

    There libmpg123 gets the first frame after a seek wrong if its bit reservoir is not there yet: it takes leftover
    bits of the header for a length, complains about it on standard error, and leaves out a turn of its filter.
    A seek in MPEG-1 goes through the headers of all frames before, at a microsecond or two each; far into the file,
    an excerpt is decoded instead.
    """
    samples = stated.samples_a_frame
    delay = _mp3_delay(file, stated)
    believed = _believed(file, source)
    exact = delay is not None and samples == 1152 and not stated.is_free_format and bool(file.seekable())
    if file.seekable():
        # Just opened, libmpg123 has its filter at another turn than after a seek to the beginning, in MPEG-2: sums
        # would differ in the last bit from what everybody else reads through libsndfile.
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
        handle = _in_memory_file(part.data)
        if handle is None:
            if len(part.data) > _MP3_LARGEST_BY_CALLS_BYTES:
                return None
            handle = io.BytesIO(part.data)
        try:
            opened = stack.enter_context(_opened_handle(handle, by_descriptor=not isinstance(handle, io.BytesIO)))
        except CannotDecode:
            return None
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
    )


def _mp3_delay(file: Any, stated: StatedLength) -> int | None:
    """How many samples libmpg123 cuts off at the beginning.

    What it cuts off at both ends shows in the length: where both are as stated, its frames can be told.
    """
    whole = stated.mpeg_frames * stated.samples_a_frame
    begin = stated.delay_samples + _MP3_DECODER_DELAY
    end = min(whole - stated.padding_samples + _MP3_DECODER_DELAY, whole)
    return {end - begin: begin, whole: 0}.get(int(file.frames))


def _in_memory_file(data: bytes) -> BinaryIO | None:
    """Put bytes where libsndfile can read them by a descriptor, without calling back for them; None if there is no way.

    Linux only.
    """
    if sys.platform != "linux":
        return None
    try:
        handle = os.fdopen(os.memfd_create("audiokit-mp3"), "w+b")
    except OSError:
        return None
    try:
        handle.write(data)
        handle.seek(0)
    except OSError:  # no memory for it
        handle.close()
        return None
    return handle


def _ogg_stream(file: Any, source: Source, pages: OggPages) -> SoundFileStream:
    rate = int(file.samplerate)
    codec = _codec(file, "ogg")
    granule_rate = _OPUS_RATE if codec == "opus" else rate
    # A recording cut from a broadcast begins with any granule position, and libsndfile counts from there.
    origin = first_granule(source, pages) if codec == "vorbis" else 0
    if origin is not None and origin < 0:
        raise CannotDecode("its first samples are to be dropped, and libsndfile drops as many at its end")
    seeks = bool(file.seekable()) and codec in ("vorbis", "opus") and origin is not None
    origin = origin or 0
    # libsndfile counts back from the end of a page, and where the last one ends is not stated.
    last_safe = (pages.start_of_last_page - origin) * rate // granule_rate
    # Two blocks: each overlaps the one before it.
    preroll = 2 * _LONGEST_VORBIS_BLOCK if codec == "vorbis" else int(_OPUS_PREROLL_SECONDS * rate)

    def seek_point(start: int) -> int:
        return min(start - preroll, last_safe) if seeks else 0

    believed = _believed(file, source)
    return SoundFileStream(
        file,
        seek_point,
        frames=believed,
        splits=codec == "vorbis" and seeks and believed is not None,
        watch=PageWatch(source, pages, granule_rate, origin),
    )


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    # A descriptor has no name: neither does its ending decide the format, nor its spelling whether it opens.
    # (Windows gives each C library descriptors of its own.) Bytes in memory go through callbacks.
    by_descriptor = source.path is not None and sys.platform != "win32"
    with _opened_handle(source.open(), by_descriptor=by_descriptor) as file:
        yield file


@contextmanager
def _opened_handle(handle: BinaryIO, *, by_descriptor: bool) -> Iterator[Any]:
    """Let libsndfile open a file, and close both; raise what had interrupted reading, if anything had."""
    # What reads for libsndfile remembers a failure, which looks like the end to it, and raises it when closed.
    reader = None if by_descriptor else StrictReader(handle)
    try:
        try:
            import soundfile
        except (ImportError, OSError) as error:  # OSError: no libsndfile on the machine
            raise CannotDecode(f"soundfile cannot be loaded ({error})") from error
        try:
            with _OPENING:
                file = soundfile.SoundFile(handle.fileno() if reader is None else reader, closefd=False)
        except (RuntimeError, OSError, TypeError) as error:
            raise CannotDecode(str(getattr(error, "error_string", error))) from error
        with file:
            yield file
    finally:
        (reader or handle).close()


def _codec(file: Any, container: str) -> str:
    if container == "flac" or file.format == "FLAC":
        return "flac"
    name = _CODECS.get(file.subtype, str(file.subtype).lower())
    if name.startswith("pcm_") and name[-2:].isdigit() and container in ("wav", "w64"):
        name += "be" if file.endian == "BIG" else "le"
    return name
