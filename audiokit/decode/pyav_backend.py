"""FFmpeg, through PyAV (which carries its own): video, AAC, Opus, Matroska and every other format.

Packets are decoded one by one, so that damage loses only the packets that it touches, and silence stands for them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.backend import AudioInfo, CannotDecode
from audiokit.decode.bare_frames import Hole, follow_frames
from audiokit.decode.mp3_header import stated_length
from audiokit.decode.ogg_pages import damage_warning, damaged_pages, lost_granules, pages_of, walk_pages
from audiokit.decode.opus_pages import OpusPages, look_through
from audiokit.decode.pyav_open import (
    describe,
    is_ogg,
    opened,
    opus_pre_skip,
    sound_stream,
    stated_frames,
    stated_seconds,
    track_frames,
)
from audiokit.decode.pyav_run import Run
from audiokit.decode.pyav_seek import far_run
from audiokit.decode.scratch import ScratchPool
from audiokit.decode.timeline import TooLoud
from audiokit.results import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.sniff import Sniffed
    from audiokit.decode.source import Source

__all__ = ["PyAVBackend", "PyAVStream"]


class PyAVBackend:
    """Decode with FFmpeg, sample-exact."""

    name = "pyav"

    @property
    def version(self) -> str:
        """PyAV's version and that of the libavcodec in it."""
        try:
            import av
        except (ImportError, OSError) as error:
            raise CannotDecode(f"PyAV cannot be loaded ({error})") from error
        codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
        return f"{av.__version__}, libavcodec {codec}"

    def info(self, source: Source, sniffed: Sniffed, track: int) -> AudioInfo:
        """Probe the container."""
        with opened(source) as container:
            return describe(source, sniffed, container, sound_stream(container, track), self.name)

    @contextmanager
    def open(self, source: Source, sniffed: Sniffed, track: int) -> Iterator[PyAVStream]:
        """Open a sound track; FFmpeg probes the content by itself."""
        codec = {"mp3": "mp3", "adts": "aac"}.get(sniffed.container, "")
        chain = follow_frames(source, codec) if codec else None
        if chain is not None:
            mended = replace(source, path=None, data=chain.data)
            with opened(mended) as container:
                if (container.format.name, codec) in (("mp3", "mp3"), ("aac", "aac")):
                    yield PyAVStream(source, mended, container, track, chain.holes)
                    return
        with opened(source) as container:
            yield PyAVStream(source, source, container, track, ())


class PyAVStream:
    """A sound track that FFmpeg decodes; see `audiokit.decode.backend.Stream`.

    A span that begins more than 20 s into the track (Ogg Opus: 4 s) is reached by a seek where that gives the same
    samples as counting from the beginning, and by counting elsewhere: Matroska and WebM round their timestamps to
    milliseconds, ADTS, MP3 and MPEG-TS have none to rely on, and Opus for speech at low rates never quite forgets what
    came before. One exception: FFmpeg draws the noise bands of AAC anew after a seek.

    Notes
    -----
    What salvage cannot see is noise that a decoder takes for sound where no checksum tells. Of 2,232 AAC packets of
    random bytes FFmpeg refused 2,228, of 2,232 in which one bit was turned 635, and by ``err_detect`` in all its kinds
    three and one more; no frame was flagged as corrupt (libavcodec 62.28). In AAC such noise is told where its level
    gives it away. In MP4 the container states the length of each Opus packet, which noise seldom guesses; damage behind
    a packet's first bytes it does not show, and Opus decodes everything. In Ogg a page has one checksum, and where that
    fails it does not say which packet is damaged: the page is lost as a whole, up to a second of sound or two.
    """

    def __init__(self, whole: Source, source: Source, container: Any, track: int, holes: tuple[Hole, ...]) -> None:
        self._source, self._container, self._track, self._holes = source, container, track, holes
        self._stream = sound_stream(container, track)
        # Asked before decoding: FFmpeg corrects some of it as it goes
        self._stated_seconds = stated_seconds(container, self._stream)
        self._cut_at = self._stated_end(whole)
        self._run = Run(source, container, self._stream, holes=holes)
        self.sample_rate, self.channels = self._run.sample_rate, self._run.channels
        # Opus takes long enough in its decoder that two threads gain by it; the others' time goes into Python, frame by
        # frame, which holds the GIL.
        self._opus = self._opus_pages()
        self.splits = self._opus is not None and not self._opus.forgets_from and self._opus.end_granule is not None
        self.frames = stated_frames(whole, container, self._stream, self.sample_rate)
        if self._opus is not None and self._opus.end_granule is not None:
            self.frames = self._opus.end_granule - opus_pre_skip(self._stream)
        self.is_compared = False
        self.scratch = ScratchPool()
        self.warnings: list[str] = []
        self.lost: list[Segment] = []

    def _opus_pages(self) -> OpusPages | None:
        codec = str(self._stream.codec_context.codec.canonical_name)
        return look_through(self._source) if codec == "opus" and is_ogg(self._container) else None

    def _stated_end(self, whole: Source) -> int | None:
        """Where the sound ends by its header: the encoder's padding is cut there."""
        rate = int(self._stream.codec_context.sample_rate)
        if "mp4" in self._container.format.name:
            return track_frames(whole, self._container, self._stream, rate)
        if self._holes and self._container.format.name == "mp3" and stated_length(whole) and self._stream.duration:
            # FFmpeg cuts it by counting, which does not get so far when frames are missing.
            return round(float(self._stream.duration * self._stream.time_base) * rate)
        return None

    def blocks(self, start: int, stop: int | None) -> Iterator[NDArray[np.float32]]:
        """Decode [start, stop); see `audiokit.decode.backend.Stream.blocks`."""
        end = self._cut_at if stop is None else stop if self._cut_at is None else min(stop, self._cut_at)
        if end is not None and end <= start:
            return
        with far_run(
            self._source,
            self._track,
            start,
            self._run,
            self._container,
            self._stream,
            self._opus,
            prove=not self.is_compared,
        ) as far:
            run = far or self._run
            reached, not_finite, too_loud = run.position, 0, TooLoud(run.sample_rate)
            is_float = str(self._stream.codec_context.name).startswith("pcm_f")
            is_aac = str(self._stream.codec_context.codec.canonical_name).startswith("aac")
            for block in run.blocks(end):
                part = block[:, max(0, start - reached) :]
                reached += block.shape[1]
                if is_aac and part.shape[1]:
                    too_loud.look(part, reached - part.shape[1])
                if is_float:
                    not_finite += part.size - int(np.count_nonzero(np.isfinite(part)))
                if part.shape[1]:
                    yield part
            self.lost += run.losses.segments(start, reached)
            self.warnings += [
                *self._missing(reached, end),
                *run.losses.sentences(),
                *too_loud.sentences(),
                *run.changes(),
            ]
            if not_finite:
                self.warnings.append(f"{not_finite:,} samples are not finite numbers.")
            # A page that is dropped leaves a gap, which is seen, or an end that comes early.
            is_all = (
                self._opus is not None and self.frames is not None and reached >= min(end or self.frames, self.frames)
            )
            if is_ogg(self._container) and not self.lost and not is_all:
                self._look_for_damaged_pages(start, end)

    def _look_for_damaged_pages(self, start: int, end: int | None) -> None:
        """FFmpeg drops a page whose checksum does not fit, and says nothing; at the end no gap shows it either."""
        pages = walk_pages(self._source)
        ahead = opus_pre_skip(self._stream)
        first, behind = pages_of(pages, start + ahead, None if end is None else end + ahead)
        damaged = damaged_pages(self._source, pages, first, behind)
        bad = len({*damaged, *(hole for hole in pages.holes if first <= hole < behind)})
        if not bad:
            return
        self.warnings.append(damage_warning(bad, len(pages.starts)))
        codec = str(self._stream.codec_context.codec.canonical_name)
        if len(pages.serials) == 1 and codec in ("opus", "vorbis"):  # their granules count samples
            ends = [granule for granule in pages.granules if granule < 1 << 62]
            last = max(ends, default=0) if end is None else end + ahead
            rate = 48_000 if codec == "opus" else self.sample_rate
            self.lost += [
                Segment((first - ahead) / rate, (behind - ahead) / rate, "damaged pages in the Ogg stream")
                for first, behind in lost_granules(pages, damaged, start + ahead, last)
            ]

    def _missing(self, reached: int, stop: int | None) -> tuple[str, ...]:
        """Tell when the sound ends long before the header says, where the header states it and does not estimate it."""
        promised_seconds = self._stated_seconds
        if promised_seconds is None:
            return ()
        rate = self.sample_rate
        if stop is not None:
            promised_seconds = min(promised_seconds, stop / rate)
        missing_seconds = promised_seconds - reached / rate
        # A frame or two of priming or padding may be counted in, but not in FLAC, which states its samples exactly.
        if missing_seconds <= (0.5 / rate if self._container.format.name == "flac" else 0.1):
            return ()
        return (
            f"The file is truncated or damaged: {missing_seconds:.2f} s of the {promised_seconds:.2f} s that its "
            f"header promises are missing.",
        )
