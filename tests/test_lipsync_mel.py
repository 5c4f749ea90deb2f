"""The lip-sync mel against an independent float64 reference, written from the recipe with librosa's filters."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio, lipsync
from audiokit.errors import EmptySource, ParameterError
from audiokit.lipsync.deviations import DEVIATIONS, _deviating, _Variant
from audiokit.lipsync.mel import mel_spectrogram, mel_stages

CORPUS = os.environ.get("AUDIOKIT_CORPUS")


def reference(samples, pad="zero"):
    """Return the mel by its definition: one frame at a time, nothing of audiokit."""
    librosa = pytest.importorskip("librosa")
    scipy_signal = pytest.importorskip("scipy.signal")
    emphasised = scipy_signal.lfilter([1.0, -0.97], [1.0], np.asarray(samples, dtype=np.float64))
    padded = np.pad(emphasised, 400, mode={"zero": "constant", "reflect": "reflect"}[pad])
    window = scipy_signal.get_window("hann", 800, fftbins=True)
    filters = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55, fmax=7600).astype(np.float64)
    rows = []
    for m in range(1 + len(samples) // 200):
        magnitude = np.abs(np.fft.rfft(padded[200 * m : 200 * m + 800] * window))
        decibels = 20 * np.log10(np.maximum(1e-5, filters @ magnitude)) - 20
        rows.append(np.clip(8 * ((decibels + 100) / 100) - 4, -4, 4))
    return np.array(rows)


def speechlike(seconds=2.0):
    t = np.arange(int(16000 * seconds)) / 16000
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * t)) / 16000
    tone = sum(np.sin(k * phase) / k for k in range(1, 30)) * np.clip(np.sin(2 * np.pi * 4 * t), 0, 1)
    return (0.2 * tone + 1e-3 * np.random.default_rng(0).standard_normal(t.size)).astype(np.float32)


SIGNALS = {
    "speech-like": speechlike(),
    "noise": np.random.default_rng(1).uniform(-1, 1, 20_000),
    "tone": np.sin(2 * np.pi * 440 * np.arange(20_000) / 16000),
    "impulse": np.eye(1, 5000, 777)[0],
    "first sample": np.eye(1, 5000, 0)[0],
    "silence": np.zeros(5000),
    "one sample": np.array([0.5]),
    "shorter than a hop": speechlike()[5000:5199],
    "shorter than a window": speechlike()[5000:5799],
    "a window": speechlike()[5000:5800],
}


@pytest.mark.parametrize("pad", ["zero", "reflect"])
@pytest.mark.parametrize("name", SIGNALS)
def test_float64_is_the_reference(name, pad):
    found = mel_spectrogram(SIGNALS[name], pad=pad)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, reference(SIGNALS[name], pad), rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", SIGNALS)
def test_float32_is_near_the_reference(name):
    found = mel_spectrogram(SIGNALS[name], dtype=np.float32)
    assert found.dtype == np.float32
    difference = np.abs(found - reference(SIGNALS[name]))
    assert difference.max() <= 2e-4
    assert difference.mean() <= 1e-6


@settings(deadline=None, max_examples=40)
@given(time=st.integers(1, 3000), seed=st.integers(0, 2**32 - 1), pad=st.sampled_from(["zero", "reflect"]))
def test_any_length_is_the_reference(time, seed, pad):
    samples = np.random.default_rng(seed).standard_normal(time)
    np.testing.assert_allclose(mel_spectrogram(samples, pad=pad), reference(samples, pad), rtol=0, atol=1e-10)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@pytest.mark.parametrize("pad", ["zero", "reflect"])
def test_recorded_speech_is_the_reference(pad):
    librosa = pytest.importorskip("librosa")
    samples, _ = librosa.load(Path(CORPUS) / "speech" / "jfk.flac", sr=16000)
    wanted = reference(samples, pad)
    np.testing.assert_allclose(mel_spectrogram(samples, pad=pad), wanted, rtol=0, atol=1e-10)
    difference = np.abs(mel_spectrogram(samples, pad=pad, dtype=np.float32) - wanted)
    assert difference.max() <= 2e-4
    assert difference.mean() <= 1e-6


@pytest.mark.parametrize(("time", "frames"), [(1, 1), (199, 1), (200, 2), (10_240, 52), (16_000, 81)])
def test_frame_counts(time, frames):
    assert mel_spectrogram(np.zeros(time)).shape == (frames, 80)


def test_padding_touches_only_the_ends():
    samples = np.random.default_rng(2).standard_normal(16_000)
    differs = (mel_spectrogram(samples) != mel_spectrogram(samples, pad="reflect")).any(axis=1)
    assert differs[0]
    assert differs[-1]
    assert not differs[2:-2].any()


def test_blocks_do_not_show(monkeypatch):
    samples = speechlike()
    whole = mel_spectrogram(samples)
    monkeypatch.setattr("audiokit.lipsync.frames._BLOCK_FRAMES", 3)
    np.testing.assert_allclose(mel_spectrogram(samples), whole, rtol=0, atol=1e-12)


def test_agrees_with_the_general_preset():
    from audiokit import dsp

    samples = speechlike()
    np.testing.assert_allclose(dsp.mel_spectrogram(samples, 16000, "lipsync").T, mel_spectrogram(samples), atol=1e-4)


def test_stages_lead_to_the_mel():
    samples = speechlike(0.5)
    stages = mel_stages(samples)
    assert stages.pre_emphasised.shape == samples.shape
    assert stages.magnitude.shape == (41, 401)
    assert stages.mel.shape == stages.decibels.shape == (41, 80)
    np.testing.assert_allclose(stages.normalised, mel_spectrogram(samples), rtol=0, atol=1e-12)
    np.testing.assert_allclose(mel_stages(samples, pad="reflect").normalised, mel_spectrogram(samples, pad="reflect"))


def test_shapes_and_audio_mean_the_same():
    samples = speechlike(0.3)
    wanted = mel_spectrogram(samples)
    np.testing.assert_array_equal(mel_spectrogram(samples[np.newaxis]), wanted)
    np.testing.assert_array_equal(mel_spectrogram(Audio(samples, 16000)), wanted)


def test_input_is_left_alone():
    samples = speechlike(0.3)
    before = samples.copy()
    mel_spectrogram(samples, dtype=np.float32)
    mel_spectrogram(samples, dtype=np.float64)
    np.testing.assert_array_equal(samples, before)


def test_a_hole_stays_where_it_is():
    samples = np.random.default_rng(3).standard_normal(16_000)
    samples[8000] = np.nan
    holes = np.isnan(mel_spectrogram(samples)).all(axis=1)
    assert np.flatnonzero(holes).tolist() == [39, 40, 41, 42]


def test_refusals():
    with pytest.raises(EmptySource):
        mel_spectrogram(np.zeros(0))
    with pytest.raises(ParameterError, match="one channel"):
        mel_spectrogram(np.zeros((2, 800)))
    with pytest.raises(ParameterError, match="16000 Hz"):
        mel_spectrogram(Audio(np.zeros(800), 44100))
    with pytest.raises(ParameterError, match="padding"):
        mel_spectrogram(np.zeros(800), pad="edge")
    with pytest.raises(ParameterError, match="float32 or float64"):
        mel_spectrogram(np.zeros(800), dtype=np.float16)
    with pytest.raises(ParameterError, match="full scale"):
        mel_spectrogram(np.zeros(800, np.int16))


def test_the_unchanged_variant_is_the_mel():
    samples = speechlike(0.7).astype(np.float64)
    found = _deviating(samples, _Variant(), 57)
    np.testing.assert_allclose(found, mel_spectrogram(samples), rtol=0, atol=1e-10)


def test_every_deviation_is_seen_and_the_gross_ones_are_gross():
    found = {d.name: d for d in lipsync.measure_deviations(speechlike(3.0))}
    assert list(found) == list(DEVIATIONS)
    assert all(d.largest > 1e-3 for d in found.values())
    assert found["symmetric Hann window"].mean < 1e-2 < found["640-sample window and transform"].mean
    # -20 dB are 1.6 units wherever neither limit cuts them off
    assert found["no reference level"].largest == pytest.approx(1.6, abs=1e-9)
    # mirrored ends change the ends alone
    assert np.abs(found["mirrored ends"].difference[2:-2]).max() < 1e-12


def test_chunks_on_their_own_corrupt_their_borders():
    (chunked,) = [d for d in lipsync.measure_deviations(speechlike(2.0)) if "chunks" in d.name]
    assert np.abs(chunked.difference[:50]).max() < 1e-10
    assert np.abs(chunked.difference[50:]).max() > 0.5


@pytest.mark.parametrize("hertz", [60.0, 217.3, 440.0, 1000.0, 3333.3, 7000.0])
@pytest.mark.parametrize("level", [1.0, 1e-2])
def test_float32_of_a_pure_tone(hertz, level):
    samples = level * np.sin(2 * np.pi * hertz * np.arange(24_000) / 16000)
    difference = np.abs(mel_spectrogram(samples, dtype=np.float32) - reference(samples))
    assert difference.max() <= 2e-3
    assert difference.mean() <= 5e-6
    exact = np.abs(mel_spectrogram(samples) - reference(samples))
    assert exact.max() <= 1e-10
