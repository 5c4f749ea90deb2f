"""What the content gate hears: blind to level, finite, and telling song from talk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.activity.content_features import GRID, MEL_BANDS, frame_tracks
from audiokit.activity.content_statistics import CONTENT_STATISTICS, WINDOW_FRAMES, _percentile, window_inputs


def described(samples):
    frames = frame_tracks(samples.astype(np.float32))
    _, statistics = window_inputs(frames, np.array([0]))
    return dict(zip(CONTENT_STATISTICS, statistics[0].tolist(), strict=True))


def sung(notes, note_seconds=0.5, glide=False):
    time = np.arange(int(3.2 * 16000)) / 16000
    keys = np.asarray(notes)[(time / note_seconds).astype(int) % len(notes)].astype(float)
    if glide:
        keys = np.interp(time, np.arange(len(notes) * 4) * note_seconds, np.tile(notes, 4))
    phase = 2 * np.pi * np.cumsum(110 * 2 ** (keys / 12)) / 16000
    return 0.1 * sum(np.sin(n * phase) / n for n in range(1, 20))


def test_shapes_and_names():
    frames = frame_tracks(np.random.default_rng(0).standard_normal(80000).astype(np.float32))
    starts = np.array([0, 5, 100])
    mel, statistics = window_inputs(frames, starts)
    assert mel.shape == (3, WINDOW_FRAMES, MEL_BANDS)
    assert statistics.shape == (3, len(CONTENT_STATISTICS))
    assert len(set(CONTENT_STATISTICS)) == len(CONTENT_STATISTICS)
    np.testing.assert_array_equal(mel[1], frames.mel[5 : 5 + WINDOW_FRAMES])


def test_a_window_alone_and_among_others_is_the_same():
    frames = frame_tracks(np.random.default_rng(0).standard_normal(80000).astype(np.float32))
    together = window_inputs(frames, np.array([0, 32, 64]))[1]
    for index, start in enumerate((0, 32, 64)):
        np.testing.assert_allclose(
            window_inputs(frames, np.array([start]))[1][0], together[index], rtol=1e-5, atol=1e-5
        )


def test_level_changes_no_statistic():
    samples = sung([0, 4, 7, 5]) + 0.02 * np.random.default_rng(1).standard_normal(51200)
    loud, quiet = described(samples), described(samples * 0.2)  # below -100 dBFS in a bin nothing is told apart
    for name, value in loud.items():
        assert quiet[name] == pytest.approx(value, rel=0.02, abs=0.05), name


def test_notes_rest_and_gliding_does_not():
    notes, glide = described(sung([0, 4, 7, 12])), described(sung([0, 4, 7, 12], glide=True))
    assert notes["pitch_on_plateau"] > 0.7 > 0.4 > glide["pitch_on_plateau"]
    assert notes["notes_agreement"] > 0.9
    assert notes["hold_16_low_mean"] > glide["hold_16_low_mean"] + 0.15


def test_a_beat_is_found():
    samples = np.zeros(51200)
    samples[::8000] = 1.0  # every half second
    samples = np.convolve(samples, np.exp(-np.arange(2000) / 200) * np.random.default_rng(0).standard_normal(2000))[
        :51200
    ]
    beat = described(samples + 1e-4)
    assert beat["beat_seconds"] == pytest.approx(0.5, abs=0.05)
    assert beat["beat_strength"] > 0.6


@pytest.mark.parametrize("size", [1, 100, 799, 800, 5000, 40000])
def test_short_sounds_are_repeated_until_they_fill_a_window(size):
    samples = 0.1 * np.random.default_rng(size).standard_normal(size).astype(np.float32)
    frames = frame_tracks(samples)
    assert len(frames) == GRID.frames_of(size)
    mel, statistics = window_inputs(frames, np.array([0]))
    assert mel.shape == (1, WINDOW_FRAMES, MEL_BANDS)
    assert np.isfinite(statistics).all()
    np.testing.assert_array_equal(mel[0, 0], mel[0, len(frames)] if len(frames) < WINDOW_FRAMES else mel[0, 0])


@pytest.mark.parametrize("value", [0.0, 0.5, -1.0])
def test_silence_and_a_constant_are_finite(value):
    statistics = window_inputs(frame_tracks(np.full(60000, value, np.float32)), np.array([0, 20]))[1]
    assert np.isfinite(statistics).all()


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40), st.sampled_from([5, 50, 90, 95]))
def test_percentile_is_numpys(values, percent):
    got = _percentile(np.sort(np.array(values)), percent)
    assert got == pytest.approx(np.percentile(np.array(values), percent), abs=1e-6)
