"""Other people's pipelines make the batches that they should, in order; nobody is left behind."""

import multiprocessing
from functools import partial

import numpy as np
import pytest
from plain_loader import PlainLoader

from audiokit.bench import TrainingFiles, loader, loader_augmented, write_training_files
from audiokit.bench.equality import RowState
from audiokit.bench.loader import OURS, SAMPLES, SPDL, TORCHCODEC, USUAL, WARM, librosa_mfcc, librosa_samples
from audiokit.bench.loader_augmented import OURS_BATCHED, OURS_OWN, OURS_THEIRS, USUAL_THEIRS
from audiokit.bench.loader_floor import FLOOR
from audiokit.bench.pipelines import Job, by_data_loader, by_spdl_pipeline, by_threads

torch = pytest.importorskip("torch")

KIND = TrainingFiles("WAV", 5, 0.2, 2)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_training_files(tmp_path_factory.mktemp("files"), KIND)


def length(samples):
    return np.array([len(samples)], np.float32)


def loudest(path):
    return np.array([np.abs(librosa_samples(path)).max()], np.float32)


@pytest.mark.parametrize(
    "way",
    [
        partial(by_data_loader, workers=0),
        partial(by_data_loader, workers=2, prefetch_factor=2, one_blas=True),
        partial(by_threads, threads=2),
        partial(by_threads, threads=1),
        partial(by_spdl_pipeline, concurrency=2),
        partial(by_spdl_pipeline, concurrency=2, processes=True),
    ],
    ids=lambda way: f"{way.func.__name__} {way.keywords}",
)
def test_every_pipeline_gives_the_same_batches_each_epoch(files, way):
    if way.func is by_spdl_pipeline:
        pytest.importorskip("spdl.pipeline")
    before = set(multiprocessing.active_children())
    wanted = [float(loudest(path)[0]) for path in files]
    with way(files, Job(loudest), batch_size=2) as running:
        for _ in range(2):
            batches = list(running.epoch())
            assert [batch.shape for batch in batches] == [(2, 1), (2, 1), (1, 1)]
            assert np.concatenate(batches)[:, 0].tolist() == wanted
    assert set(multiprocessing.active_children()) <= before


def test_a_job_augments_before_it_computes(files):
    pytest.importorskip("librosa")
    job = Job(librosa_samples, length, augment=lambda samples: samples[:10])
    assert job(files[0]).tolist() == [10]
    assert Job(librosa_samples)(files[0]).shape == (3200,)
    assert librosa_mfcc(librosa_samples(files[0])).shape == (40, 21)


@pytest.mark.slow
def test_loaders_are_compared(files, monkeypatch):
    monkeypatch.setattr(loader, "open_loader", PlainLoader)
    found = loader.compare_loaders(files, KIND, repeats=1)
    assert [row.name for row in found.rows] == [OURS, WARM, SAMPLES, USUAL, TORCHCODEC, SPDL, FLOOR]
    for row in found.rows:
        assert row.state in (RowState.OK, RowState.UNAVAILABLE), row.reason
        assert (row.timing is None) is (row.state is RowState.UNAVAILABLE)
    assert found[OURS].ratio == 1.0
    assert found[USUAL].max_difference < 0.02
    assert len(found[USUAL].tried) >= 5
    table = found.to_dataframe().set_index("name")
    assert table.loc[USUAL, "items_per_second"] > 0
    with pytest.raises(KeyError):
        found["nobody"]


@pytest.mark.slow
def test_stretched_batches_are_alike(files, monkeypatch):
    monkeypatch.setattr(loader, "open_loader", PlainLoader)
    monkeypatch.setattr(loader_augmented, "open_loader", PlainLoader)
    found = loader_augmented.compare_augmented_loaders(files, KIND, repeats=1)
    assert [row.name for row in found.rows] == [OURS_THEIRS, OURS_OWN, OURS_BATCHED, USUAL_THEIRS]
    for name in (OURS_OWN, OURS_BATCHED):
        assert found[name].state is RowState.OK, found[name].reason
    for name in (OURS_THEIRS, USUAL_THEIRS):
        assert found[name].state in (RowState.OK, RowState.UNAVAILABLE), found[name].reason


def test_batches_of_another_loudness_are_not_alike():
    quiet, loud = np.zeros((1, 40, 5)), np.full((1, 40, 5), 100.0)
    check = loader_augmented._like([quiet])
    assert check([quiet]).state is RowState.OK
    assert "louder or softer" in check([loud]).reason
    assert "shapes" in check([quiet, quiet]).reason
