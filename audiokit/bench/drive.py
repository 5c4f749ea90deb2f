"""Going through a loader's epochs as training does, with a step that sleeps; and waiting until a tuner has settled."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from audiokit.training.loader.report import LoaderReport

__all__ = ["Drive", "Loader", "Pace", "Settling", "open_loader", "settle"]

PATIENCE_SECONDS = 10.0
"""A tuner settles within this time, or within `PATIENCE_BATCHES`, whichever is longer."""

PATIENCE_BATCHES = 8

_MOST_PATIENCE = 4  # times as long is waited before it is taken as it is


class Loader(Protocol):
    """As much of `audiokit.training.AudioDataLoader` as is measured."""

    def __iter__(self) -> Iterator[Any]: ...

    def report(self) -> LoaderReport:
        """How it is doing."""
        ...

    def close(self) -> None:
        """End its workers."""
        ...


def open_loader(files: Any, **options: Any) -> Loader:
    """Make an `AudioDataLoader` as benchmarks want it: in order, nothing cached, nothing known from an earlier run."""
    from audiokit.training import AudioDataLoader

    given = {"shuffle": False, "cache": None, "remember": False, **options}
    return cast("Loader", AudioDataLoader(files, **given))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a loader was gone through.

    Parameters
    ----------
    seconds : float
        Waiting and steps together.
    waited_seconds : float
        Of it, for batches.
    items, batches : int
        That were taken.
    """

    seconds: float
    waited_seconds: float
    items: int
    batches: int

    @property
    def item_seconds(self) -> float:
        """Seconds for each item."""
        return self.seconds / max(self.items, 1)

    @property
    def batch_seconds(self) -> float:
        """Seconds for each batch, step included."""
        return self.seconds / max(self.batches, 1)

    @property
    def wait_share(self) -> float:
        """Of the time, that was spent waiting: 0 to 1."""
        return self.waited_seconds / self.seconds if self.seconds else 0.0


class Drive:
    """One way through a loader, epoch after epoch, that can stop between any two batches and go on.

    Parameters
    ----------
    loader : Loader
        Whose batches are taken.
    step_seconds : float
        That is slept after each batch, as a process does that waits for its GPU; may be set at any time.
    """

    def __init__(self, loader: Loader, step_seconds: float = 0.0) -> None:
        self.loader, self.step_seconds = loader, step_seconds
        self._batches = self._endless()

    def _endless(self) -> Generator[Any, None, None]:
        while True:
            some = False
            for batch in self.loader:
                some = True
                yield batch
            if not some:  # or this would never end
                return

    def take(self, *, batches: int = 1, seconds: float = 0.0) -> Pace:
        """Go on for at least so many batches, and at least so long."""
        items, count, waited = 0, 0, 0.0
        began = now = time.perf_counter()
        while count < batches or now - began < seconds:
            batch = next(self._batches, None)
            if batch is None:
                break
            waited += time.perf_counter() - now
            items, count = items + len(batch), count + 1
            if self.step_seconds:
                time.sleep(self.step_seconds)
            now = time.perf_counter()
        return Pace(now - began, waited, items, count)

    def steady(self, *, batches: int, seconds: float) -> Pace:
        """Like `take`, after what lay ready since the last time has been used up; and then `rest`."""
        # Somebody else's loader may have no report; it is taken as one that makes two batches ahead.
        ahead = self.loader.report().plan.prefetch if hasattr(self.loader, "report") else 2
        self.take(batches=1 + ahead)
        pace = self.take(batches=batches, seconds=seconds)
        self.rest()
        return pace

    def rest(self) -> None:
        """End the epoch here: what follows is another one. Else the time until then would look like a long step."""
        self._batches.close()
        self._batches = self._endless()


@dataclass(frozen=True, slots=True)
class Settling:
    """How long a tuner searched.

    Parameters
    ----------
    settled : bool
        Whether it ended; or patience did.
    seconds : float
        From the first batch that was asked for.
    batches : int
        That were taken meanwhile.
    """

    settled: bool
    seconds: float
    batches: int

    @property
    def in_time(self) -> bool:
        """Whether it took at most `PATIENCE_SECONDS` or `PATIENCE_BATCHES`."""
        return self.settled and (self.seconds <= PATIENCE_SECONDS or self.batches <= PATIENCE_BATCHES)


def settle(drive: Drive, *, patience_seconds: float = PATIENCE_SECONDS) -> Settling:
    """Take batches until the loader says that its search has ended, or four times the patience is over."""
    seconds, batches = 0.0, 0
    while True:
        pace = drive.take()
        seconds, batches = seconds + pace.seconds, batches + pace.batches
        if drive.loader.report().settled or not pace.batches:
            return Settling(bool(pace.batches), seconds, batches)
        if seconds > _MOST_PATIENCE * patience_seconds and batches > _MOST_PATIENCE * PATIENCE_BATCHES:
            return Settling(settled=False, seconds=seconds, batches=batches)
