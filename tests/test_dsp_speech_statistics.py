"""Statistics of speech: finite for anything, blind to level and offset, and moved by what they are named for."""

from __future__ import annotations

import numpy as np
from augmentation_checks import voice
from hypothesis import given
from hypothesis import strategies as st

from audiokit.dsp.speech_statistics import SPEECH_STATISTICS, speech_statistics


def named(samples):
    return dict(zip(SPEECH_STATISTICS, speech_statistics(samples).tolist(), strict=True))


def speech(seconds=2.0, seed=0):
    return voice(seconds, 16000, seed)[0]


def test_names_are_as_many_as_values_and_none_twice():
    assert len(set(SPEECH_STATISTICS)) == len(SPEECH_STATISTICS) == speech_statistics(speech()).size


@given(
    st.integers(0, 4000),
    st.sampled_from(["noise", "silence", "constant", "nan", "inf", "click", "tiny"]),
    st.integers(0, 99),
)
def test_finite_whatever_comes(size, kind, seed):
    generator = np.random.default_rng(seed)
    samples = generator.standard_normal(size).astype(np.float32)
    if kind in {"silence", "constant", "click"}:
        samples[:] = 0.7 if kind == "constant" else 0
    if kind == "tiny":
        samples *= 1e-20
    if size and kind in {"nan", "inf", "click"}:
        samples[size // 2] = {"nan": np.nan, "inf": np.inf, "click": 1.0}[kind]
    values = speech_statistics(samples)
    assert values.dtype == np.float32
    assert np.isfinite(values).all()
    if kind in {"silence", "constant", "tiny"}:
        assert not values.any()


@given(st.floats(-50, 20), st.floats(-0.2, 0.2))
def test_level_and_offset_change_nothing(gain_db, offset):
    samples = speech()
    changed = (samples * 10 ** (gain_db / 20) + offset * 10 ** (gain_db / 20)).astype(np.float32)
    wanted, got = speech_statistics(samples), speech_statistics(changed)
    np.testing.assert_allclose(got, wanted, rtol=0.02, atol=0.05)


def test_the_same_samples_give_the_same_bits():
    assert speech_statistics(speech()).tobytes() == speech_statistics(speech()).tobytes()


def test_a_higher_voice_has_a_higher_pitch_and_a_steeper_melody_is_steeper():
    time = np.arange(32000) / 16000

    def sung(hertz, swing):
        phase = 2 * np.pi * np.cumsum(hertz * 2 ** (swing / 12 * np.sin(2 * np.pi * 2 * time))) / 16000
        return (0.1 * sum(np.sin(n * phase) / n for n in range(1, 15))).astype(np.float32)

    low, high, wild = named(sung(110, 0.1)), named(sung(220, 0.1)), named(sung(110, 6))
    assert abs(low["pitch_median"] - 12) < 0.2  # semitones above 55 Hz
    assert abs(high["pitch_median"] - 24) < 0.2
    assert wild["pitch_range"] > low["pitch_range"] + 8
    assert wild["pitch_steepness_mean"] > 10 * low["pitch_steepness_mean"]
    assert low["voice_voiced_share"] > 0.95


def test_breath_lowers_harmonicity_and_a_dull_voice_is_tilted():
    samples = speech()
    generator = np.random.default_rng(0)
    breathy = samples + 0.3 * np.abs(samples) * generator.standard_normal(samples.size).astype(np.float32)
    assert named(breathy)["voice_strength_mean"] < named(samples)["voice_strength_mean"]
    dull = np.convolve(samples, np.ones(8) / 8, "same").astype(np.float32)
    assert named(dull)["alpha_ratio_mean"] > named(samples)["alpha_ratio_mean"] + 3


def test_faster_syllables_move_the_rhythm_up():
    time = np.arange(48000) / 16000
    tone = np.sin(2 * np.pi * 200 * time)
    slow, fast = (
        named((tone * np.clip(np.sin(2 * np.pi * rate * time), 0, 1)).astype(np.float32)) for rate in (1.5, 6.0)
    )
    assert slow["loudness_rhythm_0.7_2_hz"] > 0.7
    assert fast["loudness_rhythm_4_8_hz"] > 0.7
    assert fast["loudness_peaks_a_second"] > slow["loudness_peaks_a_second"] + 2
