"""When each stage ran, from the first moment on: what a waterfall is drawn from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stage", "Timeline", "stages_table"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work, between two moments.

    Parameters
    ----------
    name : str
        What was done, for example ``"content gate"``.
    branch : str
        ``"sound"`` for what all branches need, else ``"voice"``, ``"mood"`` or ``"genre"``.
    start_ms, end_ms : float
        Milliseconds since tagging began.

    Examples
    --------
    >>> Stage("decode", "sound", 0.0, 12.5).duration_ms
    12.5
    """

    name: str
    branch: str
    start_ms: float
    end_ms: float

    @property
    def duration_ms(self) -> float:
        """Milliseconds from start to end."""
        return self.end_ms - self.start_ms


class Timeline:
    """Collects stages, from any thread.

    Parameters
    ----------
    clock : callable
        Seconds, never going back.

    Examples
    --------
    >>> ticks = iter([0.0, 1.0, 3.0])
    >>> timeline = Timeline(lambda: next(ticks))
    >>> with timeline.stage("decode", "sound"):
    ...     pass
    >>> timeline.stages
    (Stage(name='decode', branch='sound', start_ms=1000.0, end_ms=3000.0),)
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._stages: list[Stage] = []

    def elapsed_ms(self) -> float:
        """Milliseconds since this was made."""
        return 1000 * (self._clock() - self._began)

    @contextmanager
    def stage(self, name: str, branch: str) -> Iterator[None]:
        """Note when the body of a ``with`` begins and ends, also if it raises."""
        start = self.elapsed_ms()
        try:
            yield
        finally:
            self.add(Stage(name, branch, start, self.elapsed_ms()))

    def add(self, stage: Stage) -> None:
        """Take in a stage that somebody else timed, on this timeline's clock."""
        with self._lock:
            self._stages.append(stage)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages so far, by when they began."""
        with self._lock:
            return tuple(sorted(self._stages, key=lambda stage: (stage.start_ms, stage.end_ms)))


def stages_table(stages: Iterable[Stage]) -> pd.DataFrame:
    """Stages as a table.

    Returns
    -------
    pandas.DataFrame
        Columns ``stage``, ``branch``, ``start_ms``, ``end_ms``, ``duration_ms``.
    """
    import pandas as pd

    rows = [(stage.name, stage.branch, stage.start_ms, stage.end_ms, stage.duration_ms) for stage in stages]
    return pd.DataFrame(rows, columns=["stage", "branch", "start_ms", "end_ms", "duration_ms"])
