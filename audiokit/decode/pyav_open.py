"""Opening a file with FFmpeg so that it reads this file and nothing else, and what its container says of the sound."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.mp3_header import stated_length
from audiokit.decode.readers import StrictReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = [
    "describe",
    "is_ogg",
    "opened",
    "opus_pre_skip",
    "reason",
    "sound_stream",
    "stated_frames",
    "stated_seconds",
    "track_frames",
]

# FFmpeg's names of a demuxer in the names of `sniff`
_CONTAINERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "mp4",
    "matroska,webm": "matroska",
    "aac": "adts",
    "asf": "asf",
}
# Formats whose header states how long the sound is; the others' durations are FFmpeg's estimates
_STATES_ITS_LENGTH = {"flac", "mp4", "wav", "aiff", "caf", "w64", "tta", "wv", "ape"}
# Bare frames one after the other: FFmpeg's duration is a guess from the first ones' bit rate
_ESTIMATES_ITS_LENGTH = {"mp3", "aac", "ac3", "eac3", "dts", "truehd"}
# The densest honest sound is digital silence in FLAC, 65,535 samples in a frame of a dozen bytes. A header that claims
# more than this is not believed.
_MOST_SAMPLES_A_BYTE = 8192


@contextmanager
def opened(source: Source) -> Iterator[Any]:
    """Open a source as a PyAV container; `CannotDecode` says what FFmpeg said."""
    try:
        import av
        import av.logging
    except (ImportError, OSError) as error:
        raise CannotDecode(f"PyAV cannot be loaded ({error})") from error
    # A handle without a name: any path works, the name's ending has no say, and nothing inside the file can make
    # FFmpeg open another protocol or file (playlists, data references), for which there are two locks. Reading through
    # Python costs nothing that could be measured: FFmpeg asks for 32 KiB at a time.
    # No shorter probing: only WAV opens faster with it (1 ms for 24), because FFmpeg looks for DTS inside PCM there,
    # and finding it is an answer that may not change.
    handle = StrictReader(source.open())
    try:
        try:
            container = av.open(
                handle, metadata_errors="replace", options={"protocol_whitelist": ""}, io_open=_refuse_to_open
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise CannotDecode(reason(error)) from error
        with container:
            yield container
    finally:
        handle.close()


def _refuse_to_open(_url: str, _flags: int, _options: dict[str, str]) -> Any:
    raise PermissionError(1, "it names another file, and only the one given is read")


def reason(error: Exception) -> str:
    """What FFmpeg said, in its words."""
    return str(getattr(error, "strerror", None) or error)


def sound_stream(container: Any, track: int) -> Any:
    """Return a sound track, counted from 0, that FFmpeg can decode."""
    streams = container.streams.audio
    if not streams:
        kinds = sorted({s.type for s in container.streams})
        raise CannotDecode(f"its tracks are: {', '.join(kinds) or 'none'}", no_audio_track=bool(kinds))
    if not 0 <= track < len(streams):
        have = "one sound track" if len(streams) == 1 else f"{len(streams)} sound tracks"
        raise CannotDecode(f"it has {have}, counted from 0, and no track {track}", no_audio_track=True)
    stream = streams[track]
    if stream.codec_context is None:
        raise CannotDecode("FFmpeg has no decoder for its sound")
    if not stream.codec_context.sample_rate or not stream.codec_context.channels:
        raise CannotDecode("its header states no sample rate or no channels")
    return stream


def describe(source: Source, sniffed: Sniffed, container: Any, stream: Any, backend: str) -> AudioInfo:
    """What the container states about a sound track."""
    context = stream.codec_context
    duration = _duration_seconds(container, stream)
    if container.format.name in _ESTIMATES_ITS_LENGTH and not (
        container.format.name == "mp3" and stated_length(source)
    ):
        duration = _counted_seconds(container, stream)
    has_video = any(s.type == "video" and not _is_cover_art(s) for s in container.streams)
    tracks = len(container.streams.audio)
    bit_rate = context.bit_rate or (None if has_video or tracks > 1 else container.bit_rate)
    if not bit_rate and duration and not has_video and tracks == 1:
        bit_rate = round(source.size_bytes * 8 / duration)
    rate = int(context.sample_rate)
    return AudioInfo(
        name=source.name,
        container=_container_name(container, sniffed),
        codec=str(context.codec.canonical_name),
        sample_rate=rate,
        channels=int(context.channels),
        frames=stated_frames(source, container, stream, rate),
        duration_seconds=duration,
        bit_rate_bps=int(bit_rate) if bit_rate else None,
        size_bytes=source.size_bytes,
        tracks=tracks,
        has_video=has_video,
        backend=backend,
    )


def is_ogg(container: Any) -> bool:
    """Whether the container is Ogg."""
    return bool(container.format.name == "ogg")


def track_frames(source: Source, container: Any, stream: Any, sample_rate: int) -> int | None:
    """Frames of the track where the container states them exactly; None where only decoding tells.

    ISO media state them in the track's edit list and duration (the encoder's tail is cut there), FLAC in STREAMINFO.
    Elsewhere FFmpeg's durations count priming or are rounded.
    """
    if stream.duration is None or stream.duration <= 0 or not stream.time_base:
        return None
    if "mp4" not in container.format.name and container.format.name != "flac":
        return None
    exact = stream.duration * stream.time_base * sample_rate
    believable = exact <= _MOST_SAMPLES_A_BYTE * source.size_bytes
    return int(exact) if exact.denominator == 1 and believable else None


def stated_frames(source: Source, container: Any, stream: Any, sample_rate: int) -> int | None:
    """Frames of the track, where a healthy file holds neither more nor fewer: FLAC.

    An MP4's statement is where its sound is cut at the latest; many a file ends some samples before.
    """
    return track_frames(source, container, stream, sample_rate) if container.format.name == "flac" else None


def stated_seconds(container: Any, stream: Any) -> float | None:
    """How long the sound is by a header that states it, not by FFmpeg's estimate."""
    if stream.duration is None or not set(container.format.name.split(",")) & _STATES_ITS_LENGTH:
        return None
    return float(stream.duration * stream.time_base)


def _is_cover_art(stream: Any) -> bool:
    import av.stream

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _container_name(container: Any, sniffed: Sniffed) -> str:
    name = str(container.format.name)
    return _CONTAINERS.get(name, sniffed.container or name.partition(",")[0])


def _duration_seconds(container: Any, stream: Any) -> float | None:
    if stream.duration is not None:
        seconds = float(stream.duration * stream.time_base)
        # Ogg's clock counts the samples that an Opus decoder throws away first (RFC 7845, pre-skip)
        is_ogg_opus = is_ogg(container) and stream.codec_context.codec.canonical_name == "opus"
        return seconds - opus_pre_skip(stream) / 48_000 if is_ogg_opus else seconds
    return container.duration / 1e6 if container.duration else None


def _counted_seconds(container: Any, stream: Any) -> float | None:
    """Add up the frames as they are packed, without decoding them."""
    import av

    ticks = 0
    try:
        ticks = sum(packet.duration or 0 for packet in container.demux(stream))
    except (av.FFmpegError, ValueError, OSError):  # it breaks off; reading it will say so
        return None
    return float(ticks * stream.time_base) if ticks else None


def opus_pre_skip(stream: Any) -> int:
    """Samples at 48 kHz before the first that is meant to be heard (RFC 7845); 0 for other codecs."""
    header = stream.codec_context.extradata or b""
    return int.from_bytes(header[10:12], "little") if header[:8] == b"OpusHead" else 0
