"""Files hold what their names say, and every part of a long one is like no other."""

import numpy as np
import pytest

import audiokit
from audiokit.bench.files import CODECS, OPUS_RATE, write_codecs, write_hours_of_mp3, write_hours_of_wav
from audiokit.bench.sounds import ensemble
from audiokit.errors import ParameterError


def test_files_hold_what_their_names_say(tmp_path):
    written = []
    files = write_codecs(tmp_path, seconds=0.5, after_each=lambda: written.append(1))
    assert list(files) == list(CODECS)
    assert len(written) == len(CODECS)
    found = {name: audiokit.info(path) for name, path in files.items()}
    assert {name: info.codec for name, info in found.items()} == {
        "WAV": "pcm_s16le",
        "FLAC": "flac",
        "MP3": "mp3",
        "Vorbis": "vorbis",
        "Opus": "opus",
        "AAC": "aac",
    }
    for name, path in files.items():
        sound = audiokit.read(path)
        rate = OPUS_RATE if name == "Opus" else 44100
        assert (sound.channels, sound.sample_rate, sound.frames) == (2, rate, rate // 2), name
        wanted = ensemble(0.5, sample_rate=rate).samples
        error = np.sqrt(np.mean((sound.samples - wanted) ** 2) / np.mean(wanted**2))
        assert error < (1e-3 if name in ("WAV", "FLAC") else 0.2), name


def test_beyond_half_a_minute_no_part_is_repeated(tmp_path):
    path = write_codecs(tmp_path, seconds=65.0, codecs=["FLAC"])["FLAC"]
    sound = audiokit.read(path)
    assert sound.duration_seconds == 65.0
    first, second, third = (sound.between(start, start + 5.0).samples for start in (0.0, 30.0, 60.0))
    np.testing.assert_allclose(second, first[::-1] * 0.97, atol=1e-4)
    np.testing.assert_allclose(third, first * 0.97**2, atol=1e-4)


def test_hours_of_wav(tmp_path):
    path = write_hours_of_wav(tmp_path / "long.wav", hours=0.02)
    sound = audiokit.read(path)
    assert (sound.duration_seconds, sound.sample_rate, sound.channels) == (72.0, 16000, 1)
    ends = sound.between(0.0, 10.0).samples, sound.between(62.0, 72.0).samples
    np.testing.assert_array_equal(*ends)
    assert np.abs(ends[0]).max() > 0.5
    assert not sound.between(10.0, 62.0).samples.any()


def test_hours_of_mp3(tmp_path):
    path = write_hours_of_mp3(tmp_path / "long.mp3", hours=0.04)
    sound = audiokit.read(path)
    assert sound.duration_seconds == pytest.approx(120.0, abs=0.2)
    assert sound.channels == 1
    assert [file.name for file in tmp_path.iterdir()] == ["long.mp3"]


@pytest.mark.parametrize("wrong", [{"codecs": ["WMA"]}, {"codecs": []}, {"seconds": 0.0}])
def test_refusals(tmp_path, wrong):
    with pytest.raises(ParameterError):
        write_codecs(tmp_path, **wrong)
