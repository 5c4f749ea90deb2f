"""What everything takes, added up while it happens, and read off over stretches of batches."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from audiokit.training.loader.task import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from audiokit.training.loader.task import Made

__all__ = ["Meter", "Window"]

_MOST_STEPS = 4096


@dataclass(slots=True)
class Window:
    """What was measured over a stretch of time.

    Parameters
    ----------
    seconds : float
        From its begin to now.
    items, batches : int
        That training took.
    waited_seconds : float
        That training waited for them.
    steps_seconds : list of float
        Of each batch but the last: from being taken to the next being asked for.
    made : int
        Items that workers made.
    busy_seconds, cpu_seconds : float
        That workers spent on these, added up, and of that on processors.
    first_seconds : float
        Of the waiting, for the first batch of an epoch, which no prefetching can make ready.
    """

    seconds: float = 0.0
    items: int = 0
    batches: int = 0
    waited_seconds: float = 0.0
    steps_seconds: list[float] = field(default_factory=list)
    made: int = 0
    busy_seconds: float = 0.0
    cpu_seconds: float = 0.0
    first_seconds: float = 0.0

    @property
    def step_seconds(self) -> float:
        """Median of the steps; 0 before there is one."""
        return statistics.median(self.steps_seconds) if self.steps_seconds else 0.0

    @property
    def wait_share(self) -> float:
        """Of the time, 0 to 1, but for the first batch of an epoch; 1 before there is a step."""
        if not self.steps_seconds:
            return 1.0
        waited = max(0.0, self.waited_seconds - self.first_seconds)
        return waited / max(waited + sum(self.steps_seconds), 1e-9)

    @property
    def items_per_second(self) -> float:
        """That training took."""
        return self.items / self.seconds if self.seconds > 0 else 0.0

    @property
    def made_per_second(self) -> float:
        """That were made, whoever held up whom."""
        return self.made / self.seconds if self.seconds > 0 else 0.0

    @property
    def item_seconds(self) -> float:
        """That one worker spends on one item; 0 if none was made."""
        return self.busy_seconds / self.made if self.made else 0.0

    @property
    def cpu_share(self) -> float:
        """Of the time that workers are busy, spent on a processor: the rest they wait for one, a lock or a disk."""
        return self.cpu_seconds / self.busy_seconds if self.busy_seconds > 0 else 1.0

    def capacity(self, workers: int) -> float:
        """Items a second that so many workers could make if nobody held them up."""
        return max(self.made_per_second, workers / self.item_seconds if self.item_seconds else 0.0)


class _Stretch:
    """A window that is open."""

    def __init__(self, began: float) -> None:
        self.window, self.began, self.skip = Window(), began, 0

    def made(self, made: Made, now: float) -> None:
        count = len(made.entries)
        if self.skip > 0:  # those that still belong to what was before
            self.skip -= count
            self.window, self.began = Window(), now
        window = self.window
        window.made += count
        window.busy_seconds += made.seconds
        window.cpu_seconds += made.cpu_seconds

    def given(self, items: int, asked: float, now: float, *, first: bool) -> None:
        window = self.window
        waited = now - max(self.began, asked)
        window.waited_seconds += waited
        window.first_seconds += waited if first else 0.0
        window.items += items
        window.batches += 1


class Meter:
    """Adds up, from any thread; read off over two stretches that begin anew at different times.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        began = clock()
        self._stretches = {name: _Stretch(began) for name in ("decide", "tell")}
        self._last: float | None = None  # when training took a batch, or asked for one
        self._paused: float | None = began
        self._is_first = True
        self._stages = dict.fromkeys((*STAGES, "assemble", "transfer"), 0.0)
        self._counts = {"made": 0, "assemble": 0, "transfer": 0}
        self.items = self.batches = 0
        self.item_seconds = 0.0

    def made(self, made: Made) -> None:
        """A worker finished a part."""
        count = len(made.entries)
        with self._lock:
            now = self._clock()
            for stretch in self._stretches.values():
                if self._paused is None:
                    stretch.made(made, now)
                else:  # for the next epoch, while the clock stands still
                    stretch.skip = max(0, stretch.skip - count)
            self._counts["made"] += count
            for name, seconds in zip(STAGES, made.stages, strict=True):
                self._stages[name] += seconds
            if count:
                each = made.seconds / count
                self.item_seconds += 0.2 * (each - self.item_seconds) if self.item_seconds else each

    def assembled(self, items: int, seconds: float) -> None:
        """A batch was put together."""
        self._add("assemble", items, seconds)

    def transferred(self, items: int, seconds: float) -> None:
        """A batch was taken to where training wants it."""
        self._add("transfer", items, seconds)

    def _add(self, stage: str, items: int, seconds: float) -> None:
        with self._lock:
            self._stages[stage] += seconds
            self._counts[stage] += items

    def asked(self) -> None:
        """Training asks for a batch: its step is over."""
        now = self._clock()
        with self._lock:
            if self._paused is not None:
                for stretch in self._stretches.values():
                    stretch.began += now - self._paused
                self._paused, self._is_first = None, True
            if self._last is not None:
                for stretch in self._stretches.values():
                    if len(stretch.window.steps_seconds) < _MOST_STEPS:
                        stretch.window.steps_seconds.append(now - self._last)
            self._last = now

    def given(self, items: int) -> None:
        """Training has got it."""
        now = self._clock()
        with self._lock:
            for stretch in self._stretches.values():
                stretch.given(items, now if self._last is None else self._last, now, first=self._is_first)
            self._is_first, self._last = False, now
            self.items += items
            self.batches += 1

    def pause(self) -> None:
        """Between two epochs nobody trains; the clock stands still."""
        with self._lock:
            if self._paused is None:
                self._last, self._paused = None, self._clock()

    def window(self, name: str) -> Window:
        """Return what was measured since the last `reset` of that name; it goes on.

        Parameters
        ----------
        name : {"decide", "tell"}
            Which of the two.
        """
        with self._lock:
            now = self._clock() if self._paused is None else self._paused
            stretch = self._stretches[name]
            return replace(
                stretch.window, seconds=now - stretch.began, steps_seconds=list(stretch.window.steps_seconds)
            )

    def reset(self, name: str, *, skip: int = 0) -> None:
        """Begin a new stretch, after so many more items were made."""
        with self._lock:
            now = self._clock() if self._paused is None else self._paused
            stretch = self._stretches[name] = _Stretch(now)
            stretch.skip = skip

    def stages(self) -> dict[str, float]:
        """Seconds that one item spends in each stage; without those that nothing went through."""
        with self._lock:
            found: dict[str, float] = {}
            for name, seconds in self._stages.items():
                count = self._counts.get(name, self._counts["made"])
                if count and seconds > 0:
                    found[name] = seconds / count
            return found
