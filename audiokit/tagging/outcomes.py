"""The boundary of a branch: what goes wrong inside becomes its state and its reason, and nobody else's."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from audiokit.errors import AudiokitError
from audiokit.results import Outcome, Status, state_of

T = TypeVar("T")

__all__ = ["Deadline", "DeadlinePassed", "attempted", "outcome_of"]


class DeadlinePassed(AudiokitError, TimeoutError):
    """There is no time left for a branch."""


class Deadline:
    """A moment by which everything has to be done.

    Parameters
    ----------
    seconds : float, optional
        From now; None is never.
    clock : callable
        Seconds, never going back.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    @property
    def left_seconds(self) -> float | None:
        """What is left, 0 where it has passed; None if there is no deadline."""
        return None if self._end is None else max(self._end - self._clock(), 0.0)

    def check(self, what: str) -> None:
        """Raise DeadlinePassed, naming what did not begin, if there is no time left."""
        if self.left_seconds == 0.0:
            raise self.passed(what)

    def passed(self, what: str) -> DeadlinePassed:
        """The error that says so."""
        return DeadlinePassed(
            f"{what} was not done within the deadline of {self._seconds:g} s.",
            cure="Give deadline_seconds more time, or ask for fewer branches.",
        )


def outcome_of(error: BaseException) -> Outcome:
    """The state of a branch that raised.

    Examples
    --------
    >>> outcome_of(ZeroDivisionError("division by zero"))
    Outcome(status=<Status.FAILED: 'failed'>, value=None, reason='ZeroDivisionError: division by zero', notes=())
    """
    if isinstance(error, AudiokitError):
        return Outcome(state_of(error), reason=str(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # the latter is torch's
        told = str(error).splitlines()[0] if str(error) else "no more was to be had"
        return Outcome(
            Status.FAILED, reason=f"Out of memory: {told}. Ask for fewer windows, a shorter span or a smaller model."
        )
    told = f": {error}" if str(error) else ""
    return Outcome(Status.FAILED, reason=f"{type(error).__name__}{told}")


def attempted(work: Callable[[], T]) -> T | Outcome:
    """Run the work of a branch; an error becomes its outcome."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - the boundary of a branch
        return outcome_of(error)
