"""Files in, labelled samples out, the same every time and in every worker."""

from __future__ import annotations

import gc
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from training_parts import Gain, Mask, Speed, energies, write_sounds

import audiokit
from audiokit.errors import DamagedAudio, ParameterError, SourceNotFound, SourceUnreadable
from audiokit.results import Segment
from audiokit.training import AudioDataset, BucketBatchSampler, EpochSampler, Item, Skipped, collate

RATE = 16_000


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 6)


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """48 kHz stereo."""
    return write_sounds(tmp_path_factory.mktemp("rich"), 3, rate=48_000, channels=2, seconds=2.0)


def same(first: Item, second: Item) -> None:
    np.testing.assert_array_equal(first.data, second.data)
    assert first[1:] == second[1:]


def test_a_whole_file_is_what_read_gives(sounds, rich):
    dataset = AudioDataset(sounds, list("abcabc"))
    assert len(dataset) == 6
    item = dataset[1]
    np.testing.assert_array_equal(item.data, audiokit.read(sounds[1]).samples[0])
    assert item[1:] == (1, 1, sounds[1], 16_100, ())
    assert item.data.dtype == np.float32
    assert item.data.flags.writeable
    stereo = AudioDataset(rich, target_sr=48_000, mono=False)
    np.testing.assert_array_equal(stereo[2].data, audiokit.read(rich[2]).samples)
    mixed = AudioDataset(rich)[0]
    np.testing.assert_array_equal(mixed.data, audiokit.read(rich[0], sample_rate=RATE, mono=True).samples[0])
    assert mixed.label is None


@pytest.mark.parametrize("cache", [None, 10**8])
def test_crops_are_parts_of_the_whole(rich, cache):
    whole = [audiokit.read(path, sample_rate=RATE, mono=True).samples[0] for path in rich]
    dataset = AudioDataset(rich, duration_seconds=0.5, cache=cache)
    starts = set()
    for epoch in range(8):
        dataset.set_epoch(epoch)
        for index in range(3):
            item = dataset[index]
            assert item.frames == len(item.data) == 8000
            (first,) = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(whole[index], 8)[:, 0] == item.data[0])[
                :1
            ]
            np.testing.assert_array_equal(item.data, whole[index][first : first + 8000])
            starts.add(int(first))
    assert len(starts) > 15
    for crop, first in (("start", 0), ("centre", (len(whole[0]) - 8000) // 2)):
        item = AudioDataset(rich, duration_seconds=0.5, crop=crop, cache=cache)[0]
        np.testing.assert_array_equal(item.data, whole[0][first : first + 8000])


def test_short_files_are_filled(sounds):
    whole = audiokit.read(sounds[0]).samples[0]
    item = AudioDataset(sounds, duration_seconds=1.5)[0]
    assert (len(item.data), item.frames) == (24_000, 16_000)
    assert not item.data[16_000:].any()
    item = AudioDataset(sounds, duration_seconds=1.5, pad="repeat")[0]
    np.testing.assert_array_equal(item.data, np.concatenate([whole, whole[:8000]]))
    assert len(AudioDataset(sounds, duration_seconds=1.5, pad="none")[0].data) == 16_000


def test_segments_are_items(sounds):
    whole = audiokit.read(sounds[0]).samples[0]
    dataset = AudioDataset({sounds[0]: [Segment(0.25, 0.5, "x"), Segment(0.5, 99.0, "y"), Segment(50.0, 51.0, "y")]})
    np.testing.assert_array_equal(dataset[0].data, whole[4000:8000])
    np.testing.assert_array_equal(dataset[1].data, whole[8000:])
    assert (dataset[1].label, dataset.classes) == (1, ("x", "y"))
    assert "no sound between 50 s and 51 s" in dataset[2].failure.reason
    np.testing.assert_allclose(dataset.durations_seconds(), [0.25, 98.5, 1.0])


def test_the_same_seed_gives_the_same_items_in_any_order(sounds):
    options = {"duration_seconds": 0.3, "augmentations": [Gain()], "seed": 5}
    first, second = AudioDataset(sounds, **options), AudioDataset(sounds, **options)
    items = [first[index] for index in range(6)]
    for index in (4, 0, 5, 2):
        same(items[index], second[index])
    second.set_epoch(3)
    later = second[2]
    assert later.augmentation != items[2].augmentation
    same(first[3, 2], later)
    same(second[0, 2], items[2])
    other = AudioDataset(sounds, **{**options, "seed": 6})[2]
    assert other.augmentation != items[2].augmentation


def test_crops_do_not_change_what_is_drawn(sounds):
    cropped = AudioDataset(sounds, duration_seconds=0.3, augmentations=[Gain()])[2]
    start = AudioDataset(sounds, duration_seconds=0.3, crop="start", augmentations=[Gain()])[2]
    assert cropped.augmentation == start.augmentation


def test_what_was_drawn_can_be_replayed(sounds):
    plain = AudioDataset(sounds, duration_seconds=0.3, crop="centre")[3]
    item = AudioDataset(sounds, duration_seconds=0.3, crop="centre", augmentations=[Gain(), Gain(0.1, 0.2)])[3]
    replayed = plain.data[np.newaxis]
    for link, drawn in zip((Gain(), Gain(0.1, 0.2)), item.augmentation, strict=True):
        replayed = link.apply(replayed, RATE, drawn)
    np.testing.assert_array_equal(item.data, replayed[0])


@pytest.mark.parametrize("cache", [None, 10**8])
def test_speed_fills_the_wanted_length(rich, cache):
    dataset = AudioDataset(rich, duration_seconds=1.0, augmentations=[Speed(), Gain()], cache=cache)
    factors = set()
    for epoch in range(16):
        item = dataset[epoch, 0]
        assert item.frames == len(item.data) == RATE  # a crop long enough was read
        assert item.data[-1] != 0
        factors.add(item.augmentation[0].parameters["factor"])
    assert factors == {0.8, 1.25}


def test_fused_speed_sounds_as_applied_speed(tmp_path):
    path = tmp_path / "tone.wav"
    time_axis = np.arange(3 * 44_100) / 44_100
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 440 * time_axis), 44_100, subtype="FLOAT")
    os.utime(path, (1, 1))
    options = {"duration_seconds": 1.0, "augmentations": [Speed()], "crop": "centre"}
    fused, applied = AudioDataset([path], **options), AudioDataset([path], cache=10**8, **options)
    for epoch in range(4):
        one, two = fused[epoch, 0], applied[epoch, 0]
        assert one.augmentation == two.augmentation
        half_a_sample = 0.5 * 2 * np.pi * 440 * 1.25 * 0.5 / RATE
        assert np.abs(one.data - two.data)[100:-100].max() < half_a_sample + 1e-3
        spectrum = np.abs(np.fft.rfft(one.data * np.hanning(RATE)))
        assert spectrum.argmax() == round(440 * one.augmentation[0].parameters["factor"])
    whole = AudioDataset([path], augmentations=[Speed()])[0]
    assert whole.frames == round(3 * RATE / whole.augmentation[0].parameters["factor"])


def test_features_and_their_augmentations(sounds):
    item = AudioDataset(sounds, duration_seconds=2.0, features=energies, augmentations=[Gain(), Mask()])[0]
    assert item.data.shape == (2, 320)
    assert item.frames == 160  # the first second is of the file
    assert [drawn.name for drawn in item.augmentation] == ["Gain", "Mask"]
    assert item.augmentation[1].parameters["bands"] == 2
    assert not item.data[:, item.augmentation[1].parameters["frame"]].any()
    short = AudioDataset(sounds, duration_seconds=2.0, features=Framed())[0]
    assert short.frames == 161
    with pytest.raises(ParameterError, match="for 8000 Hz, and target_sr is 16000 Hz"):
        AudioDataset(sounds, features=Framed(8000))
    with pytest.raises(ParameterError, match="features stands before"):
        AudioDataset(sounds, features=energies, augmentations=[Mask(), Gain()])


class Framed:
    """Says itself how many frames it makes, as `audiokit.training.features` does."""

    def __init__(self, sample_rate=RATE):
        self.options = type("Options", (), {"sample_rate": sample_rate})

    def __call__(self, samples):
        return energies(samples)

    def frames_of(self, length):
        return length // 100 + 1


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


def test_a_pickle_stands_for_itself(sounds):
    dataset = AudioDataset(sounds, list("abcabc"), duration_seconds=0.3, cache=10**7)
    dataset.set_epoch(4)
    again = pickle.loads(pickle.dumps(dataset))
    same(again[2], dataset[2])
    assert again.epoch == 4
    assert again._workspace.folder != dataset._workspace.folder
    again.set_epoch(5)
    assert dataset.epoch == 4


def test_it_cleans_up(sounds):
    dataset = AudioDataset(sounds, cache=10**7)
    assert isinstance(dataset[0], Item)
    folders = [dataset._workspace.folder, dataset.cache._workspace.folder]
    assert all(folder.is_dir() for folder in folders)
    del dataset
    gc.collect()
    assert not any(folder.exists() for folder in folders)


def seen(loader):
    return {
        int(index): (row.numpy().copy(), int(label))
        for batch in loader
        if len(batch)
        for row, index, label in zip(batch.data, batch.indices, batch.labels, strict=True)
    }


@pytest.mark.timeout(200)
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # other tests leave threads behind
def test_workers_of_a_stock_loader_give_the_same(sounds, tmp_path, method):
    data = pytest.importorskip("torch.utils.data")
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    files = [*sounds, str(tmp_path / "missing.wav")]
    dataset = AudioDataset(files, list("abcabca"), duration_seconds=0.4, augmentations=[Speed(), Gain()], cache=10**8)
    loader = data.DataLoader(
        dataset,
        batch_size=2,
        num_workers=2,
        collate_fn=collate,
        multiprocessing_context=method,
        persistent_workers=True,
    )
    try:
        for epoch in range(2):  # the workers live on, and hear of the epoch
            dataset.set_epoch(epoch)
            found = seen(loader)
            assert sorted(found) == list(range(6))
            for index, (row, label) in found.items():
                item = dataset[epoch, index]
                np.testing.assert_array_equal(row, item.data)
                assert label == item.label
    finally:
        if loader._iterator is not None:
            loader._iterator._shutdown_workers()
    failures = dataset.failures
    assert [(failure.epoch, failure.index) for failure in failures] == [(0, 6), (1, 6)]
    stats = dataset.cache_stats()
    assert stats.misses <= 6 + 2  # two workers may meet at one file
    assert stats.hits + stats.misses == 24


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_loader_resumes_with_any_number_of_workers(sounds, workers):
    data = pytest.importorskip("torch.utils.data")
    files, options = sounds * 3, {"batch_size": 4, "collate_fn": collate}
    whole = [
        batch.indices.tolist()
        for batch in data.DataLoader(AudioDataset(files), sampler=EpochSampler(len(files), seed=2), **options)
    ]
    dataset, sampler = AudioDataset(files), EpochSampler(len(files), seed=2)
    running = iter(data.DataLoader(dataset, sampler=sampler, num_workers=workers, **options))
    had = [next(running).indices.tolist() for _ in range(2)]
    state = sampler.state_dict(consumed=sum(map(len, had)))
    del running
    again = EpochSampler(len(files), seed=2)
    again.load_state_dict(state)
    rest = [
        batch.indices.tolist() for batch in data.DataLoader(dataset, sampler=again, num_workers=2 - workers, **options)
    ]
    assert had + rest == whole
    buckets = BucketBatchSampler(dataset.durations_seconds(), 4, seed=2)
    batches = [batch.indices.tolist() for batch in data.DataLoader(dataset, batch_sampler=buckets, collate_fn=collate)]
    assert batches == list(buckets)
    assert sorted(item for batch in batches for item in batch) == list(range(18))


def test_importing_it_does_not_import_torch():
    import subprocess
    import sys

    code = (
        "import sys; from audiokit import AudioDataset; assert 'torch' not in sys.modules; print(AudioDataset.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "AudioDataset"
