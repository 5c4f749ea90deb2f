"""What a loader found out about itself: how fast it is, what waits for what, and what was changed and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from audiokit.training.loader.plan import Plan

__all__ = ["Change", "LoaderReport", "Reading"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was measured over some batches.

    Parameters
    ----------
    time_seconds : float
        When, since the loader began.
    epoch, batch : int
        The last batch that was taken, counted from 0.
    plan : Plan
        In use.
    items_per_second : float
        That training took, waiting and step together.
    wait_share : float
        Of the time, that training waited for a batch: 0 to 1.
    step_seconds : float
        From one batch being taken to the next being asked for, median.
    made_per_second : float
        Items that the workers could make if nobody held them up.
    ready_batches : int
        Lying ready when the last one was asked for.
    """

    time_seconds: float
    epoch: int
    batch: int
    plan: Plan
    items_per_second: float
    wait_share: float
    step_seconds: float
    made_per_second: float
    ready_batches: int


@dataclass(frozen=True, slots=True)
class Change:
    """One decision.

    Parameters
    ----------
    time_seconds : float
        When, since the loader began.
    epoch, batch : int
        Of the batch that was taken last.
    before, after : Plan
        Equal where the decision was to stay.
    reason : str
        In a sentence, with the figures it rests on.
    """

    time_seconds: float
    epoch: int
    batch: int
    before: Plan
    after: Plan
    reason: str


@dataclass(frozen=True, slots=True)
class LoaderReport:
    """How a loader is doing.

    Parameters
    ----------
    plan : Plan
        In use.
    settled : bool
        Whether the search for a plan has ended.
    items, batches : int
        Given out so far.
    failures : int
        Items that could not be made.
    items_per_second, wait_share, step_seconds, made_per_second : float
        Of the last reading, see `Reading`; NaN before there is one.
    stages : mapping of str to float
        Seconds that one item spends in each: ``read``, ``augment``, ``features`` in a worker, ``assemble`` and
        ``transfer`` in the training's process.
    bytes_per_batch : int
        Of the last batch.
    readings : tuple of Reading
        In order of time; old ones are thinned out.
    changes : tuple of Change
        What was changed, and why.
    """

    plan: Plan
    settled: bool
    items: int
    batches: int
    failures: int
    items_per_second: float
    wait_share: float
    step_seconds: float
    made_per_second: float
    stages: Mapping[str, float] = field(default_factory=dict)
    bytes_per_batch: int = 0
    readings: tuple[Reading, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def headspace(self) -> float:
        """How many times as many items the workers can make as the step takes; below 1 training has to wait.

        The step's pace is that with batches that are there already: items of a batch over the time between a batch
        being taken and the next being asked for.
        """
        if not self.batches or not self.step_seconds > 0:
            return float("nan")
        return self.made_per_second * self.step_seconds / (self.items / self.batches)

    @property
    def slowest_stage(self) -> str:
        """The stage in which an item spends most time; ``step`` where training is the slower side; empty before any."""
        if self.headspace >= 1:
            return "step"
        return max(self.stages, key=lambda name: self.stages[name], default="")

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each reading, with what was decided there."""
        import pandas as pd

        rows: list[dict[str, Any]] = [
            {
                "time_seconds": reading.time_seconds,
                "epoch": reading.epoch,
                "batch": reading.batch,
                "processes": reading.plan.processes,
                "threads": reading.plan.threads,
                "prefetch": reading.plan.prefetch,
                "items_per_second": reading.items_per_second,
                "wait_share": reading.wait_share,
                "step_seconds": reading.step_seconds,
                "made_per_second": reading.made_per_second,
                "ready_batches": reading.ready_batches,
                "decided": " ".join(
                    change.reason for change in self.changes if change.time_seconds == reading.time_seconds
                ),
            }
            for reading in self.readings
        ]
        columns = (*Reading.__dataclass_fields__, "decided")
        names = [name for column in columns for name in (_PLAN if column == "plan" else (column,))]
        return pd.DataFrame(rows, columns=names)

    def __str__(self) -> str:
        lines = [f"{self.plan}, {self.plan.prefetch} batches ahead, {'settled' if self.settled else 'still searching'}"]
        if self.batches:
            lines += [
                f"{self.items:,} items in {self.batches:,} batches given out, {self.failures:,} could not be made",
                f"{self.items_per_second:,.0f} items a second; training waited {self.wait_share:.1%} of the time",
                f"headspace {self.headspace:.2f}: workers can make {self.made_per_second:,.0f} items a second, "
                f"the step takes {1000 * self.step_seconds:.3g} ms",
                f"slowest: {self.slowest_stage}",
                *(f"  {name:9} {1000 * seconds:8.3f} ms an item" for name, seconds in self.stages.items()),
            ]
        lines += [
            f"at {change.time_seconds:6.1f} s (epoch {change.epoch}, batch {change.batch}): {change.reason}"
            for change in self.changes
        ]
        return "\n".join(lines)


_PLAN = ("processes", "threads", "prefetch")
