"""What a live session takes and gives: sound in pieces, frames, and where the time went."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.lipsync.mel import one_channel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from audiokit.lipsync.animator import Animator
    from audiokit.lipsync.incoming import FrameCounts, IncomingFrames

__all__ = ["Latency", "SessionFrame", "Waterfall", "cut_sound", "waterfall"]

_LAST = 2000  # frames whose latency is kept


@dataclass(frozen=True, slots=True, eq=False)
class SessionFrame:
    """A frame that came out.

    Parameters
    ----------
    index : int
        Number of the video frame, from 0.
    sample : Fraction
        Its time, in samples of the sound at 16 kHz since the session began; exact.
    picture : ndarray, shape (H, W, 3 or 4), uint8
        The face.
    held : bool
        Whether no frame had come in for it, so that an earlier one lies under its mouth; only where frames come in.
    """

    index: int
    sample: Fraction
    picture: NDArray[np.uint8]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where the time goes.

    Parameters
    ----------
    stages : dict of str to float
        Milliseconds a frame, on average: ``mel``, ``encoder``, ``generator``, ``paste``.
    look_ahead_ms : float
        How long a frame has to wait for sound that comes after it, at most; no computer makes it less.
    p50_ms, p99_ms : float or None
        From the moment at which a frame's last sample was pushed to its coming out; None before the first one.
    frames, dropped_chunks : int
        Frames that came out; pieces of sound that `offer` could not take.
    incoming : FrameCounts or None
        What became of the frames that came in; None where the session takes none.
    """

    stages: dict[str, float]
    look_ahead_ms: float
    p50_ms: float | None
    p99_ms: float | None
    frames: int
    dropped_chunks: int
    incoming: FrameCounts | None = None


class Latency:
    """How long frames take, from the pushing of their last sample on; of the last 2000."""

    def __init__(self) -> None:
        self._pushed: deque[tuple[int, float]] = deque()  # (samples in all, when)
        self._taken = 0
        self._milliseconds: deque[float] = deque(maxlen=_LAST)

    def took(self, samples: int, pushed_at: float) -> None:
        """Note sound, at 16 kHz, and when it was pushed."""
        self._taken += samples
        self._pushed.append((self._taken, pushed_at))

    def came(self, ready_sample: int) -> None:
        """Note a frame that needs so many samples."""
        wanted = min(ready_sample, self._taken)
        while len(self._pushed) > 1 and self._pushed[0][0] < wanted:
            self._pushed.popleft()
        if self._pushed:
            self._milliseconds.append(1000.0 * (time.perf_counter() - self._pushed[0][1]))

    def percentiles(self) -> tuple[float, float] | tuple[None, None]:
        """Return the 50th and the 99th in milliseconds."""
        if not self._milliseconds:
            return None, None
        p50, p99 = np.percentile(np.array(self._milliseconds), (50, 99))
        return float(p50), float(p99)


def waterfall(animator: Animator, latency: Latency, dropped: int, incoming: IncomingFrames | None) -> Waterfall:
    """Sum up a session."""
    frames = max(1, animator.frames)
    p50, p99 = latency.percentiles()
    return Waterfall(
        stages={stage: 1000.0 * animator.seconds[stage] / frames for stage in ("mel", "encoder", "generator", "paste")},
        look_ahead_ms=1000.0 * float(animator.clock.look_ahead_seconds),
        p50_ms=p50,
        p99_ms=p99,
        frames=animator.frames,
        dropped_chunks=dropped,
        incoming=None if incoming is None else incoming.counts,
    )


def cut_sound(chunk: ArrayLike | Audio, sample_rate: int, step: int) -> list[NDArray[Any]]:
    """Copy sound into pieces of at most `step` samples; ParameterError for other sound than one channel at its rate."""
    if isinstance(chunk, Audio):
        if chunk.sample_rate != sample_rate:
            raise ParameterError(f"This session's sound is at {sample_rate} Hz, got {chunk!r}.")
        chunk = chunk.samples
    signal = one_channel(chunk)
    # Copied: whoever records may write its buffer again
    return [signal[first : first + step].copy() for first in range(0, signal.size, step)]
