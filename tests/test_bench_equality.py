"""Two outputs are the same sound, or it is said in samples what is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.bench.equality import LONGEST_TAIL_SECONDS, TOLERANCE, RowState, difference, judge, lateness


@pytest.fixture
def sound(rng):
    return (0.3 * rng.standard_normal(16000)).astype(np.float32)


@given(late=st.integers(-2000, 2000), length=st.integers(8000, 20000), seed=st.integers(0, 9))
def test_an_origin_is_found_wherever_it_is(late, length, seed):
    sound = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    moved = np.pad(sound, (late, 0)) if late > 0 else sound[-late:]
    assert lateness(moved, sound, 16000) == late


def test_what_is_farther_than_it_looks_is_not_claimed(sound):
    found = judge(np.pad(sound, (8000, 0))[:16000], sound, 16000)
    assert found.state is RowState.DIFFERENT
    assert "differ by up to" in found.reason


def test_silence_has_no_origin():
    silence = np.zeros(1000, np.float32)
    assert lateness(silence, silence, 16000) == 0
    assert lateness(np.zeros(0, np.float32), silence, 16000) == 0


def test_equal_is_equal(sound):
    found = judge(sound.copy(), sound, 16000)
    assert (found.state, found.reason, found.max_difference) == (RowState.OK, "", 0.0)
    assert judge(sound + np.float32(0.9 * TOLERANCE), sound, 16000).state is RowState.OK
    assert judge(sound + np.float32(1.2 * TOLERANCE), sound, 16000).state is RowState.DIFFERENT


def test_nothing_equals_nothing():
    nothing = np.zeros(0, np.float32)
    assert judge(nothing, nothing, 16000).state is RowState.OK
    assert judge(np.zeros(5, np.float32), nothing, 16000).state is RowState.DIFFERENT


def test_a_tail_is_said_and_allowed(sound, rng):
    tail = (0.3 * rng.standard_normal(400)).astype(np.float32)
    found = judge(np.concatenate([sound, tail]), sound, 16000)
    assert (found.state, found.reason) == (RowState.OK, "400 samples longer")


def test_a_tail_through_the_resampler_is_allowed_too(rng):
    soxr = pytest.importorskip("soxr")
    whole = (0.3 * rng.standard_normal(44100)).astype(np.float32)
    longer = soxr.resample(whole, 44100, 16000, quality="HQ")
    cut = soxr.resample(whole[:43000], 44100, 16000, quality="HQ")
    assert difference(longer[: len(cut)], cut) > TOLERANCE  # what follows the end reaches back through the filter
    assert judge(longer, cut, 16000).state is RowState.OK


@pytest.mark.parametrize(
    "spoil",
    [
        lambda y: y[:-1],  # shorter
        lambda y: np.pad(y, (0, int(LONGEST_TAIL_SECONDS * 16000) + 1)),  # much longer
        lambda y: np.pad(y, (100, 0)),  # longer because it is late
        lambda y: np.pad(y * np.float32(1.41), (0, 100)),  # longer and louder
        lambda y: np.concatenate([y[:-100], -y[-100:], y[-100:]]),  # longer, and wrong before the end
        lambda y: y[np.newaxis],
        lambda y: np.where(np.arange(len(y)) == 5, np.nan, y).astype(np.float32),
    ],
)
def test_nothing_else_is_allowed(sound, spoil):
    found = judge(spoil(sound), sound, 16000)
    assert found.state is RowState.DIFFERENT
    assert found.reason


def test_agreeing_about_what_is_no_number():
    both = np.array([np.nan, np.inf, 1.0], np.float32)
    assert difference(both, both) == 0.0
    assert difference(np.array([np.inf], np.float32), np.array([-np.inf], np.float32)) == np.inf
