"""libsndfile, through soundfile: PCM, FLAC, MP3, Ogg Vorbis and the classic containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.ogg_pages import OggPages, walk_pages
from audiokit.decode.scratch import ScratchPool
from audiokit.decode.soundfile_mp3 import checked_length, mp3_stream
from audiokit.decode.soundfile_open import believed_frames, opened
from audiokit.decode.soundfile_stream import NO_LENGTH, PageWatch, SoundFileStream
from audiokit.decode.vorbis_start import first_granule

if TYPE_CHECKING:
    from audiokit.decode.mp3_header import StatedLength
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
_OPUS_PREROLL_SECONDS = 0.5
_OPUS_RATE = 48_000  # of its granule positions, whatever rate libsndfile gives
_LONGEST_VORBIS_BLOCK = 8192


class SoundFileBackend:
    """Decode with libsndfile, which releases the GIL."""

    name = "soundfile"

    def __init__(self) -> None:
        self._scratch = ScratchPool()

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
        _stated(source, sniffed)
        _check_ogg(source, sniffed)
        _check_track(track)
        with opened(source) as found:
            file = found.file
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

    def open(self, source: Source, sniffed: Sniffed, track: int) -> SoundFileStream:
        """Open the sound; see `audiokit.decode.backend.Backend`."""
        stated = _stated(source, sniffed)
        pages = _check_ogg(source, sniffed)
        _check_track(track)
        found = opened(source)
        try:
            if stated is not None:
                stream = mp3_stream(found.file, source, stated)
            elif pages is not None:
                stream = _ogg_stream(found.file, source, pages)
            else:
                stream = _plain_stream(found.file, source, sniffed.container)
        except BaseException:
            found.close()
            raise
        stream.held.append(found)
        stream.again = lambda: self.open(source, sniffed, track)
        stream.scratch = self._scratch
        return stream


def _check_track(track: int) -> None:
    if track:
        raise CannotDecode(f"it has one sound track, so there is no track {track}", no_audio_track=True)


def _stated(source: Source, sniffed: Sniffed) -> StatedLength | None:
    return checked_length(source) if sniffed.container == "mp3" else None


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


def _from_the_beginning(_: int) -> int:
    return 0


def _plain_stream(file: Any, source: Source, container: str) -> SoundFileStream:
    """PCM and FLAC seek to any sample; block codecs (ADPCM, ALAC) too, from the beginning of the block."""
    frames = believed_frames(file, source)
    # A codec that cannot seek (GSM 6.10, G.72x) is read from its beginning, and so is FLAC of unstated length.
    seeks = file.seekable() and int(file.frames) < NO_LENGTH
    # A FLAC's subtype is PCM too; libsndfile is not asked for it, because many a FLAC is short.
    codec = "pcm_flac" if container == "flac" else _CODECS.get(file.subtype, "")
    splits = seeks and frames is not None and codec.startswith("pcm_")
    return SoundFileStream(
        file,
        int if seeks else _from_the_beginning,
        frames=frames,
        splits=splits,
        is_float=codec in ("pcm_f32", "pcm_f64"),
    )


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

    believed = believed_frames(file, source)
    return SoundFileStream(
        file,
        seek_point,
        frames=believed,
        splits=codec == "vorbis" and seeks and believed is not None,
        watch=PageWatch(source, pages, granule_rate, origin),
    )


def _codec(file: Any, container: str) -> str:
    if container == "flac" or file.format == "FLAC":
        return "flac"
    name = _CODECS.get(file.subtype, str(file.subtype).lower())
    if name.startswith("pcm_") and name[-2:].isdigit() and container in ("wav", "w64"):
        name += "be" if file.endian == "BIG" else "le"
    return name
