"""The crews that make batches, and the changes from one to another while training goes on."""

from __future__ import annotations

import pickle
import threading
import time
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable
from audiokit.training.loader.meter import Meter
from audiokit.training.loader.processes import ProcessCrew
from audiokit.training.loader.report import Change, LoaderReport, Reading
from audiokit.training.loader.threads import ThreadCrew

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from audiokit.training.batch import Batch
    from audiokit.training.dataset import AudioDataset
    from audiokit.training.loader.flow import Flow
    from audiokit.training.loader.plan import Plan
    from audiokit.training.loader.task import Task
    from audiokit.training.loader.tuner import Tuner

__all__ = ["Engine"]

_READ_SECONDS = 0.5
_MOST_READINGS = 2000
_SHARE_OF_FREE_MEMORY = 0.1


class Engine:
    """Makes items by a plan, and changes the plan.

    Parameters
    ----------
    dataset : AudioDataset
        Makes the items.
    plan : Plan
        To begin with.
    tuner : Tuner, optional
        Decides; without one the plan stays.
    start_method : str
        Of processes.
    folder : Path
        For what processes share.
    settled : callable
        Told each plan that the tuner settles on.
    """

    def __init__(
        self,
        dataset: AudioDataset,
        plan: Plan,
        tuner: Tuner | None,
        start_method: str,
        folder: Path,
        settled: Callable[[Plan], None],
    ) -> None:
        self._dataset, self._start_method, self._folder = dataset, start_method, folder
        self._tuner, self._settled = tuner, settled
        self.plan = plan
        self.meter = Meter()
        self._began = time.perf_counter()
        self._lock = threading.Lock()
        self._crews: dict[int, ThreadCrew | ProcessCrew] = {}
        self._crew: ThreadCrew | ProcessCrew | None = None
        self._readings: list[Reading] = []
        self._changes: list[Change] = []
        self._bytes = 0
        self.is_closed = False

    def submit(self, task: Task) -> None:
        """Have a task done."""
        crew = self._crew
        if crew is None:
            crew = self._crew = self._ready(self.plan)
        crew.submit(task)

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the worker processes that live."""
        return tuple(pid for crew in self._crews.values() if isinstance(crew, ProcessCrew) for pid in crew.pids)

    def taken(self, batch: Batch, flow: Flow, epoch: int) -> None:
        """Look at what was measured, after a batch was given out."""
        size = batch.data.element_size() * batch.data.nelement()
        self._bytes = size
        self._read(flow, epoch)
        if self._tuner is None:
            return
        if self._tuner.settled:
            self._close_others()
        from audiokit.training.free_memory import free_memory_bytes

        decision = self._tuner.consider(window := self.meter.window("decide"))
        if decision is None:
            return
        self._tuner.most_ahead = max(2, int(free_memory_bytes() * _SHARE_OF_FREE_MEMORY / max(size, 1)))
        before = self.plan
        self._note(flow, epoch, window, force=True)
        if decision.reason:
            with self._lock:
                now = self._readings[-1].time_seconds
                self._changes.append(Change(now, epoch, flow.given_batches - 1, before, decision.plan, decision.reason))
        moved = decision.plan.division != before.division
        if moved and not self._move(decision.plan, flow, epoch):
            return
        self.plan = decision.plan
        self.meter.reset("decide", skip=decision.plan.workers if moved else 0)
        if decision.settled and decision.reason:
            self._settled(decision.plan)

    # Crews

    def _ready(self, plan: Plan) -> ThreadCrew | ProcessCrew:
        """Return a crew for a plan, at work."""
        crew = self._crews.get(plan.processes)
        if crew is not None:
            crew.resize(plan.threads)
            return crew
        if not plan.processes:
            made: ThreadCrew | ProcessCrew = ThreadCrew(self._dataset, plan.threads)
        else:
            made = ProcessCrew(self._dataset, plan.processes, plan.threads, self._start_method, self._folder)
            try:
                made.start()
            except Exception as error:
                made.close()
                raise LibraryUnavailable(
                    f"Worker processes cannot be started ({type(error).__name__}: {error}).", cure=_cure_of(error)
                ) from error
        self._crews[plan.processes] = made
        return made

    def _move(self, plan: Plan, flow: Flow, epoch: int) -> bool:
        """Let another crew go on with what has not begun; whether that was possible."""
        assert self._crew is not None
        assert self._tuner is not None
        tasks = self._crew.withdraw()
        try:
            self._crew = self._ready(plan)
        except LibraryUnavailable as error:
            self._tuner.without_processes(self.plan)
            with self._lock:
                now = time.perf_counter() - self._began
                self._changes.append(Change(now, epoch, flow.given_batches - 1, plan, self.plan, str(error)))
            self.meter.reset("decide")
            return False
        finally:
            for task in tasks:
                self._crew.submit(task)
        return True

    def _close_others(self) -> None:
        """End workers that were tried, and will not be used; those that are at something, the next time."""
        for processes, crew in list(self._crews.items()):
            if crew is not self._crew and crew.is_idle:
                del self._crews[processes]
                crew.close()

    def close(self) -> None:
        """End all workers."""
        self.is_closed = True
        for crew in self._crews.values():
            crew.close()
        self._crews.clear()
        self._crew = None

    # What is told

    def _read(self, flow: Flow, epoch: int) -> None:
        window = self.meter.window("tell")
        if window.seconds >= _READ_SECONDS or not self._readings:
            self._note(flow, epoch, window)

    def _note(self, flow: Flow, epoch: int, window: Any, *, force: bool = False) -> None:
        reading = Reading(
            time.perf_counter() - self._began,
            epoch,
            flow.given_batches - 1,
            self.plan,
            window.items_per_second,
            window.wait_share,
            window.step_seconds,
            window.capacity(self.plan.workers),
            flow.ready,
        )
        with self._lock:
            self._readings.append(reading)
            if len(self._readings) > _MOST_READINGS:
                del self._readings[: len(self._readings) // 2 : 2]  # old ones, every second
        if not force:
            self.meter.reset("tell")

    def report(self) -> LoaderReport:
        """Return what is known."""
        with self._lock:
            readings, changes = tuple(self._readings), tuple(self._changes)
        last = readings[-1] if readings else None
        nan = float("nan")
        return LoaderReport(
            plan=self.plan,
            settled=self._tuner is None or self._tuner.settled,
            items=self.meter.items,
            batches=self.meter.batches,
            failures=self._dataset.failure_count,
            items_per_second=last.items_per_second if last else nan,
            wait_share=last.wait_share if last else nan,
            step_seconds=last.step_seconds if last else nan,
            made_per_second=last.made_per_second if last else nan,
            stages=self.meter.stages(),
            bytes_per_batch=self._bytes,
            readings=readings,
            changes=changes,
        )


def _cure_of(error: Exception) -> str:
    """What can be done where no process starts."""
    if isinstance(error, OSError):
        return "The system gives no more processes, memory or handles: free some, or work in threads (plan=Plan(0, 2))."
    if isinstance(error, (pickle.PicklingError, AttributeError, TypeError)):  # pickle raises all three
        return "Features and augmentations must be picklable: functions and classes of a module."
    return "Work in threads: plan=Plan(processes=0, threads=2)."
