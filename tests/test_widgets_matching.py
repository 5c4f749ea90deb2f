"""Gains against pyloudnorm: equal loudness, only downwards, nothing beyond full scale; and no level where there is none."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit_widgets.matching import match_gains, measure_levels

RATE = 16_000


def noise(amplitude, seconds=1.0, seed=0):
    return (amplitude * np.random.default_rng(seed).standard_normal((1, int(seconds * RATE)))).astype(np.float32)


def tone(amplitude, seconds=1.0, hz=1000):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE))[None].astype(np.float32)


def levels_of(sounds):
    return {name: measure_levels(samples, RATE) for name, samples in sounds.items()}


@given(st.lists(st.floats(0.01, 0.2), min_size=2, max_size=5))
def test_matched_sounds_are_equally_loud_by_pyloudnorm(amplitudes):
    import pyloudnorm

    sounds = {str(i): (noise if i % 2 else tone)(a) for i, a in enumerate(amplitudes)}
    gains, _ = match_gains(levels_of(sounds), "loudness")
    meter = pyloudnorm.Meter(RATE)
    played = [s * 10 ** (g / 20) for s, g in zip(sounds.values(), gains, strict=True)]
    loudness = [meter.integrated_loudness(p.T) for p in played]
    before = [meter.integrated_loudness(s.T) for s in sounds.values()]
    assert loudness == pytest.approx([min(before)] * len(sounds), abs=1e-4)
    assert max(gains) == 0.0  # the quietest is left as it is


@given(st.lists(st.floats(0.001, 0.7), min_size=2, max_size=5))
def test_matched_sounds_have_one_root_mean_square(amplitudes):
    sounds = {str(i): tone(a, seconds=0.1, hz=100 + 50 * i) for i, a in enumerate(amplitudes)}
    gains, remarks = match_gains(levels_of(sounds), "rms")
    rms = [np.sqrt(np.mean((s * 10 ** (g / 20)) ** 2)) for s, g in zip(sounds.values(), gains, strict=True)]
    assert rms == pytest.approx([min(amplitudes) / math.sqrt(2)] * len(rms), rel=0.01)
    assert not any(remark.warns for remark in remarks)  # a tenth of a second has a root mean square


def test_where_even_the_quietest_clips_all_are_turned_down():
    spiky = noise(0.02)
    spiky[0, 5000] = 3.0  # quiet, with a peak far beyond full scale
    sounds = {"spiky": spiky, "loud": noise(0.3, seed=1)}
    levels = levels_of(sounds)
    gains, remarks = match_gains(levels, "loudness")
    for level, gain in zip(levels.values(), gains, strict=True):
        assert gain < 0
        assert level.true_peak_dbtp + gain <= 1e-9
    assert max(x.true_peak_dbtp + g for x, g in zip(levels.values(), gains, strict=True)) == pytest.approx(0, abs=1e-9)
    assert any("no true peak exceeds full scale" in str(remark) for remark in remarks)
    matched = [x.loudness_lufs + g for x, g in zip(levels.values(), gains, strict=True)]
    assert matched[0] == pytest.approx(matched[1])


def test_what_is_too_short_for_a_loudness_is_said_and_nothing_is_matched():
    gains, remarks = match_gains(levels_of({"long": noise(0.3), "short": noise(0.1, seconds=0.39)}), "loudness")
    assert gains == [0.0, 0.0]
    told = [str(remark) for remark in remarks if remark.warns]
    assert told[0] == "levels are NOT matched: not every sound has a loudness"
    assert told[1].startswith("short: no loudness, 0.390 s is shorter than the standard's block")


def test_silence_has_no_level_and_the_others_are_matched_without_it():
    sounds = {"silence": np.zeros((1, RATE), np.float32), "loud": tone(0.5), "quiet": tone(0.25)}
    gains, remarks = match_gains(levels_of(sounds), "loudness")
    assert gains == pytest.approx([0.0, -6.02, 0.0], abs=0.01)
    assert [str(r) for r in remarks if r.warns] == ["silence: silent, so it has no level to match"]


@pytest.mark.parametrize("match", ["loudness", "rms"])
def test_silence_alone_is_not_matched(match):
    silence = np.zeros((1, RATE), np.float32)
    gains, remarks = match_gains(levels_of({"a": silence, "b": silence}), match)
    assert gains == [0.0, 0.0]
    assert str(remarks[0]) == "levels are NOT matched: all is silent"


def test_levels_can_be_left_alone_and_no_other_word_is_known():
    levels = levels_of({"a": tone(0.5), "b": tone(0.1)})
    assert match_gains(levels, "none")[0] == [0.0, 0.0]
    with pytest.raises(ParameterError, match="Unknown match 'peak'"):
        match_gains(levels, "peak")
