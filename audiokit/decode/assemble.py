"""Blocks into one array: mixed to mono while they are still in the processor's cache, resampled as they come.

A temporary array of the size of the file costs as much in page faults as a WAV costs to decode; nothing here is larger
than a block, except the result.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.resample import resample
from audiokit.dsp.resample_stream import ResampleStream, resampled_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from audiokit.decode.backend import Stream

__all__ = ["CHUNK_FRAMES", "Plan", "Sink", "assemble", "chunks"]

# Fits the second-level cache together with what it is made from; soxr is at its best from here on.
CHUNK_FRAMES = 1 << 17
"""Samples that go through the resampler at once."""
_FIRST_CAPACITY = 1 << 18


@dataclass(frozen=True, slots=True)
class Plan:
    """What shall become of a stream's blocks.

    Parameters
    ----------
    start : int
        First sample, counted in the file's own.
    stop : int or None
        Behind the last one; None is the end.
    mono : bool
        Mean of the channels, before resampling.
    source_rate, target_rate : int
        In Hz.
    quality : str
        One of librosa's ``soxr_*`` names.
    """

    start: int
    stop: int | None
    mono: bool
    source_rate: int
    target_rate: int
    quality: str

    def rows(self, channels: int) -> int:
        """Channels of the result."""
        return 1 if self.mono else channels

    def length(self, frames: int) -> int:
        """Samples of the result that so many samples of the file make."""
        return resampled_length(frames, self.source_rate, self.target_rate)


class Sink:
    """Parts in, one array out; allocated at once where the length is known, and grown in place where it is not.

    Parameters
    ----------
    rows : int
        Channels.
    length : int or None
        Samples; None where only the end tells.
    """

    def __init__(self, rows: int, length: int | None) -> None:
        self._whole = None if length is None else np.empty((rows, length), np.float32)
        # Each row by itself: a long one is lengthened by moving pages about, without a copy
        self._rows = [] if length is not None else [np.empty(_FIRST_CAPACITY, np.float32) for _ in range(rows)]
        self.filled = 0

    def add(self, part: NDArray[np.float32]) -> None:
        """Append samples, shape (rows, n); they are copied."""
        end = self.filled + part.shape[1]
        if self._whole is not None and end > self._whole.shape[1]:
            # Longer than was stated: statements are not trusted so far
            self._rows, self._whole = [row[: self.filled].copy() for row in self._whole], None
        if self._whole is not None:
            self._whole[:, self.filled : end] = part
        else:
            for row, samples in zip(self._rows, part, strict=True):
                if end > len(row):
                    row.resize(max(end, 2 * len(row)), refcheck=False)  # nobody else has it
                row[self.filled : end] = samples
        self.filled = end

    def result(self) -> NDArray[np.float32]:
        """All samples, contiguous; the sink is empty then."""
        if self._whole is not None:
            if self.filled == self._whole.shape[1]:
                return self._whole
            return self._whole[:, : self.filled].copy()  # shorter than was stated: what was reserved is given back
        for row in self._rows:
            row.resize(self.filled, refcheck=False)
        return self._rows[0][np.newaxis] if len(self._rows) == 1 else np.stack(self._rows)


def mix_into(block: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write a block, shape (channels, n), into `out`, shape (1 or channels, n): the mean of its channels, or all."""
    if len(block) == len(out):
        out[:] = block
    elif len(block) == 2:
        np.add(block[0], block[1], out=out[0])
        out *= np.float32(0.5)
    else:
        np.mean(block, axis=0, dtype=np.float32, out=out[0])


def chunks(
    stream: Stream, plan: Plan, check: Callable[[int], None], frames: int = CHUNK_FRAMES
) -> Iterator[NDArray[np.float32]]:
    """Gather a stream's blocks, mixed as planned, into chunks of one length; the last one may be shorter.

    Two buffers take turns: a chunk holds until the next but one is asked for, so that one may be resampled elsewhere
    while the next is being decoded.

    Parameters
    ----------
    stream : Stream
        Just opened.
    plan : Plan
        What to read.
    check : callable
        Called before each block with the number of samples so far; raises to stop.
    frames : int
        Samples in a chunk.
    """
    rows = plan.rows(stream.channels)
    buffers = [np.empty((rows, frames), np.float32) for _ in range(2)]
    turn = filled = taken = 0
    for block in stream.blocks(plan.start, plan.stop):
        check(taken)
        taken += block.shape[1]
        at = 0
        while at < block.shape[1]:
            count = min(block.shape[1] - at, frames - filled)
            mix_into(block[:, at : at + count], buffers[turn][:, filled : filled + count])
            at, filled = at + count, filled + count
            if filled == frames:
                yield buffers[turn]
                turn, filled = 1 - turn, 0
    if filled:
        yield buffers[turn][:, :filled]


def assemble(
    stream: Stream, plan: Plan, check: Callable[[int], None], *, expected: int | None, aside: bool
) -> tuple[NDArray[Any], int]:
    """Decode a span into one array.

    Parameters
    ----------
    stream : Stream
        Just opened.
    plan : Plan
        What to read, and what to make of it.
    check : callable
        Called before each block with the number of samples so far; raises to stop.
    expected : int or None
        Samples of the file in the span, where that is known and believed.
    aside : bool
        Resample in a thread of its own, beside the decoding.

    Returns
    -------
    samples : ndarray of float32, shape (channels, time)
        At the target rate.
    taken : int
        Samples of the file that went into it.
    """
    rows = plan.rows(stream.channels)
    if plan.source_rate == plan.target_rate and expected is not None:
        return _gather(stream, plan, check, np.empty((rows, expected), np.float32))
    if plan.source_rate == plan.target_rate:
        sink = Sink(rows, None)
        for chunk in chunks(stream, plan, check):
            sink.add(chunk)
        return sink.result(), sink.filled
    if expected is not None and expected <= CHUNK_FRAMES:  # one call costs less than a stream, and gives the same
        with stream.scratch.lend() as scratch:
            room = scratch.empty(rows * expected, np.float32).reshape(rows, expected)
            samples, taken = _gather(stream, plan, check, room)
            return resample(samples, plan.source_rate, plan.target_rate, quality=plan.quality), taken
    sink = Sink(rows, None if expected is None else plan.length(expected))
    resampler = ResampleStream(plan.source_rate, plan.target_rate, channels=rows, quality=plan.quality)
    taken = 0
    with ExitStack() as stack:
        pool: ThreadPoolExecutor | None = None
        under_way: Future[NDArray[np.float32]] | None = None
        for chunk in chunks(stream, plan, check):
            taken += chunk.shape[1]
            if aside and pool is None and chunk.shape[1] == CHUNK_FRAMES:
                pool = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="audiokit-resample"))
            if pool is None:
                sink.add(resampler.push(chunk))
                continue
            if under_way is not None:
                sink.add(under_way.result())
            under_way = pool.submit(resampler.push, chunk)
        if under_way is not None:
            sink.add(under_way.result())
    sink.add(resampler.finish())
    return sink.result(), taken


def _gather(
    stream: Stream, plan: Plan, check: Callable[[int], None], out: NDArray[np.float32]
) -> tuple[NDArray[np.float32], int]:
    """Put blocks straight to where they belong, at the file's own rate; `out` is as long as is expected."""
    rows, expected = out.shape
    taken = 0
    beyond: list[NDArray[np.float32]] = []
    for block in stream.blocks(plan.start, plan.stop):
        check(taken)
        count = min(block.shape[1], expected - taken) if not beyond else 0
        mix_into(block[:, :count], out[:, taken : taken + count])
        if count < block.shape[1]:
            rest = np.empty((rows, block.shape[1] - count), np.float32)
            mix_into(block[:, count:], rest)
            beyond.append(rest)
        taken += block.shape[1]
    if beyond:
        return np.concatenate([out, *beyond], axis=1), taken
    return (out if taken == expected else out[:, :taken].copy()), taken
