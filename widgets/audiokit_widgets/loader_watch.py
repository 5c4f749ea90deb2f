"""Looking at something again and again: from a thread while cells are busy, and whenever a cell has ended."""

from __future__ import annotations

import contextlib
import queue
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["Watch", "at_cell_ends", "weakly"]

_SLOWER = 1.5  # times the wait before, while nothing changes
_MOST = 8  # times the shortest wait


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
        Between two looks while something changes; up to eight times as long while nothing does.
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
        one = watcher()
        changed = None if one is None else look(one)
        if changed is None:
            return
        del one  # not held while it waits
        wait = every_seconds if changed else min(wait * _SLOWER, every_seconds * _MOST)


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
