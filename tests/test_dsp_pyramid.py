"""The peak pyramid against a loop over samples."""

import itertools
import math
import threading

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audiokit.dsp.bins import FULL_SCALE, bin_edges
from audiokit.dsp.pyramid import PeakPyramid
from audiokit.errors import ParameterError


def noise(channels, frames, seed, odd=0.0):
    """Noise with, at random places, what is not finite, at full scale, or a little below."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.2, (channels, frames)).astype(np.float32)
    for value in (np.nan, np.inf, -np.inf, 1.0, -FULL_SCALE, np.nextafter(np.float32(FULL_SCALE), np.float32(0)), 1.75):
        samples[rng.random(samples.shape) < odd] = value
    return samples


def built(samples, sizes=(), base_bin=256, **options):
    """A pyramid, pushed in blocks of these sizes, then the rest."""
    pyramid = PeakPyramid(8000, samples.shape[0], base_bin, **options)
    at = 0
    for size in sizes:
        pyramid.push(samples[:, at : at + size])
        at += size
    pyramid.push(samples[:, at:])
    pyramid.finish()
    return pyramid


def slow(samples, base_bin, start, frames_per_bin, bins, channel=None):
    """Bin by bin: what is certain to be in it, what may be in it, and what is clipped in the latter."""
    finite = np.where(np.isfinite(samples), samples, np.float32(0))
    shown = finite if channel is None else finite[channel : channel + 1]
    rows = []
    for i in range(bins):
        a, b = math.floor(start + i * frames_per_bin), math.floor(start + (i + 1) * frames_per_bin)
        a, b = max(a, 0), min(b, samples.shape[1])
        if a >= b:
            rows.append(([math.nan] * 2, [math.nan] * 2, 0))
            continue
        outer = slice(a // base_bin * base_bin, -(-b // base_bin) * base_bin)
        clipped = int(np.count_nonzero(np.abs(finite[:, outer]) >= FULL_SCALE))
        inner = shown[:, a:b]
        rows.append(([inner.min(), inner.max()], [shown[:, outer].min(), shown[:, outer].max()], clipped))
    inner, outer, clipped = zip(*rows, strict=True)
    return np.array(inner, dtype=np.float32), np.array(outer, dtype=np.float32), np.array(clipped)


@st.composite
def questions(draw):
    base_bin = draw(st.sampled_from([1, 3, 16]))
    frames = draw(st.integers(1, 3000))
    return {
        "samples": noise(
            draw(st.integers(1, 4)), frames, draw(st.integers(0, 2**31)), draw(st.sampled_from([0, 0.01]))
        ),
        "base_bin": base_bin,
        "start": draw(st.floats(-500, frames + 100)),
        "frames_per_bin": draw(st.floats(base_bin, 60 * base_bin)),
        "bins": draw(st.integers(1, 60)),
    }


@settings(max_examples=150, deadline=None)
@given(questions(), st.lists(st.integers(0, 200), max_size=30), st.booleans())
def test_any_query_equals_the_loop(question, sizes, one_channel):
    samples, base_bin = question["samples"], question["base_bin"]
    at = (question["start"], question["frames_per_bin"], question["bins"])
    channel = samples.shape[0] - 1 if one_channel else None
    pyramid = built(samples, sizes, base_bin)
    inner, outer, clipped = slow(samples, base_bin, *at, channel)
    found = pyramid.query(*at, channel)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, outer)
    with np.errstate(invalid="ignore"):  # nothing is hidden
        assert not (found[:, 0] > inner[:, 0]).any()
        assert not (found[:, 1] < inner[:, 1]).any()
    np.testing.assert_array_equal(pyramid.clipped(*at), clipped)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 16),
    st.integers(1, 9000),
    st.lists(st.integers(0, 2000), max_size=20),
    st.integers(0, 10_000),
    st.integers(0, 2**31),
)
def test_any_block_sizes_equal_one_push(channels, frames, sizes, expected, seed):
    samples = noise(channels, frames, seed, 0.001)
    whole, parts = built(samples), built(samples, sizes, expected_frames=expected)
    for name in ("frames", "peak", "not_finite", "clipped_samples"):
        assert getattr(parts, name) == getattr(whole, name)
    finite = np.where(np.isfinite(samples), samples, 0)
    assert whole.peak == np.abs(finite).max()
    assert whole.not_finite == np.count_nonzero(~np.isfinite(samples))
    assert whole.clipped_samples == np.count_nonzero(np.abs(finite) >= FULL_SCALE)
    for per_bin in (256, 300.7, 1024, 5000):
        for channel in (None, channels - 1):
            np.testing.assert_array_equal(parts.query(0, per_bin, 20, channel), whole.query(0, per_bin, 20, channel))
        np.testing.assert_array_equal(parts.clipped(0, per_bin, 20), whole.clipped(0, per_bin, 20))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(0, 2**31))
@example([16, 16, 1], 0)
def test_it_can_be_asked_before_it_is_finished(sizes, seed):
    samples = noise(2, sum(sizes), seed, 0.02)
    pyramid = PeakPyramid(8000, 2, 16)
    for upto in itertools.accumulate(sizes):
        pyramid.push(samples[:, pyramid.frames : upto])
        _, outer, clipped = slow(samples[:, :upto], 16, 5, 20.0, 12)
        np.testing.assert_array_equal(pyramid.query(5, 20.0, 12), outer)
        np.testing.assert_array_equal(pyramid.clipped(5, 20.0, 12), clipped)


def test_one_loud_sample_shows_at_every_zoom():
    samples = np.zeros((1, 1_000_000), dtype=np.float32)
    samples[0, 777_777] = -0.875
    pyramid = built(samples)
    for power in range(12):
        per_bin = 256.0 * 2.1**power
        found = pyramid.query(0, per_bin, math.ceil(1_000_000 / per_bin))
        assert found[int(777_777 // per_bin), 0] == -0.875
        assert np.count_nonzero(found[:, 0]) <= 2  # its own bin, and the one with which that shares a base bin


def test_clipped_counts_span_pages():
    frames = 256 * 4096 * 2 + 1000
    samples = np.zeros((1, frames), dtype=np.float32)
    samples[0, [0, 256 * 4096 - 1, 256 * 4096, frames - 1]] = [1.0, -1.0, FULL_SCALE, -FULL_SCALE]
    pyramid = built(samples, [100_000] * 20)
    assert pyramid.clipped_samples == 4
    assert pyramid.clipped(0, 256 * 4096, 4).tolist() == [2, 1, 1, 0]
    assert pyramid.clipped(0, frames, 1).tolist() == [4]
    assert np.flatnonzero(pyramid.clipped(0, 256, 4096 * 2 + 4)).tolist() == [0, 4095, 4096, 8195]


def test_a_full_scale_square_is_clipped_everywhere_and_dc_is_not():
    square = np.where(np.arange(5000) % 100 < 50, 1.0, -1.0).astype(np.float32)
    pyramid = built(np.stack([square, square]))
    assert pyramid.clipped(0, 256, 19).tolist() == [512] * 19
    assert pyramid.clipped_samples == 10_000
    assert pyramid.query(0, 256, 19).tolist() == [[-1.0, 1.0]] * 19
    constant = built(np.full((1, 5000), 0.5, dtype=np.float32))
    assert constant.query(0, 256, 20).tolist() == [[0.5, 0.5]] * 20
    assert constant.clipped_samples == 0
    assert built(np.zeros((1, 300), np.float32)).query(0, 256, 2).tolist() == [[0.0, 0.0]] * 2


def test_nothing_but_what_is_not_finite_is_silence():
    pyramid = built(np.full((1, 600), np.nan, dtype=np.float32))
    assert (pyramid.not_finite, pyramid.peak, pyramid.clipped_samples) == (600, 0.0, 0)
    assert pyramid.query(0, 256, 3).tolist() == [[0.0, 0.0]] * 3


def test_memory_is_two_floats_a_channel_and_base_bin_and_a_third():
    frames = 3_000_000
    pyramid = PeakPyramid(44_100, 2)
    for _ in range(frames // 10_000):
        pyramid.push(np.zeros((2, 10_000), dtype=np.float32))
    pyramid.finish()
    assert pyramid.nbytes <= frames / 256 * 2 * 2 * 4 * 4 / 3 + 1000
    three_hours = pyramid.nbytes * 3 * 3600 * 44_100 / frames
    assert three_hours < 40e6


def test_it_is_asked_from_one_thread_while_another_pushes():
    samples = noise(2, 200_000, 3)
    pyramid = PeakPyramid(8000, 2)
    wrong = []

    def ask():
        while pyramid.frames < 200_000:
            found = pyramid.query(0, 1000, 200)
            held = ~np.isnan(found[:, 0])
            # A bin answers for whole base bins, the last of which may reach into the next: that one has to be over too.
            whole = held[2:].nonzero()[0]
            if not np.array_equal(found[whole], expected[whole]):
                wrong.append(found)

    expected = built(samples).query(0, 1000, 200)
    asker = threading.Thread(target=ask)
    asker.start()
    for at in range(0, 200_000, 777):
        pyramid.push(samples[:, at : at + 777])
    asker.join()
    assert not wrong


def test_a_block_is_not_kept():
    block = np.full((1, 100), 0.5, dtype=np.float32)
    pyramid = PeakPyramid(8000, 1)
    pyramid.push(block)
    block[:] = 1.0
    pyramid.finish()
    assert pyramid.query(0, 256, 1).tolist() == [[0.5, 0.5]]


def test_nothing_pushed_is_nothing_seen():
    pyramid = PeakPyramid(8000, 1)
    pyramid.push(np.zeros((1, 0), dtype=np.float32))
    pyramid.finish()
    pyramid.finish()
    assert np.isnan(pyramid.query(0, 256, 4)).all()
    assert pyramid.clipped(0, 256, 4).tolist() == [0] * 4


@pytest.mark.parametrize("block", [np.zeros(5, np.float32), np.zeros((2, 5), np.float32), np.zeros((1, 5))])
def test_refuses_other_blocks(block):
    with pytest.raises(ParameterError, match=r"float32 blocks of shape \(1, time\)"):
        PeakPyramid(8000, 1).push(block)


def test_refuses_questions_that_it_cannot_answer():
    pyramid = built(np.zeros((2, 1000), np.float32))
    for question in ((0, 255.9, 4), (0, math.nan, 4), (0, 256, 0), (math.inf, 256, 4), (0, 256, 4, 2), (0, 256, 4, -1)):
        with pytest.raises(ParameterError):
            pyramid.query(*question)
    with pytest.raises(ParameterError, match="finished"):
        pyramid.push(np.zeros((2, 1), np.float32))
    for options in ((0, 1), (8000, 0), (8000, 1, 0), (8000, True)):
        with pytest.raises(ParameterError):
            PeakPyramid(*options)


def test_bins_at_one_frame_are_the_frames():
    assert bin_edges(7, 1.0, 4).tolist() == [7, 8, 9, 10, 11]
    assert (np.diff(bin_edges(-3.3, 1.01, 1000)) >= 1).all()
