"""Speech is trimmed and levelled on request alone, and says by how much."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit import Audio
from audiokit.dsp import measure_loudness
from audiokit.errors import ParameterError
from audiokit.speech import enhance_speech
from audiokit.speech.enhancing import without_noise

pytest.importorskip("pyloudnorm")
RATE = 16_000


@pytest.fixture
def sound():
    """Two seconds of a modulated tone, 0.7 s of silence before and 1.2 s after."""
    time = np.arange(2 * RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 300 * time) * (1 + 0.5 * np.sin(2 * np.pi * 3 * time))
    return Audio(np.concatenate([np.zeros(int(0.7 * RATE)), tone, np.zeros(int(1.2 * RATE))]), RATE, name="tone")


def test_nothing_is_done_unasked(sound):
    assert enhance_speech(sound) is sound


def test_silence_is_cut_from_the_ends_alone(sound):
    found = enhance_speech(sound, trim=True)
    assert found.duration_seconds == pytest.approx(2.1, abs=0.021)
    assert found.start_seconds == pytest.approx(0.65, abs=0.011)
    first = round(found.start_seconds * RATE)
    assert found.samples.tobytes() == sound.samples[:, first : first + found.frames].tobytes()
    assert found.warnings[0].startswith("silence trimmed: 0.6")
    assert found.name == "tone"


@pytest.mark.parametrize("lufs", [-30.0, -23.0])
def test_loudness_is_what_was_asked_for(sound, lufs):
    found = enhance_speech(sound, loudness_lufs=lufs)
    assert measure_loudness(found.samples, RATE).integrated_lufs == pytest.approx(lufs, abs=0.05)
    assert "loudness set by" in found.warnings[0]


def test_peaks_bound_the_gain(sound):
    found = enhance_speech(sound, loudness_lufs=0.0)
    assert measure_loudness(found.samples, RATE).true_peak_dbtp == pytest.approx(-1.0, abs=0.05)
    assert "would lift its peaks above -1 dBTP" in found.warnings[0]


def test_noise_is_turned_down_and_what_was_done_is_said(sound):
    noise = np.random.default_rng(0).standard_normal(sound.samples.shape).astype(np.float32) * 0.01
    found = enhance_speech(Audio(sound.samples + noise, RATE, name="tone"), denoise=True)
    assert found.samples.shape == sound.samples.shape
    pause = slice(round(0.1 * RATE), round(0.6 * RATE))
    assert found.samples[0, pause].std() < noise[0, pause].std() / 3
    assert found.warnings[0].startswith("steady noise turned down by up to 15 dB (Wiener filter, decision-directed): -")
    both = enhance_speech(Audio(sound.samples + noise, RATE), denoise=True, trim=True)
    assert [said.split()[0] for said in both.warnings] == ["steady", "silence"]
    assert both.duration_seconds == pytest.approx(2.1, abs=0.2)
    assert without_noise(Audio(np.zeros(0), RATE)).warnings[0].endswith("nothing was there")


def test_what_cannot_be_done(sound):
    silence = Audio(np.zeros(RATE), RATE)
    assert enhance_speech(silence, trim=True).frames == RATE
    assert "all of it is silence" in enhance_speech(silence, trim=True).warnings[0]
    assert enhance_speech(Audio(np.zeros(0), RATE), trim=True).frames == 0
    with pytest.raises(ParameterError, match="no loudness"):
        enhance_speech(silence, loudness_lufs=-16)
    with pytest.raises(ParameterError, match="loudness_lufs"):
        enhance_speech(sound, loudness_lufs=3)
