"""Which items come when: shuffled, divided among the processes of a training, and resumable at any item."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.permutation import Permutation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["EpochSampler", "Resumable", "Share", "Tail", "share_of_this_process"]

Tail = Literal["pad", "drop", "keep"]
_CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Share:
    """One process of a training among several.

    Parameters
    ----------
    rank, world_size : int
        Which of how many.

    Raises
    ------
    ParameterError
        If there is no such rank.
    """

    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.world_size:
            raise ParameterError(f"rank must be 0 up to world_size - 1, got {self.rank} of {self.world_size}.")

    def places(self, total: int, tail: Tail) -> int:
        """How many of `total` places are this process's: every `world_size`-th, beginning at `rank`."""
        if tail == "pad":
            return -(-total // self.world_size)
        if tail == "drop":
            return total // self.world_size
        return max(0, -(-(total - self.rank) // self.world_size))


def share_of_this_process(rank: int | None, world_size: int | None) -> Share:
    """Return what is given, or else what `torch.distributed` says if it is initialised, or else all.

    Raises
    ------
    ParameterError
        If only one of the two is given.
    """
    if (rank is None) != (world_size is None):
        raise ParameterError("rank and world_size belong together, and one of them is missing.", cure="Give both.")
    if rank is not None and world_size is not None:
        return Share(rank, world_size)
    # It cannot be initialised before it is imported, and that takes seconds.
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return Share(distributed.get_rank(), distributed.get_world_size())
    return Share()


class Resumable:
    """What a sampler of items and one of batches share: the epoch, how far it is, and whose turn it is.

    Parameters
    ----------
    total : int
        Items, or batches, of an epoch of all processes.
    facts : mapping
        What the order depends on; a state of other facts is refused.
    rank, world_size, tail
        As in `EpochSampler`.
    """

    _unit = "items"

    def __init__(
        self, total: int, facts: Mapping[str, Any], *, rank: int | None, world_size: int | None, tail: Tail
    ) -> None:
        _checked_epoch(facts["seed"])
        if tail not in ("pad", "drop", "keep"):
            raise ParameterError(f"tail must be 'pad', 'drop' or 'keep', got {tail!r}.")
        self._total, self._facts, self._tail = total, dict(facts), tail
        self._asked = (rank, world_size)
        share_of_this_process(rank, world_size)
        self._epoch = self._resumed = self._given = 0

    @property
    def epoch(self) -> int:
        """Counted from 0."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch at its first item; if it is the present one, and resumed, go on where it was."""
        if epoch != self._epoch:
            self._epoch, self._resumed = _checked_epoch(epoch), 0
        self._given = 0

    def __len__(self) -> int:
        """How many this process has left in the epoch."""
        share = share_of_this_process(*self._asked)
        return max(0, share.places(self._total, self._tail) - self._done(share))

    def _done(self, share: Share) -> int:
        """How many of this process's were had before the state that was loaded."""
        return max(0, -(-(self._resumed - share.rank) // share.world_size))

    def _left(self, share: Share) -> range:
        """Which of this process's come now, counted in them alone."""
        return range(self._done(share), share.places(self._total, self._tail))

    def state_dict(self, consumed: int | None = None) -> dict[str, Any]:
        """Return where the epoch is.

        Parameters
        ----------
        consumed : int, optional
            Items (batches of a sampler of batches) of this process that the training has had since iteration began.
            By default as many as were given out, which is the same without workers; a DataLoader with workers asks for
            more than it has given.

        Returns
        -------
        dict
            Of numbers, strings and booleans.
        """
        share = share_of_this_process(*self._asked)
        had = self._given if consumed is None else consumed
        if not 0 <= had <= len(self):
            raise ParameterError(f"consumed must be 0 up to {len(self)}, the {self._unit} of the epoch, got {had}.")
        # Processes go in step: where one has had k, all together have had k times as many.
        done = (self._done(share) + had) * share.world_size
        return {**self._facts, "epoch": self._epoch, "consumed": done}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict` was taken, with any number of workers and processes.

        Raises
        ------
        ParameterError
            For the state of another order.
        """
        self._epoch, self._resumed = _checked_state(state, self._facts)
        self._given = 0


class EpochSampler(Resumable):
    """The order of an epoch's items, for ``DataLoader(dataset, sampler=...)``.

    Parameters
    ----------
    length : int
        Number of items, ``len(dataset)``.
    shuffle : bool
        In another order each epoch; otherwise as they are.
    seed : int
        Of the order.
    rank, world_size : int, optional
        Which process of how many this is; by default what `torch.distributed` says when an epoch begins.
    tail : {"pad", "drop", "keep"}
        If the items cannot be divided evenly: ``pad`` gives some processes one of the first again (as torch's
        DistributedSampler does), ``drop`` leaves the last ones out in this epoch. Both give each process as many.
        ``keep`` gives every item exactly once, so that some processes have one more.

    Raises
    ------
    ParameterError
        For options that do not fit.

    Notes
    -----
    The order is computed item by item: an epoch of ten million takes no memory, and resumes at once. Place p of the
    epoch belongs to process ``p % world_size``, so that a state may be loaded with another number of processes.
    """

    def __init__(
        self,
        length: int,
        *,
        shuffle: bool = True,
        seed: int = 0,
        rank: int | None = None,
        world_size: int | None = None,
        tail: Tail = "pad",
    ) -> None:
        if length < 1:
            raise ParameterError(f"length must be 1 or more, got {length}.")
        self._shuffle, self._seed = bool(shuffle), seed
        facts = {"length": int(length), "shuffle": self._shuffle, "seed": seed}
        super().__init__(int(length), facts, rank=rank, world_size=world_size, tail=tail)

    def __iter__(self) -> Iterator[int]:
        share = share_of_this_process(*self._asked)
        order = Permutation(self._total, (self._seed, self._epoch)) if self._shuffle else None
        self._given = 0  # now, not when the first is asked for
        return self._items(share, order)

    def _items(self, share: Share, order: Permutation | None) -> Iterator[int]:
        left = self._left(share)
        for start in range(left.start, left.stop, _CHUNK):
            places = np.arange(start, min(start + _CHUNK, left.stop)) * share.world_size + share.rank
            places %= self._total  # beyond the end: the first ones again
            for index in (places if order is None else order.at(places)).tolist():
                self._given += 1
                yield index


def _checked_state(state: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[int, int]:
    """Return epoch and progress of a state, or raise ParameterError if it is another order's."""
    for name, value in facts.items():
        if name not in state or state[name] != value:
            raise ParameterError(
                f"The state is of an order with {name}={state.get(name)!r}, this one has {value!r}.",
                cure="Make the sampler as it was when the state was taken.",
            )
    return _checked_epoch(state.get("epoch", -1)), _checked_epoch(state.get("consumed", -1))


def _checked_epoch(epoch: Any) -> int:
    if isinstance(epoch, bool) or not isinstance(epoch, (int, np.integer)) or epoch < 0:
        raise ParameterError(f"A whole number, 0 or more, is wanted, got {epoch!r}.")
    return int(epoch)
