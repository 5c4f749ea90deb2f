"""Times that can be compared: medians of interleaved repeats, and ratios taken round by round."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Timing", "interleave"]


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one contestant, a value for each round.

    Parameters
    ----------
    name : str
        Of the contestant.
    seconds : tuple of float
        In the order of the rounds; round ``i`` of one contestant ran beside round ``i`` of every other.

    Examples
    --------
    >>> fast, slow = Timing("a", (1.0, 2.0, 1.0)), Timing("b", (2.0, 4.0, 3.0))
    >>> fast.median_seconds, slow.times_of(fast)
    (1.0, 2.0)
    """

    name: str
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.seconds or min(self.seconds) < 0:
            raise ParameterError(f"{self.name}: a timing wants at least one time, none below 0, got {self.seconds}.")

    @property
    def median_seconds(self) -> float:
        """The middle one, which a single disturbed round does not move."""
        return statistics.median(self.seconds)

    @property
    def fastest_seconds(self) -> float:
        """The least disturbed round."""
        return min(self.seconds)

    @property
    def slowest_seconds(self) -> float:
        """The most disturbed round."""
        return max(self.seconds)

    def times_of(self, other: Timing) -> float:
        """How many times as long as `other` this took: the median of the ratios of each round.

        Pairing by rounds cancels what slows the whole machine for a while.

        Raises
        ------
        ParameterError
            If the two did not run in the same rounds.
        """
        if len(self.seconds) != len(other.seconds):
            raise ParameterError(
                f"{self.name} has {len(self.seconds)} rounds and {other.name} {len(other.seconds)}: not one run.",
                cure="Time both in one call of interleave.",
            )
        # A clock can be too coarse to see a very short call; a tick of a nanosecond keeps the ratio finite.
        return statistics.median(
            max(mine, 1e-9) / max(its, 1e-9) for mine, its in zip(self.seconds, other.seconds, strict=True)
        )


def interleave(
    contestants: Mapping[str, Callable[[], object]],
    *,
    repeats: int = 5,
    warmups: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    after_each: Callable[[], object] | None = None,
) -> dict[str, Timing]:
    """Time callables in turns, so that whatever slows the machine for a while hits all of them.

    Every round runs each contestant once and begins with another one, so that nobody always comes first. The garbage
    collector waits until the end of each round.

    Parameters
    ----------
    contestants : mapping of str to callable
        By name; each takes no argument, and its result is dropped.
    repeats : int
        Rounds that count.
    warmups : int
        Rounds before, that do not: lazy imports, file caches, first allocations.
    clock : callable
        Seconds.
    after_each : callable, optional
        Called after each run, outside the time taken; for a progress bar.

    Returns
    -------
    dict of str to Timing
        In the order given.

    Raises
    ------
    ParameterError
        If nothing is to be timed, or `repeats` is below 1.

    Examples
    --------
    >>> list(interleave({"sum": lambda: sum(range(10)), "max": lambda: max(range(10))}, repeats=3))
    ['sum', 'max']
    """
    if not contestants or repeats < 1 or warmups < 0:
        raise ParameterError(
            "interleave wants a contestant, repeats >= 1 and warmups >= 0, "
            f"got {len(contestants)}, {repeats} and {warmups}."
        )
    names = list(contestants)
    taken: dict[str, list[float]] = {name: [] for name in names}
    collecting = gc.isenabled()
    gc.collect()  # once: in a big process it takes longer than many a contestant
    for round_number in range(-warmups, repeats):
        first = round_number % len(names)
        gc.disable()
        try:
            for name in names[first:] + names[:first]:
                started = clock()
                contestants[name]()
                elapsed = clock() - started
                if round_number >= 0:
                    taken[name].append(elapsed)
                if after_each is not None:
                    after_each()
        finally:
            if collecting:
                gc.enable()
    return {name: Timing(name, tuple(seconds)) for name, seconds in taken.items()}
