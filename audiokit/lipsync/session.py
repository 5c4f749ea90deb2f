"""A live session: sound goes in, frames of a speaking face come out, and neither side runs away from the other."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from audiokit.audio import Audio
from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import ParameterError
from audiokit.lipsync.animator import Animator
from audiokit.lipsync.frames import RECIPE
from audiokit.lipsync.mel import one_channel
from audiokit.lipsync.session_parts import SessionFrame, Waterfall

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from audiokit.lipsync.avatar import Avatar

__all__ = ["LipsyncSession", "SessionFrame", "Waterfall"]

_END = object()
_LATENCIES = 2000  # of the last frames
_GIVE_WAY_SECONDS = 0.05  # how often a waiting side looks whether all is over


class LipsyncSession:
    """Sound in, frames out, with a thread of its own between them; use it as a context.

    Both ways are queues with an end: who pushes sound faster than frames are taken waits (`push`), or is told so
    (`offer`). Memory is bounded however long it goes on.

    Parameters
    ----------
    avatar : Avatar
        Whose face; its models get memory of their own.
    frames_per_second : int, float, str or Fraction
        See `clock.frame_rate`.
    max_chunks, max_frames : int
        How many pieces of sound and frames may wait.
    max_chunk_seconds : float
        Longer pieces are cut into such.
    sample_rate : int
        Of the sound that is put in, in Hz; another one than 16,000 is resampled piece by piece, which delays it by a
        few milliseconds.

    Examples
    --------
    ::

        with LipsyncSession(demo_avatar()) as session:
            session.push(chunk)             # 640 ms at 16 kHz
            for frame in session.ready():   # whatever is done by now
                show(frame.picture)
            for frame in session.finish():  # the rest
                show(frame.picture)
    """

    def __init__(
        self,
        avatar: Avatar,
        frames_per_second: float | str | Fraction = 25,
        *,
        max_chunks: int = 4,
        max_frames: int = 64,
        max_chunk_seconds: float = 0.64,
        sample_rate: int = RECIPE.sample_rate,
    ) -> None:
        if max_chunks < 1 or max_frames < 1 or not max_chunk_seconds > 0:
            raise ParameterError("A session wants max_chunks and max_frames of at least 1, and chunks above 0 seconds.")
        self._animator = Animator(avatar.own(), frames_per_second)
        self._sample_rate = sample_rate
        self._resampler = ResampleStream(sample_rate, RECIPE.sample_rate)
        self._step = max(1, round(max_chunk_seconds * sample_rate))
        self._sound: queue.Queue[Any] = queue.Queue(max_chunks)
        self._frames: queue.Queue[Any] = queue.Queue(max_frames)
        self._stopped = threading.Event()
        self._ended = False
        self._drained = False
        self._error: BaseException | None = None
        self._dropped = 0
        self._taken = 0
        self._pushed: deque[tuple[int, float]] = deque()  # (samples in all, when)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self._thread = threading.Thread(target=self._work, name="audiokit-lipsync", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()

    def push(self, chunk: ArrayLike | Audio, timeout_seconds: float | None = 30.0) -> None:
        """Put sound in; waits while the queue is full.

        Parameters
        ----------
        chunk : array_like, shape (time,) or (1, time), or Audio
            At the session's rate, one channel, full scale ±1, any length.
        timeout_seconds : float, optional
            How long to wait at most; None waits for ever. Who pushes and takes in one thread has to take in between.

        Raises
        ------
        ParameterError
            For other sound, or a session that has ended.
        TimeoutError
            If nobody took frames for so long; what of the chunk was not put in is lost to the session.
        """
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        for part in self._parts(chunk):
            while True:
                self._check()
                try:
                    self._sound.put((part, time.perf_counter()), timeout=_GIVE_WAY_SECONDS)
                    break
                except queue.Full:
                    if until is not None and time.monotonic() > until:
                        raise TimeoutError(
                            f"No frame was taken for {timeout_seconds:g} s, and the queue of sound is full."
                        ) from None

    def offer(self, chunk: ArrayLike | Audio) -> bool:
        """Put sound in if there is room for all of it; False, and nothing put in, where there is none.

        The mouth does not know of what was not put in: its frames come early by so much, which whoever offers has to
        make good, for example with as much silence.
        """
        self._check()
        parts = self._parts(chunk)
        if self._sound.maxsize - self._sound.qsize() < len(parts):
            self._dropped += 1
            return False
        for part in parts:
            self._sound.put((part, time.perf_counter()))
        return True

    def ready(self) -> Iterator[SessionFrame]:
        """Give the frames that are done, without waiting for any."""
        while True:
            try:
                frame = self._frames.get_nowait()
            except queue.Empty:
                self._raise()
                return
            if frame is _END:
                self._drained = True
                self._raise()
                return
            yield frame

    def finish(self) -> Iterator[SessionFrame]:
        """End the sound, and give all frames that are still to come."""
        self._check()
        self._ended = True
        end_is_in = False
        while not self._drained:
            if not end_is_in:
                try:
                    self._sound.put_nowait(_END)
                    end_is_in = True
                except queue.Full:
                    pass  # frames have to be taken first, below
            try:
                frame = self._frames.get(timeout=_GIVE_WAY_SECONDS)
            except queue.Empty:
                if self._stopped.is_set():
                    break
                continue
            if frame is _END:
                self._drained = True
                break
            yield frame
        self._raise()

    def cancel(self) -> None:
        """Stop now; frames that were not taken are lost. Returns when the thread has ended."""
        self._ended = True
        self._stopped.set()
        while self._thread.is_alive():
            for waiting in (self._sound, self._frames):
                with contextlib.suppress(queue.Empty):
                    waiting.get_nowait()
            self._thread.join(_GIVE_WAY_SECONDS)

    def waterfall(self) -> Waterfall:
        """Say where the time went so far."""
        frames = max(1, self._animator.frames)
        seconds = self._animator.seconds
        latencies = np.array(self._latencies)
        p50, p99 = (float(value) for value in np.percentile(latencies, (50, 99))) if latencies.size else (None, None)
        return Waterfall(
            stages={stage: 1000.0 * seconds[stage] / frames for stage in ("mel", "encoder", "generator", "paste")},
            look_ahead_ms=1000.0 * float(self._animator.clock.look_ahead_seconds),
            p50_ms=p50,
            p99_ms=p99,
            frames=self._animator.frames,
            dropped_chunks=self._dropped,
        )

    def _parts(self, chunk: ArrayLike | Audio) -> list[NDArray[Any]]:
        if isinstance(chunk, Audio):
            if chunk.sample_rate != self._sample_rate:
                raise ParameterError(f"This session's sound is at {self._sample_rate} Hz, got {chunk!r}.")
            chunk = chunk.samples
        signal = one_channel(chunk)
        # Copied: whoever records may write its buffer again
        return [signal[first : first + self._step].copy() for first in range(0, signal.size, self._step)]

    def _check(self) -> None:
        self._raise()
        if self._ended:
            raise ParameterError("This session has ended.", cure="Begin another one.")

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    item = self._sound.get(timeout=_GIVE_WAY_SECONDS)
                except queue.Empty:
                    continue
                if item is _END:
                    self._send(self._animator.push(self._resampler.finish()))
                    self._send(self._animator.flush())
                    break
                part, pushed_at = item
                if self._sample_rate != RECIPE.sample_rate:
                    part = self._resampler.push(part.astype(np.float32, copy=False)[np.newaxis])
                self._taken += part.size
                self._pushed.append((self._taken, pushed_at))
                self._send(self._animator.push(part))
        except Exception as error:  # noqa: BLE001 - raised again in the thread of whoever asks
            self._error = error
        finally:
            self._put(_END)
            self._stopped.set()

    def _send(self, pictures: Iterator[NDArray[np.uint8]]) -> None:
        clock = self._animator.clock
        for picture in pictures:
            if self._stopped.is_set():
                return
            index = self._animator.frames - 1
            wanted = min(clock.ready_sample(index), self._taken)
            while len(self._pushed) > 1 and self._pushed[0][0] < wanted:
                self._pushed.popleft()
            if self._pushed:
                self._latencies.append(1000.0 * (time.perf_counter() - self._pushed[0][1]))
            self._put(SessionFrame(index, clock.sample(index), picture))

    def _put(self, item: Any) -> None:
        while True:
            try:
                self._frames.put(item, timeout=_GIVE_WAY_SECONDS)
            except queue.Full:
                if self._stopped.is_set():
                    return
            else:
                return
