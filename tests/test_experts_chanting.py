"""Chanting rests on its tone, keeps its words together where many chant, and is replayed by its seed."""

from __future__ import annotations

import numpy as np
import pytest
from augmentation_checks import voice as speech_like

from audiokit.dsp.frame_descriptors import FrameGrid, power_frames, track_pitch
from audiokit.experts.chanting import MANNERS, chant, drone, reciting_tone
from audiokit.experts.vocoder import analyse

GRID = FrameGrid(640, 160)


@pytest.fixture(scope="module")
def speaker():
    return analyse(speech_like(4.0, 16000)[0])


def sung_semitones(samples):
    pitch = track_pitch(power_frames(samples, GRID), GRID)
    return 12 * np.log2(pitch.hertz[pitch.strength > 0.6] / 55.0)


@pytest.mark.parametrize("manner", MANNERS)
def test_every_manner_chants_and_is_replayed_by_its_seed(speaker, manner):
    one, other = (chant(speaker, 3.0, np.random.default_rng(3), manner=manner) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one.shape == (48_000,)
    assert np.isfinite(one).all()
    assert 0.01 < one.std() < np.abs(one).max() <= 0.7 + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_one_note_is_one_note(speaker, seed):
    sound = chant(speaker, 5.0, np.random.default_rng(seed), manner="monotone", tone_semitones=16.0)
    heard = sung_semitones(sound)
    assert heard.size > 50
    assert np.median(heard) == pytest.approx(16.0, abs=0.6)
    assert np.mean(np.abs(heard - 16.0) < 1.0) > 0.7  # it slides in, trembles, and drifts


def test_a_call_goes_farther_than_a_monotone(speaker):
    spread = {
        manner: np.mean([np.std(sung_semitones(chant(speaker, 5.0, np.random.default_rng(n), manner=manner,
                                                     tone_semitones=16.0))) for n in range(3)])
        for manner in ("monotone", "call")
    }  # fmt: skip
    assert spread["call"] > 1.5 * spread["monotone"]


def test_voices_with_the_same_words_chant_together(speaker):
    def level(seed, words):
        sound = chant(speaker, 4.0, np.random.default_rng(seed), manner="psalm", words=np.random.default_rng(words))
        return np.sqrt(np.square(sound.reshape(-1, 1600)).mean(axis=1))

    together = np.corrcoef(level(1, 9), level(2, 9))[0, 1]
    apart = np.corrcoef(level(1, 9), level(2, 10))[0, 1]
    assert together > 0.8 > apart


def test_the_tone_lies_near_the_voice(speaker, rng):
    spoken = 12 * np.log2(np.median(speaker.hertz) / 55.0)
    drawn = [reciting_tone(speaker, rng) for _ in range(50)]
    assert -3 <= min(drawn) - spoken < max(drawn) - spoken <= 10


def test_a_drone_is_on_its_root(rng):
    sound = drone(2.0, 24.0, rng)  # 220 Hz, and 110 below it
    spectrum = np.abs(np.fft.rfft(sound))
    hertz = np.fft.rfftfreq(sound.size, 1 / 16_000)
    loudest = hertz[spectrum.argmax()]
    assert min(abs(loudest / root - round(loudest / root)) for root in (110.0, 165.0)) < 0.02
