"""Batches of items of similar length: less padding, still shuffled, still the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.permutation import Permutation
from audiokit.training.sampling import Resumable, Share, Tail, share_of_this_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["BucketBatchSampler"]


class BucketBatchSampler(Resumable):
    """Batches of similar durations, for ``DataLoader(dataset, batch_sampler=...)``.

    Parameters
    ----------
    durations_seconds : array_like of float
        One for each item, in any unit; kept as float32.
    batch_size : int
        Items in a batch.
    batches_together : int
        So many batches are filled from one stretch of the shuffled order, sorted by duration; more mean less padding,
        and less chance.
    shuffle, seed, rank, world_size, tail
        As in `audiokit.training.EpochSampler`; whole batches are divided among processes.
    drop_last : bool
        Leave out the last batch if it is not full.

    Raises
    ------
    ParameterError
        For options that do not fit, or durations that are not finite.
    """

    _unit = "batches"

    def __init__(
        self,
        durations_seconds: ArrayLike,
        batch_size: int,
        *,
        batches_together: int = 100,
        shuffle: bool = True,
        seed: int = 0,
        rank: int | None = None,
        world_size: int | None = None,
        tail: Tail = "pad",
        drop_last: bool = False,
    ) -> None:
        self._durations: NDArray[np.float32] = np.asarray(durations_seconds, np.float32)
        if self._durations.ndim != 1 or not len(self._durations) or not np.isfinite(self._durations).all():
            raise ParameterError(
                "durations_seconds must be one finite number for each item.", cure="AudioDataset.durations_seconds()"
            )
        if batch_size < 1 or batches_together < 1:
            raise ParameterError(
                f"batch_size and batches_together must be 1 or more, got {batch_size} and {batches_together}."
            )
        self.batch_size, self._together = int(batch_size), int(batches_together)
        self._shuffle, self._seed = bool(shuffle), seed
        items = len(self._durations)
        facts = {
            "length": items,
            "batch_size": self.batch_size,
            "batches_together": self._together,
            "shuffle": self._shuffle,
            "seed": seed,
        }
        total = items // self.batch_size if drop_last else -(-items // self.batch_size)
        super().__init__(total, facts, rank=rank, world_size=world_size, tail=tail)

    def __iter__(self) -> Iterator[list[int]]:
        self._given = 0  # now, not when the first is asked for
        return self._in_turn(share_of_this_process(*self._asked))

    def _in_turn(self, share: Share) -> Iterator[list[int]]:
        stretch, batches = -1, []
        for own in self._left(share):
            place = (own * share.world_size + share.rank) % self._total
            if place // self._together != stretch:
                stretch = place // self._together
                batches = self._stretch(stretch)
            self._given += 1
            yield batches[place % self._together]

    def _stretch(self, number: int) -> list[list[int]]:
        """Batches from one stretch of the order: sorted, cut, and put in any order themselves."""
        size = self._together * self.batch_size
        start, stop = number * size, min((number + 1) * size, len(self._durations))
        if self._shuffle:
            items = Permutation(len(self._durations), (self._seed, self._epoch)).take(start, stop)
        else:
            items = np.arange(start, stop)
        items = items[np.argsort(self._durations[items], kind="stable")]
        batches = [items[at : at + self.batch_size].tolist() for at in range(0, len(items), self.batch_size)]
        if not self._shuffle:
            return batches
        last = batches.pop() if len(batches[-1]) < self.batch_size else None  # stays last, where it can be dropped
        order = Permutation(len(batches), (self._seed, self._epoch, 1 + number))
        return [batches[at] for at in order] + ([] if last is None else [last])
