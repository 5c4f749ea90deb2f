"""A process is forked between what threads are doing, not in the middle of it.

A forked child has the thread that forked and no other, but the locks of all: one that another thread held at that
moment stays locked in the child for ever, be it Python's (of a module that is being imported), a library's (BLAS,
torch, an encoder) or our own. Python's documentation of `os.fork` warns of it, and leaves it to the program.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["FORK_GATE", "ForkGate"]

_PATIENCE_SECONDS = 10.0  # with what does not end: a share that hangs, an hour of sound


class ForkGate:
    """Threads go through it to work; whoever forks waits until all are out, and those outside wait for the fork.

    From the first work on it holds for every `os.fork` of this process, whoever calls it: `multiprocessing`, the
    workers of another library. A thread may fork in the middle of its own work.

    Parameters
    ----------
    patience_seconds : float
        How long a fork waits at most; then it happens as it would without this.

    Examples
    --------
    >>> with FORK_GATE:
    ...     pass  # nothing forks now, but this thread
    """

    def __init__(self, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._is_watching = False
        self._changed = threading.Condition()
        self._working: dict[int, int] = {}  # how many times each thread has gone in
        self._forking: set[int] = set()

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._changed:
            self._watch()
            while self._forking and me not in self._working:
                self._changed.wait()
            self._working[me] = self._working.get(me, 0) + 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        me = threading.get_ident()
        with self._changed:
            left = self._working.pop(me) - 1
            if left:
                self._working[me] = left
            elif self._forking:
                self._changed.notify_all()

    def _watch(self) -> None:
        if not self._is_watching and hasattr(os, "register_at_fork"):
            self._is_watching = True
            os.register_at_fork(before=self._before, after_in_parent=self._after, after_in_child=self._in_child)

    def _before(self) -> None:
        """Wait until nobody works, and keep everybody out."""
        end = time.monotonic() + self._patience_seconds
        self._changed.acquire()  # until after the fork, so that what it guards is whole in the child
        self._forking.add(threading.get_ident())
        while any(one not in self._forking for one in self._working):
            left = end - time.monotonic()
            if left <= 0:
                return
            self._changed.wait(left)

    def _after(self) -> None:
        self._forking.discard(threading.get_ident())
        self._changed.notify_all()
        self._changed.release()

    def _in_child(self) -> None:
        """Forget the other threads: they do not exist here."""
        me = threading.get_ident()
        self._changed = threading.Condition()
        self._working = {me: self._working[me]} if me in self._working else {}
        self._forking = set()


FORK_GATE = ForkGate()
"""The one of this process: a fork copies all of it."""
