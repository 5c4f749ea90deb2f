"""One file decoded by several threads, each a segment of it, with the very samples that one thread gives.

Every thread opens the file for itself, begins a little before its segment, and mixes and resamples it too. Two
conditions make that exact: the decoder gives the same samples wherever it begins (`Stream.splits`), and the
resampler's blocks coincide (`audiokit.dsp.resample_stream.splitting_period`). Both are checked each time: neighbours
decode an overlap, and unless it agrees bit by bit, nothing of this is used.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from audiokit.decode.assemble import CHUNK_FRAMES, Plan, chunks
from audiokit.decode.backend import CannotDecode
from audiokit.dsp.resample_stream import SETTLE_SAMPLES, ResampleStream, splitting_period

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from audiokit.decode.backend import Stream

__all__ = ["available_cpus", "decode_segments", "default_workers", "worth_splitting", "worth_threads"]

_SHORTEST_SEGMENT_SECONDS = 1.5  # below, opening the file again and its preroll eat up what is gained
_COMPARED_SAMPLES = 256
_SEGMENT_CHUNK_FRAMES = 1 << 15  # small: what the last chunk holds beyond the segment is decoded for nothing
# Samples that soxr holds back at most before it gives what they make
_RESAMPLER_DELAY = 1 << 17


def available_cpus() -> int:
    """Count the processors that this process may use: its affinity, and its control group's quota."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        count = os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as handle:  # noqa: PTH123 - read at every call
            quota, period = handle.read().split()
        if quota != "max":
            count = min(count, max(1, -(-int(quota) // int(period))))
    except (OSError, ValueError):
        pass
    return count


def default_workers() -> int:
    """Threads for one file: all processors in a program's main thread, one wherever others work beside it.

    A thread of a pool, and a process that another one started (a data loader's worker), already share the machine.
    """
    processes = sys.modules.get("multiprocessing")  # a process that it started has loaded it
    is_worker = processes is not None and processes.parent_process() is not None
    return 1 if is_worker or threading.current_thread() is not threading.main_thread() else available_cpus()


@dataclass(frozen=True, slots=True)
class _Segment:
    """Input samples [start, stop) make the output samples [first, last), and `compared` more behind them."""

    start: int
    stop: int
    first: int
    last: int
    skipped: int  # outputs at the beginning that the neighbour makes
    compared: int


def worth_threads(plan: Plan, frames: int | None) -> bool:
    """Whether a span of so many samples may be worth more than one thread; None where that is not known.

    Neither is it long enough for two segments, nor for a resampler beside the decoder, if not.
    """
    return frames is None or frames >= min(2 * _SHORTEST_SEGMENT_SECONDS * plan.source_rate, CHUNK_FRAMES)


def worth_splitting(plan: Plan, stop: int, workers: int) -> bool:
    """Whether a span would be decoded in more than one segment."""
    return len(_plan_segments(plan, stop, workers)) > 1


def decode_segments(
    opened: Stream,
    open_another: Callable[[], AbstractContextManager[Stream]],
    plan: Plan,
    stop: int,
    workers: int,
    check: Callable[[int], None],
) -> NDArray[np.float32] | None:
    """Decode the span [plan.start, stop) side by side.

    Parameters
    ----------
    opened : Stream
        For the first segment; it is used up afterwards.
    open_another : callable
        Opens the file again; called once for each further segment, in its thread.
    plan : Plan
        What to make of the span.
    stop : int
        Its end, which is known.
    workers : int
        Threads.
    check : callable
        As in `assemble`.

    Returns
    -------
    ndarray of float32, shape (channels, time), or None
        None where it is not exact: damage, an overlap that differs, or a place where the decoder cannot begin.
    """
    segments = _plan_segments(plan, stop, workers)
    out = np.empty((plan.rows(opened.channels), segments[-1].last), np.float32)

    def work(segment: _Segment) -> NDArray[np.float32] | None:
        with nullcontext(opened) if segment is segments[0] else open_another() as stream:
            stream.is_compared = segment is not segments[0]
            try:
                return _decode_one(stream, plan, segment, out, check)
            except CannotDecode:  # it cannot begin there: the whole may still be decoded from its beginning
                return None

    with ThreadPoolExecutor(len(segments) - 1, thread_name_prefix="audiokit-decode") as pool:
        others = [pool.submit(work, segment) for segment in segments[1:]]
        overlaps = [work(segments[0]), *(other.result() for other in others)]
    for segment, overlap in zip(segments, overlaps, strict=True):
        if overlap is None or not np.array_equal(overlap, out[:, segment.last : segment.last + segment.compared]):
            return None
    return out


def _plan_segments(plan: Plan, stop: int, workers: int) -> list[_Segment]:
    frames = stop - plan.start
    count = min(workers, int(frames / (_SHORTEST_SEGMENT_SECONDS * plan.source_rate)))
    period = splitting_period(plan.source_rate, plan.target_rate, plan.quality)
    if count < 2 or period is None:
        return []
    resampled = plan.source_rate != plan.target_rate
    skipped = SETTLE_SAMPLES if resampled else 0
    starts = sorted({round(frames * part / count / period) * period for part in range(count)})
    starts = [start for start in starts if start < frames]
    at = [start * plan.target_rate // plan.source_rate for start in starts]  # whole, by the choice of the period
    total = plan.length(frames)
    segments = []
    for index, (start, first) in enumerate(zip(starts, at, strict=True)):
        begin = first + (skipped if index else 0)
        if index + 1 == len(starts):
            segments.append(_Segment(start, frames, begin, total, begin - first, 0))
            continue
        last = at[index + 1] + skipped
        compared = min(_COMPARED_SAMPLES, total - last)
        needed = (last + compared) * plan.source_rate // plan.target_rate + (_RESAMPLER_DELAY if resampled else 0)
        segments.append(_Segment(start, min(needed, frames), begin, last, begin - first, compared))
    if any(segment.last <= segment.first or segment.compared < 0 for segment in segments):
        return []
    return segments


def _decode_one(
    stream: Stream,
    plan: Plan,
    segment: _Segment,
    out: NDArray[np.float32],
    check: Callable[[int], None],
) -> NDArray[np.float32] | None:
    """Fill the segment's part of `out`; return what it made of the overlap behind it, None if anything is amiss."""
    part = replace(plan, start=plan.start + segment.start, stop=plan.start + segment.stop)
    rows = len(out)
    overlap = np.empty((rows, segment.compared), np.float32)
    resampler = ResampleStream(plan.source_rate, plan.target_rate, channels=rows, quality=plan.quality)
    wanted = segment.last - segment.first + segment.skipped + segment.compared
    made = taken = 0

    def place(samples: NDArray[np.float32]) -> None:
        nonlocal made
        begin, end = made - segment.skipped, made - segment.skipped + samples.shape[1]
        made += samples.shape[1]
        size = segment.last - segment.first
        low, high = max(begin, 0), min(end, size)
        if low < high:
            out[:, segment.first + low : segment.first + high] = samples[:, low - begin : high - begin]
        low, high = max(begin, size), min(end, size + segment.compared)
        if low < high:
            overlap[:, low - size : high - size] = samples[:, low - begin : high - begin]

    for chunk in chunks(stream, part, check, _SEGMENT_CHUNK_FRAMES):
        taken += chunk.shape[1]
        place(resampler.push(chunk))
        if made >= wanted:
            break
    else:
        if made < wanted and taken == segment.stop - segment.start:
            place(resampler.finish(wanted))
    if stream.lost or stream.warnings:
        return None
    return overlap if made >= wanted else None
