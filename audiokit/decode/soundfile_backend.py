"""libsndfile, through soundfile: PCM, FLAC, MP3, Ogg Vorbis and the classic containers."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.backend import AudioInfo, CannotDecode, Decoded

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


class SoundFileBackend:
    """Decode with libsndfile, which releases the GIL."""

    name = "soundfile"

    def info(self, source: Source, sniffed: Sniffed) -> AudioInfo:
        """Read the header."""
        with _opened(source) as file:
            frames = int(file.frames)
            known = 0 <= frames < 2**62 and not (sniffed.container == "mp3" and not _has_xing_header(source))
            duration = frames / file.samplerate if frames < 2**62 else None
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
        with _opened(source) as file:
            rate = int(file.samplerate)
            start = int(offset_seconds * rate)
            wanted = -1 if duration_seconds is None else int(duration_seconds * rate)
            if start and start >= file.frames:
                return Decoded(np.zeros((int(file.channels), 0), np.float32), rate)
            # A codec that cannot seek (GSM 6.10, G.72x) is read from its beginning.
            lead = int(_PREROLL_SECONDS.get(sniffed.container, 0.0) * rate) if file.seekable() else start
            preroll = min(start, lead)
            try:
                if start > preroll:
                    file.seek(start - preroll)
                samples = _read_frames(file, -1 if wanted < 0 else wanted + preroll)
            except (RuntimeError, OSError) as error:  # soundfile.LibsndfileError is a RuntimeError
                raise CannotDecode(str(error)) from error
            warnings = _short_of_header(file, start, wanted, len(samples) - preroll, sniffed.container)
            return Decoded(np.ascontiguousarray(samples[preroll:].T), rate, warnings)


def _read_frames(file: Any, count: int) -> Any:
    if file.seekable():
        return file.read(count, dtype="float32", always_2d=True)
    blocks = []
    while count:
        block = file.read(_BLOCK_FRAMES if count < 0 else min(count, _BLOCK_FRAMES), dtype="float32", always_2d=True)
        if not len(block):
            break
        blocks.append(block)
        count -= len(block) if count > 0 else 0
    return np.concatenate(blocks) if blocks else np.zeros((0, file.channels), np.float32)


def _short_of_header(file: Any, start: int, wanted: int, got: int, container: str) -> tuple[str, ...]:
    """Tell when fewer frames came than the header promised (FLAC, and MP3 with a Xing header)."""
    promised = int(file.frames) - start
    if wanted >= 0:
        promised = min(promised, wanted)
    missing = promised - got
    # An MP3 without a Xing header only estimates its length; a frame or two of difference is no damage anywhere.
    if missing <= 0.05 * file.samplerate or (container == "mp3" and missing < 0.02 * promised):
        return ()
    rate = file.samplerate
    return (
        f"The file is truncated or damaged: {missing / rate:.2f} s of the {promised / rate:.2f} s that its header "
        f"promises are missing.",
    )


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: no libsndfile on the machine
        raise CannotDecode(f"soundfile cannot be loaded ({error})") from error
    if source.path is None:
        target: Any = io.BytesIO(source.data or b"")
    else:
        # As bytes, so that names which are not valid UTF-8 open too.
        target = source.path if sys.platform == "win32" else os.fsencode(source.path)
    try:
        file = soundfile.SoundFile(target)
    except (RuntimeError, OSError, TypeError) as error:  # TypeError: headerless RAW wants a format
        raise CannotDecode(str(getattr(error, "error_string", error))) from error
    with file:
        yield file


def _codec(file: Any, container: str) -> str:
    if container == "flac" or file.format == "FLAC":
        return "flac"
    name = _CODECS.get(file.subtype, str(file.subtype).lower())
    if name.startswith("pcm_") and name[-2:].isdigit() and container in ("wav", "w64"):
        name += "be" if file.endian == "BIG" else "le"
    return name


def _has_xing_header(source: Source) -> bool:
    """Whether a Xing, Info or VBRI header in the first frame states the number of frames."""
    with source.open() as handle:
        start = 0
        if source.head[:3] == b"ID3" and len(source.head) >= 10:
            size = source.head[6:10]
            start = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
        handle.seek(start)
        first_frame = handle.read(2048)
    return any(mark in first_frame for mark in (b"Xing", b"Info", b"VBRI"))
