"""Crops and padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.fitting import CROPS, crop_start, fitted


@given(st.sampled_from(CROPS), st.integers(1, 10_000), st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_crop_lies_within(crop, available, frames, fraction):
    first = crop_start(crop, available, frames, fraction)
    assert 0 <= first <= max(available - frames, 0)


@given(st.integers(1, 40), st.integers(1, 40))
def test_every_place_of_a_random_crop_is_as_likely(available, frames):
    count = 4000
    found = [crop_start("random", available, frames, number / count) for number in range(count)]
    places = max(available - frames, 0) + 1
    counts = np.bincount(found, minlength=places)
    assert len(counts) == places
    assert abs(counts - count / places).max() <= 1


def test_start_and_centre():
    assert crop_start("start", 100, 10, 0.9) == 0
    assert crop_start("centre", 100, 10, 0.9) == 45


def slow(row, frames, pad):
    """Sample by sample."""
    out = []
    for place in range(frames):
        if place < len(row):
            out.append(row[place])
        elif pad == "zero":
            out.append(0.0)
        elif pad == "repeat":
            out.append(row[place % len(row)])
        else:
            period = max(2 * (len(row) - 1), 1)
            at = place % period
            out.append(row[min(at, period - at) if len(row) > 1 else 0])
    return out


@given(st.integers(1, 12), st.integers(1, 60), st.sampled_from(["zero", "repeat", "reflect"]), st.integers(1, 2))
def test_padding_is_what_the_slow_way_gives(length, frames, pad, channels):
    samples = np.arange(1, 1 + channels * length, dtype=np.float32).reshape(channels, length)
    made = fitted(samples, frames, pad)
    assert made.dtype == np.float32
    for row, expected in zip(made, samples, strict=True):
        assert row.tolist() == slow(expected.tolist(), frames, pad)


def test_none_leaves_short_ones_and_cuts_long_ones():
    samples = np.ones((1, 5), np.float32)
    assert fitted(samples, 8, "none").shape == (1, 5)
    assert fitted(samples, 3, "none").shape == (1, 3)
    with pytest.raises(ParameterError, match="pad must be one of"):
        fitted(samples, 8, "loop")
