"""Less noise, the same speech: beside the obvious frame-by-frame filter, in time to the sample, never turned up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.dsp import noise_reduction, reduce_noise
from audiokit.dsp.noise_reduction import noise_power
from audiokit.errors import ParameterError

RATE = 16_000
WINDOW, HOP = 512, 128


@pytest.fixture(scope="module")
def voice():
    """Three seconds of a harmonic tone that comes and goes."""
    time = np.arange(3 * RATE) / RATE
    tone = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 12))
    return (0.2 * tone * (np.sin(2 * np.pi * 1.5 * time) > 0)).astype(np.float32)


@pytest.fixture(scope="module")
def noise():
    return (0.03 * np.random.default_rng(0).standard_normal(3 * RATE)).astype(np.float32)


def snr_db(wanted, got):
    return 10 * np.log10(np.mean(wanted**2) / np.mean((got - wanted) ** 2))


def obvious(samples, noise, floor):
    """One frame after the other, in float64, as the papers write it."""
    window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))
    padded = np.concatenate([np.zeros(WINDOW - HOP), samples, np.zeros(WINDOW)])
    made, before = np.zeros(padded.size), np.zeros(WINDOW // 2 + 1)
    for start in range(0, padded.size - WINDOW + 1, HOP):
        spectrum = np.fft.rfft(padded[start : start + WINDOW] * window)
        posterior = np.abs(spectrum) ** 2 / noise
        prior = 0.98 * before / noise + 0.02 * np.maximum(posterior - 1, 0)
        gain = prior / (1 + prior)
        before = gain**2 * np.abs(spectrum) ** 2
        made[start : start + WINDOW] += np.fft.irfft(np.maximum(gain, floor) * spectrum) * window / 2
    return made[WINDOW - HOP :][: samples.size]


@pytest.mark.parametrize("block", [1, 7, 2048])
def test_as_the_obvious_filter(voice, noise, block, monkeypatch):
    monkeypatch.setattr(noise_reduction, "_BLOCK_FRAMES", block)
    sound = (voice + noise)[: RATE if block == 1 else None]
    wanted = obvious(sound.astype(np.float64), noise_power(sound, RATE), 10 ** (-12 / 20))
    np.testing.assert_allclose(reduce_noise(sound, RATE, reduction_db=12.0), wanted, atol=2e-5)


def test_there_is_less_noise_and_as_much_speech(voice, noise):
    silent = [(0.36, 0.65), (1.02, 1.31)]  # seconds between the tones
    for options in ({}, {"noise_spans": silent}):
        got = reduce_noise(voice + noise, RATE, **options)
        assert snr_db(voice, got) > snr_db(voice, voice + noise) + 8
    assert snr_db(voice, reduce_noise(voice, RATE)) > 25  # clean speech stays clean
    rest = noise[: round(0.3 * RATE)]
    assert (
        np.mean(reduce_noise(voice + noise, RATE)[round(0.36 * RATE) : round(0.6 * RATE)] ** 2) < np.mean(rest**2) / 10
    )


def test_nothing_is_turned_down_by_more_than_was_asked(noise):
    for reduction in (3.0, 10.0):
        less = reduce_noise(noise, RATE, reduction_db=reduction)
        assert 0.8 * reduction < 20 * np.log10(noise.std() / less.std()) < reduction + 0.1
    assert reduce_noise(noise, RATE, reduction_db=0).tobytes() == noise.tobytes()


def test_noise_is_learned_from_the_spans_that_were_named(noise):
    loud = np.concatenate([noise, 10 * noise])
    told = noise_power(loud, RATE, noise_spans=[(3.2, 5.8)])
    assert told.mean() == pytest.approx(100 * noise_power(loud, RATE, noise_spans=[(0.2, 2.8)]).mean(), rel=0.05)
    music = np.concatenate([noise, noise + 3 * np.sin(np.arange(noise.size)).astype(np.float32)])
    assert noise_power(music, RATE, noise_spans=[(0, 6)]).sum() < 2 * noise_power(noise, RATE).sum()  # it is not steady
    exact = np.mean(noise**2) * WINDOW / 2  # of white noise under the window
    assert noise_power(noise, RATE).mean() == pytest.approx(exact, rel=0.15)
    # too short to learn from: as if none had been named
    np.testing.assert_array_equal(noise_power(noise, RATE, noise_spans=[(1.0, 1.1)]), noise_power(noise, RATE))


@given(st.integers(0, 3000), st.sampled_from([8000, 16_000, 22_050, 44_100]))
def test_length_and_finiteness_for_any_length(frames, rate):
    sound = np.random.default_rng(frames).standard_normal(frames).astype(np.float32) * 0.1
    got = reduce_noise(sound, rate)
    assert (got.shape, got.dtype) == (sound.shape, np.float32)
    assert np.isfinite(got).all()


def test_channels_are_done_alone(voice, noise):
    both = np.stack([voice + noise, noise])
    np.testing.assert_array_equal(reduce_noise(both, RATE)[1], reduce_noise(noise, RATE))
    assert not reduce_noise(np.zeros((2, RATE), np.float32), RATE).any()


def test_what_does_not_fit():
    with pytest.raises(ParameterError, match="reduction_db"):
        reduce_noise(np.zeros(10, np.float32), RATE, reduction_db=80)
    with pytest.raises(ParameterError, match="floating-point"):
        reduce_noise(np.zeros(10, np.int16), RATE)
