"""Which batch comes when, and where training is: epochs, counted, named, resumed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from audiokit.training.buckets import BucketBatchSampler
from audiokit.training.checks import whole_number
from audiokit.training.sampling import EpochSampler, Tail

if TYPE_CHECKING:
    from audiokit.training.dataset import AudioDataset
    from audiokit.training.loader.flow import Flow

__all__ = ["Epochs"]


class Epochs:
    """The order of a loader's batches.

    Parameters
    ----------
    dataset : AudioDataset
        Whose items.
    batch_size, drop_last, bucket_by_length, shuffle, seed, rank, world_size, tail
        As in `audiokit.AudioDataLoader`.
    """

    def __init__(
        self,
        dataset: AudioDataset,
        batch_size: int,
        *,
        drop_last: bool,
        bucket_by_length: bool,
        shuffle: bool,
        seed: int,
        rank: int | None,
        world_size: int | None,
        tail: Tail,
    ) -> None:
        self._batch_size, self._drop_last = batch_size, drop_last
        shared: dict[str, Any] = {
            "shuffle": shuffle,
            "seed": seed,
            "rank": rank,
            "world_size": world_size,
            "tail": tail,
        }
        self._by_batch = bucket_by_length
        self._sampler: EpochSampler | BucketBatchSampler
        if bucket_by_length:
            self._sampler = BucketBatchSampler(dataset.durations_seconds(), batch_size, drop_last=drop_last, **shared)
        else:
            self._sampler = EpochSampler(len(dataset), **shared)
        self.current = self.next = 0
        """The epoch that was begun last, and the one that comes next."""

    def __len__(self) -> int:
        """How many batches the epoch has left (all of them, unless a state was loaded)."""
        count = len(self._sampler)
        if self._by_batch:
            return count
        return count // self._batch_size if self._drop_last else -(-count // self._batch_size)

    def begin(self) -> Iterator[list[int]]:
        """Begin the next epoch; places in the dataset, batch by batch."""
        self.current, self.next = self.next, self.next + 1
        self._sampler.set_epoch(self.current)
        return self._batches(self._sampler)

    def ahead(self) -> Iterator[list[int]]:
        """Return the batches of the epoch that comes next, without beginning it."""
        sampler = copy.copy(self._sampler)  # the place in the present epoch is the other one's
        sampler.set_epoch(self.next)
        return self._batches(sampler)

    def _batches(self, sampler: EpochSampler | BucketBatchSampler) -> Iterator[list[int]]:
        if isinstance(sampler, BucketBatchSampler):
            yield from sampler
            return
        batch: list[int] = []
        for index in sampler:
            batch.append(index)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch and not self._drop_last:
            yield batch

    def set(self, epoch: int) -> None:
        """Say which epoch comes next."""
        self.next = whole_number("epoch", epoch)

    def state(self, flow: Flow | None) -> dict[str, Any]:
        """Where training is that has had what a flow gave out; with none, at the beginning of the next epoch."""
        if flow is None:
            self._sampler.set_epoch(self.next)
            return self._sampler.state_dict(consumed=0)
        return self._sampler.state_dict(consumed=flow.given_batches if self._by_batch else flow.given_items)

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on there."""
        self._sampler.load_state_dict(state)
        self.next = self._sampler.epoch
