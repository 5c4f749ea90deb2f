"""A scan while it runs: it fills, is left and taken up, counts where headers are wrong, in constant memory."""

import itertools
import math
import threading
import tracemalloc

import numpy as np
import pytest
import soundfile
from scan_parts import finished, noise, wav

import audiokit_widgets.scan as module
from audiokit import Audio
from audiokit_widgets.bands import KINDS
from audiokit_widgets.reading import FileReader
from audiokit_widgets.scan import Scan


def test_the_picture_fills_while_it_is_scanned():
    scan = Scan(Audio(noise(2, 4_000_000), 44_100))
    assert np.isnan(scan.peaks(0, 1000, 4000)).all()
    assert not scan.overview("mel").levels.any()
    assert scan.overview("mel").top_dbfs == -120
    shown = []
    for fraction in scan.steps(seconds_between=0):
        assert fraction == scan.fraction
        there = ~np.isnan(scan.peaks(0, 1000, 4000)[:, 0])
        levels = scan.overview("linear").levels
        assert not there[math.ceil(fraction * 4000) :].any()
        assert there[: int(fraction * 4000)].all()
        filled = int(fraction * levels.shape[1])
        assert levels[:, : max(filled - 1, 0)].all(axis=0).all()
        assert not levels[:, filled + 1 :].any()
        shown.append(fraction)
    assert len(shown) > 10
    assert shown[-1] == 1.0
    assert shown == sorted(shown)
    assert scan.complete
    assert list(scan.steps()) == []


def test_a_pass_that_was_left_is_taken_up():
    samples = noise(1, 2_000_000)
    scan = Scan(Audio(samples, 44_100))
    first = list(itertools.islice(scan.steps(0), 2))
    second = list(itertools.islice(scan.steps(0), 2))
    assert 0 < first[0] < first[1] < second[0] < second[1] < 1
    scan.finish()
    assert scan.peak == np.abs(samples).max()
    np.testing.assert_array_equal(scan.outline(), finished(Audio(samples, 44_100)).outline())


def test_it_is_asked_from_another_thread_while_it_runs():
    source = wav(noise(2, 3_000_000), 44_100)
    scan, expected = Scan(source), finished(source)
    answers, errors = [], []

    def ask():
        try:
            while not scan.complete:
                answers.append((scan.peaks(0, 5000, 600), scan.overview("mel").levels, scan.tile("mel", 1, 3)))
                scan.peaks(1_000_000, 3.0, 100)
                scan.clipped(0, 5000, 600)
        except Exception as error:
            errors.append(error)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    scan.finish()
    for asker in askers:
        asker.join()
    assert errors == []
    tile = expected.tile("mel", 1, 3)
    assert all(np.array_equal(answer[2], tile) for answer in answers)
    np.testing.assert_array_equal(scan.outline(), expected.outline())
    np.testing.assert_array_equal(scan.overview("mel").levels, expected.overview("mel").levels)


def test_a_file_whose_header_is_wrong_about_its_length():
    samples = noise(1, 400_000)
    cut = wav(samples, 16_000, "PCM_16")[: 44 + 2 * 150_000]
    scan = finished(cut)
    assert scan.frames == 150_000
    assert scan.fraction == 1.0
    assert scan.warnings
    assert len(set(scan.warnings)) == len(scan.warnings)
    assert np.isnan(scan.peaks(149_990, 1.0, 20)[10:]).all()
    assert np.isnan(scan.peaks(0, 1000.0, 200)[150:]).all()


@pytest.mark.parametrize("told", [None, 1000, 10_000_000])
def test_the_length_is_counted_whatever_was_promised(told, monkeypatch):
    samples = noise(1, 3_000_000, 5)
    source = wav(samples)
    reader = FileReader(source)
    reader.probable_frames = told
    monkeypatch.setattr(module, "reader_of", lambda *_: reader)
    scan = Scan(source)
    monkeypatch.undo()
    assert scan.levels >= 1
    tile = scan.tile("mel", 3, 1)
    peaks = scan.peaks(2_999_990, 1.0, 20)
    fractions = list(scan.steps(0))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    expected = finished(source)
    assert scan.frames == expected.frames == 3_000_000
    assert scan.levels == expected.levels
    np.testing.assert_array_equal(scan.outline(), expected.outline())
    np.testing.assert_array_equal(tile, expected.tile("mel", 3, 1))
    np.testing.assert_array_equal(peaks, expected.peaks(2_999_990, 1.0, 20))
    for kind in KINDS:
        seen = scan.overview(kind)
        assert seen.levels.shape[1] == math.ceil(3_000_000 / 16_000 / seen.hop_seconds)
        assert seen.levels.shape[1] <= 1024
        assert seen.levels.all()
        last = scan.levels - 1
        for index in range(4):
            np.testing.assert_array_equal(scan.tile(kind, last, index), expected.tile(kind, last, index))
        if told is None:
            assert seen.hop_seconds == expected.overview(kind).hop_seconds


def test_memory_does_not_grow_with_the_file(tmp_path):
    def needed(seconds):
        path = tmp_path / "long.wav"
        with soundfile.SoundFile(path, "w", 16_000, 1, format="WAV", subtype="PCM_16") as file:
            for number in range(seconds // 50):
                file.write(np.random.default_rng(number).normal(0, 0.1, 800_000))
        scan = Scan(path)
        tracemalloc.start()
        try:
            scan.finish()
            scan.tile("mel", scan.levels - 2, 1)
            scan.peaks(9000, 100.0, 1000)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    needed(50)  # what the first scan loads is not counted
    short, long = needed(500), needed(1500)
    pyramid = 1000 * 16_000 / 256 * 8 * 4 / 3
    assert long < short + 3 * pyramid
    assert long < 1500 * 16_000 * 4 / 2  # half of what the samples take


def test_small_sounds_are_held_and_long_ones_are_not(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(noise(1, 5000)))
    reader = FileReader
    assert not isinstance(Scan.of(path)._reader, reader)
    assert not isinstance(Scan.of(str(path))._reader, reader)
    assert not isinstance(Scan.of(Audio(np.zeros(10), 8000))._reader, reader)
    assert Scan.of(np.zeros(10), sample_rate=8000).frames == 10
    monkeypatch.setattr("audiokit_widgets.reading._MOST_IN_MEMORY", 19_999)
    assert isinstance(Scan.of(path)._reader, reader)
    assert isinstance(Scan.of(bytearray(path.read_bytes()))._reader, reader)
    assert not isinstance(Scan.of(Audio(np.zeros(10_000), 8000))._reader, reader)
