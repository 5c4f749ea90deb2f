"""What a dataset gives for one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Item"]


class Item(NamedTuple):
    """One item of a dataset.

    Parameters
    ----------
    data : ndarray of float32
        Samples, (time,) if mono and (channels, time) otherwise; with features, what they gave, frames last.
    label : int, float, ndarray of float32, or None
        The code of a class, a value, or a row of them.
    index : int
        The item's place in the dataset.
    path : str
        Of the file.
    frames : int
        How many places of the last axis come from the recording; those behind are padding.
    augmentation : tuple of Drawn
        What was done to it, in order; each can be replayed.
    """

    data: NDArray[np.float32]
    label: Any
    index: int  # type: ignore[assignment]  # a tuple's method, which nobody needs here
    path: str
    frames: int
    augmentation: tuple[Any, ...] = ()
