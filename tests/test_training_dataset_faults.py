"""A dataset's files that are bad, missing or change, and options that do not fit."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from training_parts import Gain, write_sounds

from audiokit.errors import DamagedAudio, ParameterError, SourceNotFound, SourceUnreadable
from audiokit.training import AudioDataset, Item, Skipped, collate

RATE = 16_000


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 6)


def same(first: Item, second: Item) -> None:
    np.testing.assert_array_equal(first.data, second.data)
    assert first[1:] == second[1:]


def broken(folder: Path) -> dict[str, Path]:
    found = {name: folder / f"{name}.wav" for name in ("missing", "empty", "noise", "no_frames", "not_finite")}
    found["empty"].write_bytes(b"")
    found["noise"].write_bytes(np.random.default_rng(0).bytes(3000))
    soundfile.write(found["no_frames"], np.zeros(0), RATE)
    samples = np.zeros(RATE, np.float32)
    samples[77] = np.nan
    soundfile.write(found["not_finite"], samples, RATE, subtype="FLOAT")
    found["folder"] = folder / "folder.wav"
    found["folder"].mkdir()
    return found


@pytest.mark.parametrize("options", [{}, {"duration_seconds": 0.2, "crop": "start"}, {"cache": 10**8}])
def test_bad_files_are_skipped_and_listed(tmp_path, sounds, options):
    bad = broken(tmp_path)
    dataset = AudioDataset([*bad.values(), sounds[0]], **options)
    before = time.time()
    items = list(dataset)
    assert [isinstance(item, Skipped) for item in items] == [True] * len(bad) + [False]
    failures = dataset.failures
    assert [failure.index for failure in failures] == list(range(len(bad)))
    assert [failure.path for failure in failures] == [str(path) for path in bad.values()]
    assert all(before <= failure.time_seconds <= time.time() for failure in failures)
    reasons = dict(zip(bad, (failure.reason for failure in failures), strict=True))
    assert "no such file" in reasons["missing"]
    assert "0 bytes" in reasons["empty"]
    assert "1 samples are not finite" in reasons["not_finite"]
    assert "directory" in reasons["folder"]
    assert collate(items).failures == failures
    strict = AudioDataset([*bad.values()], on_error="raise", **options)
    with pytest.raises(SourceNotFound):
        strict[0]
    with pytest.raises(DamagedAudio, match="not finite"):
        strict[4]
    assert not strict.failures


def test_a_file_that_changes_in_an_epoch_is_refused_until_the_next(tmp_path):
    (path,) = write_sounds(tmp_path, 1)
    dataset = AudioDataset([path], duration_seconds=0.5)
    old = dataset[0]
    time.sleep(0.02)  # the clocks of file systems tick in milliseconds
    soundfile.write(path, np.full(2 * RATE, 0.25), RATE)
    assert "has changed since the epoch began" in dataset[0].failure.reason
    dataset.on_error = "raise"
    with pytest.raises(SourceUnreadable, match="changed"):
        dataset[0]
    time.sleep(0.02)
    dataset.set_epoch(1)
    np.testing.assert_allclose(dataset[0].data, 0.25, atol=1e-4)
    assert old.data.std() > 0.1
    os.utime(path, (time.time() + 1000,) * 2)  # a wrong clock is no change
    assert isinstance(dataset[0], Item)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch):
    from audiokit.training import dataset as module

    (path,) = write_sounds(tmp_path, 1)
    dataset = AudioDataset([path])
    real = module.read_whole

    def read_and_change(*args, **options):
        samples = real(*args, **options)
        os.utime(path, (1_000_000_001, 1_000_000_001))
        return samples

    monkeypatch.setattr(module, "read_whole", read_and_change)
    assert "changed" in dataset[0].failure.reason


def test_errors_of_augmentations_are_not_the_files(sounds):
    class Broken(Gain):
        def apply(self, samples, sample_rate, drawn):
            raise ParameterError("no such thing")

    with pytest.raises(ParameterError, match="no such thing"):
        AudioDataset(sounds, augmentations=[Broken()])[0]


@pytest.mark.parametrize(
    "options",
    [
        {"target_sr": 0}, {"duration_seconds": 0}, {"duration_seconds": float("nan")}, {"crop": "end"}, {"pad": "x"},
        {"on_error": "ignore"}, {"seed": -1}, {"seed": True}, {"cache": -1}, {"cache": "much"}, {"features": "mfcc?"},
        {"augmentations": [3]}, {"labels": ["x"]},
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_refused(sounds, options):
    with pytest.raises(ParameterError):
        AudioDataset(sounds, **options)


def test_indices(sounds):
    dataset = AudioDataset(sounds)
    same(dataset[-1], dataset[5])
    same(dataset[np.int64(2)], dataset[2])
    for index in (6, -7):
        with pytest.raises(IndexError):
            dataset[index]
    assert len(list(dataset)) == 6
    with pytest.raises(ParameterError, match="epoch"):
        dataset.set_epoch(-1)


def test_it_cleans_up(sounds):
    dataset = AudioDataset(sounds, cache=10**7)
    assert isinstance(dataset[0], Item)
    folders = [dataset._workspace.folder, dataset.cache._workspace.folder]
    assert all(folder.is_dir() for folder in folders)
    del dataset
    gc.collect()
    assert not any(folder.exists() for folder in folders)
