"""Decides how a loader works, from what was measured; it measures nothing itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audiokit.training.loader.plan import Plan

if TYPE_CHECKING:
    from audiokit.training.loader.meter import Window

__all__ = ["Decision", "Tuner"]

_WAITS = 0.02  # of the time: below, training is not held up
_UNEVEN = 0.5  # of the time: above, it is not chance that training waits
_BUSY = 0.9  # of all processors: above, no division of the work can bring much
_ALONE = 0.75  # of the time that a worker is busy, on a processor: below, workers wait for Python's lock or for a disk
_ENOUGH_SECONDS, _ENOUGH_BATCHES = 0.7, 2
_LOOK_SECONDS, _LOOK_BATCHES = 1.0, 8  # when settled
_HELD_UP = 0.05  # of the time: above, what was found no longer serves
_DRIFT = 1.3  # of the step
_SHORT_SECONDS = 0.001  # a step as short as this is only a loop
_PACE_DRIFT = 1.6  # of what the workers make, the step being the same: other work on the machine does that too
_IDLE = 0.75  # of all processors: below, while training waits, something quicker may have been overlooked
_AGAIN_SECONDS, _MOST_AGAIN_SECONDS = 30.0, 960.0  # until it is looked for; twice as long each time that none is found
_TOGETHER = 1.1  # two rates as near as this are measured again
_SPARE = 1.2  # workers more than are needed, so that an item that takes long holds nobody up
_QUICKER = 1.05  # by which a step must become quicker to be worth a process
_NOTICED = 0.05  # of a processor: what threads use less of is not in the way
_MOST_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do next.

    Parameters
    ----------
    plan : Plan
        From now on.
    reason : str
        In a sentence.
    settled : bool
        Whether the search is over.
    """

    plan: Plan
    reason: str
    settled: bool


class Tuner:
    """Finds the division of the work that serves training best.

    Where training does not wait, there is nothing to find. Where it does, divisions are tried one after the other while
    batches are given out: threads, which cost nothing to start; then, unless they keep the processors busy, processes,
    which do not wait for each other's lock; and the quickest is kept. It begins anew when the pace changes, and now and
    then where training waits beside processors that are idle: what was found while other programs had them, or the last
    time, need not be the best for ever.

    Parameters
    ----------
    cores : int
        Processors that this process may use.
    batch_items : int
        Items in a batch.
    start : Plan, optional
        Where to begin: what was best the last time. As many threads as processors by default.
    may_start_processes : bool
        Whether there may be processes.
    """

    def __init__(
        self, cores: int, batch_items: int, *, start: Plan | None = None, may_start_processes: bool = True
    ) -> None:
        self._cores, self._items, self._may_start_processes = cores, max(1, batch_items), may_start_processes
        self._known = start
        self.plan = self._with_prefetch(start or Plan(0, cores))
        self._before: tuple[int, int] | None = None  # the division that an earlier search ended with
        self._again = _AGAIN_SECONDS
        self.settled = False
        self._begin()

    def _begin(self) -> None:
        self._rates: dict[tuple[int, int], list[float]] = {}
        self._shares: dict[tuple[int, int], float] = {}
        self._finals: list[tuple[int, int]] | None = None
        self._aside: tuple[Plan, float] | None = None  # threads that are enough, and the step beside them
        self._pace = 0.0  # of training, where the search ended
        self._step = 0.0
        self._odd = 0
        self.settled = False

    def consider(self, window: Window) -> Decision | None:  # noqa: PLR0911 - one for each thing that may be found
        """Look at what was measured with the present plan; None to measure on."""
        if self.settled:
            return self._watch(window)
        if not self._is_enough(window):
            return None
        division, waits = self.plan.division, window.wait_share > _WAITS
        rate = window.made_per_second if waits else window.items_per_second
        self._rates.setdefault(division, []).append(rate)
        self._shares[division] = window.cpu_share
        if self._known is not None:
            self._known = None
            return self._settle(self.plan, "As it was best the last time", rate, window)
        if not waits or self._aside is not None:
            return self._at_ease(window)
        uneven = window.capacity(self.plan.workers) > _SPARE * window.items_per_second and window.wait_share < _UNEVEN
        if uneven and self.plan.prefetch < self._most():
            more = replace(self.plan, prefetch=min(2 * self.plan.prefetch, self._most()))
            del self._rates[division]
            return self._change(more, f"Batches come unevenly, and training waited {window.wait_share:.0%} of the time")
        if self._finals is None:
            found = self._next(window)
            if found is not None:
                return self._change(*found)
            self._finals = self._close_ones()
        if self._finals:
            division = self._finals.pop(0)
            self._rates.pop(division)  # what counts is measured one after the other
            return self._change(self._divided(division), "Two are as quick as each other: measured again")
        return self._settle_at_best(window)

    # The search

    def _is_enough(self, window: Window) -> bool:
        if window.made < 2 * self.plan.workers or window.batches < 1:
            return False
        return window.seconds >= _ENOUGH_SECONDS and (window.batches >= _ENOUGH_BATCHES or window.seconds >= 2.0)

    def _next(self, window: Window) -> tuple[Plan, str] | None:
        """Return what to try next, and why."""
        cores, share = self._cores, window.cpu_share
        on_processors = window.cpu_seconds / window.seconds
        told = f"Training waited {window.wait_share:.0%} of the time at {window.items_per_second:,.0f} items a second"
        if self.plan.workers < cores and self._untried(0, cores):
            return self._divided((0, cores)), f"{told}, and there are {cores} processors"
        if on_processors > _BUSY * cores:
            return None  # they do nothing but work
        per_process = max(1, min(cores, round(share * self._threads_beside())))
        tries = []
        if self._may_start_processes:
            tries += [(cores, 1), (1, cores), (math.ceil(cores / per_process), per_process)]
        tries += [(0, max(1, cores // 2))]
        if self._may_start_processes and share < _ALONE and all(found < _ALONE for found in self._shares.values()):
            tries += [(cores, 2)]  # not the lock: a disk, or a network, for which more can wait at the same time
        for division in tries:
            if self._untried(*division):
                why = f"workers were on a processor {share:.0%} of the time that an item took"
                return self._divided(division), f"{told}; {why}"
        return None

    def _threads_beside(self) -> int:
        return self.plan.threads if not self.plan.processes else self._cores

    def _untried(self, processes: int, threads: int) -> bool:
        return (processes, threads) not in self._rates

    def _close_ones(self) -> list[tuple[int, int]]:
        """Return those that might be the best, if it is not clear which is; the present one last, for it is warm."""
        ranked = sorted(self._rates, key=self._rate, reverse=True)
        if self._before in ranked[1:]:  # what served until now is given up only for what is quicker at the same time
            ranked = [ranked[0], self._before]
        elif len(ranked) < 2 or self._rate(ranked[0]) > _TOGETHER * self._rate(ranked[1]):
            return []
        return ranked[:2] if ranked[0] != self.plan.division else ranked[1::-1]

    def _rate(self, division: tuple[int, int]) -> float:
        found = self._rates[division]
        return sum(found) / len(found)

    def _settle_at_best(self, window: Window) -> Decision:
        best = max(self._rates, key=self._rate)
        if self._before in self._rates and self._rate(best) < _TOGETHER * self._rate(self._before):
            best = self._before
        told = ", ".join(
            f"{Plan(*division)}: {self._rate(division):,.0f}"
            for division in sorted(self._rates, key=self._rate, reverse=True)
        )
        if len(self._rates) > 1:
            reason = f"The quickest of those tried (items a second: {told})"
        else:
            reason = (
                f"{window.cpu_seconds / window.seconds:.1f} of {self._cores} processors do nothing but make items: "
                f"{told} a second"
            )
        return self._settle(self._divided(best), reason, self._rate(best), window)

    def _at_ease(self, window: Window) -> Decision:
        """Training does not wait: leave it the processors that are not needed, and Python's lock."""
        plan, step = self.plan, window.step_seconds
        if self._aside is not None:
            before, its_step = self._aside
            self._aside = None
            if window.wait_share <= _WAITS and step * _QUICKER < its_step:
                why = f"The step takes {1000 * step:.3g} ms instead of {1000 * its_step:.3g} ms beside a worker process"
                return self._settle(plan, why, window.items_per_second, window)
            why = f"A worker process made the step no quicker ({1000 * step:.3g} and {1000 * its_step:.3g} ms)"
            return self._settle(before, why, window.items_per_second, window)
        needed = max(1, math.ceil(_SPARE * window.items_per_second * window.item_seconds))
        reason = f"Training waited {window.wait_share:.1%} of the time"
        if plan.processes == 0 and needed < plan.threads:
            reason += f"; {needed} of {plan.threads} threads are enough"
            plan = replace(plan, threads=needed)
        if self._may_start_processes and plan.processes == 0 and window.cpu_seconds > _NOTICED * window.seconds:
            self._aside = plan, step
            return self._change(
                replace(plan, processes=1), f"{reason}; a worker process is tried, beside which its step may be quicker"
            )
        return self._settle(plan, reason, window.items_per_second, window)

    def _settle(self, plan: Plan, reason: str, pace: float, window: Window) -> Decision:
        self.settled = True
        self._pace, self._step, self._odd, self._settled_seconds = pace, window.step_seconds, 0, 0.0
        self._again = min(2 * self._again, _MOST_AGAIN_SECONDS) if plan.division == self._before else _AGAIN_SECONDS
        self._had_waited = window.wait_share > _WAITS
        return self._change(plan, reason)

    # Afterwards

    def _watch(self, window: Window) -> Decision | None:
        many, few = (_LOOK_SECONDS, _LOOK_BATCHES), (5 * _LOOK_SECONDS, _ENOUGH_BATCHES)
        if not any(window.seconds >= seconds and window.batches >= batches for seconds, batches in (many, few)):
            return None
        waits, rate, step = window.wait_share > _WAITS, window.items_per_second, window.step_seconds
        if self._had_waited and not waits:
            self._begin()
            return self._at_ease(window)
        changed = max(step, self._step) > _DRIFT * min(step, self._step) and step > _SHORT_SECONDS
        if self._had_waited:
            is_odd = max(rate, self._pace) > (_DRIFT if changed else _PACE_DRIFT) * min(rate, self._pace)
        else:
            is_odd = window.wait_share > _HELD_UP
        self._settled_seconds += window.seconds
        is_idle = self._had_waited and window.cpu_seconds < _IDLE * self._cores * window.seconds
        if is_idle and self._settled_seconds >= self._again:
            used = f"{window.cpu_seconds / window.seconds:.1f} of {self._cores} processors"
            return self._look_again(f"Training waits {window.wait_share:.0%} of the time, and {used} make items")
        if not is_odd:
            self._odd = 0
            return Decision(self.plan, "", settled=True)
        self._odd += 1
        if self._odd < 2 and not changed:  # once may be chance
            return Decision(self.plan, "", settled=True)
        return self._look_again(
            f"Training waits {window.wait_share:.0%} of the time at {rate:,.0f} items a second instead of "
            f"{self._pace:,.0f} (step {1000 * step:.3g} ms)"
        )

    def _look_again(self, why: str) -> Decision:
        self._before = self.plan.division
        self._begin()
        return self._change(self.plan, f"{why}: looking again")

    def without_processes(self, plan: Plan) -> None:
        """Go on with a plan: processes cannot be started here."""
        self._may_start_processes, self._aside, self.plan = False, None, plan

    # Plans

    def _change(self, plan: Plan, reason: str) -> Decision:
        self.plan = plan
        return Decision(plan, reason + ".", self.settled)

    def _divided(self, division: tuple[int, int]) -> Plan:
        return self._with_prefetch(Plan(*division, self.plan.prefetch))

    def _with_prefetch(self, plan: Plan) -> Plan:
        """Make as many batches ahead as it takes to give every worker something to do."""
        least = 1 + math.ceil(2 * plan.workers / self._items)
        return replace(plan, prefetch=min(max(plan.prefetch, least, 2), max(self._most(), least)))

    def _most(self) -> int:
        return min(_MOST_AHEAD, self.most_ahead)

    most_ahead = _MOST_AHEAD
    """Batches that the memory set aside for them has room for."""
