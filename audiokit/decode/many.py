"""Many files at once: decoded in threads, without the GIL where the decoder allows it, given back in order."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

from audiokit.decode.read import read
from audiokit.decode.segments import available_cpus
from audiokit.decode.source import open_source
from audiokit.errors import InputError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from audiokit.audio import Audio
    from audiokit.decode.source import Source, SourceLike

__all__ = ["read_many"]

# Files for each thread that are decoded before anybody asked for them: few at first, and as many of short ones as fit
# the memory set aside for them
_AHEAD_AT_LEAST, _AHEAD_AT_MOST = 2, 32
_AHEAD_BYTES = 64 << 20


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
    under_way: deque[Future[Audio | InputError]] = deque()
    ahead, given, given_bytes = workers * _AHEAD_AT_LEAST, 1, 0
    with ThreadPoolExecutor(workers, thread_name_prefix="audiokit-read") as pool:
        try:
            for source in waiting:
                under_way.append(pool.submit(_attempt, source, options))
                if len(under_way) < ahead:
                    continue
                # Wait for the one in the middle and give half of them: to be woken for each costs the threads more
                # than a short file does.
                half = (len(under_way) + 1) // 2
                under_way[half - 1].exception()
                for _ in range(half):
                    found = under_way.popleft().result()
                    if not isinstance(found, InputError):
                        given, given_bytes = given + 1, given_bytes + found.samples.nbytes
                    yield from _told(found, on_error)
                fitting = _AHEAD_BYTES * given // max(given_bytes, 1)
                ahead = min(max(fitting, workers * _AHEAD_AT_LEAST), workers * _AHEAD_AT_MOST)
            while under_way:
                yield from _told(under_way.popleft().result(), on_error)
        finally:  # the caller stopped asking, or an error is raised: what has not begun shall not
            pool.shutdown(wait=False, cancel_futures=True)


def _attempt(source: SourceLike | Source, options: dict[str, Any]) -> Audio | InputError:
    try:
        opened = open_source(source)
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


def _told(found: Audio | InputError, on_error: str) -> Iterator[Audio | InputError]:
    if isinstance(found, InputError):
        if on_error == "raise":
            raise found
        if on_error == "skip":
            return
    yield found
