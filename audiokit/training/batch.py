"""From items to a batch of tensors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.failures import Failure, Skipped
from audiokit.training.item import Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import torch

__all__ = ["Batch", "collate"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Items side by side; it unpacks to two: ``data, labels = batch``.

    Parameters
    ----------
    data : torch.Tensor
        float32, (items, time), (items, channels, time) or (items, bands, frames); padded at the end.
    labels : torch.Tensor or None
        int64 (items,) for classes, float32 for values, vectors and several classes at once.
    lengths : torch.Tensor
        int64 (items,): how much of the last axis is not padding.
    indices : torch.Tensor
        int64 (items,): places in the dataset.
    paths : tuple of str
        Of the files.
    augmentation : tuple
        For each item the tuple of what was drawn.
    failures : tuple of Failure
        Items that were to be in it.

    Notes
    -----
    ``len(batch)`` is the number of items. If none could be read, it is 0, ``data`` has shape (0, 0), and ``labels`` is
    None.
    """

    data: torch.Tensor
    labels: torch.Tensor | None
    lengths: torch.Tensor
    indices: torch.Tensor
    paths: tuple[str, ...] = ()
    augmentation: tuple[Any, ...] = ()
    failures: tuple[Failure, ...] = field(default=())

    def __iter__(self) -> Iterator[torch.Tensor | None]:
        return iter((self.data, self.labels))

    def __len__(self) -> int:
        return len(self.indices)

    def to(self, device: Any, *, non_blocking: bool = False) -> Batch:
        """Return the batch with data, labels and lengths on a device; the indices stay.

        Parameters
        ----------
        device : torch.device or str
            Where to.
        non_blocking : bool
            Do not wait; of use for memory that is pinned.
        """
        return replace(
            self,
            data=self.data.to(device, non_blocking=non_blocking),
            labels=None if self.labels is None else self.labels.to(device, non_blocking=non_blocking),
            lengths=self.lengths.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> Batch:
        """Return the batch in memory that a GPU can read by itself; `torch.utils.data.DataLoader` calls this."""
        return replace(
            self,
            data=self.data.pin_memory(),
            labels=None if self.labels is None else self.labels.pin_memory(),
            lengths=self.lengths.pin_memory(),
        )


def collate(items: Iterable[Item | Skipped], *, pad_to: int | None = None, pad_value: float = 0.0) -> Batch:
    """Put items side by side; ``DataLoader(dataset, collate_fn=collate)``.

    Parameters
    ----------
    items : iterable of Item or Skipped
        What was skipped is left out, and told in ``.failures``.
    pad_to : int, optional
        Length of the last axis; the longest item's if None. With a dataset's ``duration_seconds`` all are as long.
    pad_value : float
        What shorter ones are filled with.

    Returns
    -------
    Batch
        In the order of the items.

    Raises
    ------
    ParameterError
        If shapes differ in more than the last axis, some items have no label, or one is longer than `pad_to`.
    """
    import torch

    given = list(items)
    kept = [item for item in given if isinstance(item, Item)]
    failures = tuple(item.failure for item in given if isinstance(item, Skipped))
    if len(kept) + len(failures) != len(given):
        other = next(item for item in given if not isinstance(item, (Item, Skipped)))
        raise ParameterError(
            f"collate wants items of an AudioDataset, got {type(other).__name__}.", cure="Use it with AudioDataset."
        )
    whole = torch.int64
    return Batch(
        torch.from_numpy(_padded([item.data for item in kept], pad_to, pad_value)),
        _labels([item.label for item in kept]),
        torch.tensor([item.frames for item in kept], dtype=whole),
        torch.tensor([item.index for item in kept], dtype=whole),
        tuple(item.path for item in kept),
        tuple(item.augmentation for item in kept),
        failures,
    )


def _padded(arrays: Sequence[np.ndarray[Any, Any]], pad_to: int | None, pad_value: float) -> np.ndarray[Any, Any]:
    if not arrays:
        return np.zeros((0, 0), np.float32)
    shapes = {array.shape[:-1] for array in arrays}
    if len(shapes) > 1:
        raise ParameterError(
            f"The items of a batch have different shapes before time: {sorted(shapes)}.",
            cure="Files of several numbers of channels need mono=True.",
        )
    longest = max(array.shape[-1] for array in arrays)
    length = longest if pad_to is None else pad_to
    if longest > length:
        raise ParameterError(f"An item has {longest} frames, more than pad_to={length}.", cure="Use duration_seconds.")
    out = np.full((len(arrays), *shapes.pop(), length), pad_value, np.float32)
    for row, array in zip(out, arrays, strict=True):
        row[..., : array.shape[-1]] = array
    return out


def _labels(labels: Sequence[Any]) -> torch.Tensor | None:
    import torch

    without = sum(label is None for label in labels)
    if without == len(labels):
        return None
    if without:
        raise ParameterError(f"{without} of {len(labels)} items have no label.", cure="Label all, or none.")
    kind = torch.int64 if isinstance(labels[0], int) else torch.float32
    return torch.tensor(np.asarray(labels), dtype=kind)
