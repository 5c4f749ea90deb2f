"""Files to train on: found in folders, written in order, each with a sound of its own."""

import numpy as np
import pytest

import audiokit
from audiokit.bench import TrainingFiles, find_clips, write_training_files
from audiokit.errors import ParameterError, SourceNotFound


@pytest.mark.parametrize("codec", ["WAV", "FLAC", "MP3"])
def test_files_are_as_long_as_said_and_differ(tmp_path, codec):
    kind, steps = TrainingFiles(codec, 3, 0.25, 2), []
    files = write_training_files(tmp_path / "made", kind, after_each=lambda: steps.append(1))
    assert files == sorted(files)
    assert (len(files), len(steps), kind.batches) == (3, 3, 2)
    sounds = [audiokit.read(file) for file in files]
    assert [(sound.channels, sound.sample_rate, sound.frames) for sound in sounds] == [(2, 44100, 11025)] * 3
    assert not np.array_equal(sounds[0].samples, sounds[1].samples)
    again = write_training_files(tmp_path / "again", kind)
    assert np.array_equal(audiokit.read(again[2]).samples, sounds[2].samples)


def test_longer_than_the_music(tmp_path):
    (file,) = write_training_files(tmp_path, TrainingFiles("WAV", 1, 31.0, 1))
    assert audiokit.info(file).duration_seconds == 31.0


def test_recordings_are_found_below_and_in_order(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.WAV", "a.mp3", "notes.txt", "c.wav.part"):
        (tmp_path / "deep" / "er" / name).write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert [path.name for path in find_clips(tmp_path)] == ["a.mp3", "b.WAV"]


def test_refusals(tmp_path):
    with pytest.raises(ParameterError, match="no recording"):
        find_clips(tmp_path)
    with pytest.raises(SourceNotFound):
        find_clips(tmp_path / "nowhere")
    for wrong in (("Opus", 1, 1.0, 1), ("DAT", 1, 1.0, 1), ("WAV", 0, 1.0, 1), ("WAV", 1, 0.0, 1), ("WAV", 1, 1.0, 0)):
        with pytest.raises(ParameterError):
            TrainingFiles(*wrong)
