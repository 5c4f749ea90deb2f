"""The sound model in Python: one for each sound, small, and exact in what it sends."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import sys
import zlib

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_parts import RATE, noise, state_bytes

from audiokit import Audio
from audiokit.errors import InputError, ParameterError
from audiokit_widgets import delivery, holding
from audiokit_widgets.delivery import embedded
from audiokit_widgets.packing import packed_clips, packed_outline, packed_overview
from audiokit_widgets.scan import Scan
from audiokit_widgets.sound import Sound

# one sound, one model


def test_the_same_sound_is_the_same_model(tmp_path):
    samples = noise(1)
    audio = Audio(samples, RATE, name="first")
    sound = Sound.of(audio)
    assert Sound.of(audio) is sound
    assert Sound.of(samples.copy(), sample_rate=RATE) is sound
    assert Sound.of(sound) is sound
    assert sound.title == "first"
    assert Sound.of(samples, sample_rate=RATE // 2) is not sound
    assert Sound.of(samples + 1e-4, sample_rate=RATE) is not sound
    assert Sound.of(audio, preview="always") is not sound
    sound.close()
    again = Sound.of(audio)
    assert again is not sound  # a closed model answers nobody
    assert again.digest == sound.digest


@pytest.mark.parametrize("long", [False, True])
def test_an_unchanged_file_is_the_same_model_and_a_changed_one_is_not(tmp_path, monkeypatch, long):
    if long:
        monkeypatch.setattr(holding, "MOST_DECODED_BYTES", RATE)
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(2).T, RATE)
    sound = Sound.of(path)
    assert Sound.of(str(path)) is sound
    soundfile.write(path, noise(2, seed=1).T, RATE)
    os.utime(path, ns=(1, 1))
    assert Sound.of(path) is not sound


def test_what_is_no_sound_is_refused(tmp_path):
    for source, sample_rate in ((np.zeros(0), RATE), (np.zeros(9), None), (3, None), (Audio(np.zeros(9), RATE), RATE)):
        with pytest.raises(ParameterError):
            Sound.of(source, sample_rate=sample_rate)
    with pytest.raises(ParameterError, match="preview"):
        Sound.of(np.zeros(9), sample_rate=RATE, preview="perhaps")
    with pytest.raises(InputError):
        Sound.of(tmp_path / "missing.wav")


# what travels


@pytest.mark.parametrize(
    ("seconds", "rate", "channels"),
    [(0.0001, 16_000, 1), (20, 16_000, 1), (20, 48_000, 2), (5, 44_100, 6), (3, 192_000, 1)],
)
def test_the_state_is_small_and_has_no_number_that_json_lacks(seconds, rate, channels):
    samples = noise(seconds, rate, channels)
    samples[0, 0] = np.nan
    samples[-1, -1] = np.inf
    sound = Sound.of(Audio(samples, rate))
    sound.static_audio()
    assert state_bytes(sound) < 200_000
    assert np.isfinite([sound.peak, sound.duration_seconds, sound.outline_scale]).all()
    assert any("not finite" in note for note in sound.notes)
    assert sound.fraction == 1


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_outline_is_that_of_the_samples(channels):
    samples = noise(3, channels=channels)
    packed = packed_outline_of(samples)
    rows = channels if channels <= 2 else 1
    assert packed.rows == rows
    got = np.frombuffer(packed.data, "<i2").reshape(rows, -1, 2) / 32767 * packed.scale
    edges = np.arange(4097) * samples.shape[1] / 4096
    for row in range(rows):
        seen = samples if rows != channels else samples[row : row + 1]
        for i in range(0, 4096, 97):
            part = seen[:, int(edges[i]) : max(int(edges[i + 1]), int(edges[i]) + 1)]
            assert got[row, i, 0] <= part.min() + 1e-4
            assert got[row, i, 1] >= part.max() - 1e-4
    assert got.max() == pytest.approx(samples.max(), abs=1e-4)


def packed_outline_of(samples):
    scan = Scan(Audio(samples, RATE))
    scan.finish()
    return packed_outline(scan)


@given(st.lists(st.integers(0, 99_999), max_size=40), st.sampled_from([1, 256]))
@settings(max_examples=25, deadline=None)
def test_clips_are_found_in_their_bins(at, finest):
    samples = np.zeros((1, 100_000), np.float32)
    samples[0, at] = 1.0
    scan = Scan(Audio(samples, RATE))
    scan.finish()
    data, width = packed_clips(scan, finest_frames=finest)
    bins = np.frombuffer(data, "<u4")
    reach = 0 if width < 256 else 1  # from 256 frames on, a scan may count what lies just beside a bin
    assert {i // width for i in at} <= set(bins.tolist())
    assert all(min((abs(b - i // width) for i in at), default=9) <= reach for b in bins.tolist())


def test_very_many_clips_are_told_in_fewer_bins():
    scan = Scan(Audio(np.ones((1, 200_000), np.float32), RATE))
    scan.finish()
    data, width = packed_clips(scan, finest_frames=1)
    bins = np.frombuffer(data, "<u4")
    assert len(bins) <= 8192
    assert set(range(-(-200_000 // width))) == set(bins.tolist())


@pytest.mark.parametrize("kind", ["mel", "linear"])
def test_an_overview_is_the_scans_within_a_few_levels(kind):
    scan = Scan(Audio(noise(30, 44_100), 44_100))
    scan.finish()
    picture = scan.overview(kind)
    axis, data = packed_overview(picture)
    assert len(data) <= 52_000
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(axis["bands"], axis["columns"])
    fold = round(axis["hop_seconds"] / picture.hop_seconds)
    padded = np.pad(picture.levels, ((0, 0), (0, -picture.levels.shape[1] % fold)))
    truth = padded.reshape(axis["bands"], -1, fold).max(axis=2)
    assert np.abs(truth.astype(int) - levels).max() <= 3
    assert axis["columns"] * axis["hop_seconds"] >= scan.duration_seconds


def test_an_overview_that_is_small_is_not_changed():
    scan = Scan(Audio(np.sin(np.arange(RATE) / 5).astype(np.float32), RATE))
    scan.finish()
    axis, data = packed_overview(scan.overview("mel"))
    levels = np.frombuffer(zlib.decompress(data), np.uint8).reshape(axis["bands"], -1)
    np.testing.assert_array_equal(levels, scan.overview("mel").levels)


# the bytes


def test_a_preview_of_ten_minutes_takes_less_than_15_percent_of_what_ipython_stores():
    speechlike = noise(600) * np.abs(np.sin(np.arange(600 * RATE) / 5000)).astype(np.float32)
    ipython = 4 / 3 * (44 + 2 * 600 * RATE)  # a WAV file of 16 bits in base64, which IPython.display.Audio embeds
    sound = Sound.of(Audio(speechlike, RATE))
    html = sound.static_audio()
    assert len(html) <= 0.15 * ipython
    assert sound.is_preview
    assert (sound.mime_type, sound.heard_channels) == ("audio/mpeg", 1)
    assert "MP3 preview" in sound.summary


@pytest.mark.parametrize(
    ("preview", "seconds", "kind"),
    [("auto", 2, "flac"), ("auto", 91, "mpeg"), ("always", 2, "mpeg"), ("never", 91, "flac")],
)
def test_the_preview_is_as_asked(preview, seconds, kind):
    made = embedded(Audio(noise(seconds, 8000), 8000), preview)
    assert made.mime_type == f"audio/{kind}"
    assert made.digest == hashlib.sha256(made.data).hexdigest()


def test_a_preview_of_many_channels_is_their_mean_and_says_so():
    made = embedded(Audio(noise(1, channels=4), RATE), "always")
    assert made.heard_channels == 1
    assert "mean of 4 channels" in made.note
    assert embedded(Audio(noise(1, channels=4), RATE)).heard_channels == 4


def test_the_static_audio_is_the_sound_and_its_traits_say_which():
    samples = noise(1)
    sound = Sound.of(Audio(samples, RATE, name='<b>"x"'))
    html = sound.static_audio()
    assert "<b>" not in html
    data = base64.b64decode(re.search(r'src="data:audio/flac;base64,([^"]+)"', html)[1])
    assert hashlib.sha256(data).hexdigest() == sound.digest_bytes
    assert len(data) == sound.size_bytes
    back, rate = soundfile.read(io.BytesIO(data))
    np.testing.assert_allclose(back, np.clip(samples[0], -1, 1), atol=2**-15)
    assert rate == RATE


def test_a_sound_by_itself_is_a_plain_audio_element():
    bundle = Sound.of(Audio(noise(1, seed=5), RATE, name="x"))._repr_mimebundle_()
    assert bundle["text/html"].startswith("<audio controls")
    assert "mono" in bundle["text/plain"]
    assert "IPython" in sys.modules or delivery.here() is None


@pytest.mark.parametrize(
    ("audio", "remade"),
    [
        (Audio(np.rint(noise(1) * 32768) / np.float32(32768), RATE), True),
        (Audio(noise(1), RATE), False),
        (Audio(np.full((1, 800), 1.0, np.float32), RATE), False),
        (Audio(np.zeros((1, 91 * 8000), np.float32), 8000), False),
        (Audio(np.zeros((1, 800), np.float32), 4000), False),
    ],
    ids=[
        "16 bits",
        "finer than 16 bits",
        "full scale is beyond 16 bits",
        "a preview",
        "a rate that not every browser has",
    ],
)
def test_a_page_makes_pictures_again_where_it_holds_the_very_samples(audio, remade):
    sound = Sound.of(audio)
    assert sound.remade == []  # nothing is known before the bytes are
    sound.static_audio("x")
    assert sound.remade == (["mel_overview", "linear_overview"] if remade else [])
