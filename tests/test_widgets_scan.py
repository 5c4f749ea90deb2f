"""A scan against loops over samples: in memory and from a file."""

import math

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scan_parts import FULL, finished, noise, wav

import audiokit.decode
from audiokit import Audio
from audiokit.errors import EmptySource, ParameterError, SourceNotFound, UnrecognisedFormat
from audiokit_widgets.bands import KINDS
from audiokit_widgets.reading import FileReader
from audiokit_widgets.scan import Scan


def slow_peaks(samples, start, per_bin, bins, channel=None):
    """Minima and maxima, and clipped samples, bin by bin."""
    finite = np.where(np.isfinite(samples), samples, np.float32(0))
    shown = finite if channel is None else finite[channel : channel + 1]
    peaks, clipped = [], []
    for i in range(bins):
        a, b = math.floor(start + i * per_bin), math.floor(start + (i + 1) * per_bin)
        part = shown[:, max(a, 0) : max(b, 0)]
        peaks.append([part.min(), part.max()] if part.size else [math.nan, math.nan])
        clipped.append(np.count_nonzero(np.abs(finite[:, max(a, 0) : max(b, 0)]) >= FULL))
    return np.array(peaks, dtype=np.float32), np.array(clipped)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 16),
    st.integers(1, 5000),
    st.booleans(),
    st.floats(-300, 5300),
    st.floats(1, 255.9),
    st.integers(1, 300),
    st.integers(0, 2**31),
)
def test_below_the_base_bin_peaks_are_exact(channels, frames, from_file, start, per_bin, bins, seed):
    samples = noise(channels, frames, seed, 0.01)
    scan = Scan(wav(samples) if from_file else Audio(samples, 16_000))  # not even scanned
    for channel in (None, channels - 1):
        peaks, clipped = slow_peaks(samples, start, per_bin, bins, channel)
        np.testing.assert_array_equal(scan.peaks(start, per_bin, bins, channel), peaks)
    np.testing.assert_array_equal(scan.clipped(start, per_bin, bins), clipped)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(1, 60_000), st.booleans(), st.floats(256, 9000), st.integers(0, 2**31))
def test_from_the_base_bin_on_peaks_hide_nothing(channels, frames, from_file, per_bin, seed):
    samples = noise(channels, frames, seed, 0.0005)
    scan = finished(wav(samples) if from_file else Audio(samples, 16_000))
    bins = math.ceil(frames / per_bin) + 1
    peaks, clipped = slow_peaks(samples, 0, per_bin, bins)
    found = scan.peaks(0, per_bin, bins)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(peaks))
    with np.errstate(invalid="ignore"):
        assert not (found[:, 0] > peaks[:, 0]).any()
        assert not (found[:, 1] < peaks[:, 1]).any()
    assert (scan.clipped(0, per_bin, bins) >= clipped).all()
    finite = np.where(np.isfinite(samples), samples, 0)
    assert scan.complete
    assert scan.fraction == 1.0
    assert scan.frames == frames
    assert scan.duration_seconds == frames / 16_000
    assert scan.peak == np.abs(finite).max()
    assert scan.not_finite == np.count_nonzero(~np.isfinite(samples))
    assert scan.clipped_samples == np.count_nonzero(np.abs(finite) >= FULL)


def test_at_one_frame_a_bin_both_ends_are_the_sample():
    samples = noise(2, 200_000)
    for scan in (Scan(Audio(samples, 44_100)), Scan(wav(samples, 44_100))):
        for start in (0, 65_535, 131_071, 199_990):
            found = scan.peaks(start, 1.0, 20, 1)
            np.testing.assert_array_equal(found[:, 0], found[:, 1])
            there = samples[1, start : start + 20]
            np.testing.assert_array_equal(found[: len(there), 0], there)
            assert np.isnan(found[len(there) :]).all()


def test_more_bins_than_are_looked_at_in_one_go():
    samples = noise(16, 100_000)
    scan = Scan(Audio(samples, 16_000))
    np.testing.assert_array_equal(scan.peaks(0, 1.0, 100_000, 3)[:, 0], samples[3])
    np.testing.assert_array_equal(scan.peaks(-5, 3.7, 27_100), slow_peaks(samples, -5, 3.7, 27_100)[0])


def test_panning_decodes_each_span_once(monkeypatch):
    asked = []
    read = audiokit.decode.read

    def counting(source, **options):
        asked.append(options)
        return read(source, **options)

    monkeypatch.setattr(audiokit.decode, "read", counting)
    samples = noise(1, 1_000_000)
    scan = Scan(wav(samples, 44_100), kinds=())
    for start in range(500_000, 520_000, 400):
        np.testing.assert_array_equal(scan.peaks(start, 8.0, 50), slow_peaks(samples, start, 8.0, 50)[0])
    assert len(asked) == 1
    scan.peaks(200_000, 200.0, 3000)  # spans on both sides of the one that is there
    assert len(asked) == 2
    asked.clear()
    scan.tile("mel", 0, 20)  # within what was just decoded
    assert asked == []
    Scan(wav(samples, 44_100)).tile("mel", 0, 20)
    assert len(asked) == 1
    assert asked[0]["duration_seconds"] < 5


def test_spans_that_were_looked_at_long_ago_are_let_go():
    samples = noise(2, 3_000_000)
    reader = FileReader(wav(samples, 44_100))
    for start in range(0, 2_900_000, 50_000):
        np.testing.assert_array_equal(reader.read(start, start + 50_000), samples[:, start : start + 50_000])
        assert sum(span.nbytes for span in reader._spans.values()) <= 32 << 20
    assert reader.read(2_999_990, 3_100_000).shape == (2, 10)
    assert reader.read(3_100_000, 3_100_010).shape == (2, 0)
    assert reader.read(5_000_000, 5_000_010).shape == (2, 0)


@pytest.mark.parametrize("format_", [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)])
def test_a_file_shows_what_its_decoded_samples_show(tmp_path, format_):
    path = tmp_path / "sound"
    time = np.arange(20 * 44_100) / 44_100
    left = 0.5 * np.sin(2 * np.pi * (200 + 50 * time) * time)
    soundfile.write(
        path, np.stack([left, np.roll(left, 9999) * 0.3], axis=1), 44_100, format=format_[0], subtype=format_[1]
    )
    held = audiokit.decode.read(path)
    by_path, in_memory = finished(path), finished(held)
    assert by_path.frames == held.frames
    assert by_path.peak == in_memory.peak
    for start, per_bin in ((0, 300.5), (77_777, 1.0), (400_000, 17.3)):
        np.testing.assert_array_equal(by_path.peaks(start, per_bin, 700, 1), in_memory.peaks(start, per_bin, 700, 1))
    np.testing.assert_array_equal(by_path.outline(300), in_memory.outline(300))
    assert by_path.levels == in_memory.levels
    for kind in KINDS:
        np.testing.assert_array_equal(by_path.overview(kind).levels, in_memory.overview(kind).levels)
        for level, index in ((0, 20), (2, 3), (3, 0)):
            np.testing.assert_array_equal(by_path.tile(kind, level, index), in_memory.tile(kind, level, index))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 2), st.integers(1, 300_000), st.integers(0, 2**31))
def test_the_overview_is_the_last_level(kind, channels, frames, seed):
    scan = Scan(Audio(noise(channels, frames, seed), 16_000))
    last = scan.levels - 1
    tiles = np.concatenate([scan.tile(kind, last, index) for index in range(4)], axis=1)
    scan.finish()
    seen = scan.overview(kind)
    columns = seen.levels.shape[1]
    assert columns == math.ceil(frames / (64 << last))
    assert columns <= 1024
    assert seen.hop_seconds == scan.hop_seconds(last)
    assert seen.sampled == scan.sampled(kind, last)
    assert (seen.bands, seen.max_hz) == (len(seen.levels), 8000)
    assert abs(int(seen.levels.max()) * 120 / 255 - 120 - seen.top_dbfs) <= 60 / 255 + 1e-6
    np.testing.assert_array_equal(seen.levels, tiles[:, :columns])
    assert not tiles[:, columns:].any()
    again = np.concatenate([scan.tile(kind, last, index) for index in range(4)], axis=1)
    np.testing.assert_array_equal(again, tiles)
    assert not scan.tile(kind, last, 4).any()


def test_nothing_is_decoded_at_construction(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("decoded")

    source = wav(noise(1, 100_000))
    for name in ("read", "blocks"):
        monkeypatch.setattr(audiokit.decode, name, refuse)
    scan = Scan(source)
    assert (scan.frames, scan.channels, scan.sample_rate, scan.complete) == (100_000, 1, 16_000, False)


def test_outlines():
    samples = noise(3, 1000)
    scan = finished(Audio(samples, 8000))
    each, all_ = scan.outline(10), scan.outline(10, each_channel=False)
    assert each.shape == (3, 10, 2)
    assert all_.shape == (1, 10, 2)
    parts = samples.reshape(3, 10, 100)
    np.testing.assert_array_equal(each, np.stack([parts.min(axis=2), parts.max(axis=2)], axis=2))
    np.testing.assert_array_equal(all_[0], np.stack([parts.min(axis=(0, 2)), parts.max(axis=(0, 2))], axis=1))
    assert finished(Audio(np.float32([0.25]), 8000)).outline().tolist() == [[[0.25, 0.25]]]


@pytest.mark.parametrize("rate", [8000, 48_000, 384_000])
def test_one_sample_dc_square_and_silence(rate):
    one = finished(Audio(np.float32([0.5]), rate))
    assert one.peaks(0, 1.0, 2).tolist()[0] == [0.5, 0.5]
    assert one.peaks(0, 1000.0, 1).tolist() == [[0.5, 0.5]]
    assert one.overview("mel").levels.shape[1] == one.levels == 1
    assert one.overview("mel").levels.any()
    square = finished(Audio(np.where(np.arange(rate) % 64 < 32, 1.0, -1.0), rate))
    assert square.clipped_samples == rate
    assert square.clipped(0, 1.0, 10).tolist() == [1] * 10
    assert square.overview("linear").top_dbfs > -3
    constant = finished(Audio(np.full(rate, 0.25), rate))
    assert constant.peaks(0, 300.0, 3).tolist() == [[0.25, 0.25]] * 3
    middle = constant.overview("linear").levels[:, 20:-20]
    assert middle[-1].min() > 200
    assert middle[: len(middle) // 2].max() < 40
    silent = finished(Audio(np.zeros(rate), rate))
    assert silent.peak == 0
    assert silent.overview("mel").top_dbfs == -120
    assert not silent.overview("mel").levels.any()


def test_warnings_of_audio_are_kept():
    assert Scan(Audio(np.zeros(5), 8000, warnings=("It was cut off.",))).warnings == ["It was cut off."]


def test_refuses_what_it_cannot_scan(tmp_path):
    for source in (Audio(np.zeros(0), 8000), np.zeros(5), None):
        with pytest.raises(ParameterError):
            Scan(source)
    with pytest.raises(SourceNotFound):
        Scan(tmp_path / "none.wav")
    with pytest.raises(UnrecognisedFormat):
        Scan(b"this is not a sound, whatever it says it is")
    scan = finished(Audio(np.zeros((2, 500)), 8000), kinds=("mel",))
    with pytest.raises(ParameterError, match="overview"):
        scan.overview("linear")
    assert scan.tile("linear", 0, 0).shape[1] == 256  # a tile needs no overview
    for question in (
        (0, 0.99, 5),
        (0, 1.0, 0),
        (0, math.nan, 5),
        (0, 1.0, 5, 2),
        (0, 300.0, 5, -1),
        (math.inf, 1.0, 5),
    ):
        with pytest.raises(ParameterError):
            scan.peaks(*question)
    with pytest.raises(ParameterError):
        Scan(Audio(np.zeros(5), 8000), kinds=("cqt",))


def test_a_file_without_samples_is_refused_again_and_again():
    scan = Scan(wav(np.zeros((1, 0), np.float32)))
    for _ in range(2):
        with pytest.raises(EmptySource):
            scan.finish()
        assert not scan.complete
