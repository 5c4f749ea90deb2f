"""A part of a batch: what is asked of a worker, and what comes back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from audiokit.training.dataset import AudioDataset
    from audiokit.training.failures import Skipped
    from audiokit.training.item import Item

__all__ = ["STAGES", "Made", "Receiver", "Task", "make"]

STAGES = ("read", "augment", "features")
"""What a worker does, in order."""


class Receiver(Protocol):
    """Who takes what was made."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""

    def done(self, task: Task, made: Made) -> None:
        """Take it; called from any thread."""


@dataclass(slots=True, eq=False)
class Task:
    """Some items of one batch.

    Parameters
    ----------
    receiver : Receiver
        Who asked.
    batch, part : int
        Which batch of the epoch, and which place in it; counted from 0.
    epoch : int
        Counted from 0.
    indices : tuple of int
        Places in the dataset.
    deaths : int
        How many worker processes ended while they had it.
    """

    receiver: Receiver
    batch: int
    part: int
    epoch: int
    indices: tuple[int, ...]
    deaths: int = 0


@dataclass(slots=True)
class Made:
    """What became of a task.

    Parameters
    ----------
    entries : sequence of Item or Skipped
        In the order of the indices.
    error : BaseException or None
        Why there are none.
    seconds, cpu_seconds : float
        From begin to end, and of that on a processor; what is missing was spent waiting for the disk, for Python's
        lock, or for a processor.
    stages : sequence of float
        Seconds in each of `STAGES`.
    release : callable
        To be called when the arrays of `entries` are no longer needed.
    """

    entries: Sequence[Item | Skipped] = ()
    error: BaseException | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    stages: Sequence[float] = field(default=(0.0,) * len(STAGES))
    release: Callable[[], None] | None = None


def make(dataset: AudioDataset, epoch: int, indices: Sequence[int]) -> Made:
    """Make items one after the other."""
    stages = [0.0] * len(STAGES)
    began, cpu = time.perf_counter(), time.thread_time()
    error: BaseException | None = None
    entries: list[Item | Skipped] = []
    try:
        for index in indices:
            entries.append(dataset.timed(epoch, index, stages))  # noqa: PERF401 - those before an error count
    except BaseException as raised:  # noqa: BLE001 - it is raised where the batch is asked for
        error = raised
    return Made(entries, error, time.perf_counter() - began, time.thread_time() - cpu, stages)
