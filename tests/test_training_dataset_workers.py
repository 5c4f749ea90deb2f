"""A dataset in workers: pickled, forked or spawned, resumed, the same items everywhere."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from training_parts import Gain, Speed, write_sounds

from audiokit.training import AudioDataset, BucketBatchSampler, EpochSampler, Item, collate


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 6)


def same(first: Item, second: Item) -> None:
    np.testing.assert_array_equal(first.data, second.data)
    assert first[1:] == second[1:]


def test_a_pickle_stands_for_itself(sounds):
    dataset = AudioDataset(sounds, list("abcabc"), duration_seconds=0.3, cache=10**7)
    dataset.set_epoch(4)
    again = pickle.loads(pickle.dumps(dataset))
    same(again[2], dataset[2])
    assert again.epoch == 4
    assert again._workspace.folder != dataset._workspace.folder
    again.set_epoch(5)
    assert dataset.epoch == 4


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
