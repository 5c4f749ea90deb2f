"""The level gate, and seconds by kind of part."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit import Audio, Segment
from audiokit.activity import frame_levels, loud_segments, seconds_within
from audiokit.activity.prepare import mono_at
from audiokit.errors import ParameterError


def test_levels_equal_the_obvious_loop(rng):
    samples = rng.standard_normal((2, 5000)) * 0.1
    levels = frame_levels(Audio(samples, 8000))
    mono = samples.astype(np.float32).mean(axis=0, dtype=np.float32)
    expected = [10 * np.log10(np.mean(mono[i : i + 256].astype(float) ** 2)) for i in range(0, 5000, 256)]
    np.testing.assert_allclose(levels, expected, atol=1e-9)


def test_silence_and_nothing():
    assert frame_levels(Audio(np.zeros(1000), 8000)).tolist() == [-120.0] * 4
    assert frame_levels(Audio(np.zeros(0), 8000)).size == 0
    assert loud_segments(Audio(np.zeros(0), 8000)) == ()
    assert loud_segments(Audio(np.zeros(9999), 8000)) == ()


def test_a_burst_is_found_and_a_short_gap_is_bridged():
    samples = np.zeros(16000)
    samples[3200:6400] = 0.5
    samples[6656:9600] = 0.5  # 32 ms later
    (found,) = loud_segments(Audio(samples, 8000))
    assert found.start_seconds == pytest.approx(0.4, abs=0.033)
    assert found.end_seconds == pytest.approx(1.2, abs=0.033)
    assert found.label == "loud"
    assert len(loud_segments(Audio(samples, 8000), min_silence_ms=0)) == 2


def test_loud_to_the_end():
    (found,) = loud_segments(Audio(np.ones(1000), 8000))
    assert (found.start_seconds, found.end_seconds) == (0.0, 0.125)


def test_a_frame_without_samples_is_refused():
    for seconds in (0.0, -1.0, 1e-9):
        with pytest.raises(ParameterError, match="no sample"):
            frame_levels(Audio(np.zeros(10), 8000), frame_seconds=seconds)


def test_seconds_within_parts():
    parts = [Segment(0, 1, "a"), Segment(1, 3, "b"), Segment(5, 6, "a")]
    assert seconds_within([], parts) == {"a": 0.0, "b": 0.0}
    assert seconds_within([Segment(0.5, 5.5)], parts) == {"a": 1.0, "b": 2.0}
    assert seconds_within([Segment(0, 9)], []) == {}


def test_one_clean_channel():
    samples = np.zeros((2, 441), np.float32)
    samples[0, 3], samples[1, 5], samples[0, 9] = np.nan, np.inf, -np.inf
    mono, notes = mono_at(Audio(samples, 44100), 44100)
    assert (mono[3], mono[5], mono[9]) == (0.0, 0.5, -0.5)
    assert notes == ("3 sample(s) that are no finite number read as silence or full scale", "mean of 2 channels")
    clean = Audio(np.zeros(441), 44100)
    assert mono_at(clean, 44100)[0].base is clean.samples.base or np.shares_memory(
        mono_at(clean, 44100)[0], clean.samples
    )
    resampled, notes = mono_at(Audio(samples, 44100), 16000)
    assert resampled.shape == (160,)
    assert np.isfinite(resampled).all()
    assert notes[-1] == "resampled from 44100 to 16000 Hz"
