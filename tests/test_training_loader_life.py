"""A loader's life: options, datasets of one's own, tuning, two processes of torch; and nothing is left of it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
import weakref

import numpy as np
import pytest
from training_parts import Gain, in_two_processes, write_sounds

import audiokit
from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.training import AudioDataset, Plan
from audiokit.training.loader.flow import divided

torch = pytest.importorskip("torch")

PLANS = [Plan(0, 1), Plan(0, 3), Plan(1, 2), Plan(2, 1, prefetch=4)]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 23, seconds=0.3)


def loader_of(files, **options):
    given = {"batch_size": 4, "remember": False, "cache": None, "plan": Plan(0, 2), **options}
    return audiokit.AudioDataLoader(files, labels=list(range(len(files))), **given)


@pytest.mark.parametrize("name", ["mfcc", "log_mel", "mel", "spectrogram"])
@pytest.mark.parametrize("duration", [None, 0.35])
def test_features_on_the_device_are_those_of_the_workers(sounds, name, duration):
    options = {
        "features": name,
        "duration_seconds": duration,
        "augmentations": [Gain(), audiokit.TimeMask(max_frames=5)],
        "batch_size": 6,
        **({"n_mfcc": 13} if name == "mfcc" else {}),
    }
    with loader_of(sounds, **options) as workers, loader_of(sounds, features_on="device", **options) as device:
        for there, here in zip(workers, device, strict=True):
            assert torch.equal(there.lengths, here.lengths)
            assert there.augmentation == here.augmentation
            assert there.data.shape == here.data.shape
            assert (there.data - here.data).abs().max() <= 1e-4 * there.data.abs().max()
        assert "transfer" in device.report().stages
        assert not here.data.requires_grad


def test_options_that_do_not_fit_are_refused(sounds):
    for wrong, said in [
        ({"batch_size": 0}, "batch_size"),
        ({"features": "chroma"}, "chroma"),
        ({"features": "mfcc", "n_mfccs": 4}, "n_mfccs"),
        ({"n_mfcc": 4}, "n_mfcc"),
        ({"features": "mfcc", "mono": False}, "mono"),
        ({"features_on": "device"}, "of a name"),
        ({"features_on": "gpu"}, "features_on"),
        ({"device": "toaster"}, "toaster"),
        ({"plan": Plan(0, 1), "rank": 1}, "world_size"),
    ]:
        with pytest.raises(ParameterError, match=said):
            loader_of(sounds, **wrong)
    with pytest.raises(ParameterError, match="23 files and 2 labels"):
        audiokit.AudioDataLoader(sounds, labels=[0, 1])
    with pytest.raises(ParameterError, match="of its own"):
        audiokit.AudioDataLoader(AudioDataset(sounds), labels=[0])
    for ignored in ({"duration_seconds": 1}, {"cache": 1000}, {"n_mfcc": 3}, {"on_error": "raise"}, {"mono": False}):
        with pytest.raises(ParameterError, match=f"has {next(iter(ignored))} of its own"):
            audiokit.AudioDataLoader(AudioDataset(sounds), **ignored)
    if not torch.cuda.is_available():
        with pytest.raises(LibraryUnavailable, match="0 GPUs"):
            loader_of(sounds, device="cuda")


def test_a_dataset_of_ones_own(sounds):
    dataset = AudioDataset(sounds, ["a", "b"] * 11 + ["a"], duration_seconds=0.2, seed=9)
    with audiokit.AudioDataLoader(dataset, batch_size=23, shuffle=False, plan=Plan(0, 2)) as loader:
        (batch,) = loader
        assert loader.classes == ("a", "b")
        np.testing.assert_array_equal(batch.data[5], dataset[0, 5].data)


def workers_of_this_process():
    return [child for child in multiprocessing.active_children() if child.name == "audiokit-loader"]


def wait_for(condition, seconds=10.0):
    for _ in range(round(seconds / 0.05)):
        gc.collect()
        if condition():
            return True
        time.sleep(0.05)
    return False


def loader_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("audiokit-loader")]


@pytest.mark.parametrize("how", ["close", "with", "forget"])
def test_nothing_is_left_of_a_loader(sounds, how):
    loaders = [loader_of(sounds, plan=plan, features_on="device", features="mel") for plan in (PLANS[1], PLANS[3])]
    kept = []
    for loader in loaders:
        batches = iter(loader)
        kept.append(next(batches).data)
        copied = kept[-1].clone()
    assert workers_of_this_process()
    folders = [loader._workspace.folder for loader in loaders]
    engines = [weakref.ref(loader._engine) for loader in loaders]
    if how == "close":
        for loader in loaders:
            loader.close()
            assert loader.is_closed
            with pytest.raises(ParameterError, match="closed"):
                iter(loader)
    elif how == "with":
        for loader in loaders:
            with loader:
                pass
    del loader, loaders, batches
    assert wait_for(lambda: not workers_of_this_process() and not loader_threads()), loader_threads()
    assert wait_for(lambda: not any(engine() for engine in engines))
    assert wait_for(lambda: not any(folder.exists() for folder in folders))
    assert torch.equal(kept[-1], copied)


def test_it_tunes_itself_remembers_and_tells(sounds, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with loader_of(sounds * 20, plan=None, remember=True) as loader:
        assert str(loader.report()).endswith("still searching")
        assert loader.report().to_dataframe().empty
        until = time.monotonic() + 60
        while not loader.report().settled:
            assert time.monotonic() < until, str(loader.report())
            for _ in loader:
                pass
        report = loader.report()
    table = report.to_dataframe()
    assert len(table) >= 2
    assert (table.processes.iloc[-1], table.threads.iloc[-1]) in {reading.plan.division for reading in report.readings}
    assert report.changes[-1].reason in table.decided.tolist()
    assert report.items == report.batches * 4
    assert set(report.stages) >= {"read", "features", "assemble"}
    assert report.changes[-1].reason in str(report)
    assert report.headspace > 0
    assert (tmp_path / "audiokit" / "loader-plans.json").exists()
    with loader_of(sounds * 20, plan=None, remember=True) as loader:
        assert loader.plan.division == report.changes[-1].after.division
    with loader_of(sounds * 20, plan=None, remember=True, batch_size=8) as loader:
        assert loader.plan.division == (0, len(os.sched_getaffinity(0)))


def train(rank, address, files, connection):
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    try:
        with loader_of(files, tail="keep") as loader:
            first = [index for batch in loader for index in batch.indices.tolist()]
            batches = iter(loader)
            next(batches)
            state = loader.state_dict()
            rest = [index for batch in batches for index in batch.indices.tolist()]
            loader.load_state_dict(state)
            again = [index for batch in loader for index in batch.indices.tolist()]
        connection.send((first, rest, again))
        dist.barrier()
    finally:
        dist.destroy_process_group()


@pytest.mark.timeout(180)
def test_two_processes_of_torch_see_each_item_once(sounds, tmp_path):
    found = in_two_processes(train, tmp_path, sounds)
    assert sorted(found[0][0] + found[1][0]) == list(range(23))
    for _, rest, again in found:
        assert rest == again
        assert len(rest) in (7, 8)


def test_parts_are_worth_handing_over():
    assert divided(range(32), 2, 1.0) == [(index,) for index in range(32)]
    assert [len(part) for part in divided(range(32), 2, 0.001)] == [10, 10, 10, 2]
    assert [len(part) for part in divided(range(32), 4, 0.00001)] == [8, 8, 8, 8]
    assert divided(range(3), 8, 0.0) == [(0,), (1,), (2,)]
