"""FFmpeg, through PyAV (which carries its own): video, AAC, Opus, Matroska and every other format.

Packets are decoded one by one, so that damage loses only the packets that it touches.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import mean_of_channels
from audiokit.decode.backend import AudioInfo, CannotDecode, Decoded, not_finite_warning
from audiokit.decode.frames import to_float
from audiokit.decode.mp3_header import layer3_frame_bytes, stated_length
from audiokit.decode.source import StrictReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["PyAVBackend"]

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


class PyAVBackend:
    """Decode with FFmpeg, sample-exact from the beginning of the file."""

    name = "pyav"

    def info(self, source: Source, sniffed: Sniffed) -> AudioInfo:
        """Probe the container."""
        with _opened(source) as container:
            stream = _sound_stream(container)
            context = stream.codec_context
            duration = _duration_seconds(container, stream)
            if container.format.name in _ESTIMATES_ITS_LENGTH and not (
                container.format.name == "mp3" and stated_length(source)
            ):
                duration = _counted_seconds(container, stream)
            has_video = any(s.type == "video" and not _is_cover_art(s) for s in container.streams)
            bit_rate = context.bit_rate or (None if has_video else container.bit_rate)
            if not bit_rate and duration and not has_video:
                bit_rate = round(source.size_bytes * 8 / duration)
            return AudioInfo(
                name=source.name,
                container=_container_name(container, sniffed),
                codec=str(context.codec.canonical_name),
                sample_rate=int(context.sample_rate),
                channels=int(context.channels),
                frames=None,  # FFmpeg's durations count priming or are rounded: only decoding tells
                duration_seconds=duration,
                bit_rate_bps=int(bit_rate) if bit_rate else None,
                size_bytes=source.size_bytes,
                tracks=len(container.streams.audio),
                has_video=has_video,
                backend=self.name,
            )

    def read(
        self,
        source: Source,
        sniffed: Sniffed,  # noqa: ARG002 - FFmpeg probes by itself
        offset_seconds: float,
        duration_seconds: float | None,
    ) -> Decoded:
        """Decode from the start and count, which is exact in every container."""
        with _opened(source) as container:
            stream = _sound_stream(container)
            rate = int(stream.codec_context.sample_rate)
            start = int(offset_seconds * rate)
            stop = None if duration_seconds is None else start + int(duration_seconds * rate)
            end_of_track = _track_frames(container, stream, rate)
            if end_of_track is not None:
                stop = end_of_track if stop is None else min(stop, end_of_track)
            collected = _Collector(rate, int(stream.codec_context.channels))
            damage = _decode(container, stream, collected, stop)
            if not collected.frames and stop != 0:
                raise CannotDecode(damage.first_error or "no audio frame could be decoded")
            samples = collected.samples()[:, start:stop]
            warnings = (*_missing(container, stream, collected, stop), *damage.warnings(), *collected.warnings())
            if str(stream.codec_context.name).startswith("pcm_f"):
                warnings += not_finite_warning(samples)
            return Decoded(np.ascontiguousarray(samples), rate, warnings)


class _Damage:
    """Packets that could not be decoded, and when they were due."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.first_error = ""
        self.breaks_off = False

    def add(self, seconds: float, error: Exception) -> None:
        self.seconds.append(seconds)
        self.first_error = self.first_error or str(error)

    def warnings(self) -> tuple[str, ...]:
        cut = ("The file is truncated: it breaks off inside an MP3 frame.",) if self.breaks_off else ()
        if not self.seconds:
            return cut
        first, last = min(self.seconds), max(self.seconds)
        if len(self.seconds) == 1:
            return (*cut, f"One damaged packet at {first:.2f} s was left out.")
        return (*cut, f"{len(self.seconds)} damaged packets between {first:.2f} s and {last:.2f} s were left out.")


class _Collector:
    """Frames in, one float32 array out; a change of rate or layout in mid-stream is conformed to the beginning."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate, self._channels = sample_rate, channels
        self._parts: list[NDArray[np.float32]] = []
        self._changed: set[str] = set()
        self.frames = 0

    def add(self, frame: Any) -> None:
        samples = to_float(frame)
        if not self._parts:  # what the first frame is counts for more than what the header announced
            self._rate, self._channels = frame.sample_rate, samples.shape[0]
        if frame.sample_rate != self._rate:
            from audiokit.dsp import resample

            self._changed.add(f"sample rate {frame.sample_rate} Hz, resampled to {self._rate} Hz")
            samples = resample(samples, frame.sample_rate, self._rate)
        if samples.shape[0] != self._channels:
            self._changed.add(f"{samples.shape[0]} channel(s), mixed to {self._channels}")
            samples = np.repeat(mean_of_channels(samples)[np.newaxis], self._channels, axis=0)
        self._parts.append(samples)
        self.frames += samples.shape[1]

    def samples(self) -> NDArray[np.float32]:
        empty = np.zeros((self._channels, 0), np.float32)
        return np.concatenate(self._parts or [empty], axis=1)

    def warnings(self) -> tuple[str, ...]:
        return tuple(f"The stream changes midway: {what}." for what in sorted(self._changed))


def _decode(container: Any, stream: Any, collected: _Collector, stop: int | None) -> _Damage:
    import av

    damage = _Damage()
    is_mp3 = container.format.name == "mp3"
    packets = container.demux(stream)
    while stop is None or collected.frames < stop:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except (av.FFmpegError, ValueError, OSError) as error:  # the container itself breaks off
            damage.add(collected.frames / stream.codec_context.sample_rate, error)
            break
        if is_mp3 and 0 < packet.size < (layer3_frame_bytes(bytes(packet)[:4]) or 0):
            damage.breaks_off = True  # FFmpeg would make sound up for what is missing of it
            continue
        try:
            for frame in packet.decode():
                collected.add(frame)
        except (av.FFmpegError, ValueError) as error:
            if packet.size:  # the flushing packet of a damaged stream may fail too; it holds nothing
                damage.add(collected.frames / stream.codec_context.sample_rate, error)
    return damage


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    try:
        import av
        import av.logging
    except (ImportError, OSError) as error:
        raise CannotDecode(f"PyAV cannot be loaded ({error})") from error
    # A handle without a name: any path works, the name's ending has no say, and nothing inside the file can make
    # FFmpeg open another protocol or file (playlists, data references), for which there are two locks.
    handle = StrictReader(source.open())
    try:
        try:
            container = av.open(
                handle, metadata_errors="replace", options={"protocol_whitelist": ""}, io_open=_refuse_to_open
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise CannotDecode(_reason(error)) from error
        with container:
            yield container
    finally:
        handle.close()


def _refuse_to_open(_url: str, _flags: int, _options: dict[str, str]) -> Any:
    raise PermissionError(1, "it names another file, and only the one given is read")


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _sound_stream(container: Any) -> Any:
    streams = container.streams.audio
    if not streams:
        kinds = sorted({s.type for s in container.streams})
        raise CannotDecode(f"its tracks are: {', '.join(kinds) or 'none'}", no_audio_track=bool(kinds))
    stream = streams[0]
    if stream.codec_context is None:
        raise CannotDecode("FFmpeg has no decoder for its sound")
    if not stream.codec_context.sample_rate or not stream.codec_context.channels:
        raise CannotDecode("its header states no sample rate or no channels")
    return stream


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
        is_ogg_opus = container.format.name == "ogg" and stream.codec_context.codec.canonical_name == "opus"
        return seconds - _opus_pre_skip(stream) / 48_000 if is_ogg_opus else seconds
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


def _opus_pre_skip(stream: Any) -> int:
    header = stream.codec_context.extradata or b""
    return int.from_bytes(header[10:12], "little") if header[:8] == b"OpusHead" else 0


def _track_frames(container: Any, stream: Any, sample_rate: int) -> int | None:
    """Frames of the track where the container states them exactly (ISO media): the encoder's tail is cut there."""
    if "mp4" not in container.format.name or stream.duration is None:
        return None
    exact = stream.duration * stream.time_base * sample_rate
    return int(exact) if exact.denominator == 1 else None


def _missing(container: Any, stream: Any, collected: _Collector, stop: int | None) -> tuple[str, ...]:
    """Tell when the sound ends long before the header says, where the header states it and does not estimate it."""
    if stream.duration is None or not set(container.format.name.split(",")) & _STATES_ITS_LENGTH:
        return ()
    rate = stream.codec_context.sample_rate
    promised_seconds = float(stream.duration * stream.time_base)
    if stop is not None:
        promised_seconds = min(promised_seconds, stop / rate)
    missing_seconds = promised_seconds - collected.frames / rate
    # A frame or two of priming or padding may be counted in, but not in FLAC, which states its samples exactly.
    if missing_seconds <= (0.5 / rate if container.format.name == "flac" else 0.1):
        return ()
    return (
        f"The file is truncated or damaged: {missing_seconds:.2f} s of the {promised_seconds:.2f} s that its header "
        f"promises are missing.",
    )
