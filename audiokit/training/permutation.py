"""A shuffled order of any length that is computed where it is needed, and kept nowhere."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Permutation"]

_ROUNDS = 8  # each changes one half by the other; four suffice against an adversary (Luby and Rackoff, 1988)
_CHUNK = 1 << 14
_LONGEST = 1 << 62


class Permutation:
    """The numbers 0 .. length - 1 in a random order that a seed decides.

    Parameters
    ----------
    length : int
        How many.
    seed : sequence of int
        For example ``(seed, epoch)``; none negative.

    Raises
    ------
    ParameterError
        For a length below 0 or above 2**62.

    Notes
    -----
    A Feistel network on pairs (row, column) of a table that is nearly square: each round adds to one of the two a
    keyed hash of the other, which can be undone, so that the whole is a bijection of the table whatever the hash.
    Places of the table beyond the length are walked through until one within is met (J. Black and P. Rogaway, "Ciphers
    with Arbitrary Finite Domains", CT-RSA 2002). It takes no memory, and can begin anywhere.

    Examples
    --------
    >>> sorted(Permutation(5, (0, 0)).take(0, 5).tolist())
    [0, 1, 2, 3, 4]
    """

    def __init__(self, length: int, seed: tuple[int, ...]) -> None:
        if not 0 <= length <= _LONGEST:
            raise ParameterError(f"length must be 0 or more, and at most 2**62, got {length}.")
        self._length = int(length)
        self._rows = isqrt(max(length - 1, 0)) + 1
        self._columns = max(-(-self._length // self._rows), 1)
        self._keys = np.random.SeedSequence(list(seed)).generate_state(_ROUNDS, np.uint64)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> int:
        if not 0 <= place < self._length:
            raise IndexError(f"place {place} of {self._length}")
        return int(self.at(np.array([place]))[0])

    def __iter__(self) -> Iterator[int]:
        for start in range(0, self._length, _CHUNK):
            yield from self.take(start, start + _CHUNK).tolist()

    def take(self, start: int, stop: int) -> NDArray[np.int64]:
        """Return the numbers at the places [start, stop)."""
        return self.at(np.arange(start, min(stop, self._length)))

    def at(self, places: ArrayLike) -> NDArray[np.int64]:
        """Return the numbers at several places, each within the length."""
        values = np.array(places, np.uint64)
        outside = np.arange(len(values))
        while len(outside):
            values[outside] = self._shuffled(values[outside])
            outside = outside[values[outside] >= self._length]
        return values.astype(np.int64)

    def _shuffled(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        columns = np.uint64(self._columns)
        row, column = values // columns, values % columns
        for number, key in enumerate(self._keys):
            if number % 2:
                column = (column + _hash(row, key) % columns) % columns
            else:
                row = (row + _hash(column, key) % np.uint64(self._rows)) % np.uint64(self._rows)
        return row * columns + column


def _hash(values: NDArray[np.uint64], key: np.uint64) -> NDArray[np.uint64]:
    """Mix 64 bits: the finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014), keyed."""
    mixed = values + key
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
