from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
import soundfile

from audiokit import Audio
from audiokit.embed import playable


def test_short_sound_is_lossless(stereo):
    data, mime_type = playable(Audio(stereo, 48000))
    back, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    assert (mime_type, rate) == ("audio/flac", 48000)
    np.testing.assert_allclose(back.T, stereo, atol=2**-15)


def test_long_sound_is_a_preview_of_the_same_length_and_place(stereo):
    made = playable(Audio(stereo, 48000), lossless_seconds=1.0)
    assert made.mime_type == "audio/mpeg"
    assert "preview" in made.note
    back, _ = soundfile.read(io.BytesIO(made.data), always_2d=True)
    assert abs(len(back) - stereo.shape[1]) <= 1152
    length = min(len(back), stereo.shape[1])
    correlation = np.fft.irfft(np.fft.rfft(back[:length, 0], 2**18) * np.conj(np.fft.rfft(stereo[0, :length], 2**18)))
    assert np.argmax(correlation) == 0  # the encoder's delay is not heard
    assert len(made.data) < 0.25 * stereo.size * 2


@pytest.mark.parametrize(("rate", "channels"), [(4000, 1), (11025, 2), (48000, 16), (96000, 1), (384000, 1), (7, 1)])
@pytest.mark.parametrize("lossless_seconds", [90.0, 0.0])
def test_any_rate_and_any_number_of_channels(rate, channels, lossless_seconds):
    audio = Audio(np.full((channels, rate), 0.1, np.float32), rate)
    made = playable(audio, lossless_seconds=lossless_seconds)
    with soundfile.SoundFile(io.BytesIO(made.data)) as file:
        assert file.frames / file.samplerate == pytest.approx(1.0, abs=0.1 if rate > 100 else 1.0)
        changed = file.samplerate != rate or file.channels != channels
    assert (("played at" in made.note) or ("mean of" in made.note)) == changed


@pytest.mark.parametrize("lossless_seconds", [90.0, 0.0])
def test_what_cannot_be_played_is_changed_and_said(lossless_seconds):
    sound = (1.8 * np.sin(np.arange(48_000) / 30)).astype(np.float32)
    sound[100:103] = np.nan, np.inf, -np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = playable(Audio(sound, 48_000), lossless_seconds=lossless_seconds)
        clean = playable(Audio(sound[200:] / 1.8, 48_000), lossless_seconds=lossless_seconds)
    assert "its peak is 1.8" in made.note
    assert "played as 0: 3 of 48,000" in made.note
    assert "clipped" not in clean.note
    back, _ = soundfile.read(io.BytesIO(made.data))
    assert np.abs(back[10_000:]).max() == pytest.approx(1.0, abs=0.2)
    if made.mime_type == "audio/flac":
        np.testing.assert_array_equal(back[100:103], 0)


def test_resampling_that_goes_beyond_full_scale_is_said():
    square = np.sign(np.sin(np.arange(96_000) / 700)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = playable(Audio(square, 384_000))
    assert "384000 Hz played at 48000 Hz" in made.note
    assert "clipped at full scale" in made.note


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8000, 1), (96_000, 2), (11_000, 1)])
@pytest.mark.parametrize("frames", [1, 5, 4607, 30_001])
def test_flac_holds_the_sixteen_bits_of_each_sample(rate, channels, frames):
    samples = np.random.default_rng(frames).uniform(-1, 1, (channels, frames)).astype(np.float32)
    audio = Audio(samples, rate)
    read, read_rate = soundfile.read(io.BytesIO(playable(audio).data), dtype="int16", always_2d=True)
    plain, _ = soundfile.read(io.BytesIO(audio.encode("FLAC")), dtype="int16", always_2d=True)
    assert read_rate == rate
    np.testing.assert_array_equal(read, plain)


def test_blocks_are_short_enough_for_what_changes_as_fast_as_speech():
    time = np.arange(20 * 16_000) / 16_000
    hz = np.repeat(np.random.default_rng(1).uniform(200, 3000, 200), 1600)  # another vowel every tenth of a second
    voice = 0.3 * np.sin(2 * np.pi * np.cumsum(hz) / 16_000) + np.random.default_rng(0).normal(0, 3e-4, time.size)
    audio = Audio(voice.astype(np.float32), 16_000)
    assert len(playable(audio).data) < 0.95 * len(audio.encode("FLAC"))


def test_a_minute_of_a_voice_takes_no_more_than_its_preview_says():
    time = np.arange(60 * 16_000) / 16_000
    pitch = 2 * np.pi * np.cumsum(120 + 40 * np.sin(2 * np.pi * 1.3 * time)) / 16_000
    voice = 0.2 * sum(np.sin(k * pitch) / k for k in range(1, 40)) * np.abs(np.sin(2 * np.pi * 1.7 * time)) ** 3
    made = playable(Audio(voice.astype(np.float32), 16_000), lossless_seconds=0)
    assert len(made.data) * 8 / 60 < 37_000
