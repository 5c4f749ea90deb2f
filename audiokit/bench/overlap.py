"""What augmentation costs a training step that leaves the cores free: wall time with it and without, by step time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audiokit.bench.drive import Drive, Loader, settle
from audiokit.bench.timing import Timing

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OverlapComparison", "OverlapRow", "compare_overlap"]


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """One length of the step.

    Parameters
    ----------
    step_seconds : float
        That was slept after each batch.
    plain, augmented : Timing
        Seconds for a batch, step and waiting together, round by round.
    plan : str
        What the tuner chose for the augmented one.
    """

    step_seconds: float
    plain: Timing
    augmented: Timing
    plan: str

    @property
    def extra(self) -> float:
        """Wall time that augmentation adds to a step: 0.05 is 5 %."""
        return self.augmented.times_of(self.plain) - 1.0


@dataclass(frozen=True, slots=True)
class OverlapComparison:
    """Steps of several lengths.

    Parameters
    ----------
    kind : str
        Of the files.
    batch_seconds : float
        What one augmented batch takes to make, all workers at it and nobody sleeping, before or after, whichever is
        longer: a step that is longer than this leaves them time.
    rows : tuple of OverlapRow
        By length.
    """

    kind: str
    batch_seconds: float
    rows: tuple[OverlapRow, ...]

    @property
    def break_even_seconds(self) -> float | None:
        """The shortest step from which on augmentation never costs more than 5 %; None if there is none."""
        found = None
        for row in reversed(self.rows):
            if row.extra >= 0.05:
                break
            found = row.step_seconds
        return found

    def to_dataframe(self) -> pd.DataFrame:
        """One row for each length of the step; times in milliseconds."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "kind": self.kind,
                    "step_ms": 1000 * row.step_seconds,
                    "step_over_batch": row.step_seconds / self.batch_seconds,
                    "plain_ms": 1000 * row.plain.median_seconds,
                    "augmented_ms": 1000 * row.augmented.median_seconds,
                    "extra": row.extra,
                    "plan": row.plan,
                }
                for row in self.rows
            ]
        )


def compare_overlap(
    make: Callable[..., Loader],
    augmentations: Sequence[Any],
    kind: str,
    *,
    shares: Sequence[float] = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0),
    batches: int = 8,
    seconds: float = 1.0,
    repeats: int = 3,
    after_each: Callable[[], object] | None = None,
) -> OverlapComparison:
    """Measure steps of several lengths with augmentation and without, in turns.

    Parameters
    ----------
    make : callable
        ``make(augmentations=...)`` opens a loader that tunes itself.
    augmentations : sequence of Augmentation
        What one of the two does.
    kind : str
        Of the files, for the table.
    shares : sequence of float
        Lengths of the step, the time that an augmented batch takes to make being 1.
    batches, seconds : int, float
        At least so much is gone through in each round.
    repeats : int
        Rounds.
    after_each : callable, optional
        Called after each pair.
    """
    enough: dict[str, Any] = {"batches": batches, "seconds": seconds}
    with contextlib.ExitStack() as stack:
        drives = []
        for chosen in ((), tuple(augmentations)):
            loader = make(augmentations=chosen)
            stack.callback(loader.close)
            drives.append(Drive(loader))
            settle(drives[-1])
        batch_seconds = drives[1].steady(**enough).batch_seconds
        rows = []
        for share in sorted(shares):
            for drive in drives:
                drive.step_seconds = share * batch_seconds
                drive.take(batches=2 * batches, seconds=2 * seconds)  # until it has got used to it
            taken: tuple[list[float], list[float]] = ([], [])
            for round_number in range(repeats):
                for index in (0, 1) if round_number % 2 else (1, 0):
                    taken[index].append(drives[index].steady(**enough).batch_seconds)
                if after_each is not None:
                    after_each()
            plain, augmented = (Timing(name, tuple(t)) for name, t in zip(("plain", "augmented"), taken, strict=True))
            rows.append(OverlapRow(share * batch_seconds, plain, augmented, str(drives[1].loader.report().plan)))
        # What else the machine did may have changed meanwhile: a step that was long enough at one end only is not.
        drives[1].step_seconds = 0.0
        drives[1].take(batches=2 * batches, seconds=2 * seconds)
        longer = max(batch_seconds, drives[1].steady(**enough).batch_seconds)
    return OverlapComparison(kind, longer, tuple(rows))
