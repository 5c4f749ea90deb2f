"""One run through the packets of a sound track: frames into blocks, with silence where damage took some."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.decode.backend import CannotDecode
from audiokit.decode.pyav_line import Line
from audiokit.decode.pyav_packets import decoded_packets
from audiokit.decode.timeline import clock_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.decode.bare_frames import Hole
    from audiokit.decode.source import Source

__all__ = ["Run"]

_ALERT_FRAMES = 100  # behind damage, in which decoders may still give frames of the wrong length


class Run:
    """Decode from where a container stands to the end.

    The first frame is decoded at once: what it is counts for more than what the header announced.

    Parameters
    ----------
    source : Source
        For its size.
    container, stream : PyAV objects
        Opened, at the beginning or after a seek.
    holes : tuple of Hole
        Known interruptions of bare frames.
    origin_ticks : int, optional
        When the first frame of the track is due, for a run that does not begin there.

    Attributes
    ----------
    position : int
        Sample of the track at which the run begins.
    sample_rate, channels : int
        Of the first frame.
    losses : Losses
        What damage took so far.
    """

    def __init__(
        self,
        source: Source,
        container: Any,
        stream: Any,
        *,
        holes: tuple[Hole, ...] = (),
        origin_ticks: int | None = None,
    ) -> None:
        context = stream.codec_context
        self._stream, self._container = stream, container
        self._is_mp3 = container.format.name == "mp3"
        if context.name == "flac":  # its checksums are not looked at otherwise, and noise plays
            context.options = {**context.options, "err_detect": "crccheck+explode"}
        self.sample_rate, self.channels = int(context.sample_rate), int(context.channels)
        self._clock = clock_of(container, stream, self.sample_rate)
        self._holes = {hole.frame: hole for hole in holes}
        self._packets = decoded_packets(container, stream, self._fail, self._note_that_it_breaks_off)
        self._waiting: list[tuple[int, Any, list[Any]]] = []
        self._shift: float | None = None  # samples: what is due at tick 0 stands at this sample
        self._longest = self._frames = self._doubtful = self._alert = 0
        self._errors_pending = 0
        self._early: list[Exception] = []  # errors from before the first frame
        self._breaks_off_early = False
        first = self._first_frames()
        self.first_ticks: int | None = None
        self.position = 0
        if first is not None:
            _, packet, frames = first
            self._waiting.append(first)
            self.sample_rate, self.channels = int(frames[0].sample_rate), int(frames[0].layout.nb_channels)
            self._clock = clock_of(container, stream, self.sample_rate)
            self._errors_pending = 0
            self.first_ticks = self._clock.ticks(packet, frames[0], is_first=True)
            if origin_ticks is not None and self.first_ticks is not None:
                self.position = round((self.first_ticks - origin_ticks) * self._clock.scale)
        self._has_sound = first is not None
        self._line = Line(self.sample_rate, self.channels, source.size_bytes, str(context.codec.canonical_name))
        self._line.end, self._buffer, self.losses = self.position, self._line.buffer, self._line.losses
        self.losses.breaks_off = self._breaks_off_early
        if first is not None:
            for error in self._early:
                self.losses.error(0, error)
        self._rest = self._unlimited()
        self._ahead: list[NDArray[np.float32]] = []
        self._met: tuple[int, Any, list[Any]] | None = None

    @property
    def clock_kind(self) -> str:
        """How the container keeps time; see `Clock`."""
        return self._clock.kind

    def _fail(self, error: Exception, *, in_decoder: bool) -> None:
        if in_decoder and self._clock.withholds:  # what it still holds is unknown, and might make all that follows late
            self._stream.codec_context.flush_buffers()
            self._clock.forgot()
        self._errors_pending += 1
        self._alert = _ALERT_FRAMES
        if self._shift is None:
            self._early.append(error)
        else:
            self.losses.error(self._line.end, error)

    def _note_that_it_breaks_off(self) -> None:
        if self._shift is None:
            self._breaks_off_early = True
        else:
            self.losses.breaks_off = True

    def _first_frames(self) -> tuple[int, Any, list[Any]] | None:
        return next((found for found in self._packets if found[2]), None)

    def blocks(self, stop: int | None) -> Iterator[NDArray[np.float32]]:
        """Yield what stands from `position` on, up to a sample; views that the next one overwrites."""
        if not self._has_sound:
            if stop != 0:
                said = str(self._early[0]) if self._early else ""
                raise CannotDecode(said or "no audio frame could be decoded")
            return
        given = self.position
        for block in itertools.chain(self._ahead, self._rest):
            if stop is not None and given + block.shape[1] >= stop:
                yield block[:, : max(0, stop - given)]
                return
            given += block.shape[1]
            yield block

    def piece(self, start: int, stop: int) -> NDArray[np.float32]:
        """Decode ahead, and return the samples [start, stop) of the track; `blocks` still gives them."""
        reached = self.position + sum(block.shape[1] for block in self._ahead)
        while reached < stop and (block := next(self._rest, None)) is not None:
            self._ahead.append(block.copy())
            reached += block.shape[1]
        ahead = np.concatenate(self._ahead, axis=1)
        return ahead[:, start - self.position : stop - self.position]

    def _unlimited(self) -> Iterator[NDArray[np.float32]]:
        buffer = self._buffer
        self._shift = 0.0
        if self.first_ticks is not None:
            self._shift = self.position - self.first_ticks * self._clock.scale
        by_pts = self._clock.kind in ("exact", "rounded")
        number, packet, frames = self._waiting.pop()
        while True:
            if number in self._holes:
                yield from self._hole(self._holes[number])
            for index, frame in enumerate(frames):
                yield from self._place(packet, frame, is_first=index == 0)
                if buffer.is_full:
                    yield buffer.take()
            if self._is_regular:
                yield from self._undisturbed(by_pts=by_pts)
            met, self._met = self._met, None  # what it ended with
            following = met or next(self._packets, None)
            if following is None:
                break
            number, packet, frames = following
        yield buffer.take(last_too=True)

    def _place(self, packet: Any, frame: Any, *, is_first: bool) -> Iterator[NDArray[np.float32]]:
        """Put a frame where it is due, and silence before it where something is missing."""
        assert self._shift is not None
        ticks = self._clock.ticks(packet, frame, is_first=is_first)
        if ticks is not None:
            drift = ticks * self._clock.scale + self._shift - self._line.end
            if drift and self._clock.states_ends and packet.duration is not None:
                drift += packet.duration * self._clock.scale - frame.samples
            if drift and frame.sample_rate == self.sample_rate:
                yield from self._mend(drift)
            else:  # another rate midway (chained Ogg) has a clock of its own: it is followed
                self._shift -= drift
                self._longest = max(self._longest, self._buffer.last)
        elif self._errors_pending and self._clock.kind == "none":
            due = self._errors_pending * max(self._longest, frame.samples)
            yield from self._line.silence(due, "its packet is damaged")
        self._errors_pending = 0
        self._add(frame)
        self._clock.took(packet, frame)

    @property
    def _is_regular(self) -> bool:
        """Whether nothing calls for a closer look at each packet."""
        return not (self._holes or self._alert or self._is_mp3 or self._clock.kind == "flac")

    def _undisturbed(self, *, by_pts: bool) -> Iterator[NDArray[np.float32]]:
        """Go on as long as every frame is sound, of the usual kind, and due where counting stands.

        Half a million frames an hour come this way: what is done for each is what the speed of AAC, Vorbis and Opus
        hangs on. The packet with which it ends is put into `_met`, and looked at by the loop above.
        """
        buffer, clock = self._buffer, self._clock
        if self._shift is None:
            return
        scale, withheld = clock.scale, clock.withheld
        shift = self._shift - withheld
        rows, room = buffer.byte_rows, buffer.block_samples
        end, filled, last = self._line.end, buffer.begin(), buffer.last
        count, channels, rate = 0, self.channels, self.sample_rate
        shortest, longest = (clock.usual, clock.usual) if clock.withholds else (0, self._longest)
        uneven = 0.5 if clock.states_ends else longest / 2  # as in `_mend`
        if rows is None or longest < 0 or longest > buffer.longest_frame:
            return
        for number, packet, frames in self._packets:
            for frame in frames:
                samples = frame.samples
                due = frame.pts
                drift = 0.0 if not by_pts else uneven if due is None else due * scale + shift - end
                if (
                    not -uneven < drift < uneven
                    or frame.sample_rate != rate
                    or not shortest <= samples <= longest
                    or frame.format.name != "fltp"
                    or frame.layout.nb_channels != channels
                ):
                    self._met = number, packet, frames
                    break
                shift -= drift
                first, behind = 4 * filled, 4 * (filled + samples)
                for row, plane in zip(rows, frame.planes, strict=True):
                    row[first:behind] = memoryview(plane)[: behind - first]
                filled += samples
                last = samples
                end += samples
                count += 1
            if self._met is not None:  # frames of it that are in already are not looked at again
                at = next(index for index, one in enumerate(frames) if one is frame)
                self._met = number, packet, frames[at:]
            if self._met is not None or self._alert or self._errors_pending:
                break
            if filled - last >= room:
                buffer.commit(filled, last)
                self._line.end, self._shift, self._frames, count = end, shift + withheld, self._frames + count, 0
                yield buffer.take()
                filled = buffer.begin()
        buffer.commit(filled, last)
        self._line.end, self._shift, self._frames = end, shift + withheld, self._frames + count

    def _add(self, frame: Any) -> None:
        samples = self._line.add(frame)
        if self._doubtful:
            self._doubtful -= 1
            self._line.lose_last("its frame needs bytes that are damaged")
        if self._alert:
            self._line.doubt_last()
            self._alert -= 1
        if self._clock.kind in ("none", "flac") or not self._longest:
            self._longest = max(self._longest, samples)
        self._frames += 1

    def _hole(self, hole: Hole) -> Iterator[NDArray[np.float32]]:
        """Silence for frames that are known to be missing."""
        self._errors_pending = 0
        if hole.missing:
            yield from self._line.silence(hole.missing * self._longest, "its bytes are damaged")
        self._doubtful = hole.doubtful

    def _mend(self, drift: float) -> Iterator[NDArray[np.float32]]:
        """The next frame is not due where counting stands."""
        is_rounded = self._clock.kind == "rounded"
        # Recorders' clocks run a little unevenly, which is no damage. Behind damage every sample counts.
        tolerance = 0.5 if self._alert else self._longest / 2
        if is_rounded:
            # Those of live sound keep the clock to within some tens of milliseconds.
            is_sure = self._errors_pending or (self._longest and self._clock.skips_frames(drift, self._longest))
            tolerance = self._longest / 2 if is_sure else max(0.1 * self.sample_rate, 3 * self._longest)
        assert self._shift is not None
        if abs(drift) < tolerance or not self._longest:
            self._shift -= drift
            self._longest = max(self._longest, self._buffer.last)
            return
        before, gap = self._line.end, round(drift)
        if is_rounded:
            gap = round(gap / self._longest) * self._longest  # most codecs have frames of one length
        if gap > 0:
            self._alert = _ALERT_FRAMES
            if self._clock.stale_behind_gaps and self._frames > 1:
                self._line.lose_last("its packets are damaged")
            yield from self._line.silence(gap, "its packets are damaged")
        elif not is_rounded and -gap <= self._buffer.last:
            # The frame before was longer than its place: noise that was taken for a frame.
            self._alert = _ALERT_FRAMES
            self._line.lose_last("its packet is damaged", overlap=-gap)
        self._shift -= drift - (self._line.end - before)  # a jump back is a new beginning: it is joined on

    def changes(self) -> tuple[str, ...]:
        """What changed midway."""
        return self._buffer.changes()
