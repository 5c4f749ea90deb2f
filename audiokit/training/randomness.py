"""Where randomness comes from: one generator for each item of each epoch, whoever makes the item."""

from __future__ import annotations

import numpy as np

from audiokit.errors import ParameterError

__all__ = ["drawn_seed", "item_generator"]


def item_generator(seed: int, epoch: int, index: int) -> np.random.Generator:
    """Return the generator of one item.

    The same three numbers give the same numbers in every process, on every system, in whatever order the items are
    made; different ones give streams that are independent of each other (NumPy's ``SeedSequence``).

    Parameters
    ----------
    seed : int
        Of the whole training run; not negative.
    epoch : int
        Counted from 0.
    index : int
        The item's place in the dataset (not in a batch), counted from 0.

    Returns
    -------
    numpy.random.Generator
        On a PCG64DXSM of its own.

    Raises
    ------
    ParameterError
        If one of them is negative or no whole number.

    Examples
    --------
    >>> first, again = item_generator(0, 3, 17), item_generator(0, 3, 17)
    >>> first.random() == again.random()
    True
    """
    entropy = [_whole(value, name) for name, value in (("seed", seed), ("epoch", epoch), ("index", index))]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))


def drawn_seed(generator: np.random.Generator) -> int:
    """Draw a seed for randomness that is too much to write down (noise); JSON holds it exactly.

    Examples
    --------
    >>> 0 <= drawn_seed(item_generator(0, 0, 0)) < 2**53
    True
    """
    return int(generator.integers(2**53))


def _whole(value: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ParameterError(f"{name} must be a whole number, not negative, got {value!r}.")
    return int(value)
