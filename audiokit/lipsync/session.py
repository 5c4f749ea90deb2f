"""A live session: sound and frames go in, a speaking face comes out, and neither side runs away from the other."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from audiokit.dsp.resample_stream import ResampleStream
from audiokit.errors import ParameterError
from audiokit.lipsync.animator import Animator
from audiokit.lipsync.clock import frame_rate
from audiokit.lipsync.frames import RECIPE
from audiokit.lipsync.incoming import ChannelOrder, IncomingFrames
from audiokit.lipsync.session_parts import Latency, SessionFrame, Waterfall, cut_sound, waterfall

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from audiokit.audio import Audio
    from audiokit.lipsync.avatar import Avatar

__all__ = ["LipsyncSession", "SessionFrame", "Waterfall"]

_END = object()
_GIVE_WAY_SECONDS = 0.05  # how often a waiting side looks whether all is over


class LipsyncSession:
    """Sound in, and a camera's frames if there is one; frames out; a thread between them. Use it as a context.

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
    frames_in : bool
        Whether frames of the face are put in too (`push_frame`), in place of the avatar's own pictures.
    max_early_frames : int
        How far ahead of the one that goes out next a frame may be put in; so many are held at most.
    channel_order : {"rgb", "bgr"}
        Of the frames that are put in; OpenCV's are "bgr".

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
        frames_in: bool = False,
        max_early_frames: int = 32,
        channel_order: ChannelOrder = "rgb",
    ) -> None:
        if max_chunks < 1 or max_frames < 1 or not max_chunk_seconds > 0:
            raise ParameterError("A session wants max_chunks and max_frames of at least 1, and chunks above 0 seconds.")
        self._incoming: IncomingFrames | None = None
        if frames_in:
            self._incoming = IncomingFrames(
                frame_rate(frames_per_second), sample_rate, avatar.size, max_early_frames, channel_order
            )
        picture_at = None if self._incoming is None else self._incoming.take
        self._animator = Animator(avatar.own(), frames_per_second, picture_at=picture_at)
        self._sample_rate = sample_rate
        self._resampler = ResampleStream(sample_rate, RECIPE.sample_rate)
        self._step = max(1, round(max_chunk_seconds * sample_rate))
        self._sound: queue.Queue[Any] = queue.Queue(max_chunks)
        self._frames: queue.Queue[Any] = queue.Queue(max_frames)
        self._stopped = threading.Event()
        self._ended = self._drained = False
        self._error: BaseException | None = None
        self._dropped = 0
        self._latency = Latency()
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
        for part in cut_sound(chunk, self._sample_rate, self._step):
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
        parts = cut_sound(chunk, self._sample_rate, self._step)
        if self._sound.maxsize - self._sound.qsize() < len(parts):
            self._dropped += 1
            return False
        for part in parts:
            self._sound.put((part, time.perf_counter()))
        return True

    def push_frame(
        self, picture: NDArray[np.uint8], sample: float | Fraction, timeout_seconds: float | None = 30.0
    ) -> bool:
        """Put a frame of the face in, over which the mouth of the same time is laid.

        Sound leads, and no frame is waited for: where none has come in when its mouth is made, the one before is shown
        again (`SessionFrame.held`), and one that comes after that is dropped. Both are counted in `waterfall`.

        Parameters
        ----------
        picture : ndarray, shape (height, width, 3 or 4), uint8
            Of the avatar's size; copied.
        sample : number
            Its time in samples of the session's sound since it began, on the session's own rate. It goes to the nearest
            frame that goes out; of two that go to the same one, the later put in is shown.
        timeout_seconds : float, optional
            How long to wait at most while it comes more than `max_early_frames` too early; None waits for ever.

        Returns
        -------
        bool
            Whether it is held for its turn; False for one that came too late.

        Raises
        ------
        ParameterError
            For a frame of another shape (both are named), a time that is no number, or a session without `frames_in`.
        TimeoutError
            If it still comes too early after so long; it is lost to the session.
        """
        if self._incoming is None:
            raise ParameterError("This session shows the avatar's own pictures.", cure="Begin it with frames_in=True.")
        index, copied = self._incoming.index(sample), self._incoming.checked(picture)
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            self._check()
            left = _GIVE_WAY_SECONDS if until is None else min(_GIVE_WAY_SECONDS, until - time.monotonic())
            held = self._incoming.put(copied, index, max(0.0, left))
            if held is not None:
                return held
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"Frame {index} came more than {timeout_seconds:g} s too early.")

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
                with contextlib.suppress(queue.Full):  # frames have to be taken first, below
                    self._sound.put_nowait(_END)
                    end_is_in = True
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
        return waterfall(self._animator, self._latency, self._dropped, self._incoming)

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
                self._latency.took(part.size, pushed_at)
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
            self._latency.came(clock.ready_sample(index))
            held = self._incoming is not None and self._incoming.was_held(index)
            self._put(SessionFrame(index, clock.sample(index), picture, held))

    def _put(self, item: Any) -> None:
        while True:
            with contextlib.suppress(queue.Full):
                self._frames.put(item, timeout=_GIVE_WAY_SECONDS)
                return
            if self._stopped.is_set():
                return
