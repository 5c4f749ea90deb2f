"""soxr by blocks is soxr in one go, and streams that begin at a splitting period give the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import errors
from audiokit.dsp import resample
from audiokit.dsp.resample_stream import SETTLE_SAMPLES, ResampleStream, resampled_length, splitting_period

RATES = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]
SPLITS = [
    (source, target)
    for source in [*RATES, 88_200, 192_000]
    for target in RATES
    if source != target and splitting_period(source, target)
]


def by_blocks(samples, source, target, sizes, **options):
    stream = ResampleStream(source, target, channels=len(samples), **options)
    parts, at = [], 0
    for size in sizes:
        parts.append(stream.push(samples[:, at : at + size]))
        at += size
    parts += [stream.push(samples[:, at:]), stream.finish()]
    return np.concatenate(parts, axis=1)


@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    frames=st.integers(0, 30_000),
    sizes=st.lists(st.integers(0, 9000), max_size=6),
    channels=st.integers(1, 3),
    quality=st.sampled_from(["soxr_hq", "soxr_vhq", "soxr_qq"]),
)
def test_any_blocks_give_the_samples_of_the_whole(source, target, frames, sizes, channels, quality):
    samples = np.random.default_rng(frames).standard_normal((channels, frames)).astype(np.float32)
    got = by_blocks(samples, source, target, sizes, quality=quality)
    np.testing.assert_array_equal(got, resample(samples, source, target, quality=quality))
    assert got.shape[1] == resampled_length(frames, source, target)


@pytest.mark.parametrize(("source", "target"), SPLITS)
def test_a_stream_that_begins_at_the_period_gives_the_same_bits(source, target):
    period = splitting_period(source, target)
    behind = (SETTLE_SAMPLES + 4000) * source // target + 70_000
    samples = np.random.default_rng(1).standard_normal(period + behind).astype(np.float32)
    whole = resample(samples, source, target)
    second = resample(samples[period:], source, target)
    first_out = period * target // source
    settled, end = SETTLE_SAMPLES, SETTLE_SAMPLES + 3000
    np.testing.assert_array_equal(second[settled:end], whole[first_out + settled : first_out + end])


def test_elsewhere_the_bits_differ():
    """Otherwise the periods would mean nothing."""
    samples = np.random.default_rng(1).standard_normal(100_000).astype(np.float32)
    whole, second = resample(samples, 48_000, 16_000), resample(samples[4400 + 1 :][2:], 48_000, 16_000)
    assert not np.array_equal(second[3000:6000], whole[4403 // 3 + 3000 : 4403 // 3 + 6000])


def test_what_it_refuses_and_what_it_does_not_know():
    assert splitting_period(44_100, 44_100) == 1
    assert splitting_period(44_100, 16_001) is None
    assert splitting_period(44_100, 16_000, "soxr_vhq") is None
    with pytest.raises(errors.ParameterError, match="quality"):
        ResampleStream(8000, 16_000, quality="best")
    with pytest.raises(errors.ParameterError, match="channel"):
        ResampleStream(8000, 16_000, channels=0)
    with pytest.raises(errors.ParameterError, match="target_rate"):
        ResampleStream(8000, 0)
