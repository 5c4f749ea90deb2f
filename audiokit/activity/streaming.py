"""Voice activity as the sound comes: the same segments as of the whole, told as soon as they are certain."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.segmentation import SpanWalker, VadSettings
from audiokit.activity.silero import FRAME_LENGTH, ProbabilityStream
from audiokit.activity.vad import VadResult, chosen_network, substitution
from audiokit.audio import mean_of_channels
from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import ParameterError
from audiokit.models.sessions import Sessions, default_sessions
from audiokit.results import Segment

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["StreamingVad", "VadEvent"]


@dataclass(frozen=True, slots=True)
class VadEvent:
    """Speech begins or ends.

    Parameters
    ----------
    kind : {"speech_start", "speech_end"}
        A start is told once the speech is long enough to be a segment whatever comes; an end once its padding is known.
    seconds : float
        When, from the first sample of the stream; padding included.
    segment : Segment or None
        With the end, the whole segment.
    """

    kind: str
    seconds: float
    segment: Segment | None = None


class StreamingVad:
    """Find where somebody speaks while the sound is coming.

    Whatever the sizes of the chunks, the segments are those that `audiokit.activity.detect_speech` finds in the whole,
    sample by sample: mixing, resampling, network and rules are the same, each carried from chunk to chunk. (Scores are
    means of the same probabilities, added up in another order: equal to 1e-6.)

    Memory does not grow with the length of the stream, but for the segments found. Kept are one chunk, what does not
    fill a frame, and probabilities back to the oldest point that is not decided yet: the silence that is running and
    the padding before it (`look_back_seconds` says how long that is now), and where `max_speech_seconds` is finite, the
    pause at which the running speech may yet be cut.

    Parameters
    ----------
    sample_rate : int
        Of the stream, in Hz.
    model : str
        As for `audiokit.activity.detect_speech`.
    sessions : Sessions, optional
        Loaded networks; the shared ones by default.
    keep_probabilities : bool
        Whether `result` carries all probabilities, half a megabyte an hour, so that its settings can be changed.
    **settings
        Every field of `audiokit.activity.VadSettings`, for example ``threshold=0.6``.

    Raises
    ------
    ParameterError
        If a setting is out of range or does not exist, or the rate is not positive.
    ModelUnavailable, LibraryUnavailable
        As `audiokit.activity.detect_speech`.

    Notes
    -----
    One stream at a time, from one thread at a time. A start is told `min_speech_ms` and at most two frames (64 ms)
    after it was spoken, an end after `min_silence_ms` or twice the padding, whichever is longer, and two frames; later
    where the network wavers between its two thresholds.

    Examples
    --------
    >>> stream = StreamingVad(16_000)
    >>> for _ in range(10):
    ...     events = stream.push(np.zeros(1600, np.float32))
    >>> stream.flush(), stream.result().status
    ((), <Status.ABSTAINED: 'abstained'>)
    """

    def __init__(
        self,
        sample_rate: int,
        *,
        model: str = "auto",
        sessions: Sessions | None = None,
        keep_probabilities: bool = False,
        **settings: Any,
    ) -> None:
        try:
            self._settings = VadSettings(**settings)
        except TypeError as error:
            raise ParameterError(f"No such setting: {error}.", cure="See VadSettings.") from None
        self._weights, stepwise, self._heard_rate = chosen_network(model, sample_rate)
        self._notes = substitution(model, self._weights)
        session = (default_sessions() if sessions is None else sessions).get(self._weights.path)
        self._resampler = ResampleStream(sample_rate, self._heard_rate)
        self._network = ProbabilityStream(session, self._heard_rate, stepwise=stepwise)
        self._source_rate = sample_rate
        self._frame_length = FRAME_LENGTH[self._heard_rate]
        self._walker = SpanWalker(self._settings, sample_rate=self._heard_rate, frame_length=self._frame_length)
        self._pending: _Open | None = None  # ended, but for its padding
        self._open: _Open | None = None  # certain, and running
        self._held: deque[float] = deque()  # probabilities, the first of frame `_held_from`
        self._held_from = 0
        self._all: list[NDArray[np.float32]] | None = [] if keep_probabilities else None
        self._segments: list[Segment] = []
        self._channels = 0
        self._taken = self._heard = self._not_finite = 0
        self._flushed = False

    def push(self, samples: ArrayLike) -> tuple[VadEvent, ...]:
        """Take the next samples.

        Parameters
        ----------
        samples : array_like, shape (time,) or (channels, time), float
            Any number of them, none too.

        Returns
        -------
        tuple of VadEvent
            What became certain by them, in order.

        Raises
        ------
        ParameterError
            If they are of another shape or type, of another number of channels than before, or the stream was flushed.
        """
        if self._flushed:
            raise ParameterError("This stream was flushed.", cure="Make another StreamingVad.")
        rows = self._checked(samples)
        self._taken += rows.shape[1]
        bad = rows.size - int(np.count_nonzero(np.isfinite(rows)))
        if bad:
            self._not_finite += bad
            rows = np.nan_to_num(rows, nan=0.0, posinf=1.0, neginf=-1.0)
        mono = mean_of_channels(rows)
        return self._hear(self._resampler.push(np.ascontiguousarray(mono)[np.newaxis, :])[0])

    def flush(self) -> tuple[VadEvent, ...]:
        """End the stream.

        Returns
        -------
        tuple of VadEvent
            What its end makes certain. Nothing the second time.
        """
        if self._flushed:
            return ()
        self._flushed = True
        events = [*self._hear(self._resampler.finish()[0] if self._taken else np.empty(0, np.float32))]
        self._walker.ends_at(self._heard)
        events += self._follow(self._network.finish())
        for span in self._walker.finish(self._heard):
            events += self._closed(span)
        events += self._padded_end(self._heard)
        return tuple(events)

    def result(self) -> VadResult:
        """Return what was found so far; after `flush`, what `audiokit.activity.detect_speech` finds in the whole."""
        notes = []
        if self._not_finite:
            notes.append(f"{self._not_finite} sample(s) that are no finite number read as silence or full scale")
        if self._channels > 1:
            notes.append(f"mean of {self._channels} channels")
        if self._source_rate != self._heard_rate:
            notes.append(f"resampled from {self._source_rate} to {self._heard_rate} Hz")
        return VadResult(
            segments=tuple(self._segments),
            probabilities=np.concatenate([np.empty(0, np.float32), *(self._all or ())]),
            frame_seconds=self._frame_length / self._heard_rate,
            sample_rate=self._heard_rate,
            frames=self._heard,
            model=self._weights.label,
            settings=self._settings,
            audio_seconds=self._taken / self._source_rate,
            notes=(*notes, *self._notes),
        )

    @property
    def look_back_seconds(self) -> float:
        """How far back probabilities are kept now, because something is not decided."""
        return len(self._held) * self._frame_length / self._heard_rate

    def _checked(self, samples: ArrayLike) -> NDArray[np.float32]:
        array = np.asarray(samples)
        rows = array[np.newaxis, :] if array.ndim == 1 else array
        if rows.ndim != 2 or not rows.shape[0] or array.dtype.kind != "f":
            raise ParameterError(
                f"A stream takes float samples, (time,) or (channels, time), got {array.shape} of {array.dtype}.",
                cure="Divide whole numbers by full scale first, for example samples / 32768.",
            )
        if self._channels not in {0, rows.shape[0]}:
            raise ParameterError(f"The stream began with {self._channels} channel(s), now there are {rows.shape[0]}.")
        self._channels = rows.shape[0]
        return rows.astype(np.float32, copy=False)

    def _hear(self, samples: NDArray[np.float32]) -> tuple[VadEvent, ...]:
        self._heard += samples.size
        return tuple(self._follow(self._network.push(samples)))

    def _follow(self, probabilities: NDArray[np.float32]) -> list[VadEvent]:
        if self._all is not None:
            self._all.append(probabilities)
        events: list[VadEvent] = []
        for probability in probabilities.tolist():
            self._held.append(probability)
            for span in self._walker.step(probability):
                events += self._closed(span)
            if self._open is None and self._walker.certain:
                events += self._opened(self._walker.start or 0)
            begins = self._walker.here if self._walker.start is None else self._walker.start
            if self._pending is not None and begins - self._pending.end >= 2 * self._walker.pad:
                events += self._padded_end(None)
            self._forget()
        return events

    def _opened(self, start: int) -> list[VadEvent]:
        """A span begins for certain: now the padding between it and the one before is known."""
        pad = self._walker.pad
        events: list[VadEvent] = []
        first = int(max(0, start - pad))
        if self._pending is not None:
            gap = start - self._pending.end
            if gap < 2 * pad:  # not room enough for both: half of the gap each
                first = max(0, start - gap // 2)
                events += self._emit(self._pending, self._pending.end + gap // 2)
            else:
                events += self._padded_end(None)
        self._open = _Open(first, self._held_from)
        self._open.counted_to = first // self._frame_length
        return [*events, VadEvent("speech_start", first / self._heard_rate)]

    def _closed(self, span: tuple[int, int]) -> list[VadEvent]:
        events = self._opened(span[0]) if self._open is None else []
        assert self._open is not None
        self._open.end = span[1]
        self._pending, self._open = self._open, None
        return events

    def _padded_end(self, frames: int | None) -> list[VadEvent]:
        """Nothing follows that would want a share of the padding."""
        if self._pending is None:
            return []
        end = self._pending.end + self._walker.pad
        return self._emit(self._pending, int(end if frames is None else min(frames, end)))

    def _emit(self, ended: _Open, end: int) -> list[VadEvent]:
        self._pending = None
        last = max(-(-end // self._frame_length), ended.first // self._frame_length + 1)
        self._count(ended, last)
        seconds = self._taken / self._source_rate  # resampling may round up: nothing ends after the sound does
        begins, ends = (min(sample / self._heard_rate, seconds) for sample in (ended.first, end))
        segment = Segment(begins, ends, "speech", ended.total / max(ended.count, 1))
        self._segments.append(segment)
        return [VadEvent("speech_end", ends, segment)]

    def _count(self, span: _Open, until: int) -> None:
        """Add a span's probabilities up to a frame."""
        first, last = span.counted_to - self._held_from, min(until - self._held_from, len(self._held))
        for index in range(first, last):
            span.total += self._held[index]
        span.count += max(last - first, 0)
        span.counted_to = max(self._held_from + last, span.counted_to)

    def _forget(self) -> None:
        """Let go of probabilities that nothing can want any more."""
        walker, frame = self._walker, self._frame_length
        wanted = walker.here - walker.pad  # a span may begin next, with its padding
        if walker.start is not None:
            wanted = min(wanted, walker.undecided_from - walker.pad)
            if self._open is None:
                wanted = min(wanted, walker.start - walker.pad)
        if self._open is not None:
            self._count(self._open, max(int(walker.undecided_from), 0) // frame)
        if self._pending is not None:
            self._count(self._pending, self._pending.end // frame)
            wanted = min(wanted, self._pending.end)
        keep_from = max(int(wanted) // frame - 1, 0)
        while self._held_from < keep_from and self._held:
            self._held.popleft()
            self._held_from += 1


class _Open:
    """A span on its way: where it begins, where it ended, and the sum of its probabilities so far."""

    __slots__ = ("count", "counted_to", "end", "first", "total")

    def __init__(self, first: int, counted_to: int) -> None:
        self.first, self.counted_to = first, counted_to
        self.end = 0
        self.total = 0.0
        self.count = 0
