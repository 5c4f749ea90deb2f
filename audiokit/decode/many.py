"""Many files at once: decoded in threads, without the GIL where the decoder allows it, given back in order."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from operator import length_hint
from typing import TYPE_CHECKING, Any, Literal

from audiokit.audio import Audio
from audiokit.decode.read import read
from audiokit.decode.segments import available_cpus
from audiokit.decode.source import open_source
from audiokit.errors import InputError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from audiokit.decode.source import Source, SourceLike

__all__ = ["read_many"]

# Files for each thread that are decoded before anybody asked for them: few at first, and as many of short ones as fit
# the memory set aside for them
_AHEAD_AT_LEAST, _AHEAD_AT_MOST = 2, 32
_AHEAD_BYTES = 64 << 20
_BATCH_AT_MOST, _BATCHES_AHEAD = 4, 4  # files that a thread is given at once; so many times for each thread


def read_many(
    sources: Iterable[SourceLike | Source],
    *,
    max_workers: int | None = None,
    on_error: Literal["raise", "skip", "return"] = "raise",
    **options: Any,
) -> Iterator[Audio | InputError]:
    """Read files in parallel, in the order given, some ahead of what is asked for: 64 MB of sound, or two each.

    Parameters
    ----------
    sources : iterable of sources
        As for `read`; taken from as needed, so it may be endless.
    max_workers : int, optional
        Threads; the processors that this process may use if None.
    on_error : {"raise", "skip", "return"}
        What becomes of a file that cannot be read: its error is raised in its turn, it is left out, or the error
        stands in its place. So too with a path or an address that names nothing (an empty one, say). What is no source
        at all (a number, None, a file open as text) is an error of the program, and is raised whatever stands here.
    **options
        Of `read`: ``sample_rate``, ``mono``, ``duration_seconds`` and the rest. Each file is decoded by one thread.

    Yields
    ------
    Audio
        One for each source, in order; with ``on_error="return"`` an InputError where there is none.

    Raises
    ------
    ParameterError
        At once, for an `on_error` or `max_workers` that does not fit; with the first file, for another option; in its
        turn, for what is no source.
    InputError
        In its turn, with ``on_error="raise"``.
    """
    if on_error not in ("raise", "skip", "return"):
        raise ParameterError(f'on_error must be "raise", "skip" or "return", got {on_error!r}.')
    if max_workers is not None and max_workers < 1:
        raise ParameterError(f"max_workers must be 1 or more, got {max_workers}.")
    return _read_in_order(sources, max_workers or available_cpus(), on_error, {**options, "workers": 1})


def _read_in_order(
    sources: Iterable[SourceLike | Source], workers: int, on_error: str, options: dict[str, Any]
) -> Iterator[Audio | InputError]:
    waiting = iter(sources)
    under_way: deque[Future[_Batch]] = deque()
    is_over: list[bool] = []  # a flag that all batches see
    ahead, under_way_files, given, given_bytes = workers * _AHEAD_AT_LEAST, 0, 1, 0
    shares = workers * _BATCHES_AHEAD
    with ThreadPoolExecutor(workers, thread_name_prefix="audiokit-read") as pool:
        try:
            # One file at a time first, and of short ones several: to pass one on takes a fiftieth of decoding it. At
            # the end one at a time again, so that no thread waits long for another.
            while some := list(islice(waiting, _batch(min(ahead, length_hint(waiting, ahead)) // shares))):
                under_way.append(pool.submit(_attempt_all, some, options, is_over))
                under_way_files += len(some)
                if under_way_files < ahead:
                    continue
                # Wait for the one in the middle and give half of them: to be woken for each costs the threads more
                # than a short file does.
                half = (len(under_way) + 1) // 2
                under_way[half - 1].exception()
                for _ in range(half):
                    batch = under_way.popleft().result()
                    under_way_files -= len(batch.asked)
                    given += len(batch.found)
                    given_bytes += sum(one.samples.nbytes for one in batch.found if isinstance(one, Audio))
                    yield from _told(batch, on_error)
                fitting = _AHEAD_BYTES * given // max(given_bytes, 1)
                ahead = min(max(fitting, workers * _AHEAD_AT_LEAST), workers * _AHEAD_AT_MOST)
            while under_way:
                yield from _told(under_way.popleft().result(), on_error)
        finally:  # the caller stopped asking, or an error is raised: what has not begun shall not
            is_over.append(True)
            pool.shutdown(wait=False, cancel_futures=True)


def _batch(files: int) -> int:
    return min(max(files, 1), _BATCH_AT_MOST)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What became of some files: of each a sound or an error, up to one that is the program's and stops everything."""

    asked: list[SourceLike | Source]
    found: list[Audio | InputError]
    stops_with: BaseException | None = None


def _attempt_all(sources: list[SourceLike | Source], options: dict[str, Any], is_over: list[bool]) -> _Batch:
    found: list[Audio | InputError] = []
    for source in sources:
        if is_over:
            break
        try:
            found.append(_attempt(source, options))
        except BaseException as error:  # noqa: BLE001 - raised in its turn, behind what came before it
            return _Batch(sources, found, error)
    return _Batch(sources, found)


def _attempt(source: SourceLike | Source, options: dict[str, Any]) -> Audio | InputError:
    try:
        opened = open_source(source, keep=True)
    except ParameterError as error:
        if isinstance(source, (str, os.PathLike)):
            return error  # one of many names, and there is nothing that it could name
        raise
    except InputError as error:
        return error
    try:
        return read(opened, **options)
    except ParameterError:
        raise  # an option that fits no file
    except InputError as error:
        return error
    finally:
        opened.release()


def _told(batch: _Batch, on_error: str) -> Iterator[Audio | InputError]:
    for found in batch.found:
        if isinstance(found, Audio) or on_error == "return":
            yield found
        elif on_error == "raise":
            raise found
    if batch.stops_with is not None:
        raise batch.stops_with
