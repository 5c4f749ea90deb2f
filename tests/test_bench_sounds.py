"""What the benchmarks are measured with, and what swr does to it."""

import numpy as np
import pytest

import audiokit
from audiokit.bench.sounds import ensemble, level_db, melody, swr_resample, tone, write_clips
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


def test_an_ensemble_is_richer_than_its_melody():
    sound = ensemble(4.0)
    np.testing.assert_array_equal(sound.samples, ensemble(4.0).samples)
    assert sound.channels == 2
    assert np.abs(sound.samples).max() == pytest.approx(10 ** (-3 / 20))
    spectrum = np.abs(np.fft.rfft(sound.samples[0])) ** 2
    plain = np.abs(np.fft.rfft(melody(4.0).samples[0])) ** 2
    high = spectrum.size // 2  # above 11 kHz there is the brush, and in the melody only its hiss
    assert spectrum[high:].sum() / spectrum.sum() > 2 * plain[high:].sum() / plain.sum()
    bars = sound.samples[0].reshape(2, -1)
    assert not np.allclose(bars[0], bars[1], atol=1e-2)


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


def test_clips_in_several_formats(tmp_path):
    paths = write_clips(tmp_path, count=4, formats=("FLAC", "WAV"))
    assert sorted(path.suffix for path in paths) == [".flac", ".flac", ".wav", ".wav"]
