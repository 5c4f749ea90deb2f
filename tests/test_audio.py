from __future__ import annotations

import base64
import io
import warnings

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

import audiokit
from audiokit import Audio, errors
from audiokit.decode import LevelWarning


def test_samples_are_2d_float32_and_read_only():
    audio = Audio(np.zeros(10), 8000)
    assert audio.samples.shape == (1, 10)
    assert audio.samples.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0, 0] = 1


def test_the_callers_array_stays_writable():
    mine = np.zeros((1, 10), np.float32)
    Audio(mine, 8000)
    mine[0, 0] = 1


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (np.zeros((2, 3, 4)), 8000, "shape"),
        (np.zeros((0, 5)), 8000, "shape"),
        (np.float32(1.0), 8000, "shape"),
        (np.zeros(4, complex), 8000, "numeric"),
        (np.zeros(4, np.int16), 8000, "32768"),
        (np.zeros(4), 0, "positive"),
        (np.zeros(4), 44100.5, "whole"),
        (np.zeros(4), True, "whole"),
    ],
)
def test_what_is_no_audio_is_refused(samples, rate, message):
    with pytest.raises(errors.ParameterError, match=message):
        Audio(samples, rate)


def test_mono_is_the_mean(rng):
    for channels in (1, 2, 5):
        samples = rng.uniform(-1, 1, (channels, 100)).astype(np.float32)
        np.testing.assert_allclose(Audio(samples, 100).mono().samples[0], samples.mean(axis=0), atol=1e-7)


@given(st.floats(-1, 5), st.floats(0, 6))
def test_between_is_a_slice(start, length):
    audio = Audio(np.arange(300) / 300, 100)
    part = audio.between(start, start + length)
    first = min(max(round(start * 100), 0), 300)
    last = min(max(round((start + length) * 100), 0), 300)
    np.testing.assert_array_equal(part.samples[0], audio.samples[0, first:last])


def test_between_refuses_a_span_that_ends_before_it_starts():
    with pytest.raises(errors.ParameterError):
        Audio(np.zeros(10), 10).between(0.5, 0.2)


@pytest.mark.parametrize("format", ["FLAC", "WAV"])
def test_lossless_encoding_is_that_of_write(format, rng):
    samples = (rng.integers(-(2**15), 2**15, (2, 70_000)) / 2**15).astype(np.float32)
    data = Audio(samples, 16_000).encode(format)
    back, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert rate == 16_000
    np.testing.assert_array_equal(back.T, samples)  # what 16 bits hold comes back bit for bit
    written = io.BytesIO()
    audiokit.write(written, samples, 16_000, format=format)
    np.testing.assert_array_equal(back, soundfile.read(io.BytesIO(written.getvalue()), always_2d=True)[0])


@pytest.mark.parametrize("format", ["FLAC", "WAV", "MP3", "OGG"])
def test_levels_are_told_as_write_tells_them(format):
    samples = np.sin(np.arange(4000) / 9).astype(np.float32)[np.newaxis] * 1.5
    told = []
    for encode in (
        lambda: Audio(samples, 16_000).encode(format),
        lambda: audiokit.write(io.BytesIO(), samples, 16_000, format=format),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            encode()
        told.append([(one.category, str(one.message).split(", or write")[0].rstrip(".")) for one in caught])
    assert told[0] == told[1]
    assert [kind for kind, _ in told[0]] == [LevelWarning] * (format in ("FLAC", "WAV"))


@pytest.mark.parametrize("format", ["MP3", "OGG"])
def test_lossy_formats_keep_levels_beyond_full_scale(format):
    samples = 1.5 * np.sin(np.arange(48_000) / 20).astype(np.float32)
    assert np.abs(audiokit.read(Audio(samples, 48_000).encode(format)).samples).max() > 1.3


@pytest.mark.parametrize("format", ["FLAC", "WAV", "MP3", "OGG"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(format, bad):
    with pytest.raises(errors.ParameterError, match="no numbers"):
        Audio(np.array([0.0, bad]), 16_000).encode(format)


def test_a_notebook_shows_a_player_for_sound_of_any_level():
    samples = np.array([[0.0, 2.0, np.nan, -np.inf, 0.5]], np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bundle = Audio(samples, 8_000)._repr_mimebundle_()
    back, _ = soundfile.read(io.BytesIO(base64.b64decode(bundle["text/html"].split("base64,")[1].split('"')[0])))
    np.testing.assert_allclose(back, [0, 1, 0, 0, 0.5], atol=2**-15)


def test_an_unknown_format_is_refused():
    with pytest.raises(errors.ParameterError, match="FLAC, WAV, MP3"):
        Audio(np.zeros(10), 8000).encode("GIF")


def test_a_notebook_shows_a_player_with_the_very_sound():
    audio = Audio(np.sin(np.arange(1600) / 9) * 0.1, 16000, name='<b>"x"')
    bundle = audio._repr_mimebundle_()
    assert "<b>" not in bundle["text/html"]
    data = bundle["text/html"].split("base64,")[1].split('"')[0]
    back, _ = soundfile.read(io.BytesIO(base64.b64decode(data)))
    np.testing.assert_allclose(back, audio.samples[0], atol=2**-15)  # as loud as it is: never renormalised


def test_an_empty_audio_shows_text_only():
    assert set(Audio(np.zeros((1, 0)), 8000)._repr_mimebundle_()) == {"text/plain"}
