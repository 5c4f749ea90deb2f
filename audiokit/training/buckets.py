"""Batches of items of similar length: less padding, still shuffled, still the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.permutation import Permutation
from audiokit.training.sampling import Share, Tail, _check_options, _checked_epoch, checked_state, share_of_this_process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["BucketBatchSampler"]


class BucketBatchSampler:
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
        _check_options(seed, tail)
        self.batch_size, self._together = int(batch_size), int(batches_together)
        self._shuffle, self._seed, self._tail, self._drop_last = bool(shuffle), int(seed), tail, bool(drop_last)
        self._asked = (rank, world_size)
        share_of_this_process(rank, world_size)
        self._epoch = self._resumed = self._given = 0

    @property
    def epoch(self) -> int:
        """Counted from 0."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch; if it is the present one, and resumed, go on where it was."""
        if epoch != self._epoch:
            self._epoch, self._resumed = _checked_epoch(epoch), 0
        self._given = 0

    def _batches(self) -> int:
        """In an epoch, for all processes."""
        items = len(self._durations)
        return items // self.batch_size if self._drop_last else -(-items // self.batch_size)

    def __len__(self) -> int:
        """How many batches this process has left in the epoch."""
        share = share_of_this_process(*self._asked)
        return max(0, share.places(self._batches(), self._tail) - self._done(share))

    def _done(self, share: Share) -> int:
        return max(0, -(-(self._resumed - share.rank) // share.world_size))

    def __iter__(self) -> Iterator[list[int]]:
        self._given = 0  # now, not when the first is asked for
        return self._in_turn(share_of_this_process(*self._asked))

    def _in_turn(self, share: Share) -> Iterator[list[int]]:
        total = self._batches()
        stretch, batches = -1, []
        for own in range(self._done(share), share.places(total, self._tail)):
            place = (own * share.world_size + share.rank) % total
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

    def state_dict(self, consumed: int | None = None) -> dict[str, Any]:
        """Return where the epoch is.

        Parameters
        ----------
        consumed : int, optional
            Batches of this process that the training has had since iteration began; by default as many as were
            given out, which is the same without workers.
        """
        share = share_of_this_process(*self._asked)
        had = self._given if consumed is None else consumed
        if not 0 <= had <= len(self):
            raise ParameterError(f"consumed must be 0 up to {len(self)}, the batches of the epoch, got {had}.")
        done = (self._done(share) + had) * share.world_size
        return {**self._facts(), "epoch": self._epoch, "consumed": done}

    def _facts(self) -> dict[str, Any]:
        return {
            "length": len(self._durations),
            "batch_size": self.batch_size,
            "batches_together": self._together,
            "shuffle": self._shuffle,
            "seed": self._seed,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken, with any number of workers and processes.

        Raises
        ------
        ParameterError
            For the state of another order.
        """
        self._epoch, self._resumed = checked_state(state, self._facts())
        self._given = 0
