"""Griffin-Lim by the mel parameters that a checkpoint states: speech comes back with the spectrum that went in."""

from __future__ import annotations

import json

import numpy as np
import pytest

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.speech.griffin_lim import GriffinLim, MelParameters

librosa = pytest.importorskip("librosa")
FACTS = {"sampling_rate": 16000, "num_mel_bins": 80, "hop_length": 16, "win_length": 64, "fmin": 80, "fmax": 7600}


def stated(folder, **changes):
    facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not None}
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


def log_mel(samples, mel):
    """As SpeechT5's feature extractor: log10 of mel-weighted magnitudes, not below 1e-10."""
    spectrum = np.abs(librosa.stft(samples, n_fft=mel.n_fft, hop_length=mel.hop_length, win_length=mel.win_length))
    return np.log10(np.maximum(mel.filters() @ spectrum, 1e-10)).T


def voice(seconds=1.0, rate=16000):
    """A buzz whose pitch and one formant move."""
    time = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(4 * time)) / rate
    return sum(np.sin(k * phase) * np.exp(-(((k * 120 - 800 - 600 * time) / 500) ** 2)) for k in range(1, 30)) * 0.2


def test_the_spectrum_comes_back(tmp_path):
    mel = MelParameters.of(stated(tmp_path))
    assert (mel.n_fft, mel.win_length, mel.hop_length, mel.bands) == (1024, 1024, 256, 80)
    samples = voice()
    given = log_mel(samples, mel)
    vocoder = GriffinLim.of(tmp_path)
    made = vocoder(given)
    assert made.dtype == np.float32
    assert made.size == len(given) * 256
    back = log_mel(made, mel)[: len(given)]
    loud = given[2:-4] > given.max() - 2  # within 40 dB of the loudest
    off = 20 * np.abs(back[2 : len(given) - 4] - given[2:-4])[loud]
    assert np.median(off) < 2.0, "dB"
    noise = (
        20 * np.abs(log_mel(np.random.default_rng(0).normal(size=samples.size) * 0.1, mel)[2:-4] - given[2:-4])[loud]
    )
    assert np.median(noise) > 5 * np.median(off)
    assert made.tobytes() == vocoder(given).tobytes()


def test_the_filters_are_those_of_transformers(tmp_path):
    audio_utils = pytest.importorskip("transformers.audio_utils")
    mel = MelParameters.of(stated(tmp_path))
    theirs = audio_utils.mel_filter_bank(
        num_frequency_bins=513, num_mel_filters=80, min_frequency=80, max_frequency=7600, sampling_rate=16000,
        norm="slaney", mel_scale="slaney",
    )  # fmt: skip
    np.testing.assert_allclose(mel.filters(), theirs.T, atol=1e-9)


@pytest.mark.parametrize("name", list(FACTS))
def test_what_is_not_stated_is_not_guessed(tmp_path, name):
    with pytest.raises(ModelUnavailable, match=f"lacks {name}"):
        MelParameters.of(stated(tmp_path, **{name: None}))


def test_other_windows_and_shapes_are_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match="window of its own"):
        MelParameters.of(stated(tmp_path, win_function="povey"))
    with pytest.raises(ParameterError, match=r"\(3, 8\)"):
        GriffinLim.of(stated(tmp_path))(np.zeros((3, 8)))
    assert np.isfinite(GriffinLim.of(tmp_path)(np.full((4, 80), 30.0))).all()
