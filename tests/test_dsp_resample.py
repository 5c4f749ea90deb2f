"""Resampling against librosa and against what a tone must do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.dsp import resample
from audiokit.dsp.resample import QUALITIES
from audiokit.errors import ParameterError


def noise(*shape):
    return np.random.default_rng(7).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("rates", [(44100, 16000), (16000, 22050), (48000, 16000), (11025, 24000)])
def test_equals_librosa(quality, rates):
    librosa = pytest.importorskip("librosa")
    samples = noise(2, 11025)
    wanted = librosa.resample(samples, orig_sr=rates[0], target_sr=rates[1], res_type=quality)
    np.testing.assert_array_equal(resample(samples, *rates, quality=quality), wanted)
    np.testing.assert_array_equal(resample(samples[0], *rates, quality=quality), wanted[0])


@settings(deadline=None, max_examples=60)
@given(
    time=st.integers(0, 3000),
    source=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000]),
    target=st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]),
)
def test_length_is_librosas(time, source, target):
    found = resample(noise(time), source, target)
    assert found.dtype == np.float32
    assert found.shape == (int(np.ceil(time * (float(target) / source))) if source != target else time,)


def test_a_tone_above_the_new_band_is_gone():
    t = np.arange(44100 * 2) / 44100
    tone = np.sin(2 * np.pi * 8300 * t).astype(np.float32)
    found = resample(tone, 44100, 16000)[2000:-2000]  # the ends hold the click of a tone that begins at once
    assert 20 * np.log10(np.sqrt(np.mean(found.astype(np.float64) ** 2)) * np.sqrt(2)) < -100


def test_a_tone_in_the_band_is_kept():
    rate = 44100
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    np.testing.assert_allclose(resample(tone, rate, 16000)[1000:-1000], wanted[1000:-1000], atol=1e-4)


def test_equal_rates_give_the_array_itself():
    samples = noise(2, 100)
    assert resample(samples, 16000, 16000) is samples


def test_channels_do_not_mix():
    samples = noise(3, 4410)
    samples[1] = 0
    found = resample(samples, 44100, 16000)
    assert found.shape == (3, 1600)
    assert not found[1].any()
    np.testing.assert_array_equal(found[2], resample(samples[2], 44100, 16000))


def test_refusals_name_what_is_wanted():
    with pytest.raises(ParameterError, match="soxr_vhq, soxr_hq"):
        resample(noise(10), 44100, 16000, quality="kaiser_best")
    with pytest.raises(ParameterError, match="target_rate"):
        resample(noise(10), 44100, 0)
    with pytest.raises(ParameterError, match="source_rate"):
        resample(noise(10), 44100.5, 16000)
    with pytest.raises(ParameterError, match="full scale"):
        resample(np.zeros(10, np.int16), 44100, 16000)
