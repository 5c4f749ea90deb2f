"""Workers that are processes, each with threads of its own; one that dies is replaced, and its work done again."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator
from multiprocessing import connection as connections
from typing import TYPE_CHECKING, Any

from audiokit.training.failures import Failure, Skipped
from audiokit.training.item import Item
from audiokit.training.loader import worker as child
from audiokit.training.loader.blocks import Maps
from audiokit.training.loader.singly import Verdicts, one_by_one
from audiokit.training.loader.task import Made, Task

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from audiokit.errors import WorkerDied
    from audiokit.training.dataset import AudioDataset

__all__ = ["ProcessCrew", "default_start_method"]

_AHEAD = 2  # tasks that a process has beside those that its threads are at
_PATIENCE_SECONDS = 2.0


def default_start_method() -> str:
    """``fork`` on Linux, as PyTorch has it: classes of a notebook need no module there; ``spawn`` elsewhere."""
    import sys

    return "fork" if sys.platform == "linux" else "spawn"


class ProcessCrew:
    """Processes that take tasks through pipes and hand arrays back in memory that is shared.

    Parameters
    ----------
    dataset : AudioDataset
        Makes the items.
    processes, threads : int
        How many, and how many threads in each.
    start_method : str
        ``fork``, ``spawn`` or ``forkserver``.
    folder : Path
        For what processes share where memory has no handle.
    """

    def __init__(self, dataset: AudioDataset, processes: int, threads: int, start_method: str, folder: Path) -> None:
        self._dataset, self._folder = dataset, folder
        self._context: Any = multiprocessing.get_context(start_method)
        self._threads = threads
        self._processes = processes
        self._lock = threading.RLock()
        self._waiting: deque[Task] = deque()
        self._suspects: deque[Task] = deque()
        self._workers: list[_Worker] = []
        self._verdicts = Verdicts(dataset)
        self._broken: WorkerDied | None = None
        self._numbers = 0
        self._closed = False
        self._bell, self._ear = self._context.Pipe()
        self._pump = threading.Thread(target=self._listen, name="audiokit-loader-pump", daemon=True)

    @property
    def needs_fork(self) -> bool:
        """Whether a process will be copied when it starts: no other thread should be in the middle of something."""
        return not self._workers and self._context.get_start_method() == "fork"

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the processes that live."""
        with self._lock:
            return tuple(worker.process.pid for worker in self._workers)

    def start(self) -> None:
        """Start the processes, if they are not there."""
        if self._workers or self._closed:
            return
        with self._lock:
            for _ in range(self._processes):
                self._workers.append(self._started())
        self._pump.start()

    def resize(self, threads: int) -> None:
        """Change the number of threads in each process."""
        with self._lock:
            self._threads = threads
            for worker in self._workers:
                worker.threads = threads
                worker.send((child.THREADS, threads))
            self._dispatch()

    def submit(self, task: Task) -> None:
        """Have a task done; its receiver is told in the thread that listens to the processes."""
        with self._lock:
            if self._broken is None:
                self._waiting.append(task)
                self._dispatch()
                return
        task.receiver.done(task, Made(error=self._broken))

    def withdraw(self) -> list[Task]:
        """Take back what was not sent to a process."""
        with self._lock:
            tasks = list(self._waiting)
            self._waiting.clear()
        return tasks

    def wait_idle(self, timeout_seconds: float) -> bool:  # noqa: ARG002 - what a process is at disturbs no fork
        """Nothing here is in the way of a fork."""
        return True

    @property
    def is_idle(self) -> bool:
        """Whether nothing is lost if it is closed."""
        with self._lock:
            return not (self._waiting or self._suspects or self._all_given())

    def close(self) -> None:
        """End the processes; what they are at is lost."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            workers, self._workers = self._workers, []
        with contextlib.suppress(OSError):
            self._bell.send_bytes(b"x")
        for worker in workers:
            worker.end()
        for worker in workers:
            worker.bury()
        if self._pump.is_alive() and self._pump is not threading.current_thread():
            self._pump.join(_PATIENCE_SECONDS)

    def _started(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        # A fork server is the parent of its processes, and ends with the training.
        parent = None if self._context.get_start_method() == "forkserver" else os.getpid()
        process = self._context.Process(
            target=child.run,
            args=(theirs, self._dataset, self._threads, parent, self._folder),
            name="audiokit-loader",
            daemon=True,
        )
        with _no_interrupt():
            process.start()
        theirs.close()
        return _Worker(process, ours, self._threads)

    def _dispatch(self) -> None:
        """Send what waits to whoever has least to do; one that was there when a process died goes alone."""
        while self._workers and self._suspects:
            idle = next((worker for worker in self._workers if not worker.tasks), None)
            if idle is None:
                return  # soon: while there are suspects, nobody gets anything else
            idle.is_alone = True
            self._send(idle, self._suspects.popleft())
        while self._waiting:
            free = [one for one in self._workers if not one.is_alone and len(one.tasks) < one.threads + _AHEAD]
            if not free:
                return
            worker = min(free, key=lambda one: len(one.tasks))
            task = self._waiting.popleft()
            if not task.receiver.cancelled:
                self._send(worker, task)

    def _send(self, worker: _Worker, task: Task) -> None:
        self._numbers += 1
        worker.tasks[self._numbers] = task
        worker.send((child.DO, self._numbers, task.epoch, task.indices, worker.take_released()))

    def _listen(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                by_handle: dict[Any, _Worker] = {}
                for worker in self._workers:
                    by_handle[worker.connection] = by_handle[worker.process.sentinel] = worker
            ready = connections.wait([*by_handle, self._ear])
            if self._ear in ready:
                with contextlib.suppress(EOFError, OSError):
                    self._ear.recv_bytes()
                continue
            # What a process said before its end counts, so its connection is looked at before its end.
            for worker in dict.fromkeys(by_handle[handle] for handle in ready):
                try:
                    while worker.connection.poll():
                        self._heard(worker, worker.connection.recv())
                    alive = worker.process.is_alive()
                except (EOFError, OSError):
                    alive = False
                if not alive:
                    self._died(worker)

    def _heard(self, worker: _Worker, message: tuple[Any, ...]) -> None:
        if message[0] == child.UP:
            self._verdicts.up()
            worker.is_up = True
            return
        number, block, entries, error, seconds, cpu_seconds, stages, dropped = message
        worker.maps.forget(dropped)
        made = Made((), error, seconds, cpu_seconds, stages)
        task = worker.tasks.get(number)
        if task is None:  # given up meanwhile
            return
        if not task.receiver.cancelled:
            made.entries = [self._entry(worker, index, block, entry) for index, entry in zip(task.indices, entries)]  # noqa: B905 - fewer after an error
        if block is not None:
            made.release = lambda: worker.release(block[0])
        with self._lock:
            del worker.tasks[number]
            worker.is_alone = False
            self._verdicts.progress()
            self._dispatch()
        if task.receiver.cancelled:
            if made.release:
                made.release()
            return
        task.receiver.done(task, made)

    def _entry(self, worker: _Worker, index: int, block: Any, entry: Any) -> Any:
        if isinstance(entry, Failure):
            return Skipped(entry)
        shape, dtype, place, frames, augmentation = entry
        data = place if block is None else worker.maps.array(block, place, shape, dtype)
        index_of = self._dataset.index
        return Item(data, index_of.labels[index], index, index_of.path(index), frames, augmentation)

    def _died(self, worker: _Worker) -> None:
        """Replace a process, and have done again what it was at."""
        worker.process.join(_PATIENCE_SECONDS)
        code = worker.process.exitcode
        with self._lock:
            if self._closed or worker not in self._workers:
                return
            self._workers.remove(worker)
            worker.bury()
            lost = [task for task in worker.tasks.values() if not task.receiver.cancelled]
            again, told = self._verdicts.of(lost, code, was_up=worker.is_up)
            self._broken = self._verdicts.broken
            if self._broken is None:
                self._suspects.extend(single for task in again for single in one_by_one(task))
                self._workers.append(self._started())
                self._dispatch()
            else:
                left = [*again, *self._waiting, *self._suspects, *self._all_given()]
                told += [(task, Made(error=self._broken)) for task in left if not task.receiver.cancelled]
                self._waiting.clear()
                self._suspects.clear()
                for other in self._workers:  # what they answer now was told already
                    other.tasks.clear()
        for task, made in told:
            task.receiver.done(task, made)

    def _all_given(self) -> list[Task]:
        return [task for worker in self._workers for task in worker.tasks.values()]


@contextlib.contextmanager
def _no_interrupt() -> Iterator[None]:
    """Start a process that no interrupt reaches, not even before it can say that it wants none."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
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
        with contextlib.suppress(OSError):  # it died: the listener will know
            self.connection.send(message)

    def release(self, number: int) -> None:
        with self._lock:
            self._released.append(number)

    def take_released(self) -> list[int]:
        with self._lock:
            released, self._released = self._released, []
        return released

    def end(self) -> None:
        self.send(None)
        self.process.terminate()

    def bury(self) -> None:
        self.process.join(_PATIENCE_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_PATIENCE_SECONDS)
        self.connection.close()
