"""A shuffled order without a table of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training import Permutation

SEEDS = st.tuples(st.integers(0, 2**40), st.integers(0, 1000))


@given(st.integers(0, 3000), SEEDS)
def test_it_is_a_bijection(length, seed):
    found = Permutation(length, seed).take(0, length)
    assert np.array_equal(np.sort(found), np.arange(length))


@pytest.mark.parametrize("length", [*range(70), 2**16 - 1, 2**16, 2**16 + 1, 99_991])
def test_it_is_a_bijection_at_every_border(length):
    found = np.fromiter(Permutation(length, (1, 2)), np.int64, length)
    assert np.array_equal(np.sort(found), np.arange(length))


@given(st.integers(1, 10**15), SEEDS, st.data())
def test_any_part_is_the_part_of_the_whole(length, seed, data):
    order = Permutation(length, seed)
    start = data.draw(st.integers(0, length - 1))
    stop = min(start + 50, length)
    part = order.take(start, stop)
    assert part.tolist() == [order[place] for place in range(start, stop)]
    assert len(set(part.tolist())) == len(part)
    assert part.min() >= 0
    assert part.max() < length


def test_seeds_and_epochs_differ_and_repeat():
    first = Permutation(1000, (0, 0)).take(0, 1000)
    assert np.array_equal(first, Permutation(1000, (0, 0)).take(0, 1000))
    for seed in ((0, 1), (1, 0), (0, 0, 1)):
        assert np.count_nonzero(first == Permutation(1000, seed).take(0, 1000)) < 20


@pytest.mark.parametrize("length", [5, 16, 100, 101])
def test_every_item_comes_anywhere_as_often(length):
    """Chi-square of item by place over many seeds, a fixed outcome; five deviations of its own."""
    rounds = 40 * length
    counts = np.zeros((length, length))
    for seed in range(rounds):
        counts[np.arange(length), Permutation(length, (seed,)).take(0, length)] += 1
    expected = rounds / length
    chi_square = ((counts - expected) ** 2 / expected).sum()
    freedom = (length - 1) ** 2
    assert abs(chi_square - freedom) < 5 * np.sqrt(2 * freedom)


def test_neighbours_do_not_stay_neighbours():
    found = Permutation(100_000, (3,)).take(0, 100_000)
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 0.02
    assert np.count_nonzero(np.abs(np.diff(found)) == 1) < 20


def test_what_is_outside_is_refused():
    with pytest.raises(ParameterError, match="length"):
        Permutation(-1, (0,))
    with pytest.raises(IndexError):
        Permutation(3, (0,))[3]
    assert len(Permutation(7, (0,))) == 7
