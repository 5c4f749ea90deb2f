"""Workers that are threads of the training's own process."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from audiokit.fork_gate import FORK_GATE
from audiokit.training.loader.task import Task, make

if TYPE_CHECKING:
    from audiokit.training.dataset import AudioDataset

__all__ = ["ThreadCrew"]


class ThreadCrew:
    """Threads that take tasks from one queue.

    Decoders, soxr and the Fourier transform give Python's lock back while they work, so that threads use several
    processors; what is done in Python itself does not.

    Parameters
    ----------
    dataset : AudioDataset
        Makes the items.
    threads : int
        How many.
    """

    def __init__(self, dataset: AudioDataset, threads: int) -> None:
        self._dataset = dataset
        self._changed = threading.Condition()
        self._tasks: deque[Task] = deque()
        self._wanted = self._running = 0
        self._names = 0
        self.resize(threads)

    def start(self) -> None:
        """Nothing has to be started."""

    def resize(self, threads: int) -> None:
        """Change the number of threads; those too many end after their task."""
        with self._changed:
            self._wanted = threads
            self._changed.notify_all()
            missing = threads - self._running
            self._running += max(0, missing)
        for _ in range(missing):
            self._names += 1
            name = f"audiokit-loader-{self._names}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, task: Task) -> None:
        """Have a task done; its receiver is told in one of the threads."""
        with self._changed:
            self._tasks.append(task)
            self._changed.notify()

    def withdraw(self) -> list[Task]:
        """Take back what has not begun."""
        with self._changed:
            tasks = list(self._tasks)
            self._tasks.clear()
        return tasks

    @property
    def is_idle(self) -> bool:
        """Whether nothing is lost if it is closed: each thread ends after its task."""
        with self._changed:
            return not self._tasks

    def close(self) -> None:
        """End all threads, each after its task."""
        self.withdraw()
        self.resize(0)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._tasks and self._running <= self._wanted:
                    self._changed.wait()
                if self._running > self._wanted:
                    self._running -= 1
                    return
                task = self._tasks.popleft()
            if not task.receiver.cancelled:
                with FORK_GATE:
                    task.receiver.done(task, make(self._dataset, task.epoch, task.indices))
            del task  # what it holds shall not wait for the next one
