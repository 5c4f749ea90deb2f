"""What is known of a loader while it runs, read from its parts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiokit.training.cache import CacheReport
    from audiokit.training.dataset import AudioDataset
    from audiokit.training.failures import Failure
    from audiokit.training.loader.ahead import Ahead
    from audiokit.training.loader.engine import Engine
    from audiokit.training.loader.plan import Plan
    from audiokit.training.loader.report import LoaderReport

__all__ = ["LoaderFacts"]


class LoaderFacts:
    """The properties of `audiokit.AudioDataLoader` that change nothing.

    Attributes
    ----------
    dataset : AudioDataset
        Makes the items.
    """

    dataset: AudioDataset
    _engine: Engine
    _ahead: Ahead

    @property
    def classes(self) -> tuple[Any, ...]:
        """Names of the classes by code; empty where there are none."""
        return self.dataset.classes

    @property
    def failures(self) -> tuple[Failure, ...]:
        """What could not be read so far: epoch, index, path, reason and time of each."""
        ahead = self._ahead.epoch  # nobody has asked for that one yet
        return tuple(failure for failure in self.dataset.failures if failure.epoch != ahead)

    @property
    def plan(self) -> Plan:
        """How batches are made now."""
        return self._engine.plan

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Numbers of the worker processes that live; empty where threads do the work."""
        return self._engine.pids

    def report(self) -> LoaderReport:
        """Return how it is doing: throughput, waiting, headspace, stages, and what was changed and why."""
        report = self._engine.report()
        return report if self._ahead.epoch is None else replace(report, failures=len(self.failures))

    def cache_stats(self) -> CacheReport | None:
        """Return what the cache has done, in all workers; None without one."""
        return self.dataset.cache_stats()
