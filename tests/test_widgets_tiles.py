"""Bands, columns and tiles of a spectrogram, against short-time transforms written out."""

import io
import math

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio
from audiokit.dsp import mel_filterbank
from audiokit.dsp.filterbank import hz_to_mel, mel_to_hz
from audiokit.errors import ParameterError
from audiokit_widgets.bands import KINDS, bands_of, quantised
from audiokit_widgets.columns import Columns, first_hop, windows_in
from audiokit_widgets.reading import FileReader, MemoryReader
from audiokit_widgets.tiles import Spectrograms, level_count, overlapping

RATES = [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 384_000]


def tone(hz, frames, rate, amplitude=1.0):
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(frames) / rate)).astype(np.float32)


def slow_column(samples, bands, hop, column):
    """dBFS of one column, lowest band first, window by window in float64."""
    frames, n_fft = samples.shape[1], bands.n_fft
    count = min(64, max(1, math.ceil(hop / (n_fft / 2))))
    centres = [int((column + (k + 0.5) / count) * hop) for k in range(count)]
    within = [c for c in centres if c < frames]
    if column * hop >= frames:
        return np.full(bands.count, -np.inf)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    powers = []
    for centre in within or [max(column * hop, frames - n_fft // 2)]:
        for channel in samples:
            there = np.arange(centre - n_fft // 2, centre + n_fft // 2)
            held = (there >= 0) & (there < frames)
            values = np.where(held, channel[np.clip(there, 0, frames - 1)].astype(np.float64), 0.0)
            values = np.where(np.isfinite(values), values, 0.0)
            spectrum = np.fft.rfft(values * hann) * 2 / hann.sum()
            powers.append(bands.weights @ np.abs(spectrum) ** 2)
    return 10 * np.log10(np.maximum(np.mean(powers, axis=0), 1e-20))


def wav(samples, rate):
    out = io.BytesIO()
    soundfile.write(out, samples.T, rate, format="WAV", subtype="FLOAT")
    return out.getvalue()


def memory(samples, rate):
    return Spectrograms(MemoryReader(Audio(samples, rate)))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.sampled_from(RATES),
    st.integers(1, 16),
    st.integers(1, 60_000),
    st.integers(0, 9),
    st.integers(0, 2**31),
)
def test_a_tile_equals_the_slow_transform(kind, rate, channels, frames, level, seed):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.1, (channels, frames)).astype(np.float32)
    if seed % 3 == 0:
        samples[rng.random(samples.shape) < 0.001] = np.nan
    spectrograms = memory(samples, rate)
    hop = spectrograms.hop(level)
    columns = math.ceil(frames / hop)
    index = int(rng.integers(0, columns // 256 + 2))
    tile = spectrograms.tile(kind, level, index)
    bands = bands_of(kind, rate)
    assert tile.shape == (bands.count, 256)
    some = {0, 255, max(0, min(255, columns - 1 - index * 256)), *rng.integers(0, 256, 3).tolist()}
    for c in some:
        expected = quantised(slow_column(samples, bands, hop, index * 256 + c))[::-1]
        assert np.abs(tile[:, c].astype(int) - expected.astype(int)).max() <= 1


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 3), st.integers(1, 300_000), st.integers(0, 11), st.integers(0, 2**31))
def test_a_tile_of_a_file_is_that_of_memory(kind, channels, frames, level, seed):
    samples = np.random.default_rng(seed).normal(0, 0.1, (channels, frames)).astype(np.float32)
    file, held = Spectrograms(FileReader(wav(samples, 16_000))), memory(samples, 16_000)
    columns = math.ceil(frames / held.hop(level))
    for index in {0, columns // 512, columns // 256, columns // 256 + 1}:
        np.testing.assert_array_equal(file.tile(kind, level, index), held.tile(kind, level, index))


def test_a_long_tile_of_a_file_is_streamed_and_the_same(monkeypatch):
    samples = np.random.default_rng(0).normal(0, 0.1, (2, 500_000)).astype(np.float32)
    reader = FileReader(wav(samples, 16_000))
    monkeypatch.setattr(reader, "_most_spans", 2)
    monkeypatch.setattr(reader, "read", None)  # not asked
    for index in (0, 1):
        tile = Spectrograms(reader).tile("mel", 4, index)
        np.testing.assert_array_equal(tile, memory(samples, 16_000).tile("mel", 4, index))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(KINDS), st.lists(st.integers(0, 5000), max_size=30), st.integers(0, 8), st.integers(0, 2**31))
def test_columns_do_not_depend_on_the_pieces(kind, sizes, level, seed):
    samples = np.random.default_rng(seed).normal(0, 0.1, (2, sum(sizes) + 1)).astype(np.float32)
    bands = bands_of(kind, 16_000)
    found = []
    for borders in ([], np.cumsum(sizes)):
        columns = Columns(bands, 64 << level, capacity=256)
        for at, joined, _ in overlapping(np.split(samples, borders, axis=1), 0, bands.n_fft):
            columns.take(at, joined)
        columns.take(at, joined, ends=True)
        found.append(columns.decibels())
    np.testing.assert_allclose(found[1], found[0], atol=1e-5)


def test_columns_that_widen_are_the_wider_columns():
    samples = np.random.default_rng(0).normal(0, 0.1, (1, 70_000)).astype(np.float32)
    bands = bands_of("mel", 16_000)
    hop = bands.n_fft // 2  # from there on, two columns have just the windows of one twice as long
    narrow, wide = Columns(bands, hop, capacity=64, widens=True), Columns(bands, hop * 8, capacity=64)
    for columns in (narrow, wide):
        for at, joined, _ in overlapping(np.array_split(samples, 13, axis=1), 0, bands.n_fft):
            columns.take(at, joined)
        columns.take(at, joined, ends=True)
    assert narrow.widened
    assert narrow.hop == hop * 8
    np.testing.assert_allclose(narrow.decibels(), wide.decibels(), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
def test_a_full_scale_sine_in_the_middle_of_a_band_is_0_dbfs(kind, rate):
    bands = bands_of(kind, rate)
    if kind == "mel":
        scale = np.linspace(0, 1, bands.count + 2)[1:-1]
        centres = mel_to_hz(scale * hz_to_mel(np.array([rate / 2]))[0])
    else:
        centres = (np.arange(bands.count) + 0.5) * rate / 2 / bands.count
    for band in (bands.count // 5, bands.count // 2, bands.count - 3):
        column = slow_column(tone(centres[band], 4 * bands.n_fft, rate)[np.newaxis], bands, bands.n_fft, 1)
        assert column[band] == pytest.approx(0, abs=0.1)
        quieter = tone(centres[band], 4 * bands.n_fft, rate, 0.01)[np.newaxis]
        tile = memory(quieter, rate).tile(kind, 0, 0)
        at = 2 * bands.n_fft // first_hop(rate)
        shown = int(tile[bands.count - 1 - band, at]) * 120 / 255 - 120
        assert shown == pytest.approx(-40, abs=0.5)


@pytest.mark.parametrize("rate", [100, 1000, 4000, 5512, *RATES, 192_000])
def test_every_band_hears_something(rate):
    for kind, most in (("mel", 80), ("linear", 192)):
        bands = bands_of(kind, rate)
        assert 1 <= bands.count <= most
        assert (bands.weights.sum(axis=1) > 0).all()
        assert np.isfinite(bands.weights).all()
        assert (bands.weights >= 0).all()
        assert bands.n_fft == 1 << (bands.n_fft.bit_length() - 1)
        seconds = {"mel": 0.04, "linear": 0.025}[kind]
        assert bands.n_fft == 16 or 0.7 <= bands.n_fft / rate / seconds <= 1.42


def test_mel_bands_are_slaneys_and_linear_bands_are_means():
    mel, linear = bands_of("mel", 16_000), bands_of("linear", 48_000)
    filters = mel_filterbank(sample_rate=16_000, n_fft=mel.n_fft, n_mels=80, dtype=np.float64)
    np.testing.assert_allclose(mel.weights / mel.gain[:, np.newaxis], filters)
    np.testing.assert_allclose((linear.weights / linear.gain[:, np.newaxis]).sum(axis=1), 1.0)
    noise = np.random.default_rng(0).normal(0, 0.1, (1, 400_000)).astype(np.float32)
    levels = memory(noise, 48_000).tile("linear", 3, 1)
    even = levels.astype(float).mean(axis=1) * 120 / 255
    assert np.ptp(even[1:-1]) < 1.0  # the outermost hold half a bin's worth of their own mirror image


@pytest.mark.parametrize("kind", KINDS)
def test_a_tone_stands_where_the_axis_says(kind):
    for rate, hz in ((8000, 1000), (16_000, 4000), (44_100, 10_000), (384_000, 60_000)):
        bands = bands_of(kind, rate)
        tile = memory(tone(hz, rate // 4, rate, 0.5)[np.newaxis], rate).tile(kind, 2, 0)
        middle = tile[:, int(rate / 8 / (first_hop(rate) * 4))]
        fraction = 1 - (int(np.argmax(middle)) + 0.5) / bands.count
        assert fraction == pytest.approx(bands._height(hz), abs=1 / bands.count)


def test_ticks_lie_on_the_axis_and_apart():
    for rate in [1, 100, *RATES]:
        for kind in KINDS:
            ticks = bands_of(kind, rate).ticks()
            assert ticks[0]["hz"] == 0
            assert all(t["hz"] <= rate / 2 and 0 <= t["fraction"] <= 1 for t in ticks)
            assert (np.diff([t["fraction"] for t in ticks]) >= 0.129).all()
    linear = bands_of("linear", 44_100).ticks()
    assert [t["hz"] for t in linear][:3] == [0, 5000, 10_000]
    assert linear[1]["fraction"] == pytest.approx(5000 / 22_050, abs=1e-4)


def test_out_of_phase_sound_is_kept_and_silence_and_the_beyond_are_0():
    mono = tone(1000, 16_000, 16_000, 0.5)
    tile = memory(np.stack([mono, -mono]), 16_000).tile("mel", 0, 0)
    np.testing.assert_array_equal(tile, memory(mono[np.newaxis], 16_000).tile("mel", 0, 0))
    assert tile[:, :250].max() > 200
    assert not tile[:, 250:].any()  # 250 columns hold the second
    assert not memory(mono[np.newaxis], 16_000).tile("mel", 0, 1).any()
    assert not memory(np.zeros((3, 5000), np.float32), 16_000).tile("linear", 0, 0).any()
    assert not memory(np.full((1, 5000), np.nan, np.float32), 16_000).tile("linear", 0, 0).any()


def test_what_is_absurdly_loud_is_still_a_picture():
    samples = np.zeros((1, 4000), np.float32)
    samples[0, 2000] = 3e38
    tile = memory(samples, 16_000).tile("mel", 0, 0)
    assert (tile[:, 31] == 255).all()
    assert not tile[:, :20].any()


@pytest.mark.parametrize("frames", [1, 31, 33, 64, 65, 511])
def test_the_shortest_sounds_are_seen(frames):
    for kind in KINDS:
        for level in (0, 5, 14):
            tile = memory(np.full((1, frames), 0.9, np.float32), 16_000).tile(kind, level, 0)
            assert tile[:, 0].any()
            assert not tile[:, math.ceil(frames / (64 << level)) :].any()


def test_the_finest_hop_doubles_with_the_rate():
    assert [first_hop(r) for r in (8000, 24_000, 24_001, 48_000, 96_000, 192_000, 384_000)] == [
        64,
        64,
        128,
        128,
        256,
        512,
        1024,
    ]


@given(st.integers(1, 2**40), st.sampled_from(RATES))
def test_the_last_level_is_the_first_that_fits_into_four_tiles(frames, rate):
    last = level_count(frames, rate) - 1
    assert frames <= 1024 * (first_hop(rate) << last)
    assert last == 0 or frames > 1024 * (first_hop(rate) << (last - 1))


def test_windows_touch_until_there_would_be_more_than_64():
    assert [windows_in(hop, 512) for hop in (64, 256, 512, 16_384, 32_768)] == [1, 1, 2, 64, 64]
    spectrograms = memory(np.zeros((1, 1), np.float32), 16_000)
    assert [spectrograms.sampled("mel", level) for level in (0, 8, 9, 10, 11)] == [1, 1, 1, 0.5, 0.25]


def test_refuses_what_is_no_tile():
    spectrograms = memory(np.zeros((1, 100), np.float32), 16_000)
    for kind, level, index in (
        ("cqt", 0, 0),
        ("mel", -1, 0),
        ("mel", 0, -1),
        ("mel", 0.5, 0),
        ("mel", 0, True),
        ("mel", 48, 0),
        ("mel", 0, 0.5),
    ):
        with pytest.raises(ParameterError):
            spectrograms.tile(kind, level, index)
