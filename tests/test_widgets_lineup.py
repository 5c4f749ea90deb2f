"""One clock: delays found to the sample, rates, channels and lengths made equal, and all of it said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio
from audiokit.errors import ParameterError
from audiokit_widgets.lineup import find_delay, finite, line_up

RATE = 8000


def noise(frames, seed=0, channels=1):
    return np.random.default_rng(seed).standard_normal((channels, frames)).astype(np.float32) * 0.2


def slow_delay(a, b, most):
    """The lag of the largest product sum, by the definition."""
    a, b = (s.mean(axis=0, dtype=np.float64) for s in (a, b))
    a, b = a - a.mean(), b - b.mean()
    best = (0.0, 0)
    for lag in sorted(range(-most, most + 1), key=abs):
        first, second = a[max(0, -lag) : len(b) - lag], b[max(0, lag) : len(a) + lag]
        length = min(len(first), len(second))
        value = abs(float(first[:length] @ second[:length]))
        if value > best[0] * (1 + 1e-9):
            best = (value, lag)
    return best[1]


@given(st.integers(-4000, 4000), st.floats(0.05, 1.0), st.booleans(), st.integers(0, 9))
def test_a_delay_is_found_to_the_sample_whatever_gain_polarity_and_noise(late, gain, inverted, seed):
    sound = noise(12_000, seed)
    moved = np.pad(sound, ((0, 0), (late, 0))) if late >= 0 else sound[:, -late:]
    heard = moved * (-gain if inverted else gain) + noise(moved.shape[1], seed + 100) * gain * 0.3
    found = find_delay(sound, heard.astype(np.float32), RATE)
    assert found.samples == late
    assert found.credible
    assert (found.correlation < 0) == inverted


@given(st.integers(1, 700), st.integers(1, 700), st.integers(0, 99))
def test_the_fast_way_is_the_slow_way(first, second, seed):
    a, b = noise(first, seed), noise(second, seed + 1)
    assert find_delay(a, b, 800).samples == slow_delay(a, b, 400)


def test_blocks_make_no_difference(monkeypatch):
    from audiokit_widgets import lineup

    a, b = noise(9000, 1), noise(8000, 2)
    whole = lineup._correlated(a[0].astype(float), b[0].astype(float), 4000)
    monkeypatch.setattr(lineup, "_BLOCK", 700)
    np.testing.assert_allclose(lineup._correlated(a[0].astype(float), b[0].astype(float), 4000), whole, atol=1e-9)


def test_a_periodic_sound_is_not_moved_by_whole_periods_and_silence_not_at_all():
    tone = np.sin(2 * np.pi * np.arange(8000) / 80)[None].astype(np.float32)
    assert find_delay(tone, tone, RATE).samples == 0
    assert find_delay(tone, np.zeros_like(tone), RATE) == find_delay(np.full_like(tone, 0.5), tone, RATE)
    assert not find_delay(noise(8000, 1), noise(8000, 2), RATE).credible


@pytest.mark.parametrize("late", [-137, 0, 5, 2205])
def test_aligned_sounds_stand_on_the_same_samples_and_the_remark_says_how_far(late):
    sound = noise(20_000)
    other = np.pad(sound, ((0, 0), (late, 0))) if late >= 0 else sound[:, -late:]
    sounds = {"a": Audio(sound, RATE), "b": Audio(other, RATE)}
    lined = line_up(sounds, reference="a", align=True)
    overlap = slice(max(0, -late), 20_000)
    np.testing.assert_array_equal(lined.samples[0][:, overlap], lined.samples[1][:, overlap])
    told = [str(r) for r in lined.remarks if r.name == "b"]
    expected = "in time with a to the sample" if not late else f"was {abs(late):,} samples ({abs(late) / 8:.2f} ms)"
    assert any(expected in text for text in told)
    left = line_up(sounds, reference="a", align=False)
    np.testing.assert_array_equal(left.samples[1][:, : other.shape[1]], other)
    assert any("align=True takes that out" in str(r) for r in left.remarks if r.warns) == bool(late)


def test_what_is_unlike_is_not_moved_and_that_is_said():
    lined = line_up({"a": Audio(noise(8000), RATE), "b": Audio(noise(8000, 5), RATE)}, reference="a", align=True)
    np.testing.assert_array_equal(lined.samples[1], noise(8000, 5))
    assert any(str(r).startswith("b: not aligned, too unlike a") for r in lined.remarks if r.warns)


def test_opposite_polarity_is_told_and_left():
    lined = line_up({"a": Audio(noise(8000), RATE), "b": Audio(-noise(8000), RATE)}, reference="a", align=False)
    np.testing.assert_array_equal(lined.samples[1], -noise(8000))
    assert any("polarity is opposite" in str(r) for r in lined.remarks)


def test_the_highest_rate_the_most_channels_and_the_longest_length_are_taken():
    from audiokit.dsp.resample import resample

    low, high = noise(8000, 1), noise(24_000, 2, channels=2)
    six = noise(16_000, 3, channels=6)
    lined = line_up(
        {"low": Audio(low, 8000), "high": Audio(high, 48_000), "six": Audio(six, 16_000)}, reference="high", align=False
    )
    assert lined.sample_rate == 48_000
    assert {s.shape for s in lined.samples} == {(2, 48_000)}
    np.testing.assert_array_equal(lined.samples[0], np.repeat(resample(low, 8000, 48_000, quality="soxr_vhq"), 2, 0))
    np.testing.assert_array_equal(lined.samples[1], np.pad(high, ((0, 0), (0, 24_000))))
    expected = resample(six.mean(axis=0), 16_000, 48_000, quality="soxr_vhq")
    np.testing.assert_allclose(lined.samples[2][1], expected, atol=1e-6)
    told = "\n".join(str(r) for r in lined.remarks)
    for text in (
        "low: mono, played on both sides",
        "low: resampled from 8000 to 48000 Hz by soxr",
        "six: played as the mean of its 6",
        "high: ends 0.500 s before the longest; silence",
    ):
        assert text in told


@pytest.mark.parametrize(("given_rate", "used"), [(4000, 8000), (384_000, 192_000)])
def test_rates_that_no_browser_takes_are_brought_within_its_range(given_rate, used):
    sounds = {name: Audio(noise(given_rate // 4, i), given_rate) for i, name in enumerate("ab")}
    lined = line_up(sounds, reference="a", align=False)
    assert lined.sample_rate == used
    assert any(f"resampled from {given_rate} to {used} Hz" in str(r) for r in lined.remarks)


def test_more_than_a_page_holds_is_refused(monkeypatch):
    from audiokit_widgets import lineup

    monkeypatch.setattr(lineup, "_MOST_SAMPLES", 10_000)
    sounds = {name: Audio(noise(6000, i), RATE) for i, name in enumerate("ab")}
    with pytest.raises(ParameterError, match="Compare a part"):
        line_up(sounds, reference="a", align=False)


def test_what_is_not_finite_counts_as_silence():
    samples = noise(100)
    samples[0, [3, 7, 9]] = [np.nan, np.inf, -np.inf]
    clean, bad = finite(Audio(samples, RATE))
    assert bad == 3
    assert clean.samples[0, [3, 7, 9]].tolist() == [0, 0, 0]
    fine = Audio(noise(100), RATE)
    assert finite(fine) == (fine, 0)
