"""The offset between mouth and sound is found, to the frame."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.lipsync.sync import loudness_at_frames, measure_offset


@given(shift=st.integers(-12, 12), seed=st.integers(0, 1000))
def test_any_shift_is_recovered(shift, seed):
    generator = np.random.default_rng(seed)
    sound = np.convolve(generator.random(200), np.ones(4) / 4, "same")
    mouth = np.roll(sound, shift) * 7 + 3 + 0.02 * generator.standard_normal(200)
    found = measure_offset(mouth, sound)
    assert found.frames == shift
    assert found.correlation > 0.8
    assert found.correlations.argmax() == shift + 15


def test_what_has_nothing_to_do_with_the_sound_correlates_little():
    generator = np.random.default_rng(0)
    assert measure_offset(generator.random(2000), generator.random(2000)).correlation < 0.2


def test_bursts_are_loud_at_their_frames():
    samples = np.zeros(16_000 * 4)
    burst = 0.5 * np.sin(2 * np.pi * 700 * np.arange(1600) / 16_000)
    rate = Fraction(30_000, 1001)
    for index in (20, 60, 100):
        at = round(index * 16_000 / rate)
        samples[at - 800 : at + 800] = burst
    loud = loudness_at_frames(samples, 16_000, rate, 119)
    assert set(np.flatnonzero(loud > 30)) <= {i + d for i in (20, 60, 100) for d in (-2, -1, 0, 1, 2)}
    assert (loud[[20, 60, 100]] > 40).all()
    assert loud.max() == pytest.approx(45)
    hum = 0.9 * np.sin(2 * np.pi * 50 * np.arange(64_000) / 16_000)
    assert (
        loudness_at_frames(samples + hum, 16_000, rate, 119)[20]
        > loudness_at_frames(samples + hum, 16_000, rate, 119)[40] + 10
    )


def test_silence_is_no_error():
    assert (loudness_at_frames(np.zeros(1000), 16_000, 25, 2) >= 0).all()
    assert loudness_at_frames(np.array([np.nan] * 100), 16_000, 25, 1).shape == (1,)


@pytest.mark.parametrize(("mouth", "sound", "words"), [
    (np.ones(100), np.arange(100.0), "does not change"), (np.arange(100.0), np.arange(99.0), "equal length"),
    (np.arange(30.0), np.arange(30.0), "at least 45"), (np.zeros((2, 60)), np.zeros((2, 60)), "equal length"),
])  # fmt: skip
def test_refusals(mouth, sound, words):
    with pytest.raises(ParameterError, match=words):
        measure_offset(mouth, sound)
