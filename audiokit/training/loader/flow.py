"""One epoch: batches are asked for in parts, put together whoever made them, and given out in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from audiokit.fork_gate import FORK_GATE
from audiokit.training.loader.task import Made, Task

if TYPE_CHECKING:
    from audiokit.training.batch import Batch
    from audiokit.training.failures import Skipped
    from audiokit.training.item import Item
    from audiokit.training.loader.meter import Meter

__all__ = ["Flow"]

_PART_SECONDS = 0.01  # shorter ones cost more to hand over than to make
_LOOK_SECONDS = 1.0

Assemble = Callable[[Sequence["Item | Skipped"]], "Batch"]
Forward = Callable[["Batch", Callable[["Batch | None", "BaseException | None"], None]], None]


class Flow:
    """The batches of one epoch on their way.

    Parameters
    ----------
    batches : iterator of list of int
        Places in the dataset, batch by batch.
    epoch : int
        Counted from 0.
    submit : callable
        Takes a `Task`.
    assemble : callable
        Makes a batch of entries.
    forward : callable, optional
        Takes an assembled batch on, to a device; calls back with what became of it.
    meter : Meter
        Is told what everything takes.
    """

    def __init__(
        self,
        batches: Iterator[list[int]],
        epoch: int,
        submit: Callable[[Task], None],
        assemble: Assemble,
        forward: Forward | None,
        meter: Meter,
    ) -> None:
        self._batches, self._epoch = batches, epoch
        self._submit, self._assemble, self._forward, self._meter = submit, assemble, forward, meter
        self._slots: deque[_Slot] = deque()
        self._changed = threading.Condition()
        self._asked = 0
        self._at_end = False
        self.cancelled = False
        self.given_items = self.given_batches = 0

    @property
    def ready(self) -> int:
        """Batches that lie ready."""
        with self._changed:
            return sum(slot.is_ready for slot in self._slots)

    @property
    def pending(self) -> int:
        """Batches that are on their way or ready."""
        return len(self._slots)

    @property
    def is_asked_out(self) -> bool:
        """Whether all batches of the epoch have been asked for."""
        return self._at_end

    def fill(self, prefetch: int, workers: int) -> None:
        """Ask for batches, until so many are on their way or ready."""
        while len(self._slots) < prefetch and not self._at_end:
            indices = next(self._batches, None)
            if indices is None:
                self._at_end = True
                return
            parts = divided(indices, workers, self._meter.item_seconds)
            slot = _Slot(self._asked, len(indices), len(parts))
            self._asked += 1
            with self._changed:
                self._slots.append(slot)
            for place, part in enumerate(parts):
                self._submit(Task(self, slot.number, place, self._epoch, part))

    def take(self) -> Batch | None:
        """Wait for the next batch and return it; None at the end of the epoch.

        Raises
        ------
        BaseException
            What a worker, or the way to the device, ended with.
        """
        if not self._slots:
            return None
        slot = self._slots[0]
        with self._changed:
            while not slot.is_ready:
                self._changed.wait(_LOOK_SECONDS)  # an interrupt comes through in between
            self._slots.popleft()
        if slot.error is not None:
            self.cancel()
            raise slot.error
        self.given_items += slot.items
        self.given_batches += 1
        return slot.batch

    def done(self, task: Task, made: Made) -> None:
        """Take what a worker made; the last part of a batch puts it together."""
        self._meter.made(made)
        with self._changed:
            first = self._slots[0].number if self._slots else 0
            if self.cancelled or task.batch < first:
                return _release([made])
            slot = self._slots[task.batch - first]
            slot.parts[task.part] = made
            slot.missing -= 1
            if slot.missing:
                return None
        return self._put_together(slot)

    def _put_together(self, slot: _Slot) -> None:
        parts = [part for part in slot.parts if part is not None]
        slot.parts = []
        error = next((part.error for part in parts if part.error is not None), None)
        batch = None
        if error is None:
            began = time.perf_counter()
            try:
                with FORK_GATE:
                    batch = self._assemble([entry for part in parts for entry in part.entries])
            except BaseException as raised:  # noqa: BLE001 - it is raised where the batch is asked for
                error = raised
            self._meter.assembled(slot.items, time.perf_counter() - began)
        _release(parts)
        if batch is None or self._forward is None or not len(batch):
            return self._finish(slot, batch, error)
        try:
            self._forward(batch, lambda found, wrong: self._finish(slot, found, wrong))
        except BaseException as raised:  # noqa: BLE001 - no thread can be started for it: told instead of waited for
            self._finish(slot, None, raised)
        return None

    def _finish(self, slot: _Slot, batch: Batch | None, error: BaseException | None) -> None:
        with self._changed:
            slot.batch, slot.error, slot.is_ready = batch, error, True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Nobody will ask for the rest."""
        with self._changed:
            self.cancelled, self._at_end = True, True
            left = [part for slot in self._slots for part in slot.parts if part is not None]
            self._slots.clear()
        _release(left)


class _Slot:
    """A batch in the making."""

    __slots__ = ("batch", "error", "is_ready", "items", "missing", "number", "parts")

    def __init__(self, number: int, items: int, parts: int) -> None:
        self.number, self.items, self.missing = number, items, parts
        self.parts: list[Made | None] = [None] * parts
        self.batch: Batch | None = None
        self.error: BaseException | None = None
        self.is_ready = False


def divided(indices: Sequence[int], workers: int, item_seconds: float) -> list[tuple[int, ...]]:
    """Divide a batch so that all workers have something to do, in parts that are worth handing over.

    Examples
    --------
    >>> divided([5, 6, 7, 8, 9], 2, 0.0001), divided([5, 6, 7], 2, 3.0)
    ([(5, 6, 7), (8, 9)], [(5,), (6,), (7,)])
    """
    worth = round(_PART_SECONDS / item_seconds) if item_seconds > 0 else 1
    size = max(1, min(worth, -(-len(indices) // workers)))
    return [tuple(indices[at : at + size]) for at in range(0, len(indices), size)]


def _release(parts: Sequence[Made]) -> None:
    for part in parts:
        part.entries = ()
        if part.release is not None:
            part.release()
            part.release = None
