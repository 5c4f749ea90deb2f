"""libsndfile, through soundfile: PCM, FLAC, MP3, Ogg Vorbis and the classic containers."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.mp3_header import StatedLength, goes_on_after, stated_length
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
        with _opened(source) as file:
            if stated is not None:
                yield _mp3_stream(file, source, stated)
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


def _mp3_stream(file: Any, source: Source, stated: StatedLength) -> SoundFileStream:
    """Seek in MPEG-1; decode MPEG-2 and 2.5 (24 kHz and below) from the beginning.

    There libmpg123 gets the first frame after a seek wrong if its bit reservoir is not there yet: it takes leftover
    bits of the header for a length, complains about it on standard error, and leaves out a turn of its filter.
    A seek in MPEG-1 goes through the headers of all frames before, at a microsecond or two each.
    """
    frames = int(file.frames)
    samples = stated.samples_a_frame
    whole = stated.mpeg_frames * samples
    # What libmpg123 cuts off at both ends shows in the length: where both are as stated, its frames can be told.
    begin = stated.delay_samples + _MP3_DECODER_DELAY
    end = min(whole - stated.padding_samples + _MP3_DECODER_DELAY, whole)
    delay = {end - begin: begin, whole: 0}.get(frames)
    believed = _believed(file, source)
    exact = delay is not None and samples == 1152 and not stated.is_free_format and bool(file.seekable())
    if file.seekable():
        # Just opened, libmpg123 has its filter at another turn than after a seek to the beginning, in MPEG-2: sums
        # would differ in the last bit from what everybody else reads through libsndfile.
        file.seek(0)

    def seek_point(start: int) -> int:
        if delay is None or not exact:
            return 0
        frame = (start + delay) // samples - _MP3_PREROLL_FRAMES
        return frame // _MP3_FRAMES_A_TURN * _MP3_FRAMES_A_TURN * samples - delay

    return SoundFileStream(file, seek_point, frames=believed, splits=exact and believed is not None)


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
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: no libsndfile on the machine
        raise CannotDecode(f"soundfile cannot be loaded ({error})") from error
    handle = source.open()
    # A descriptor has no name: neither does its ending decide the format, nor its spelling whether it opens.
    # (Windows gives each C library descriptors of its own.) Bytes in memory go through callbacks.
    by_descriptor = source.path is not None and sys.platform != "win32"
    target: Any = handle.fileno() if by_descriptor else StrictReader(handle)
    try:
        try:
            with _OPENING:
                file = soundfile.SoundFile(target, closefd=False)
        except (RuntimeError, OSError, TypeError) as error:
            raise CannotDecode(str(getattr(error, "error_string", error))) from error
        with file:
            yield file
    finally:
        handle.close()


def _codec(file: Any, container: str) -> str:
    if container == "flac" or file.format == "FLAC":
        return "flac"
    name = _CODECS.get(file.subtype, str(file.subtype).lower())
    if name.startswith("pcm_") and name[-2:].isdigit() and container in ("wav", "w64"):
        name += "be" if file.endian == "BIG" else "le"
    return name
