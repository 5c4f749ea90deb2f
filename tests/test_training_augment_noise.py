"""Noise at an exact ratio, gain, masks."""

from __future__ import annotations

import numpy as np
import pytest
from augmentation_checks import RATE, sounds, tone, voice
from hypothesis import given
from hypothesis import strategies as st

import audiokit
from audiokit.errors import ParameterError
from audiokit.training.augment import AddNoise, Drawn, FrequencyMask, TimeMask, VolumeAdjust, replay
from audiokit.training.augment.noise import make_noise, signal_power
from audiokit.training.randomness import item_generator


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two noises: half a second at 8 kHz, and two channels at 44.1 kHz, one folder down."""
    root = tmp_path_factory.mktemp("noises")
    generator = np.random.default_rng(3)
    (root / "b").mkdir()
    audiokit.write(root / "a.wav", 0.1 * generator.standard_normal((1, 4000)), 8000)
    audiokit.write(root / "b" / "c.flac", 0.1 * generator.standard_normal((2, 44_100)), 44_100)
    (root / "readme.txt").write_text("no sound")
    return root


def added(samples, augmentation, index=0):
    drawn = augmentation.draw(
        item_generator(0, 0, index), sample_rate=RATE, frames=samples.shape[1], channels=samples.shape[0]
    )
    return augmentation.apply(samples, RATE, drawn).astype(np.float64) - samples, drawn


def slow_active_power(samples):
    blocks = [samples[:, at : at + 320].astype(np.float64) for at in range(0, samples.shape[1], 320)]
    loudest = max(np.mean(block**2) for block in blocks)
    kept = np.concatenate([block for block in blocks if np.mean(block**2) >= 1e-4 * loudest], axis=1)
    return np.mean(kept**2)


@pytest.mark.parametrize("kind", ["white", "pink", "folder"])
@pytest.mark.parametrize("measured_over", ["active", "whole"])
@pytest.mark.parametrize("snr_db", [-20.0, 0.0, 10.0, 20.0, 40.0])
def test_the_ratio_is_exact(kind, measured_over, snr_db, folder):
    samples = np.concatenate([voice(1.5), np.zeros((1, 9001), np.float32)], axis=1)
    kind = folder if kind == "folder" else kind
    noise, _ = added(samples, AddNoise(snr_db, kind=kind, measured_over=measured_over))
    power = slow_active_power(samples) if measured_over == "active" else np.mean(np.square(samples, dtype=np.float64))
    assert abs(10 * np.log10(power / np.mean(noise**2)) - snr_db) < 0.01


def test_the_two_measures_differ_where_there_is_silence():
    samples = np.concatenate([tone(300.0, 1.0), np.zeros((1, RATE), np.float32)], axis=1)
    assert signal_power(samples, RATE) == pytest.approx(
        2 * signal_power(samples, RATE, measured_over="whole"), rel=1e-6
    )


@given(samples=sounds())
def test_active_power_is_that_of_a_loop(samples):
    assert signal_power(samples, RATE) == pytest.approx(slow_active_power(samples), rel=1e-9)


@given(low=st.floats(-30, 30), width=st.floats(0, 20), index=st.integers(0, 500))
def test_a_range_of_ratios_is_drawn_from(low, width, index):
    samples = voice(0.1)
    _, drawn = added(samples, AddNoise((low, low + width)), index)
    assert low - 1e-9 <= drawn.parameters["snr_db"] <= low + width + 1e-9


def test_white_is_white_and_pink_falls_by_three_decibels_an_octave():
    for kind, slope in (("white", 0.0), ("pink", -3.01)):
        noise = make_noise({"kind": kind, "noise_seed": 4}, 1, 1 << 18, RATE)[0]
        power = np.abs(np.fft.rfft(noise)) ** 2
        octaves = [10 * np.log10(power[1 << k : 2 << k].mean()) for k in range(8, 17)]
        assert np.polyfit(range(9), octaves, 1)[0] == pytest.approx(slope, abs=0.1)


def test_channels_get_noise_of_their_own():
    noise, _ = added(np.repeat(voice(), 2, axis=0), AddNoise(10))
    assert abs(np.corrcoef(noise)[0, 1]) < 0.05


def test_recordings_are_drawn_begun_anywhere_and_repeated(folder):
    samples = np.repeat(voice(), 2, axis=0)  # four times as long as the shorter recording
    augmentation = AddNoise(5, kind=folder)
    drawn = [added(samples, augmentation, index)[1].parameters for index in range(20)]
    assert {one["path"] for one in drawn} == {str(folder / "a.wav"), str(folder / "b" / "c.flac")}
    assert len({one["start_share"] for one in drawn}) == 20
    one = next(one for one in drawn if one["path"].endswith("a.wav"))
    noise = make_noise(one, 2, samples.shape[1], RATE)
    recording = audiokit.read(one["path"], sample_rate=RATE, mono=True).samples[0]
    begins = int(one["start_share"] * recording.size)
    assert np.array_equal(noise[0], np.resize(np.roll(recording, -begins), samples.shape[1]))


def test_a_folder_without_recordings_and_silent_ones_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="no recording"):
        AddNoise(kind=tmp_path)
    audiokit.write(tmp_path / "still.wav", np.zeros((1, 100)), RATE)
    with pytest.raises(ParameterError, match=r"still\.wav is silent"):
        added(voice(0.1), AddNoise(kind=tmp_path))


@given(samples=sounds(), gain_db=st.floats(-40, 40))
def test_gain_is_gain(samples, gain_db):
    made = VolumeAdjust(gain_db, gain_db)(samples, RATE, np.random.default_rng(0))
    assert np.allclose(made, samples * 10 ** (gain_db / 20), rtol=1e-6)


@given(bands=st.integers(1, 90), frames=st.integers(1, 300), index=st.integers(0, 300), count=st.integers(1, 4))
def test_masks_hide_the_spans_that_were_drawn_and_no_more(bands, frames, index, count):
    features = np.random.default_rng(0).standard_normal((bands, frames)).astype(np.float32)
    for mask, size, widest in (
        (TimeMask(count=count, max_frames=40, max_share=0.3), frames, min(40, int(0.3 * frames))),
        (FrequencyMask(count=count, max_bands=20, fill=-7.0), bands, min(20, bands)),
    ):
        drawn = mask.draw(item_generator(0, 0, index), sample_rate=100, frames=frames, channels=bands)
        hidden = np.zeros(size, bool)
        for start, end in drawn.parameters["spans"]:
            assert 0 <= start <= end <= size
            assert end - start <= widest
            hidden[start:end] = True
        assert len(drawn.parameters["spans"]) == count
        made = mask.apply(features, 100, drawn)
        along_time = isinstance(mask, TimeMask)
        wanted = features.mean(dtype=np.float64) if along_time else -7.0
        made, before = (made.T, features.T) if along_time else (made, features)
        assert np.allclose(made[hidden], wanted)
        assert np.array_equal(made[~hidden], before[~hidden])


def test_masks_are_as_wide_as_allowed_in_the_long_run():
    widths = {
        end - start
        for index in range(300)
        for start, end in TimeMask(count=1, max_frames=5)
        .draw(item_generator(0, 0, index), sample_rate=100, frames=100, channels=4)
        .parameters["spans"]
    }
    assert widths == {0, 1, 2, 3, 4, 5}


def test_a_mask_drawn_for_something_longer_is_refused():
    with pytest.raises(ParameterError, match="reaches to 9"):
        replay(Drawn("TimeMask", {"spans": [[2, 9]], "fill": 0.0}), np.zeros((3, 5), np.float32), 100)
