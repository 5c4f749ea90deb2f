"""Stretching and shifting: length, place, pitch and level."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from augmentation_checks import RATE, level_db, pitch_hz, tone, voice
from hypothesis import given
from hypothesis import strategies as st

from audiokit.training.augment import Drawn, PitchShift, TimeStretch
from audiokit.training.augment.phase_vocoder import (
    OVERLAP,
    PEAK_REACH,
    frame_length,
    nearest_peaks,
    overlap_add,
    stretch,
)

RATES = (0.5, 0.7, 0.8, 0.93, 1.07, 1.2, 1.5, 2.0)
SHIFTS = (-12.0, -5.0, -2.0, -0.37, 0.37, 2.0, 5.0, 12.0)


def shifted(samples, semitones, sample_rate=RATE):
    return PitchShift().apply(samples, sample_rate, Drawn("PitchShift", {"semitones": semitones}))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100])
def test_a_stretched_tone_keeps_pitch_and_level(rate, sample_rate):
    before = tone(440.0, 3.0, sample_rate)
    after = stretch(before, sample_rate, rate)
    assert after.shape == (1, round(before.shape[1] / rate))
    assert abs(1200 * np.log2(pitch_hz(after, sample_rate) / 440.0)) < 1
    assert abs(level_db(after) - level_db(before)) < 0.01
    quarter = after.shape[1] // 4
    assert abs(level_db(after[:, quarter:-quarter]) - level_db(before)) < 0.1, "louder or quieter in the middle"


@pytest.mark.parametrize("rate", RATES)
def test_voices_noise_and_chords_keep_their_level(rate):
    chord = tone(220.0) + tone(277.2) + tone(329.6)
    noise = 0.1 * np.random.default_rng(0).standard_normal((1, 32_000)).astype(np.float32)
    for before in (chord, noise, voice()):
        assert abs(level_db(stretch(before, RATE, rate)) - level_db(before)) < 0.01


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.8, 0.93, 1.07, 1.2, 1.5])
@pytest.mark.parametrize("place", [3000, 20_000, 31_000])
def test_a_click_comes_when_it_should(rate, place):
    click = np.zeros((1, 32_000), np.float32)
    click[0, place] = 0.9
    after = stretch(click, RATE, rate)[0]
    assert abs(np.abs(after).argmax() - place / rate) / RATE < 0.002
    energy = np.square(after, dtype=np.float64)
    assert abs((energy * np.arange(after.size)).sum() / energy.sum() - place / rate) / RATE < 0.002, "smeared"
    assert np.abs(after).max() > 0.5, "softened"


@pytest.mark.parametrize("rate", [0.7, 0.8, 0.9, 1.1, 1.2, 1.5, 1.7])
@pytest.mark.parametrize("place", [8000, 8100, 7777])
def test_a_click_is_not_smeared(rate, place):
    click = np.zeros((1, 16_000), np.float32)
    click[0, place] = 1.0
    energy = np.cumsum(np.square(stretch(click, RATE, rate)[0], dtype=np.float64))
    first, last = np.searchsorted(energy / energy[-1], [0.05, 0.95])
    assert (last - first) / RATE < 0.001


def test_the_attack_of_a_tone_is_not_late():
    samples = tone(600.0)
    samples[:, :16_000] = 0
    for rate in (0.8, 1.2):
        after = np.abs(stretch(samples, RATE, rate)[0])
        begins = int(np.argmax(after > 0.15))
        assert abs(begins - 16_000 / rate) / RATE < 0.012  # within a quarter of a frame


def test_at_a_rate_of_one_nothing_changes():
    samples = np.concatenate([voice(), tone(300.0)])
    assert np.abs(stretch(samples, RATE, 1.0) - samples).max() < 1e-6
    assert np.abs(shifted(samples, 0.0) - samples).max() < 1e-6


def test_channels_stay_in_phase():
    left = voice()
    after = stretch(np.concatenate([left, -0.5 * left]), RATE, 1.17)
    assert np.abs(after[1] + 0.5 * after[0]).max() < 1e-5


@pytest.mark.parametrize("semitones", SHIFTS)
def test_a_shifted_tone_has_the_new_pitch_the_old_length_and_level(semitones):
    before = tone(440.0, 3.0)
    after = shifted(before, semitones)
    assert after.shape == before.shape
    assert abs(1200 * np.log2(pitch_hz(after) / 440.0) - 100 * semitones) < 1
    quarter = after.shape[1] // 4
    assert abs(level_db(after[:, quarter:-quarter]) - level_db(before)) < 0.1


@pytest.mark.parametrize("semitones", [-5.0, -2.0, 2.0, 5.0])
def test_a_shifted_click_stays_where_it_is(semitones):
    click = np.zeros((1, 32_000), np.float32)
    click[0, 20_000] = 0.9
    assert abs(int(np.abs(shifted(click, semitones)[0]).argmax()) - 20_000) / RATE < 0.002


@given(frames=st.integers(1, 5000), rate=st.floats(0.3, 3.0))
def test_any_length_and_rate_give_the_length_of_the_formula(frames, rate):
    samples = np.ones((1, frames), np.float32)
    made = TimeStretch().apply(samples, RATE, Drawn("TimeStretch", {"rate": rate}))
    assert made.shape == (1, max(1, round(frames / rate)))


@given(seed=st.integers(0, 1000), bins=st.integers(1, 40))
def test_the_nearest_peak_is_the_one_that_a_loop_finds(seed, bins):
    power = np.random.default_rng(seed).integers(0, 6, (3, bins)).astype(np.float32)
    for row, found in zip(power, nearest_peaks(power), strict=True):
        peaks = [b for b in range(bins) if row[b] == row[max(0, b - PEAK_REACH) : b + PEAK_REACH + 1].max()]
        assert found.tolist() == [min(peaks, key=lambda peak: (abs(peak - b), peak)) for b in range(bins)]


def test_overlapping_frames_are_added_as_a_loop_does():
    grains = np.random.default_rng(0).standard_normal((2, 7, 16))
    slow = np.zeros((2, 6 * 4 + 16))
    for frame in range(7):
        slow[:, 4 * frame : 4 * frame + 16] += grains[:, frame]
    assert np.allclose(overlap_add(grains, 4), slow)
    assert frame_length(16_000) % OVERLAP == 0


@pytest.mark.corpus
@pytest.mark.parametrize("rate", [0.8, 1.25])
def test_real_speech_keeps_its_spectrum(corpus, rate):
    """The long-term spectrum in thirds of octaves: within 2 dB wherever there is speech."""
    import audiokit

    before = audiokit.read(corpus / "speech/jfk.flac", sample_rate=RATE, mono=True).samples
    after = stretch(before, RATE, rate)
    spectra = []
    for samples in (before, after):
        power = np.abs(np.fft.rfft(samples[0])) ** 2 / samples.shape[1] ** 2
        hz = np.fft.rfftfreq(samples.shape[1], 1 / RATE)
        edges = 100 * 2 ** (np.arange(18) / 3)
        spectra.append([10 * np.log10(power[(hz >= a) & (hz < b)].sum()) for a, b in itertools.pairwise(edges)])
    apart = np.subtract(*spectra)
    loud = np.array(spectra[0]) > max(spectra[0]) - 40
    assert np.abs(apart[loud]).max() < 2
