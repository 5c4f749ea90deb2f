"""The loader: the same batches whoever makes them, in order, resumable, with everything that belongs to them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from training_parts import Gain, Speed, energies, write_sounds

import audiokit
from audiokit.errors import DamagedAudio, ParameterError
from audiokit.training import Batch, Plan, TrainingCache

torch = pytest.importorskip("torch")

PLANS = [Plan(0, 1), Plan(0, 3), Plan(1, 2), Plan(2, 1, prefetch=4)]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 23, seconds=0.3)


def loader_of(files, **options):
    given = {"batch_size": 4, "remember": False, "cache": None, "plan": Plan(0, 2), **options}
    return audiokit.AudioDataLoader(files, labels=list(range(len(files))), **given)


def epoch_of(loader):
    return list(loader)


def same(first: Batch, second: Batch) -> bool:
    return (
        torch.equal(first.data, second.data)
        and torch.equal(first.labels, second.labels)
        and torch.equal(first.lengths, second.lengths)
        and torch.equal(first.indices, second.indices)
        and first.paths == second.paths
        and first.augmentation == second.augmentation
    )


def all_same(some, others):
    return len(some) == len(others) and all(map(same, some, others))


@pytest.mark.parametrize("plan", PLANS[1:], ids=str)
def test_the_same_batches_whatever_the_plan(sounds, plan):
    options = {
        "features": "log_mel",
        "n_mels": 20,
        "augmentations": [Speed(), Gain(), audiokit.TimeMask(max_frames=5), audiokit.FrequencyMask(max_bands=4)],
        "duration_seconds": 0.25,
        "seed": 3,
    }
    with loader_of(sounds, plan=PLANS[0], **options) as one, loader_of(sounds, plan=plan, **options) as other:
        for _ in range(2):
            wanted, got = epoch_of(one), epoch_of(other)
            assert all_same(wanted, got)
            assert len(got) == len(other) == 6
        assert other.plan == plan
        assert bool(other.worker_pids) == bool(plan.processes)
        assert other.report().settled


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_spawned_workers_make_them_too(sounds, method):
    options = {"features": energies, "augmentations": [Gain()]}
    with (
        loader_of(sounds[:8], plan=Plan(1, 1), start_method=method, **options) as other,
        loader_of(sounds[:8], **options) as one,
    ):
        assert all_same(epoch_of(one), epoch_of(other))


def test_what_a_batch_holds(sounds):
    with loader_of(sounds, shuffle=False, batch_size=5) as loader:
        batches = epoch_of(loader)
    first = batches[0]
    data, labels = first
    assert data is first.data
    assert labels.tolist() == first.indices.tolist() == [0, 1, 2, 3, 4]
    assert first.lengths.tolist() == [4800, 4900, 5000, 5100, 5200]
    assert first.paths == tuple(sounds[:5])
    assert data.shape == (5, 5200)
    assert not data[0, 4800:].any()
    np.testing.assert_array_equal(data[3, :5100], audiokit.read(sounds[3]).samples[0])
    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]


def test_epochs_are_shuffled_counted_and_named(sounds):
    with loader_of(sounds) as loader:
        assert loader.epoch == 0
        first, second = epoch_of(loader), epoch_of(loader)
        assert loader.epoch == 2
        order = [torch.cat([batch.indices for batch in batches]).tolist() for batches in (first, second)]
        assert order[0] != order[1]
        assert sorted(order[0]) == sorted(order[1]) == list(range(23))
        loader.set_epoch(0)
        assert all_same(first, epoch_of(loader))
        assert loader.epoch == 1
    with loader_of(sounds, shuffle=False, drop_last=True) as loader:
        assert [batch.indices.tolist() for batch in loader] == [list(range(at, at + 4)) for at in range(0, 20, 4)]
        assert len(loader) == 5


def test_an_epoch_that_is_left_begins_the_next_anew(sounds):
    with loader_of(sounds) as loader, loader_of(sounds) as other:
        for number, _ in enumerate(loader):
            if number == 1:
                break
        other.set_epoch(1)
        assert all_same(epoch_of(loader), epoch_of(other))


@pytest.mark.parametrize("bucket", [False, True])
@pytest.mark.parametrize("plan", [PLANS[1], PLANS[3]], ids=str)
def test_it_goes_on_where_its_state_was_taken(sounds, plan, bucket):
    options = {"augmentations": [Gain()], "bucket_by_length": bucket, "seed": 5}
    with loader_of(sounds, **options) as loader:
        whole, after = epoch_of(loader), epoch_of(loader)
    for taken in (0, 1, 4, 6):
        with loader_of(sounds, plan=plan, **options) as loader:
            batches = iter(loader)
            for _ in range(taken):
                next(batches)
            state = json.loads(json.dumps(loader.state_dict()))
        with loader_of(sounds, **options) as again:
            again.load_state_dict(state)
            assert len(again) == 6 - taken
            assert all_same(whole[taken:], epoch_of(again)), taken
            assert all_same(after, epoch_of(again)), taken
    with loader_of(sounds, **options) as loader:
        assert loader.state_dict()["epoch"] == 0
        epoch_of(loader)
        state = loader.state_dict()
        assert (state["epoch"], state["consumed"]) == (1, 0)
        with pytest.raises(ParameterError, match="seed"):
            loader.load_state_dict({**state, "seed": 6})


def test_buckets_hold_items_of_similar_length(sounds):
    with loader_of(sounds, bucket_by_length=True) as loader:
        for batch in loader:
            assert batch.lengths.max() - batch.lengths.min() <= 300
        assert len(loader) == 6


@pytest.mark.parametrize("plan", [PLANS[1], PLANS[3]], ids=str)
def test_what_cannot_be_read_is_left_out_and_listed(sounds, tmp_path, plan):
    bad, silent, wrong = tmp_path / "bad.wav", tmp_path / "silent.wav", tmp_path / "nan.wav"
    bad.write_bytes(b"no sound at all")
    soundfile.write(silent, np.zeros((0, 1)), 16_000)
    soundfile.write(wrong, np.full(1600, np.nan, np.float32), 16_000, subtype="FLOAT")
    files = [*sounds[:3], str(bad), str(silent), str(wrong), str(tmp_path / "gone.wav"), *sounds[3:6]]
    with loader_of(files, shuffle=False, batch_size=2, plan=plan) as loader:
        batches = epoch_of(loader)
        assert [batch.indices.tolist() for batch in batches] == [[0, 1], [2], [7], [8, 9]]
        assert [failure.index for failure in batches[1].failures] == [3]
        assert sorted(failure.index for failure in loader.failures) == [3, 4, 5, 6]
        assert loader.report().failures == 4
        assert loader.state_dict()["epoch"] == 1
    with loader_of(files, shuffle=False, batch_size=2, plan=plan, on_error="raise") as loader:
        batches = iter(loader)
        assert len(next(batches)) == 2
        with pytest.raises(audiokit.errors.InputError, match=r"bad\.wav"):
            next(batches)
        assert next(batches, None) is None
    with loader_of(files[3:7], plan=plan) as loader, pytest.raises(DamagedAudio, match="None of the files"):
        epoch_of(loader)


def test_rates_and_channels_may_differ(tmp_path):
    files = []
    for number, (rate, channels) in enumerate([(8000, 1), (16_000, 2), (44_100, 6), (48_000, 1), (96_000, 2)]):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, np.random.default_rng(number).uniform(-0.5, 0.5, (rate // 2, channels)), rate)
        os.utime(path, (1e9, 1e9))
        files.append(str(path))
    with loader_of(files, shuffle=False, batch_size=5) as loader:
        (batch,) = loader
        assert batch.data.shape == (5, 8000)
        np.testing.assert_array_equal(batch.data[2], audiokit.load(files[2], sr=16_000)[0])
    with loader_of(files, mono=False, batch_size=5) as loader, pytest.raises(ParameterError, match="mono=True"):
        epoch_of(loader)


def test_a_file_that_changes_is_refused_until_the_next_epoch(sounds, tmp_path):
    files = write_sounds(tmp_path, 12, seconds=0.1)
    with loader_of(files, shuffle=False, batch_size=2, plan=Plan(0, 1, prefetch=1)) as loader:
        batches = iter(loader)
        next(batches)
        soundfile.write(files[11], np.zeros(800), 16_000)
        last = list(batches)[-1]
        assert last.indices.tolist() == [10]
        assert "changed" in last.failures[0].reason
        assert list(loader)[-1].indices.tolist() == [10, 11]


def test_the_cache_is_shared_and_read_from(sounds):
    cache = TrainingCache(10**8)
    counted = {"prefetch_next_epoch": False}  # what comes after would be counted too
    options = {"cache": cache, "duration_seconds": 0.25, "augmentations": [Gain()], **counted}
    with loader_of(sounds, cache=None, duration_seconds=0.25, augmentations=[Gain()]) as plain:
        wanted = epoch_of(plain), epoch_of(plain)
    with loader_of(sounds, plan=PLANS[3], **options) as loader:
        assert all_same(wanted[0], epoch_of(loader))
        assert all_same(wanted[1], epoch_of(loader))
        stats = loader.cache_stats()
        assert (stats.misses, stats.hits) == (23, 23)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the system counts no reads")
def test_a_second_epoch_reads_a_tenth(tmp_path):
    files = write_sounds(tmp_path, 24, rate=44_100, seconds=1.0, channels=2)

    def read_bytes(loader):
        pids = [os.getpid(), *loader.worker_pids]
        return sum(int(Path(f"/proc/{pid}/io").read_text().split()[1]) for pid in pids)

    with loader_of(files, cache=10**8, plan=Plan(2, 1), prefetch_next_epoch=False) as loader:
        epoch = iter(loader)
        next(epoch)  # the workers are there
        list(epoch)
        counts = [read_bytes(loader)]
        loader.dataset.cache.clear()
        for _ in range(2):
            epoch_of(loader)
            counts.append(read_bytes(loader))
    first, second = np.diff(counts)
    assert first > 24 * 44_100 * 4
    assert second * 10 <= first
