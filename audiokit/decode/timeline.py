"""Where each decoded frame belongs on the time axis, and what to do where that is not where counting is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.opus_pages import packet_samples
from audiokit.results import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LOUDEST_PLAUSIBLE", "Clock", "Losses", "TooLoud", "clock_of", "flac_sample_number"]

LOUDEST_PLAUSIBLE = 8.0  # 18 dB beyond full scale; noise that was decoded as sound was seen at 90 dB
# A few bytes that claim hours must not become hours of silence: no honest loss is longer for the size of its file.
_MOST_SILENCE_A_BYTE = 32
_SHORTEST_BELIEVED_SECONDS = 5.0


class Clock:
    """How a container tells time.

    Parameters
    ----------
    kind : {"exact", "rounded", "flac", "none"}
        Timestamps that count samples; that are rounded, or only roughly kept; FLAC's own frame numbers, which no
        container can spoil; or none but what FFmpeg makes up by counting (bare frames).
    scale : float
        Samples in one tick.
    stale_behind_gaps : bool
        FFmpeg's Ogg puts the first packet behind a lost page at the end of the page before.
    states_ends : bool
        FFmpeg's Vorbis takes a short block behind a long one for a shorter one, which begins later: where a packet's
        time does not fit, the end that it states still does.
    steady : bool
        Rounded, but so finely that a jump by whole frames tells itself from an uneven clock: MPEG-TS counts 90,000
        a second.
    is_opus : bool
        FFmpeg's Opus gives the last samples of speech (SILK) a packet later; how many it withholds is counted.

    Attributes
    ----------
    withholds : bool
        Whether that is counted.
    withheld : int
        Samples that the decoder has taken and not given.
    usual : int
        Samples of the frame that came last, if it gave just what it took; otherwise -1.
    """

    def __init__(
        self,
        kind: str,
        scale: float,
        *,
        stale_behind_gaps: bool,
        states_ends: bool = False,
        is_opus: bool = False,
        steady: bool = False,
        flac_block: int = 0,
    ) -> None:
        self.kind, self.scale, self.stale_behind_gaps = kind, scale, stale_behind_gaps
        self.states_ends, self.withholds = states_ends, is_opus and kind == "exact"
        self.steady = steady
        self.withheld = 0  # samples
        self.usual = -1
        self._flac_block = flac_block

    def ticks(self, packet: Any, frame: Any, *, is_first: bool) -> int | None:
        """When a frame is due, in ticks; None where nothing tells."""
        if self.kind == "flac":
            return flac_sample_number(bytes(memoryview(packet)[:16]), self._flac_block) if is_first else None
        if self.kind == "none" or frame.pts is None:
            return None
        return int(frame.pts) - self.withheld if self.withholds else frame.pts

    def took(self, packet: Any, frame: Any) -> None:
        """Count what the decoder withholds, behind the frame of a packet of Opus."""
        if not self.withholds or frame.pts is None or packet.pts is None:
            return
        more = packet_samples(memoryview(packet)[:2]) - frame.samples - (frame.pts - packet.pts)
        self.withheld += more
        self.usual = -1 if more else frame.samples

    def skips_frames(self, drift: float, longest: int) -> bool:
        """Whether a jump of so many samples is that of whole frames that are missing."""
        frames = round(drift / longest)
        return self.steady and frames > 0 and abs(drift - frames * longest) <= 2 * self.scale + 1

    def forgot(self) -> None:
        """Count anew behind a flush of the decoder."""
        self.withheld, self.usual = 0, -1


def clock_of(container: Any, stream: Any, sample_rate: int) -> Clock:
    """Tell how the container of a sound track keeps time."""
    name, codec = str(container.format.name), str(stream.codec_context.codec.canonical_name)
    info = bytes(stream.codec_context.extradata or b"")
    if codec == "flac" and len(info) >= 34:
        block = int.from_bytes(info[:2], "big")
        return Clock("flac", 1.0, stale_behind_gaps=False, flac_block=block)
    if not stream.time_base or name in ("mp3", "aac", "ac3", "eac3", "dts", "wav", "aiff"):
        return Clock("none", 0.0, stale_behind_gaps=False)
    samples_a_tick = stream.time_base * sample_rate
    is_exact = samples_a_tick.denominator == 1 and ("mp4" in name or name == "ogg")
    kind = "exact" if is_exact else "rounded"
    is_ogg = name == "ogg"
    return Clock(
        kind,
        float(samples_a_tick),
        stale_behind_gaps=is_ogg and codec in ("opus", "vorbis"),
        states_ends=is_ogg and codec == "vorbis",
        is_opus=codec == "opus",
        steady=name == "mpegts",
    )


def flac_sample_number(header: bytes, fixed_block: int) -> int | None:
    """Number of the first sample of a FLAC frame, from its header (RFC 9639, section 9.1); None if it is not sound.

    Examples
    --------
    >>> flac_sample_number(bytes.fromhex("fff8c9180200"), 4608) is None  # its checksum does not fit
    True
    """
    if len(header) < 6 or header[0] != 0xFF or header[1] & 0xFE != 0xF8:
        return None
    lead = header[4]
    more = 0 if lead < 0x80 else 7 - (lead ^ 0xFF).bit_length()  # as in UTF-8, up to 36 bits
    if more < 0 or 0x80 <= lead < 0xC0:
        return None
    end = 5 + more + {6: 1, 7: 2}.get(header[2] >> 4, 0) + {12: 1, 13: 2, 14: 2}.get(header[2] & 15, 0)
    if len(header) <= end or _crc8(header[:end]) != header[end]:
        return None
    number = lead if more == 0 else lead & ((1 << (6 - more)) - 1)
    for byte in header[5 : 5 + more]:
        number = number << 6 | byte & 63
    return number if header[1] & 1 else number * fixed_block


def _crc8(data: bytes) -> int:
    register = 0
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register << 1 ^ (0x07 if register & 0x80 else 0)) & 0xFF
    return register


class Losses:
    """What damage took.

    Parameters
    ----------
    sample_rate : int
        Hz.
    size_bytes, channels : int
        Of the file: so much silence it can make believable.
    """

    def __init__(self, sample_rate: int, channels: int, size_bytes: int) -> None:
        self._rate = sample_rate
        self._believable = max(
            _SHORTEST_BELIEVED_SECONDS * sample_rate, _MOST_SILENCE_A_BYTE * size_bytes / max(channels, 1)
        )
        self._believable = min(self._believable, 1024 * size_bytes / max(channels, 1))
        self.silence = 0
        self.spans: list[tuple[int, int, str]] = []
        self.packets: list[float] = []
        self.jumps: list[tuple[float, float]] = []
        self.first_error = ""
        self.breaks_off = False

    def error(self, position: int, error: Exception) -> None:
        """Take note of a packet that could not be decoded."""
        self.packets.append(position / self._rate)
        self.first_error = self.first_error or str(error)

    def allows(self, samples: int) -> bool:
        """Whether so much silence more is believable."""
        if self.silence + samples > self._believable:
            return False
        self.silence += samples
        return True

    def lose(self, start: int, end: int, why: str) -> None:
        """Mark [start, end) as lost; what touches the span before it joins it."""
        if end <= start:
            return
        if self.spans and self.spans[-1][1] >= start:
            first, before, label = self.spans[-1]
            self.spans[-1] = (min(first, start), max(before, end), label)
        else:
            self.spans.append((start, end, why))

    def segments(self, start: int, stop: int) -> list[Segment]:
        """What is lost of the samples [start, stop), in seconds from the beginning of the track."""
        return [
            Segment(max(first, start) / self._rate, min(end, stop) / self._rate, why)
            for first, end, why in self.spans
            if first < stop and end > start
        ]

    def sentences(self) -> list[str]:
        """What to tell a person."""
        told = ["The file is truncated: it breaks off inside an MP3 frame."] if self.breaks_off else []
        if self.packets and not self.spans:
            first, last = min(self.packets), max(self.packets)
            told.append(
                f"One damaged packet at {first:.2f} s was left out."
                if len(self.packets) == 1
                else f"{len(self.packets)} damaged packets between {first:.2f} s and {last:.2f} s were left out."
            )
        if self.spans:
            first, last = self.spans[0][0] / self._rate, self.spans[-1][1] / self._rate
            seconds = sum(end - start for start, end, _ in self.spans) / self._rate
            where = f"at {first:.2f} s" if len(self.spans) == 1 else f"between {first:.2f} s and {last:.2f} s"
            told.append(f"The file is damaged: {seconds:.3f} s of sound {where} are lost, and silence stands there.")
        if self.jumps:
            at, jump = self.jumps[0]
            told.append(
                f"Its timestamps jump by {jump:,.0f} s at {at:.2f} s, more than a file of this size makes believable; "
                f"what follows is joined on."
            )
        return told


class TooLoud:
    """Where samples have a level that AAC has of nothing but noise: its encoders take sound of up to full scale.

    Parameters
    ----------
    sample_rate : int
        Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._first = self._behind = 0
        self._peak = 0.0

    def look(self, samples: NDArray[np.float32], start: int) -> None:
        """Look at (channels, time) that begin at a sample of the track."""
        if samples.max() <= LOUDEST_PLAUSIBLE and samples.min() >= -LOUDEST_PLAUSIBLE:
            return
        levels = np.abs(samples).max(axis=0)
        found = np.flatnonzero(~(levels <= LOUDEST_PLAUSIBLE))  # NaN, too
        if not self._behind:
            self._first = start + int(found[0])
        self._behind = start + int(found[-1]) + 1
        self._peak = max(self._peak, float(np.nanmax(levels)))

    def sentences(self) -> list[str]:
        """What to tell a person."""
        if not self._behind:
            return []
        return [
            f"The file is damaged: between {self._first / self._rate:.2f} s and {self._behind / self._rate:.2f} s "
            f"there are samples of up to {self._peak:,.0f} times full scale, noise that was decoded as sound."
        ]
