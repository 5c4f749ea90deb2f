"""Spectra and pitch of frames: against what can be computed by hand, one frame at a time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from audiokit.dsp.frame_descriptors import FrameGrid, _best_path, _tallest, power_frames, track_pitch
from audiokit.errors import ParameterError

GRID = FrameGrid(win_length=640, hop_length=160)


def harmonic(hertz, seconds=1.0, partials=12, amplitude=0.1):
    time = np.arange(round(seconds * 16000)) / 16000
    return sum(amplitude / n * np.sin(2 * np.pi * n * hertz * time) for n in range(1, partials + 1)).astype(np.float32)


def test_power_is_that_of_each_frame_alone(rng):
    samples = rng.standard_normal(4000).astype(np.float32) * 0.1
    power = power_frames(samples, GRID)
    assert power.shape == (1 + (4000 - 640) // 160, 513)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
    for frame in (0, 7, len(power) - 1):
        spectrum = np.fft.rfft(samples[frame * 160 : frame * 160 + 640] * window, 1024) / window.sum()
        np.testing.assert_allclose(power[frame], np.abs(spectrum) ** 2, rtol=1e-3, atol=1e-10)


def test_a_full_scale_sine_has_a_quarter_at_its_bin_whatever_the_window():
    sine = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)  # bin 64
    for length in (400, 640, 800):
        assert power_frames(sine, FrameGrid(length, 256))[3, 64] == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize("hertz", [80, 110, 163.7, 220, 391, 640, 900])
def test_pitch_of_tones(hertz):
    pitch = track_pitch(power_frames(harmonic(hertz), GRID), GRID)
    np.testing.assert_allclose(pitch.hertz, hertz, rtol=0.006)
    assert pitch.strength.min() > 0.9


def test_pitch_does_not_depend_on_level():
    power = power_frames(harmonic(150, 0.5), GRID)
    loud, quiet = track_pitch(power, GRID), track_pitch(power * np.float32(1e-4), GRID)
    np.testing.assert_allclose(loud.hertz, quiet.hertz, rtol=1e-4)
    np.testing.assert_allclose(loud.strength, quiet.strength, atol=1e-3)


def test_noise_is_less_pitched_than_a_tone_and_silence_not_at_all(rng):
    noise = track_pitch(power_frames(0.1 * rng.standard_normal(16000).astype(np.float32), GRID), GRID)
    assert np.median(noise.strength) < 0.6
    silence = track_pitch(power_frames(np.zeros(16000, np.float32), GRID), GRID)
    assert not silence.strength.any()
    assert np.isfinite(silence.hertz).all()


def test_strength_is_the_autocorrelation_counted_out(rng):
    samples = (harmonic(125, 0.2, partials=4) + 0.02 * rng.standard_normal(3200)).astype(np.float32)
    power = power_frames(samples, GRID)
    pitch = track_pitch(power, GRID)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
    hertz = np.fft.rfftfreq(1024, 1 / 16000)
    keep = np.sqrt((hertz >= 50) / (1 + (hertz / 2500.0) ** 8))  # of magnitudes: the square root of that of power
    for frame in (2, 9):
        cut = samples[frame * 160 : frame * 160 + 640] * window
        soft = np.fft.irfft(np.fft.rfft(cut, 1024) * keep, 1024)
        lag = 128  # 125 Hz
        # circularly, as the transform does it
        own = sum(soft[n] * soft[(n + lag) % 1024] for n in range(1024)) / sum(soft**2)
        of_window = sum(window[n] * window[n + lag] for n in range(640 - lag)) / sum(window**2)
        assert pitch.hertz[frame] == pytest.approx(125, rel=0.01)
        assert pitch.strength[frame] == pytest.approx(min(own / of_window, 1), abs=0.01)


def test_best_path_is_the_best_of_all(rng):
    octaves, scores = rng.random((6, 3)).astype(np.float32) * 2, rng.random((6, 3)).astype(np.float32)

    def worth(path):
        total = sum(scores[n, c] for n, c in enumerate(path))
        return total - sum(
            0.7 * abs(octaves[n, a] - octaves[n + 1, b]) for n, (a, b) in enumerate(itertools.pairwise(path))
        )

    best = max(itertools.product(range(3), repeat=6), key=worth)
    assert tuple(_best_path(octaves, scores, 0.7).tolist()) == best


def test_one_frame_is_never_missing():
    assert power_frames(np.zeros(3, np.float32), GRID).shape == (1, 513)
    assert FrameGrid(640, 160).frames_of(3) == 1
    assert FrameGrid(640, 160).frames_of(640 + 160) == 2


def test_a_grid_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="win_length"):
        FrameGrid(2000, 160)


def test_the_tallest_are_those_of_a_sort(rng):
    weighed = rng.random((50, 207)).astype(np.float32)
    places, scores = _tallest(weighed.copy())
    wanted = np.sort(weighed, axis=1)[:, ::-1][:, : scores.shape[1]]
    np.testing.assert_array_equal(scores, wanted)
    np.testing.assert_array_equal(np.take_along_axis(weighed, places, axis=1), wanted)
