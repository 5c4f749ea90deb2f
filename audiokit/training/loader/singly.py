"""When a worker process dies: whose fault it was, and what becomes of what it was at."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from audiokit.errors import WorkerDied
from audiokit.training.loader.task import STAGES, Made, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audiokit.training.dataset import AudioDataset

__all__ = ["CURE", "Verdicts", "one_by_one"]

_DEATHS_OF_ONE = 2  # alone: the first may have been somebody else's doing
_STARTS = 3  # of processes that end before they are ready
_GUILTY = 10  # items one after the other: it is not the items
CURE = "Free memory, or work in threads: plan=Plan(processes=0, threads=2)."


def one_by_one(task: Task) -> list[Task]:
    """Divide a task into one for each item, so that a process that dies again says which it was."""
    if len(task.indices) == 1:
        return [task]
    whole = _Joined(task)
    return [
        Task(whole, task.batch, place, task.epoch, (index,), task.deaths) for place, index in enumerate(task.indices)
    ]


class _Joined:
    """Puts the items of a task together again."""

    def __init__(self, task: Task) -> None:
        self._task, self._missing = task, len(task.indices)
        self._parts: list[Made] = [Made()] * len(task.indices)

    @property
    def cancelled(self) -> bool:
        return self._task.receiver.cancelled

    def done(self, task: Task, made: Made) -> None:
        self._parts[task.part] = made
        self._missing -= 1
        if self._missing:
            return
        parts = self._parts
        self._task.receiver.done(
            self._task,
            Made(
                [entry for part in parts for entry in part.entries],
                next((part.error for part in parts if part.error is not None), None),
                sum(part.seconds for part in parts),
                sum(part.cpu_seconds for part in parts),
                [sum(part.stages[place] for part in parts) for place in range(len(STAGES))],
                self._release,
            ),
        )

    def _release(self) -> None:
        for part in self._parts:
            if part.release:
                part.release()


class Verdicts:
    """Decides what is tried again, and what is given up.

    Parameters
    ----------
    dataset : AudioDataset
        Says whether items that cannot be made are skipped, and lists them.
    """

    def __init__(self, dataset: AudioDataset) -> None:
        self._dataset = dataset
        self._starts = self._guilty = 0
        self.broken: WorkerDied | None = None
        """Why no process is started any more."""

    def up(self) -> None:
        """A process is ready."""
        self._starts = 0

    def progress(self) -> None:
        """Something was made."""
        self._guilty = 0

    def of(self, lost: Sequence[Task], code: int | None, *, was_up: bool) -> tuple[list[Task], list[tuple[Task, Made]]]:
        """Judge what a process had when it ended.

        Parameters
        ----------
        lost : sequence of Task
            What it had.
        code : int or None
            How it ended; a signal is below 0.
        was_up : bool
            Whether it ended with a task, or before it was ready for one.

        Returns
        -------
        again : list of Task
            To be tried again.
        told : list of (Task, Made)
            Given up.
        """
        if not was_up:
            self._starts += 1
            if self._starts >= _STARTS:
                self.broken = WorkerDied(
                    f"Worker processes end as soon as they start ({_how(code)}, {self._starts} in a row).", cure=CURE
                )
            return list(lost), []
        for task in lost:
            task.deaths += 1
        guilty = [task for task in lost if len(task.indices) == 1 and task.deaths > _DEATHS_OF_ONE]
        self._guilty += len(guilty)
        if self._guilty >= _GUILTY:
            self.broken = WorkerDied(
                f"{self._guilty} items in a row ended the process that made them ({_how(code)}).", cure=CURE
            )
        return [task for task in lost if task not in guilty], [(task, self._given_up(task, code)) for task in guilty]

    def _given_up(self, task: Task, code: int | None) -> Made:
        path = self._dataset.index.path(task.indices[0])
        error = WorkerDied(
            f"{path}: the process that makes this item ends while it does so ({_how(code)}), {task.deaths} times.",
            cure="Leave the file out. If it is a long one, memory may have run out: give duration_seconds.",
        )
        if self._dataset.on_error == "raise":
            return Made(error=error)
        return Made([self._dataset.skipped(task.epoch, task.indices[0], str(error))])


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"signal {-code}, {name}"
