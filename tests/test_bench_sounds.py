"""What the benchmarks are measured with, and what swr does to it."""

import numpy as np
import pytest

import audiokit
from audiokit.bench.sounds import FORMATS, level_db, melody, swr_resample, tone, write_clips, write_formats
from audiokit.errors import ParameterError


def test_melody_can_be_made_again():
    first, again, other = melody(1.0), melody(1.0), melody(1.0, seed=1)
    np.testing.assert_array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)
    assert not np.array_equal(first.samples[0], first.samples[1])
    assert np.abs(first.samples).max() == pytest.approx(10 ** (-3 / 20))
    with pytest.raises(ParameterError, match="sample"):
        melody(0.0)


@pytest.mark.parametrize("level", [0.0, -6.0, -60.0])
def test_level_of_a_tone(level):
    assert level_db(tone(1000, level_dbfs=level).samples[0]) == pytest.approx(level, abs=0.01)


def test_level_of_silence_is_a_number():
    assert level_db(np.zeros(100)) == level_db(np.zeros(0)) == -200.0


def test_files_hold_what_their_names_say(tmp_path):
    files = write_formats(tmp_path, seconds=0.5)
    found = {name: audiokit.info(path) for name, path in files.items()}
    assert list(found) == list(FORMATS)
    assert {name: info.codec for name, info in found.items()} == {
        "WAV": "pcm_s16le",
        "FLAC": "flac",
        "MP3": "mp3",
        "OGG": "vorbis",
    }
    assert all(audiokit.read(path).channels == 2 for path in files.values())


def test_clips_have_different_lengths(tmp_path):
    paths = write_clips(tmp_path, count=6)
    assert len(set(paths)) == 6
    assert {path.parent.name for path in paths} == {"part0", "part1"}
    durations = [audiokit.info(path).duration_seconds for path in paths]
    assert len(set(durations)) == 6
    assert 0.5 <= min(durations) <= max(durations) <= 3.0


def test_swr_mixes_three_decibels_too_loud():
    left = tone(440)
    both = audiokit.Audio(np.repeat(left.samples, 2, axis=0), left.sample_rate)
    mixed = swr_resample(both, left.sample_rate, mono=True)
    assert mixed.channels == 1
    assert level_db(mixed.samples[0]) - level_db(both.mono().samples[0]) == pytest.approx(3.01, abs=0.01)


def test_swr_keeps_what_soxr_removes():
    above = tone(8300, level_dbfs=0.0)
    ours = level_db(audiokit.dsp.resample(above.samples[0], 44100, 16000))
    swr = level_db(swr_resample(above, 16000).samples[0])
    assert ours < -100
    assert swr > ours + 60


def test_swr_is_given_layouts_that_it_knows():
    with pytest.raises(ParameterError, match="one or two channels"):
        swr_resample(audiokit.Audio(np.zeros((3, 100)), 16000), 8000)
