"""The thread that gives up models which nobody uses; it ends when there are none, or when their store is gone."""

from __future__ import annotations

import threading
import weakref
from typing import Protocol

__all__ = ["IdleWatch"]


class _Watched(Protocol):
    def seconds_to_next(self) -> float | None:
        """Give up what is idle, and say when to look again; None where nothing is left."""


class IdleWatch:
    """Looks after a store, without keeping it alive.

    Parameters
    ----------
    store : object
        With a method ``seconds_to_next``.
    """

    def __init__(self, store: _Watched) -> None:
        self._store = weakref.ref(store)
        self._lock = threading.Lock()
        self._end = threading.Event()
        self.thread: threading.Thread | None = None

    def begin(self) -> None:
        """Look from now on; nothing new where somebody looks already."""
        with self._lock:
            if self.thread is None and not self._end.is_set():
                self.thread = threading.Thread(target=self._look, name="audiokit-models-idle", daemon=True)
                self.thread.start()

    def end(self) -> None:
        """Look no more."""
        self._end.set()

    def _look(self) -> None:
        while True:
            # Under the lock, so that a model which is put down now is either seen here or finds no thread.
            with self._lock:
                store = self._store()
                seconds = None if store is None else store.seconds_to_next()
                del store
                if seconds is None:
                    self.thread = None
                    return
            if self._end.wait(seconds):
                return
