"""One worker process as the training's own process sees it: its pipe, and what it has been given."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from audiokit.training.loader.blocks import Maps

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from audiokit.training.loader.task import Task

__all__ = ["PATIENCE_SECONDS", "WorkerHandle", "no_interrupt"]

PATIENCE_SECONDS = 2.0
"""How long the end of a process is waited for, before it is killed."""


@contextlib.contextmanager
def no_interrupt() -> Iterator[None]:
    """Start a process that no interrupt reaches, not even before it can say that it wants none."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerHandle:
    """One process, and what it has been given."""

    def __init__(self, process: Any, connection: Connection, threads: int) -> None:
        self.process, self.connection, self.threads = process, connection, threads
        self.tasks: dict[int, Task] = {}
        self.is_up = False  # ready for tasks: what ends it then is one of them
        self.is_alone = False  # with an item that may have been the end of another process
        self.maps = Maps()
        self._released: list[int] = []
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Send to the process; one that died gets nothing."""
        with contextlib.suppress(OSError):  # it died: the listener will know
            self.connection.send(message)

    def release(self, number: int) -> None:
        """Note that a block is no longer needed; the process is told with its next task."""
        with self._lock:
            self._released.append(number)

    def take_released(self) -> list[int]:
        """Return the blocks that it has not been told of."""
        with self._lock:
            released, self._released = self._released, []
        return released

    def end(self) -> None:
        """Ask the process to end."""
        self.send(None)
        self.process.terminate()

    def bury(self) -> None:
        """Wait for its end, and bring it about if it does not come."""
        self.process.join(PATIENCE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(PATIENCE_SECONDS)
        self.connection.close()
