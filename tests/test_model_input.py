"""`ModelInput`: the grid's convention, what it refuses, and the inputs of known models against their own code."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio, ModelInput, lipsync
from audiokit.dsp import MEL_PRESETS, genre_image_input, mel_input, mel_spectrogram
from audiokit.dsp.mel_inputs import mel_band_hz
from audiokit.errors import ParameterError

CORPUS = os.environ.get("AUDIOKIT_CORPUS")


def seen(frames=5, bands=3, **options):
    values = np.arange(frames * bands, dtype=np.float32).reshape(frames, bands)
    return ModelInput(values, **({"hop_seconds": 0.01} | options))


def voice(rate, seconds=1.5, seed=3):
    time = np.arange(int(rate * seconds)) / rate
    tone = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    hiss = np.random.default_rng(seed).standard_normal(time.size)
    return ((0.1 * tone + 0.03 * hiss) * (1.2 + np.sin(2 * np.pi * 2 * time)) / 2.2).astype(np.float32)


@given(
    frames=st.integers(1, 400),
    hop=st.floats(1e-3, 0.5),
    start=st.floats(-1, 100),
    window=st.floats(1e-3, 1),
    part=st.floats(0, 1, exclude_max=True),
    data=st.data(),
)
def test_a_frame_owns_its_cell_and_its_window_is_centred_there(frames, hop, start, window, part, data):
    grid = ModelInput(np.zeros((frames, 1), np.float32), hop, start_seconds=start, window_seconds=window)
    frame = data.draw(st.integers(0, frames - 1))
    first, end = grid.frame_span_seconds(frame)
    assert first == pytest.approx(start + frame * hop)
    assert end - first == pytest.approx(hop, rel=1e-6)
    assert grid.frame_centre_seconds(frame) == pytest.approx((first + end) / 2)
    low, high = grid.window_span_seconds(frame)
    assert ((low + high) / 2, high - low) == pytest.approx((grid.frame_centre_seconds(frame), window))
    assert grid.frame_at(first + (0.001 + part * 0.998) * hop) == frame
    assert grid.frame_at(first) == frame
    assert grid.frame_at(start - hop * 0.01) is None
    assert grid.frame_at(start + frames * hop * 1.000001 + hop * 0.01) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(3, np.float32), r"\(frames, bands\).*\(3,\)"),
        (np.zeros((0, 3), np.float32), "at least one of each"),
        (np.zeros((2, 3)), "float32 tensor.*float64"),
    ],
)
def test_values_that_no_model_gets_are_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        ModelInput(values, 0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hop_seconds": 0.0},
        {"hop_seconds": math.nan},
        {"hop_seconds": math.inf},
        {"window_seconds": -1.0},
        {"start_seconds": math.nan},
        {"band_hz": np.array([1.0, 2.0])},
        {"band_hz": np.array([1.0, 3.0, 2.0])},
        {"band_hz": np.array([1.0, 2.0, math.inf])},
    ],
)
def test_times_and_bands_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ParameterError):
        seen(**wrong)


def test_it_cannot_be_changed():
    grid = seen()
    with pytest.raises(ValueError, match="read-only"):
        grid.values[0, 0] = 1
    with pytest.raises(AttributeError):
        grid.hop_seconds = 1
    with pytest.raises(ParameterError, match="no frame 5"):
        grid.frame_span_seconds(5)


def test_the_difference_is_value_by_value():
    other = ModelInput(seen().values * 2, 0.01)
    np.testing.assert_array_equal(other.difference(seen()), seen().values)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (seen(frames=6), r"shape \(6, 3\), wanted \(5, 3\)"),
        (seen(hop_seconds=0.0125), "hop_seconds 0.0125, wanted 0.01"),
        (seen(start_seconds=0.005), "start_seconds 0.005, wanted 0"),
        (seen(band_hz=np.array([1.0, 2, 4])), "other band frequencies"),
        (seen(unit="bel"), "unit 'bel', wanted 'dB'"),
    ],
)
def test_another_grid_is_refused(other, message):
    with pytest.raises(ParameterError, match=message):
        seen(band_hz=np.array([1.0, 2, 3]), unit="dB").difference(other)


def test_a_click_lands_in_the_frame_that_is_centred_on_it():
    at = 3200  # sample 16 * 200
    samples = np.zeros(8000)
    samples[at] = 0.5
    lips = lipsync.model_input(samples)
    frame = lips.frame_at(at / 16000)
    assert frame == 16
    assert lips.frame_centre_seconds(frame) == pytest.approx(at / 16000)
    heard = np.flatnonzero((lips.values > -4).any(axis=1))
    spans = [lips.window_span_seconds(i) for i in heard.tolist()]
    assert all(low <= at / 16000 <= high for low, high in spans)
    assert heard.min() <= frame <= heard.max()
    assert frame - heard.min() == heard.max() - frame  # centred: as many before as after


def test_the_lipsync_input_is_the_tensor_to_the_bit():
    audio = Audio(voice(16000), 16000)
    grid = lipsync.model_input(audio)
    np.testing.assert_array_equal(grid.values, lipsync.mel_spectrogram(audio).astype(np.float32))
    assert grid.values.dtype == np.float32
    assert (grid.hop_seconds, grid.start_seconds, grid.window_seconds) == (0.0125, -0.00625, 0.05)
    with pytest.raises(ParameterError, match="16000 Hz"):
        lipsync.model_input(Audio(voice(22050), 22050))
    reflected = lipsync.model_input(audio, pad="reflect").difference(grid)
    assert np.abs(reflected).max() > 0
    assert not reflected[3:-3].any()  # only the ends see beyond the ends


@pytest.mark.parametrize("preset", sorted(MEL_PRESETS))
def test_a_mel_input_is_the_preset_turned(preset):
    recipe = MEL_PRESETS[preset]
    samples = voice(recipe.sample_rate, 0.5)
    grid = mel_input(samples, recipe.sample_rate, preset)
    np.testing.assert_array_equal(grid.values, mel_spectrogram(samples, recipe.sample_rate, preset).T)
    assert grid.frame_centre_seconds(3) == pytest.approx(3 * recipe.hop_length / recipe.sample_rate)


def test_band_frequencies_are_where_filters_peak():
    from audiokit.dsp import mel_filterbank

    recipe = MEL_PRESETS["genre"]
    fine = mel_filterbank(sample_rate=22050, n_fft=1 << 16, n_mels=128, fmin=0, fmax=8000)
    peaks = fine.argmax(axis=1) * 22050 / (1 << 16)
    np.testing.assert_allclose(mel_band_hz(recipe), peaks, atol=22050 / (1 << 16))


@pytest.mark.parametrize(("preset", "bins"), [("whisper", 80), ("whisper_v3", 128)])
def test_whisper_inputs_equal_both_feature_extractors(preset, bins):
    theirs = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor(feature_size=bins)
    samples = voice(16000)
    found = mel_input(samples, 16000, preset).values
    np.testing.assert_allclose(found, theirs(samples, padding=0).T, atol=1e-4)
    others = pytest.importorskip("transformers").WhisperFeatureExtractor(feature_size=bins)
    wanted = others(samples, sampling_rate=16000, padding="longest", return_tensors="np").input_features[0].T
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("seconds", [1.5, 9.0])
def test_the_genre_picture_equals_librosa_and_torch(seconds):
    librosa = pytest.importorskip("librosa")
    torch = pytest.importorskip("torch")
    samples = voice(22050, seconds)
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=22050, n_mels=128, fmax=8000), ref=np.max)
    wanted = torch.nn.functional.interpolate(
        torch.from_numpy(mel)[None, None], size=(224, 224), mode="bilinear", antialias=True
    )[0, 0].numpy()
    grid = genre_image_input(samples, 22050)
    np.testing.assert_allclose(grid.values.T, wanted, atol=2e-3)
    assert grid.frames * grid.hop_seconds == pytest.approx(mel.shape[1] * 512 / 22050)


def test_the_genre_picture_refuses():
    with pytest.raises(ParameterError, match="size"):
        genre_image_input(voice(22050), 22050, size=0)
    with pytest.raises(ParameterError, match="22050 Hz"):
        genre_image_input(voice(16000), 16000)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
def test_recorded_speech_gives_whisper_what_whisper_gives_itself():
    from audiokit import read

    theirs = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor()
    audio = read(Path(CORPUS) / "speech" / "jfk.flac", sample_rate=16000)
    samples = audio.samples.mean(axis=0)
    np.testing.assert_allclose(mel_input(samples, 16000, "whisper").values, theirs(samples, padding=0).T, atol=1e-4)
