"""Filterbanks and mel recipes against the implementations that they name."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit.dsp import MEL_PRESETS, mel_filterbank, mel_spectrogram
from audiokit.dsp.filterbank import hz_to_mel, mel_to_hz
from audiokit.dsp.stft import hann_window, magnitude_blocks, pad_centre
from audiokit.errors import ParameterError

CORPUS = os.environ.get("AUDIOKIT_CORPUS")


def voice(rate, seconds=2.0, seed=3):
    """Return something like speech: a gliding harmonic tone, bursts of noise, and silence."""
    t = np.arange(int(rate * seconds)) / rate
    glide = 2 * np.pi * np.cumsum(120 + 60 * np.sin(2 * np.pi * 1.3 * t)) / rate
    tone = sum(np.sin(k * glide) / k for k in range(1, 15))
    hiss = np.random.default_rng(seed).standard_normal(t.size) * (np.sin(2 * np.pi * 3 * t) > 0.6)
    return ((0.1 * tone + 0.05 * hiss) * (np.sin(2 * np.pi * 0.7 * t) > -0.7)).astype(np.float32)


def slow_mel(samples, recipe):
    """Return the recipe's linear mel by its definition, one frame at a time, in float64."""
    x = np.asarray(samples, dtype=np.float64)
    x = np.array([x[t] - recipe.pre_emphasis * (x[t - 1] if t else 0.0) for t in range(x.size)])
    half = recipe.n_fft // 2
    x = np.pad(x, half, mode="reflect") if recipe.pad_mode == "reflect" else np.pad(x, half)
    window = np.zeros(recipe.n_fft)
    for i in range(recipe.win_length):
        window[(recipe.n_fft - recipe.win_length) // 2 + i] = np.sin(np.pi * i / recipe.win_length) ** 2
    filters = mel_filterbank(
        sample_rate=recipe.sample_rate, n_fft=recipe.n_fft, n_mels=recipe.n_mels, fmin=recipe.fmin, fmax=recipe.fmax
    )
    columns = []
    for m in range(1 + samples.size // recipe.hop_length - recipe.drop_last_frame):
        frame = x[m * recipe.hop_length :][: recipe.n_fft] * window
        columns.append(filters.astype(np.float64) @ np.abs(np.fft.rfft(frame)) ** recipe.power)
    return np.array(columns).T


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "options",
    [
        {"sample_rate": 16000, "n_fft": 800, "n_mels": 80, "fmin": 55.0, "fmax": 7600.0},
        {"sample_rate": 16000, "n_fft": 400, "n_mels": 128},
        {"sample_rate": 22050, "n_fft": 2048, "n_mels": 128, "fmax": 8000.0},
        {"sample_rate": 44100, "n_fft": 1024, "n_mels": 40, "htk": True, "norm": None},
    ],
)
def test_filterbank_equals_librosa_to_the_bit(options, dtype):
    librosa = pytest.importorskip("librosa")
    theirs = dict(options)
    wanted = librosa.filters.mel(sr=theirs.pop("sample_rate"), dtype=dtype, **theirs)
    found = mel_filterbank(**options, dtype=dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@pytest.mark.parametrize("n_mels", [80, 128])
def test_filterbank_equals_the_one_whisper_ships(n_mels):
    with np.load(Path(CORPUS) / "mel" / "mel_filters.npz") as shipped:
        wanted = shipped[f"mel_{n_mels}"]
    np.testing.assert_allclose(
        mel_filterbank(sample_rate=16000, n_fft=400, n_mels=n_mels), wanted, atol=1e-8, rtol=1e-6
    )


@pytest.mark.parametrize("htk", [False, True])
@given(hz=st.lists(st.floats(0, 24000), min_size=1, max_size=20))
@settings(deadline=None)
def test_mel_scale_is_inverted(htk, hz):
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(np.array(hz), htk=htk), htk=htk), hz, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "wrong",
    [{"fmin": -1.0}, {"fmax": 8001.0}, {"fmin": 5000.0, "fmax": 5000.0}, {"n_mels": 0}, {"n_fft": 0}, {"norm": "l1"}],
)
def test_filterbank_refuses(wrong):
    with pytest.raises(ParameterError):
        mel_filterbank(**({"sample_rate": 16000, "n_fft": 400, "n_mels": 80} | wrong))


@pytest.mark.parametrize("length", [4, 7, 400, 800])
def test_hann_is_periodic(length):
    from scipy.signal.windows import hann

    np.testing.assert_allclose(hann_window(length), hann(length, sym=False), atol=1e-15)


@pytest.mark.parametrize("name", MEL_PRESETS)
@pytest.mark.parametrize("time", [1, 199, 200, 201, 5000])
def test_every_recipe_equals_its_definition(name, time):
    recipe = MEL_PRESETS[name]
    samples = np.random.default_rng(time).standard_normal(time).astype(np.float32) * np.float32(0.1)
    if recipe.drop_last_frame and time < recipe.hop_length:
        with pytest.raises(ParameterError, match="no frame"):
            mel_spectrogram(samples, recipe.sample_rate, name)
        return
    mel = slow_mel(samples, recipe)
    if recipe.scaling == "lipsync":
        wanted = np.clip(0.08 * (20 * np.log10(np.maximum(1e-5, mel)) - 20) + 4, -4, 4)
    else:
        bels = np.log10(np.maximum(mel, 1e-10))
        bels = np.maximum(bels, bels.max() - 8)
        wanted = {
            "decibels": 10 * bels,
            "decibels_below_max": 10 * (bels - bels.max()),
            "whisper": (bels + 4) / 4,
        }[recipe.scaling]
    found = mel_spectrogram(samples, recipe.sample_rate, name)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_genre_equals_librosa():
    librosa = pytest.importorskip("librosa")
    samples = voice(22050)
    wanted = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=22050, fmax=8000), ref=np.max)
    np.testing.assert_allclose(mel_spectrogram(samples, 22050, "genre"), wanted, atol=1e-4)


def test_speech_equals_librosa():
    librosa = pytest.importorskip("librosa")
    samples = voice(16000)
    power = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=80)
    np.testing.assert_allclose(mel_spectrogram(samples, 16000, "speech"), librosa.power_to_db(power), atol=1e-4)


@pytest.mark.parametrize("time", [160, 400, 16000, 31999])
def test_whisper_equals_faster_whisper(time):
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()
    samples = voice(16000)[:time] + np.float32(1e-3)
    np.testing.assert_allclose(mel_spectrogram(samples, 16000, "whisper"), extractor(samples, padding=0), atol=1e-4)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
def test_recorded_speech_equals_librosa_and_faster_whisper():
    librosa = pytest.importorskip("librosa")
    extractor = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()
    samples, _ = librosa.load(Path(CORPUS) / "speech" / "jfk.flac", sr=16000)
    np.testing.assert_allclose(mel_spectrogram(samples, 16000, "whisper"), extractor(samples, padding=0), atol=1e-4)
    power = librosa.feature.melspectrogram(y=samples, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=80)
    np.testing.assert_allclose(mel_spectrogram(samples, 16000, "speech"), librosa.power_to_db(power), atol=1e-4)


@pytest.mark.parametrize("name", MEL_PRESETS)
def test_blocks_do_not_show(name, monkeypatch):
    recipe = MEL_PRESETS[name]
    samples = voice(recipe.sample_rate, 0.5)
    whole = mel_spectrogram(samples, recipe.sample_rate, name)
    monkeypatch.setattr("audiokit.dsp.stft._BLOCK_VALUES", 3 * recipe.n_fft)
    np.testing.assert_allclose(mel_spectrogram(samples, recipe.sample_rate, name), whole, atol=1e-5)


def test_float32_transform_agrees_with_float64():
    samples = voice(16000, 0.5)
    options = {"n_fft": 800, "win_length": 800, "hop_length": 200}
    padded = pad_centre(samples, 400, mode="constant")
    ((_, fast),) = magnitude_blocks(padded, 41, **options, dtype=np.float32)
    ((_, exact),) = magnitude_blocks(padded, 41, **options)
    assert fast.dtype == np.float32
    assert exact.dtype == np.float64
    np.testing.assert_allclose(fast, exact, atol=1e-4)


@pytest.mark.parametrize("name", MEL_PRESETS)
def test_silence_is_finite(name):
    found = mel_spectrogram(np.zeros(4000), MEL_PRESETS[name].sample_rate, name)
    assert np.isfinite(found).all()
    assert found.min() == found.max()


def test_frame_counts():
    assert mel_spectrogram(np.zeros(10240), 16000, "lipsync").shape == (80, 52)
    assert mel_spectrogram(np.zeros(16000), 16000, "whisper").shape == (80, 100)
    assert mel_spectrogram(np.zeros(16000), 16000, "speech").shape == (80, 101)


def test_another_rate_is_refused_with_the_cure():
    with pytest.raises(ParameterError, match=r"audiokit\.dsp\.resample\(samples, 44100, 16000\)"):
        mel_spectrogram(np.zeros(44100), 44100, "speech")


def test_several_channels_are_refused_with_the_cure():
    with pytest.raises(ParameterError, match=r"audio\.mono\(\)"):
        mel_spectrogram(np.zeros((2, 16000)), 16000)
    assert mel_spectrogram(np.zeros((1, 16000)), 16000).shape == (80, 101)


def test_an_unknown_preset_lists_the_known():
    with pytest.raises(ParameterError, match="speech, genre, whisper, lipsync"):
        mel_spectrogram(np.zeros(16000), 16000, "bark")


@pytest.mark.parametrize("name", MEL_PRESETS)
def test_no_samples_are_refused(name):
    with pytest.raises(ParameterError, match="no frame"):
        mel_spectrogram(np.zeros(0), MEL_PRESETS[name].sample_rate, name)


def test_presets_cannot_be_changed_but_replaced():
    with pytest.raises(TypeError):
        MEL_PRESETS["speech"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        MEL_PRESETS["speech"].n_mels = 40
    own = dataclasses.replace(MEL_PRESETS["speech"], name="small", n_mels=40)
    assert mel_spectrogram(np.zeros(16000), 16000, own).shape == (40, 101)


def test_input_is_left_alone():
    samples = voice(16000, 0.2)
    before = samples.copy()
    for name in ("speech", "whisper", "lipsync"):
        mel_spectrogram(samples, 16000, name)
    np.testing.assert_array_equal(samples, before)
