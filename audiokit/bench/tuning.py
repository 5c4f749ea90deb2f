"""The tuner against a grid: every fixed plan, the winner measured again, and a freshly tuned loader beside it."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audiokit.bench.drive import PATIENCE_BATCHES, PATIENCE_SECONDS, Drive, Loader, Pace, Settling, settle
from audiokit.bench.threads import thread_counts
from audiokit.bench.timing import Timing
from audiokit.errors import ParameterError
from audiokit.training.loader.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.training.loader.report import LoaderReport

__all__ = ["MakeLoader", "PlanGrid", "PlanRow", "TunerRow", "grid_of", "measure_plans", "measure_tuner", "plan_grid"]

MakeLoader = Callable[..., Loader]
"""``make(plan=plan)`` opens a loader: with a fixed plan, or with one that it looks for itself if None."""


def plan_grid(cores: int | None = None) -> tuple[Plan, ...]:
    """List the plans that are tried: threads alone, threads in one process, processes of one thread, and more than fit.

    Examples
    --------
    >>> [str(plan) for plan in plan_grid(2)][:3]
    ['1 thread', '2 threads', '1 process x 1 thread']
    >>> [str(plan) for plan in plan_grid(2)][3:]
    ['1 process x 2 threads', '2 processes x 1 thread', '2 processes x 2 threads']
    """
    counts = thread_counts(cores)
    divisions = [(0, n) for n in counts] + [(1, n) for n in counts] + [(n, 1) for n in counts if n > 1]
    # Twice as many as there are cores: where workers wait for a disk, or other work wants the cores too
    divisions += [(counts[-1], 2)] if counts[-1] > 1 else []
    return tuple(Plan(processes, threads, prefetch=max(2, processes)) for processes, threads in divisions)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One fixed plan.

    Parameters
    ----------
    plan : Plan
        Which.
    items_per_second : tuple of float
        A value for each round, steps included.
    wait_share : float
        Of the time, that the step waited: 0 to 1, median.
    """

    plan: Plan
    items_per_second: tuple[float, ...]
    wait_share: float

    @property
    def median_items_per_second(self) -> float:
        """The middle round's."""
        return statistics.median(self.items_per_second)


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """All fixed plans with one step.

    Parameters
    ----------
    step_seconds : float
        That was slept after each batch.
    rows : tuple of PlanRow
        In the order of `plan_grid`.
    """

    step_seconds: float
    rows: tuple[PlanRow, ...]

    @property
    def winner(self) -> PlanRow:
        """The fastest; of equals the first, which has fewer workers."""
        return max(self.rows, key=lambda row: row.median_items_per_second)

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each plan."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "processes": row.plan.processes,
                    "threads": row.plan.threads,
                    "plan": str(row.plan),
                    "step_ms": 1000 * self.step_seconds,
                    "items_per_second": row.median_items_per_second,
                    "wait_share": row.wait_share,
                    "of_the_winner": row.median_items_per_second / self.winner.median_items_per_second,
                }
                for row in self.rows
            ]
        )


@dataclass(frozen=True, slots=True)
class TunerRow:
    """A loader that tunes itself beside the grid's winner.

    Parameters
    ----------
    kind, situation : str
        Of the files; ``"from the start"``, or what was changed in the middle.
    grid : PlanGrid
        Of fixed plans with the same step.
    settling : Settling
        How long the search took, or the time that it was given after a change.
    winner, tuned : Timing
        Seconds for an item, round by round.
    report : LoaderReport
        What the tuner chose, and why.
    """

    kind: str
    situation: str
    grid: PlanGrid
    settling: Settling
    winner: Timing
    tuned: Timing
    report: LoaderReport

    @property
    def of_the_winner(self) -> float:
        """Throughput of the tuned loader over the winner's: 1 is equal, below is slower."""
        return self.winner.times_of(self.tuned)

    def as_dict(self) -> dict[str, Any]:
        """The row of a table."""
        best, plan = self.grid.winner, self.report.plan
        return {
            "kind": self.kind,
            "situation": self.situation,
            "step_ms": 1000 * self.grid.step_seconds,
            "one_thread_items_per_second": self.grid.rows[0].median_items_per_second,
            "winner": str(best.plan),
            "winner_items_per_second": 1 / self.winner.median_seconds,
            "tuned": f"{plan}, {plan.prefetch} ahead",
            "tuned_items_per_second": 1 / self.tuned.median_seconds,
            "of_the_winner": self.of_the_winner,
            "settled": self.settling.settled,
            "settled_seconds": self.settling.seconds,
            "settled_batches": self.settling.batches,
        }


def measure_plans(
    make: MakeLoader,
    step_seconds: float,
    *,
    plans: Sequence[Plan] | None = None,
    batches: int = 8,
    seconds: float = 1.0,
    repeats: int = 2,
    after_each: Callable[[], object] | None = None,
) -> PlanGrid:
    """Measure the steady throughput of each fixed plan, in turns.

    Parameters
    ----------
    make : callable
        Opens a loader.
    step_seconds : float
        That is slept after each batch.
    plans : sequence of Plan, optional
        `plan_grid` by default.
    batches, seconds : int, float
        At least so much is gone through each time.
    repeats : int
        Rounds.
    after_each : callable, optional
        Called after each.
    """
    chosen = tuple(plans or plan_grid())
    if not chosen or min(batches, repeats) < 1 or step_seconds < 0:
        raise ParameterError(
            f"A grid wants plans, batches and repeats >= 1 and a step >= 0, "
            f"got {len(chosen)}, {batches}, {repeats} and {step_seconds}."
        )
    with contextlib.ExitStack() as stack:
        drives = [stack.enter_context(_driving(make(plan=plan), step_seconds)) for plan in chosen]
        found: list[list[Pace]] = [[] for _ in chosen]
        for round_number in range(repeats):
            first = round_number % len(chosen)
            for index in [*range(first, len(chosen)), *range(first)]:
                found[index].append(drives[index].steady(batches=batches, seconds=seconds))
                if after_each is not None:
                    after_each()
    return grid_of(step_seconds, chosen, found)


def grid_of(step_seconds: float, plans: Sequence[Plan], paces: Sequence[Sequence[Pace]]) -> PlanGrid:
    """Put what was measured into a grid."""
    rows = [
        PlanRow(plan, tuple(1 / one.item_seconds for one in some), statistics.median(one.wait_share for one in some))
        for plan, some in zip(plans, paces, strict=True)
    ]
    return PlanGrid(step_seconds, tuple(rows))


def measure_tuner(
    make: MakeLoader,
    kind: str,
    *,
    batches: int = 8,
    seconds: float = 1.0,
    repeats: int = 3,
    shares: tuple[float, float] = (0.125, 1.25),
    plans: Sequence[Plan] | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
    after_each: Callable[[], object] | None = None,
) -> list[TunerRow]:
    """Measure the tuner with a short step, with one ten times as long, and through a change from this to that.

    Parameters
    ----------
    make : callable
        Opens a loader.
    kind : str
        Of the files, for the table.
    batches, seconds : int, float
        At least so much is gone through in each round.
    repeats : int
        Rounds in which tuned loader and winner take turns.
    shares : tuple of float
        Lengths of the two steps, the time that one thread takes for a batch being 1.
    plans : sequence of Plan, optional
        The grid; `plan_grid` by default.
    patience_seconds : float
        That the tuned loader is given after the change, and eight batches at least.
    after_each : callable, optional
        Called after each measurement.

    Returns
    -------
    list of TunerRow
        Short step, long step, and after the change from the long to the short one.
    """
    enough: dict[str, Any] = {"batches": batches, "seconds": seconds}
    with _driving(make(plan=Plan(0, 1)), 0.0) as one:
        batch_seconds = one.steady(**enough).batch_seconds
    short, long = (share * batch_seconds for share in shares)
    grids = {
        step: measure_plans(make, step, plans=plans, repeats=max(1, repeats - 1), after_each=after_each, **enough)
        for step in (short, long)
    }
    rows = []
    for step in (short, long):
        with _driving(make(plan=grids[step].winner.plan), step) as best, _driving(make(plan=None), step) as tuned:
            settling = settle(tuned)
            rows.append(_side_by_side(kind, "from the start", grids[step], settling, best, tuned, enough, repeats))
            if step == long:
                with _driving(make(plan=grids[short].winner.plan), short) as quick:
                    tuned.step_seconds = short
                    given = tuned.take(batches=PATIENCE_BATCHES, seconds=patience_seconds)
                    changed = Settling(tuned.loader.report().settled, given.seconds, given.batches)
                    said = "step ten times as short in the middle"
                    rows.append(_side_by_side(kind, said, grids[short], changed, quick, tuned, enough, repeats))
        if after_each is not None:
            after_each()
    return rows


def _side_by_side(
    kind: str,
    situation: str,
    grid: PlanGrid,
    settling: Settling,
    best: Drive,
    tuned: Drive,
    enough: dict[str, Any],
    repeats: int,
) -> TunerRow:
    taken: dict[str, list[float]] = {"winner": [], "tuned": []}
    both = [("winner", best), ("tuned", tuned)]
    for round_number in range(repeats):
        for name, drive in both if round_number % 2 else both[::-1]:
            taken[name].append(drive.steady(**enough).item_seconds)
    winner, its = (Timing(name, tuple(values)) for name, values in taken.items())
    return TunerRow(kind, situation, grid, settling, winner, its, tuned.loader.report())


@contextlib.contextmanager
def _driving(loader: Loader, step_seconds: float) -> Iterator[Drive]:
    try:
        yield Drive(loader, step_seconds)
    finally:
        loader.close()
