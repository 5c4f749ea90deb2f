"""How a loader's work is divided: processes, threads in each, and how many batches are made ahead."""

from __future__ import annotations

from dataclasses import dataclass

from audiokit.errors import ParameterError

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to make batches.

    Parameters
    ----------
    processes : int
        Worker processes; 0 makes items in threads of the training's own process.
    threads : int
        In each process (in the training's own if there is none).
    prefetch : int
        Batches that are made, or under way, before anybody asked for them.

    Raises
    ------
    ParameterError
        For numbers that are none.

    Examples
    --------
    >>> Plan(2, 1), str(Plan(2, 1)), Plan(0, 4).workers
    (Plan(processes=2, threads=1, prefetch=2), '2 processes x 1 thread', 4)
    """

    processes: int = 0
    threads: int = 1
    prefetch: int = 2

    def __post_init__(self) -> None:
        for name, least in (("processes", 0), ("threads", 1), ("prefetch", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ParameterError(f"{name} must be a whole number, {least} or more, got {value!r}.")

    @property
    def workers(self) -> int:
        """How many items are made at the same time."""
        return max(1, self.processes) * self.threads

    @property
    def division(self) -> tuple[int, int]:
        """Processes and threads, which decide how quickly items are made."""
        return self.processes, self.threads

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        if not self.processes:
            return threads
        return f"{self.processes} process{'es' * (self.processes != 1)} x {threads}"
