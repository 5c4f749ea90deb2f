"""Decoded sound from one epoch to the next."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from training_parts import Gain, write_sounds

from audiokit.errors import ParameterError
from audiokit.training import AudioDataset, EpochSampler, TrainingCache, collate
from audiokit.training import cache as cache_module
from audiokit.training.cache import cache_of, packed
from audiokit.training.free_memory import free_memory_bytes

RATE = 16_000


def noise(seed, frames=1000, channels=1, scale=0.5):
    return (np.random.default_rng(seed).uniform(-scale, scale, (channels, frames))).astype(np.float32)


def test_a_second_reading_is_a_hit():
    cache, made = TrainingCache(10**6), []
    for _ in range(3):
        found = cache.get_or_read(("a",), lambda: made.append(1) or noise(0))
        np.testing.assert_array_equal(found, noise(0))
    report = cache.stats()
    assert (len(made), report.hits, report.misses, report.puts, report.entries) == (1, 2, 1, 1, 1)
    assert report.bytes_decoded == 4000
    assert 4000 <= report.bytes <= report.max_bytes == 10**6
    cache.clear()
    assert cache.stats().entries == 0


def test_it_fills_up_and_keeps_what_it_has():
    cache = TrainingCache(100_000)
    for _ in range(2):
        for number in range(50):
            cache.get_or_read((number,), lambda number=number: noise(number))
    first = cache.stats()
    assert 15 <= first.entries <= 25
    assert first.bytes <= 100_000
    assert first.refused > 0
    for number in range(50):
        cache.get_or_read((number,), lambda number=number: noise(number))
    again = cache.stats()
    assert again.hits - first.hits == first.entries  # what was there is there
    assert again.entries == first.entries


@given(st.integers(1, 3), st.integers(1, 50), st.sampled_from([0.3, 1.0, 3.0]), st.integers(0, 99))
def test_int16_gives_the_same_from_a_hit_and_a_miss(channels, frames, scale, seed):
    cache, samples = TrainingCache(10**6, dtype="int16"), noise(seed, frames, channels, scale)
    missed = cache.get_or_read((seed,), lambda: samples)
    hit = cache.get_or_read((seed,), lambda: pytest.fail("not kept"))
    np.testing.assert_array_equal(missed, hit)
    step = 2**-15 if np.abs(samples).max() <= 32767 / 32768 else np.abs(samples).max() / 32767
    error = float(np.abs(hit - samples).max())
    assert error <= step * 0.505  # half a step, and float32's own rounding of up to 32767 steps, there and back
    assert cache.stats().largest_error == pytest.approx(error)
    assert cache.stats().bytes < 2 * channels * frames + 512


def test_int16_is_exact_for_sixteen_bits(tmp_path):
    (path,) = write_sounds(tmp_path, 1, channels=2)
    plain = AudioDataset([path], mono=False)[0]
    small = AudioDataset([path], mono=False, cache=TrainingCache(10**7, dtype="int16"))
    for _ in range(2):
        np.testing.assert_array_equal(small[0].data, plain.data)
    assert small.cache_stats().largest_error == 0.0
    extremes = np.array([[-1.0, 32767 / 32768, 0.0]], np.float32)
    np.testing.assert_array_equal(packed(extremes)[2], extremes)
    np.testing.assert_array_equal(packed(np.zeros((1, 3), np.float32))[2], np.zeros((1, 3)))


def test_samples_that_are_no_numbers_are_not_packed():
    cache, samples = TrainingCache(10**6, dtype="int16"), np.array([[np.nan, 1.0]], np.float32)
    for _ in range(2):
        np.testing.assert_array_equal(cache.get_or_read(("n",), lambda: samples), samples)


def test_augmentation_is_not_kept(tmp_path):
    paths = write_sounds(tmp_path, 2)
    plain, cached = (AudioDataset(paths, augmentations=[Gain()], cache=cache) for cache in (None, 10**7))
    for epoch in range(3):
        for index in range(2):
            np.testing.assert_array_equal(plain[epoch, index].data, cached[epoch, index].data)
    assert cached.cache_stats().hits == 4


def test_a_file_that_changes_is_decoded_again(tmp_path):
    import os

    (path,) = write_sounds(tmp_path, 1)
    dataset = AudioDataset([path], cache=10**7)
    before = dataset[0].data
    soundfile.write(path, np.full(RATE, 0.25), RATE)
    os.utime(path, (1_000_000_500, 1_000_000_500))
    assert not np.array_equal(dataset[0].data, before)
    assert dataset.cache_stats().misses == 2


def test_long_recordings_are_read_in_crops(tmp_path, monkeypatch):
    from audiokit.training import sounds

    monkeypatch.setattr(sounds, "_LONGEST_KEPT_SECONDS", 0.5)
    (path,) = write_sounds(tmp_path, 1)
    dataset = AudioDataset([path], duration_seconds=0.1, cache=10**7)
    np.testing.assert_array_equal(dataset[0].data, AudioDataset([path], duration_seconds=0.1)[0].data)
    report = dataset.cache_stats()
    assert (report.passed_by, report.misses, report.entries) == (1, 0, 0)


def test_a_folder_of_ones_own_stays(tmp_path):
    (path,) = write_sounds(tmp_path, 1)
    for misses in (1, 0):
        dataset = AudioDataset([path], cache=TrainingCache(10**7, folder=tmp_path / "cache"))
        assert dataset[0].frames == RATE
        assert dataset.cache_stats().misses == misses


def test_auto_takes_a_share_of_what_is_free(monkeypatch, tmp_path):
    monkeypatch.setattr(cache_module, "free_memory_bytes", lambda: 40_000_000)
    assert TrainingCache().max_bytes == 20_000_000
    assert cache_of("auto").max_bytes == 20_000_000
    monkeypatch.setattr(cache_module.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10_000_000}))
    assert TrainingCache("auto").max_bytes == 5_000_000
    again = pickle.loads(pickle.dumps(TrainingCache("auto")))
    assert again.max_bytes == 5_000_000


def test_what_is_a_cache():
    assert cache_of(None) is None
    assert cache_of(0) is None
    cache = TrainingCache(5000)
    assert cache_of(cache) is cache
    for wrong in ("big", -1, True, 1.5):
        with pytest.raises(ParameterError, match="cache must be"):
            cache_of(wrong)
    with pytest.raises(ParameterError, match="dtype"):
        TrainingCache(5, dtype="int8")


def machine(root: Path, available, groups):
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {available} kB\n", encoding="ascii")
    (root / "proc/self/cgroup").write_text("0::/a/b\n", encoding="ascii")
    for name, (limit, used, inactive) in groups.items():
        folder = root / "sys/fs/cgroup" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(f"{limit}\n", encoding="ascii")
        (folder / "memory.current").write_text(f"{used}\n", encoding="ascii")
        (folder / "memory.stat").write_text(f"anon 5\ninactive_file {inactive}\n", encoding="ascii")


@pytest.mark.parametrize(
    ("available", "groups", "expected"),
    [
        (1000, {}, 1_024_000),
        (1000, {"a/b": (500_000, 100_000, 30_000)}, 430_000),
        (1000, {"a": (300_000, 290_000, 0), "a/b": ("max", 100_000, 0)}, 10_000),
        (1000, {"a": (300_000, 390_000, 0)}, 0),
    ],
)
def test_free_memory_is_the_least_of_machine_and_groups(tmp_path, available, groups, expected):
    machine(tmp_path, available, groups)
    assert free_memory_bytes(tmp_path) == expected


def test_free_memory_of_this_machine():
    assert 0 < free_memory_bytes() < 1 << 50


def read_epoch(connection, dataset, indices, epoch) -> None:
    def bytes_read() -> int:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
        return int(next(line for line in lines if line.startswith("rchar")).split()[1])

    dataset[epoch, indices[0]]  # imports
    before = bytes_read()
    total = sum(float(dataset[epoch, index].data.sum()) for index in indices[1:])
    connection.send((bytes_read() - before, total))


def bytes_of_epoch(dataset, epoch, *, workers=2):
    """Bytes that all workers, spawned, read in an epoch, and a checksum of the items."""
    context, found = multiprocessing.get_context("spawn"), []
    order = list(EpochSampler(len(dataset), shuffle=False))
    jobs = []
    for worker in range(workers):
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=read_epoch, args=(there, dataset, order[worker::workers], epoch))
        process.start()
        there.close()
        jobs.append((process, here))
    for process, here in jobs:
        found.append(here.recv())
        process.join()
    return sum(read for read, _ in found), sum(total for _, total in found)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much was read")
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_a_second_epoch_reads_a_tenth(tmp_path, dtype):
    paths = write_sounds(tmp_path, 24, seconds=4.0, channels=2)
    dataset = AudioDataset(paths, cache=TrainingCache(10**8, dtype=dtype))
    first, total = bytes_of_epoch(dataset, 0)
    assert first > 22 * 4 * RATE * 4  # every file but each worker's first, whole
    second, again = bytes_of_epoch(dataset, 1)
    assert second * 10 <= first
    assert again == total
    report = dataset.cache_stats()
    assert (report.misses, report.hits, report.puts) == (24, 24, 24)


def test_batches_are_the_same_with_and_without(tmp_path):
    pytest.importorskip("torch")
    paths = write_sounds(tmp_path, 4)
    plain, cached = (AudioDataset(paths, duration_seconds=0.25, cache=cache) for cache in (None, 10**7))
    for _ in range(2):
        one, two = (collate([dataset[index] for index in range(4)]) for dataset in (plain, cached))
        assert (one.data == two.data).all()
