"""The numbers behind the picture: peaks, clipped samples, what is not finite, and the mel spectrogram."""

import io
import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio
from audiokit_widgets.overview import MAGMA, mel_picture, outline


def sine(hz, seconds=1.0, rate=16_000, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def outline_slowly(samples, bins):
    """Bin by bin, sample by sample."""
    finite = np.where(np.isfinite(samples), samples, 0)
    edges = [i * samples.shape[1] // bins for i in range(bins + 1)]
    parts = [finite[:, a:b] for a, b in itertools.pairwise(edges)]
    full = np.float32(32767 / 32768)
    return (
        np.array([[p.min(), p.max()] for p in parts], dtype=np.float32),
        np.array([np.count_nonzero(np.abs(p) >= full) for p in parts]),
        int(np.count_nonzero(~np.isfinite(samples))),
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(1, 400), st.integers(1, 64), st.integers(0, 2**31))
def test_outline_equals_the_slow_one(channels, frames, bins, seed):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.7, (channels, frames)).astype(np.float32)
    samples[rng.random(samples.shape) < 0.02] = np.nan
    samples[rng.random(samples.shape) < 0.02] = -np.inf
    samples[rng.random(samples.shape) < 0.02] = 1.0
    seen = outline(Audio(samples, 8000), bins=bins)
    peaks, clipped, not_finite = outline_slowly(samples, min(bins, frames))
    np.testing.assert_array_equal(seen.peaks, peaks)
    np.testing.assert_array_equal(seen.clipped, clipped)
    assert seen.clipped_samples == clipped.sum()
    assert seen.not_finite == not_finite


def test_outline_counts_across_its_blocks():
    samples = np.zeros(3_000_000, dtype=np.float32)
    samples[[5, 1_048_575, 1_048_576, 2_999_999]] = [1.0, -1.0, 1.0, np.nan]
    seen = outline(Audio(samples, 48_000), bins=100)
    assert seen.clipped_samples == 3
    assert seen.not_finite == 1
    assert np.flatnonzero(seen.clipped).tolist() == [0, 34]


def test_a_peak_is_never_renormalised():
    assert outline(Audio(sine(100, amplitude=0.25), 16_000)).peak == pytest.approx(0.25, abs=1e-4)
    assert outline(Audio(sine(100, amplitude=1.75), 16_000)).peak == pytest.approx(1.75, abs=1e-3)


@pytest.mark.parametrize(("rate", "hz"), [(8000, 1000), (16_000, 3000), (44_100, 10_000), (384_000, 60_000)])
def test_mel_shows_a_tone_where_its_axis_says(rate, hz):
    picture = mel_picture(Audio(sine(hz, 0.5, rate), rate))
    assert picture.axis["max_hz"] == rate / 2
    middle = picture.levels[:, picture.levels.shape[1] // 2]
    row = int(np.argmax(middle))
    fraction = 1 - (row + 0.5) / len(middle)
    ticks = picture.axis["ticks"]
    at = np.interp(hz, [t["hz"] for t in ticks], [t["fraction"] for t in ticks])
    if hz in {t["hz"] for t in ticks}:
        assert fraction == pytest.approx(at, abs=1.5 / len(middle))
    else:  # between two ticks the scale is not straight
        below = max(t["fraction"] for t in ticks if t["hz"] <= hz)
        assert fraction >= below - 1.5 / len(middle)
        assert fraction <= min([t["fraction"] for t in ticks if t["hz"] >= hz], default=1.0) + 1.5 / len(middle)


def test_mel_shows_a_burst_when_it_sounds():
    samples = np.zeros(40 * 16_000, dtype=np.float32)
    samples[25 * 16_000 : 26 * 16_000] = sine(1000)
    picture = mel_picture(Audio(samples, 16_000))
    columns = np.flatnonzero(picture.levels.max(axis=0) > 32)
    seconds = (columns + 0.5) / picture.levels.shape[1] * 40
    assert 24.9 < seconds.min() < 25.1
    assert 25.9 < seconds.max() < 26.1
    assert picture.axis["sampled"] == 1.0


def test_mel_keeps_what_is_out_of_phase():
    mono = sine(1000).astype(np.float32)
    against = mel_picture(Audio(np.stack([mono, -mono]), 16_000))
    np.testing.assert_array_equal(against.levels, mel_picture(Audio(mono, 16_000)).levels)


def test_mel_gathers_sparse_windows_as_it_slices_dense_ones(monkeypatch):
    import audiokit_widgets.overview as module

    audio = Audio(np.random.default_rng(1).normal(0, 0.1, (2, 200_000)).astype(np.float32), 16_000)
    monkeypatch.setattr(module, "_WINDOWS_PER_COLUMN", 1)
    sparse = mel_picture(audio, columns=20)
    assert sparse.axis["sampled"] < 0.1
    centres = ((np.arange(20) + 0.5) * 10_000).astype(np.int64)
    for column, centre in enumerate(centres):
        alone = module._mean_power(audio.samples, np.array([centre]), 512)
        together = module._mean_power(audio.samples, centres, 512)[column : column + 1]
        np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_silence_is_dark_and_noise_is_small():
    assert mel_picture(Audio(np.zeros(16_000), 16_000)).levels.max() == 0
    noise = np.random.default_rng(0).normal(0, 0.2, 30 * 16_000)
    assert len(mel_picture(Audio(noise, 16_000)).png()) <= 110_000


def test_the_png_holds_the_levels():
    from PIL import Image

    picture = mel_picture(Audio(sine(500), 16_000))
    image = Image.open(io.BytesIO(picture.png()))
    np.testing.assert_array_equal(np.asarray(image), picture.levels)
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), MAGMA[picture.levels])


def test_memory_does_not_grow_with_the_file():
    def needed(frames):
        audio = Audio(np.random.default_rng(0).normal(0, 0.1, frames).astype(np.float32), 8000)
        tracemalloc.start()
        try:
            outline(audio)
            mel_picture(audio)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert needed(8_000_000) < 1.2 * needed(2_000_000)
    assert needed(8_000_000) < 16_000_000  # half of what the samples take
