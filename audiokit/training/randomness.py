"""The random numbers of one item, the same wherever and whenever it is made."""

from __future__ import annotations

import numpy as np

__all__ = ["item_generator"]


def item_generator(seed: int, epoch: int, index: int) -> np.random.Generator:
    """Make the generator from which everything about an item is drawn.

    Parameters
    ----------
    seed : int
        Of the run, 0 or more.
    epoch : int
        Counted from 0.
    index : int
        The item's place in the dataset, not in a batch.

    Returns
    -------
    numpy.random.Generator
        PCG64DXSM, seeded by ``SeedSequence([seed, epoch, index])``: independent of every other item's, and of the
        number of workers.

    Examples
    --------
    >>> item_generator(0, 1, 2).random() == item_generator(0, 1, 2).random()
    True
    """
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence([seed, epoch, index])))
