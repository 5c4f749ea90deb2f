"""Inputs of one shape go through a network together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["in_batches"]

_MOST = 16


def in_batches(
    run: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    inputs: Sequence[NDArray[np.float32]],
    *,
    most: int = _MOST,
) -> NDArray[np.float32]:
    """Run inputs of one shape together.

    Parameters
    ----------
    run : callable
        Takes shape (batch, ...), gives shape (batch, classes).
    inputs : sequence of ndarray
        At least one; of any shapes.
    most : int
        In one call.

    Returns
    -------
    ndarray, shape (inputs, classes)
        In the order of the inputs.

    Examples
    --------
    >>> in_batches(lambda batch: batch.sum(axis=1, keepdims=True), [np.ones(2), np.ones(3), np.ones(2)]).tolist()
    [[2.0], [3.0], [2.0]]
    """
    found: dict[int, NDArray[np.float32]] = {}
    for shape in dict.fromkeys(one.shape for one in inputs):
        alike = [index for index, one in enumerate(inputs) if one.shape == shape]
        for first in range(0, len(alike), most):
            some = alike[first : first + most]
            found.update(zip(some, run(np.stack([inputs[index] for index in some])), strict=True))
    return np.stack([found[index] for index in range(len(inputs))])
