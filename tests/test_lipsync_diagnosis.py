"""Somebody's mel is recognised: right, wrong in a known way, or unknown."""

import numpy as np
import pytest

from audiokit.errors import ParameterError
from audiokit.lipsync import diagnose_mel, mel_spectrogram
from audiokit.lipsync.deviations import DEVIATIONS, deviating_mel
from audiokit.lipsync.diagnosis import RIGHT


def speech(seconds=2.5):
    time = np.arange(round(seconds * 16_000)) / 16_000
    voice = sum(np.sin(2 * np.pi * 130 * k * time + k) / k for k in range(1, 30)) * np.abs(np.sin(2 * np.pi * 2 * time))
    return 0.2 * voice + 1e-3 * np.random.default_rng(0).standard_normal(time.size)


@pytest.mark.parametrize("name", DEVIATIONS)
def test_every_known_deviation_is_named(name):
    samples = speech()
    found = diagnose_mel(deviating_mel(samples, name).astype(np.float32), samples)
    assert found.name == name, found
    assert found.mean < 1e-6
    assert next(iter(found.distances)) == name


def test_chunks_that_were_joined_have_more_frames():
    samples = speech()
    joined = np.concatenate([mel_spectrogram(part) for part in np.split(samples, range(10_240, samples.size, 10_240))])
    found = diagnose_mel(joined, samples)
    assert found.name == "640 ms chunks, each on its own"
    assert found.notes == (f"{len(joined)} frames, where {1 + samples.size // 200} are right",)


def test_the_right_one_is_right_in_either_precision_and_shape():
    samples = speech()
    for mel in (mel_spectrogram(samples), mel_spectrogram(samples, dtype=np.float32)):
        assert diagnose_mel(mel, samples).name == RIGHT
    turned = diagnose_mel(mel_spectrogram(samples).T[np.newaxis], samples)
    assert turned.name == RIGHT
    assert str(turned) == "as the reference; transposed: (80, frames)"


def test_what_is_none_of_them_is_unknown():
    samples = speech()
    found = diagnose_mel(mel_spectrogram(np.roll(samples, 60)), samples)
    assert found.name == "unknown"
    assert "nearest is" in str(found)
    assert found.largest >= found.mean > 1e-4


@pytest.mark.parametrize("wrong", [np.zeros((52, 64)), np.zeros(80), np.zeros((2, 3, 80)), np.zeros((0, 80))])
def test_refusals(wrong):
    with pytest.raises(ParameterError):
        diagnose_mel(wrong, speech())
