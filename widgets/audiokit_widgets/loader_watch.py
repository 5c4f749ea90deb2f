"""Looking at something again and again: from a thread while cells are busy, and whenever a cell has ended."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["Watch", "at_cell_ends", "weakly"]

_SLOWER = 1.5  # times the wait before, while nothing changes
_MOST = 8  # times the shortest wait
_SHARE = 20  # times as long as a look took: what is watched shall not notice it


class Watch:
    """A daemon thread that calls ``look(watcher)`` until it is told to stop, or the watcher is gone.

    The kernel's main thread is busy while training runs in a cell; messages to a page from another thread go out
    meanwhile.

    Parameters
    ----------
    watcher : object
        Not kept alive.
    look : callable
        Returns whether something changed, or None if there is nothing more to see.
    every_seconds : float
        Between two looks while something changes; up to eight times as long while nothing does, and at least twenty
        times as long as a look takes.
    """

    def __init__(self, watcher: object, look: Callable[[Any], bool | None], *, every_seconds: float) -> None:
        # A queue that may be written to while another of its calls is interrupted, as a destructor does: an Event's
        # lock would not survive `stop` being called by the garbage collector.
        self._word: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.thread = threading.Thread(
            target=_follow,
            args=(weakref.ref(watcher), look, every_seconds, self._word),
            name="audiokit-loader-monitor",
            daemon=True,
        )
        self.thread.start()

    def stop(self) -> None:
        """Let the thread end; returns at once."""
        self._word.put(None)


def weakly(thing: object) -> Callable[[], object]:
    """Refer to something without keeping it alive, if that can be: call the answer to get it, or None."""
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing


def _follow(
    watcher: Callable[[], object],
    look: Callable[[Any], bool | None],
    every_seconds: float,
    word: queue.SimpleQueue[None],
) -> None:
    wait = every_seconds
    while True:
        with contextlib.suppress(queue.Empty):
            word.get(timeout=wait)
            return
        began = time.monotonic()
        one = watcher()
        changed = None if one is None else look(one)
        if changed is None:
            return
        del one  # not held while it waits
        wait = next_wait(wait, every_seconds, changed=changed, took_seconds=time.monotonic() - began)


def next_wait(wait: float, every_seconds: float, *, changed: bool, took_seconds: float) -> float:
    """Choose how long to wait for the next look: longer while nothing changes, and where looking takes long.

    Examples
    --------
    >>> next_wait(0.5, 0.5, changed=True, took_seconds=0.002), next_wait(3.0, 0.5, changed=False, took_seconds=0.002)
    (0.5, 4.0)
    >>> next_wait(0.5, 0.5, changed=True, took_seconds=0.1)
    2.0
    """
    wanted = every_seconds if changed else min(wait * _SLOWER, every_seconds * _MOST)
    return max(wanted, _SHARE * took_seconds)


def at_cell_ends(watcher: object, look: Callable[[Any], bool]) -> Callable[[], None]:
    """Call ``look(watcher)`` whenever a cell of this notebook has run, while it returns True.

    Parameters
    ----------
    watcher : object
        Not kept alive.
    look : callable
        Returns whether it wants to be called again.

    Returns
    -------
    callable
        Ends it; does nothing the second time, or where no IPython runs.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return lambda: None
    ref = weakref.ref(watcher)

    def ended(_result: object = None) -> None:
        one = ref()
        if one is None or not look(one):
            cancel()

    def cancel() -> None:
        with contextlib.suppress(ValueError):
            shell.events.unregister("post_run_cell", ended)

    shell.events.register("post_run_cell", ended)
    return cancel
