"""The phase vocoder beside a slow one: double precision, angles, a loop over frames."""

from __future__ import annotations

import numpy as np
import pytest
from augmentation_checks import RATE, close_db, music, tone, voice
from slow_vocoder import slow_angles, slow_stretch

from audiokit.dsp import mel_spectrogram
from audiokit.training.augment import phase_vocoder
from audiokit.training.augment.phase_locking import PhaseLock
from audiokit.training.augment.phase_vocoder import frame_length, hann, stretch, stretch_all

SOUNDS = {
    "voice": voice(1.0),
    "music": music(1.0),
    "both": np.concatenate([voice(0.8), music(0.8)]),
    "noise": 0.1 * np.random.default_rng(0).standard_normal((1, 10_000)).astype(np.float32),
    "tone": tone(440.0, 0.6),
}


def spectra(samples, hop, size=256):
    """Frames every `hop` samples, and those a quarter of a frame before them: (channels, frames, bins)."""
    every = np.lib.stride_tricks.sliding_window_view(samples, size, axis=1)
    now, earlier = every[:, size // 4 :: hop], every[:, ::hop]
    return tuple(np.fft.rfft(x[:, : now.shape[1]] * hann(size)).astype(np.complex64) for x in (now, earlier))


def locked(now, earlier, delay, at_once, size=256):
    """All rotations of one sound, (frames, bins), by blocks."""
    lock = PhaseLock(at_once, 1, size)
    made = []
    for first in range(0, now.shape[1], at_once):
        block = slice(first, first + at_once)
        same = np.zeros((len(delay[block]), 1), dtype=bool)
        of_block = (np.ascontiguousarray(x[:, block, np.newaxis]) for x in (now, earlier))
        made.append(lock.rotations(*of_block, delay[block, np.newaxis], same)[:, 0].copy())
    return np.concatenate(made)


@pytest.mark.parametrize("rate", [0.8, 0.93, 1.17, 1.5])
@pytest.mark.parametrize("name", SOUNDS)
def test_sound_is_that_of_the_slow_way(name, rate):
    samples = SOUNDS[name]
    fast, slow = stretch(samples, RATE, rate), slow_stretch(samples, frame_length(RATE), rate)
    assert fast.shape == slow.shape
    # Rounding alone is 100 dB below; where two bins are all but equally strong it may choose the other peak
    assert close_db(fast, slow) > 75


@pytest.mark.parametrize("name", ["voice", "music"])
@pytest.mark.parametrize("rate", [0.8, 1.17])
def test_the_spectrum_differs_by_less_than_one_sample_more_of_length_makes(name, rate):
    samples = SOUNDS[name]
    size, frames = frame_length(RATE), samples.shape[1]
    wanted = slow_stretch(samples, size, rate)
    longer = slow_stretch(samples, size, frames / (wanted.shape[1] + 1))[:, : wanted.shape[1]]
    mels = [mel_spectrogram(x[0].astype(np.float32), RATE) for x in (wanted, stretch(samples, RATE, rate), longer)]
    ours, rounding = (np.abs(mel - mels[0]).mean() for mel in mels[1:])  # in dB
    assert ours < 0.1 * rounding


@pytest.mark.parametrize("at_once", [1, 7, 1000])
@pytest.mark.parametrize("channels", [1, 2])
def test_rotations_are_those_of_summed_angles(at_once, channels):
    samples = np.concatenate([music(1.0), voice(1.0)])[:channels]
    now, earlier = spectra(samples, hop=75)
    delay = np.random.default_rng(0).uniform(-20, 20, now.shape[1]).astype(np.float32)
    wanted = np.exp(1j * slow_angles(now, earlier, delay, 256))
    apart = np.abs(locked(now, earlier, delay, at_once) - wanted)
    # Both decide on onsets and peaks, and rounding may decide otherwise for a few
    assert np.mean(apart > 1e-4) < 1e-3


def test_phases_stay_where_they_belong_for_hours():
    """Within 3e-7 for each frame that was multiplied, as promised; without an onset to begin anew."""
    frames, size = 20_000, 16
    generator = np.random.default_rng(1)
    now, earlier = (
        np.exp(2j * np.pi * generator.random((1, frames, size // 2 + 1))).astype(np.complex64) for _ in range(2)
    )
    steps = np.angle(now[0, :-1].astype(complex) * earlier[0, 1:].conj())
    wanted = np.exp(1j * np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)]))
    made = locked(now, earlier, np.zeros(frames, np.float32), 48, size)
    assert np.abs(made - wanted).max() < 3e-7 * frames
    assert np.sqrt(np.mean(np.abs(made - wanted) ** 2)) < 3e-7 * np.sqrt(frames) * 3
    assert np.abs(np.abs(made) - 1).max() < 1e-4


def test_blocks_leave_no_seam(monkeypatch):
    samples = SOUNDS["both"]
    whole = stretch(samples, RATE, 0.9)
    monkeypatch.setattr(phase_vocoder, "_VALUES_AT_ONCE", 1)
    assert np.abs(stretch(samples, RATE, 0.9) - whole).max() < 1e-5


def test_sounds_side_by_side_are_as_each_by_itself():
    together = np.stack([SOUNDS["both"], SOUNDS["both"][::-1]])
    rates = [0.8, 1.3]
    made = stretch_all(together, RATE, rates, 15_000)
    for one, samples, rate in zip(made, together, rates, strict=True):
        assert close_db(one, stretch_all(samples[np.newaxis], RATE, [rate], 15_000)[0]) > 75


def test_at_a_rate_of_one_no_rotation_is_other_than_one():
    now, earlier = spectra(SOUNDS["both"], hop=64)
    lock = PhaseLock(now.shape[1], 1, 256)
    same = np.ones((now.shape[1], 1), dtype=bool)
    delay = np.zeros(same.shape, np.float32)
    assert (lock.rotations(now[:, :, np.newaxis], earlier[:, :, np.newaxis], delay, same) == 1).all()


@pytest.mark.parametrize("rate", [0.8, 1.2])
@pytest.mark.parametrize("power", [1.0, 1e-6, 1e-10])
def test_faint_sound_and_what_dies_away_to_nothing(rate, power):
    """Down to where single precision has no digits left, and up again."""
    samples = voice(1.0) * np.exp(-np.linspace(0, 88, RATE)).astype(np.float32)
    samples = np.concatenate([samples, voice(0.5)], axis=1) * np.float32(power)
    after = stretch(samples, RATE, rate)
    assert np.isfinite(after).all()
    assert close_db(after / power, slow_stretch(samples, frame_length(RATE), rate) / power) > 60


@pytest.mark.parametrize("rate", [0.7, 0.9, 1.2, 1.7])
def test_a_click_in_faint_noise_is_not_smeared_either(rate):
    """All bins of a click are equally strong: which of them are peaks must not be left to the noise."""
    click = 1e-6 * np.random.default_rng(0).standard_normal((1, 16_000)).astype(np.float32)
    click[0, 7777] = 1.0
    energy = np.cumsum(np.square(stretch(click, RATE, rate)[0], dtype=np.float64))
    first, last = np.searchsorted(energy / energy[-1], [0.05, 0.95])
    assert (last - first) / RATE < 0.001
