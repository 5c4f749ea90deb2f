"""libsndfile, through soundfile: PCM, FLAC, MP3, Ogg Vorbis and the classic containers."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.backend import AudioInfo, CannotDecode, Decoded, not_finite_warning
from audiokit.decode.mp3_header import stated_length
from audiokit.decode.ogg_pages import start_of_last_page
from audiokit.decode.source import StrictReader

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
# Before a seek target, so that the decoder's overlap and bit reservoir are filled (0.25 s made MP3 bit-exact)
_BLOCK_FRAMES = 65_536
_PREROLL_SECONDS = {"mp3": 0.5, "ogg": 0.5}
# A header of a few bytes can claim days. The densest honest sound here is 64 samples a byte (Vorbis in silence is
# near it, FLAC beyond it); what claims more is taken block by block, so that memory grows with what really comes.
_BELIEVABLE_SAMPLES_A_BYTE = 64
_NO_LENGTH = 2**62  # libsndfile's SF_COUNT_MAX and its like: the header states none


class SoundFileBackend:
    """Decode with libsndfile, which releases the GIL."""

    name = "soundfile"

    def info(self, source: Source, sniffed: Sniffed) -> AudioInfo:
        """Read the header."""
        _check_mp3(source, sniffed)
        with _opened(source) as file:
            frames = int(file.frames)
            known = 0 <= frames < _NO_LENGTH
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

    def read(self, source: Source, sniffed: Sniffed, offset_seconds: float, duration_seconds: float | None) -> Decoded:
        """Seek with preroll where the codec has memory, then read once."""
        _check_mp3(source, sniffed)
        with _opened(source) as file:
            rate = int(file.samplerate)
            start = int(offset_seconds * rate)
            wanted = -1 if duration_seconds is None else int(duration_seconds * rate)
            if start and start >= file.frames:
                return Decoded(np.zeros((int(file.channels), 0), np.float32), rate)
            # A codec that cannot seek (GSM 6.10, G.72x) is read from its beginning.
            lead = int(_PREROLL_SECONDS.get(sniffed.container, 0.0) * rate) if file.seekable() else start
            preroll = min(start, lead)
            if start > preroll and sniffed.codec == "vorbis":
                # libsndfile counts back from the end of a page, and where the last one ends is not stated
                preroll = max(preroll, start - start_of_last_page(source))
            try:
                if start > preroll:
                    landed = file.seek(start - preroll)
                    if landed != start - preroll or file.tell() != landed:
                        raise CannotDecode("a seek in it does not land where it should")
                believable = _BELIEVABLE_SAMPLES_A_BYTE * source.size_bytes / max(int(file.channels), 1)
                promised = int(file.frames) - (start - preroll)
                count = promised if wanted < 0 else min(promised, wanted + preroll)
                samples = _read_frames(file, count, in_blocks=not file.seekable() or count > believable)
            except (RuntimeError, OSError, ValueError) as error:  # soundfile.LibsndfileError is a RuntimeError
                raise CannotDecode(str(error)) from error
            warnings = _short_of_header(file, start, wanted, len(samples) - preroll)
            if file.subtype in ("FLOAT", "DOUBLE"):
                warnings += not_finite_warning(samples[preroll:])
            return Decoded(np.ascontiguousarray(samples[preroll:].T), rate, warnings)


def _check_mp3(source: Source, sniffed: Sniffed) -> None:
    """Leave an MP3 that does not state its length, or not the true one, to a decoder that counts.

    libsndfile guesses the length from the first frame's bit rate and reads no further, which loses most of a variable
    bit rate; and its libmpg123 comments on such files on standard error.
    """
    if sniffed.container != "mp3":
        return
    stated = stated_length(source)
    if stated is None or (stated.end_bytes is not None and stated.end_bytes > source.size_bytes):
        raise CannotDecode("it has no header that states the true length")


def _read_frames(file: Any, count: int, *, in_blocks: bool) -> Any:
    if not in_blocks:
        return file.read(count, dtype="float32", always_2d=True)
    blocks = []
    while count > 0:
        block = file.read(min(count, _BLOCK_FRAMES), dtype="float32", always_2d=True)
        if not len(block):
            break
        blocks.append(block)
        count -= len(block)
    return np.concatenate(blocks) if blocks else np.zeros((0, file.channels), np.float32)


def _short_of_header(file: Any, start: int, wanted: int, got: int) -> tuple[str, ...]:
    """Tell when fewer frames came than the header promised (FLAC, and MP3 with a Xing header)."""
    promised = int(file.frames) - start
    if wanted >= 0:
        promised = min(promised, wanted)
    missing = promised - got
    # libsndfile's count is exact where the header states one (a healthy file gives it to the sample).
    if file.frames >= _NO_LENGTH or missing <= 0:
        return ()
    rate = file.samplerate
    return (
        f"The file is truncated or damaged: {missing / rate:.3f} s of the {promised / rate:.2f} s that its header "
        f"promises are missing.",
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
