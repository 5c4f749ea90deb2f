"""Workers that are processes, each with threads of its own; one that dies is replaced, and its work done again."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections import deque
from multiprocessing import connection as connections
from typing import TYPE_CHECKING, Any

from audiokit.errors import WorkerDied
from audiokit.training.failures import Failure, Skipped
from audiokit.training.item import Item
from audiokit.training.loader import worker as child
from audiokit.training.loader.singly import CURE, Verdicts, one_by_one
from audiokit.training.loader.task import Made, Task
from audiokit.training.loader.worker_handle import PATIENCE_SECONDS, WorkerHandle, no_interrupt

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.training.dataset import AudioDataset

__all__ = ["ProcessCrew", "default_start_method"]

_AHEAD = 2  # tasks that a process has beside those that its threads are at


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
        self._workers: list[WorkerHandle] = []
        self._verdicts = Verdicts(dataset)
        self._broken: WorkerDied | None = None
        self._numbers = 0
        self._closed = False
        self._bell, self._ear = self._context.Pipe()
        self._pump = threading.Thread(target=self._watch, name="audiokit-loader-pump", daemon=True)

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
            self._pump.join(PATIENCE_SECONDS)

    def _started(self) -> WorkerHandle:
        ours, theirs = self._context.Pipe()
        # A fork server is the parent of its processes, and ends with the training.
        parent = None if self._context.get_start_method() == "forkserver" else os.getpid()
        process = self._context.Process(
            target=child.run,
            args=(theirs, self._dataset, self._threads, parent, self._folder),
            name="audiokit-loader",
            daemon=True,
        )
        with no_interrupt():
            process.start()
        theirs.close()
        return WorkerHandle(process, ours, self._threads)

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

    def _send(self, worker: WorkerHandle, task: Task) -> None:
        self._numbers += 1
        worker.tasks[self._numbers] = task
        worker.send((child.DO, self._numbers, task.epoch, task.indices, worker.take_released()))

    def _watch(self) -> None:
        try:
            self._listen()
        except BaseException as error:  # noqa: BLE001 - it is raised where a batch is asked for, instead of never
            self._give_up(
                WorkerDied(
                    f"The thread that listens to the worker processes stopped ({type(error).__name__}: {error}).",
                    cure=CURE,
                )
            )

    def _listen(self) -> None:
        while True:
            with self._lock:
                if self._closed:
                    return
                by_handle: dict[Any, WorkerHandle] = {}
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

    def _heard(self, worker: WorkerHandle, message: tuple[Any, ...]) -> None:
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

    def _entry(self, worker: WorkerHandle, index: int, block: Any, entry: Any) -> Any:
        if isinstance(entry, Failure):
            return Skipped(entry)
        shape, dtype, place, frames, augmentation = entry
        data = place if block is None else worker.maps.array(block, place, shape, dtype)
        index_of = self._dataset.index
        return Item(data, index_of.labels[index], index, index_of.path(index), frames, augmentation)

    def _died(self, worker: WorkerHandle) -> None:
        """Replace a process, and have done again what it was at."""
        worker.process.join(PATIENCE_SECONDS)
        code = worker.process.exitcode
        with self._lock:
            if self._closed or worker not in self._workers:
                return
            self._workers.remove(worker)
            worker.bury()
            lost = [task for task in worker.tasks.values() if not task.receiver.cancelled]
            again, told = self._verdicts.of(lost, code, was_up=worker.is_up)
            self._suspects.extend(single for task in again for single in one_by_one(task))
        for task, made in told:
            task.receiver.done(task, made)
        with self._lock:
            if self._verdicts.broken is None and not self._closed:
                self._verdicts.broken = self._replaced()
            if self._verdicts.broken is None:
                self._dispatch()
                return
        self._give_up(self._verdicts.broken)

    def _replaced(self) -> WorkerDied | None:
        """Start a process in the place of one that ended; why not, if that is not possible."""
        try:
            self._workers.append(self._started())
        except Exception as error:  # noqa: BLE001 - no memory, no processes, no handles: whatever it is, it is told
            return WorkerDied(
                f"A worker process that ended could not be replaced ({type(error).__name__}: {error}).", cure=CURE
            )
        return None

    def _give_up(self, error: WorkerDied) -> None:
        """Tell everybody who waits that nothing will come."""
        with self._lock:
            if self._broken is not None or self._closed:
                return
            self._broken = error
            left = [*self._waiting, *self._suspects, *self._all_given()]
            self._waiting.clear()
            self._suspects.clear()
            for other in self._workers:  # what they answer now was told already
                other.tasks.clear()
        for task in left:
            if not task.receiver.cancelled:
                task.receiver.done(task, Made(error=error))

    def _all_given(self) -> list[Task]:
        return [task for worker in self._workers for task in worker.tasks.values()]
