"""Batches are the same whatever the number of workers, and nobody is left behind."""

import multiprocessing
import time

import numpy as np
import pytest

from audiokit.bench import FolderClips, find_clips, measure_workers
from audiokit.bench import loader as loader_module
from audiokit.bench.loader import WorkerComparison, wait_seconds
from audiokit.bench.sounds import write_clips
from audiokit.errors import ParameterError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    write_clips(root, count=10, sample_rate=22050)
    return root


@pytest.fixture(scope="module")
def files(folder):
    return find_clips(folder)


@pytest.mark.parametrize("batch_size", [3, 10, 64])
def test_every_number_of_workers_gives_the_same_batches(files, batch_size):
    pytest.importorskip("torch")
    before = set(multiprocessing.active_children())
    found = measure_workers(files, workers=(0, 1, 2), batch_size=batch_size, clip_seconds=0.1, repeats=2)
    assert [(row.workers, row.state, row.files_seen) for row in found.rows] == [(n, "ok", 10) for n in (0, 1, 2)]
    assert len({row.digest for row in found.rows}) == 1
    assert found.batches == -(-10 // batch_size)
    for row in found.rows:
        assert len(row.clips_per_second) == len(row.epoch.seconds) == 2
        assert 0 < row.first_batch.fastest_seconds <= row.epoch.slowest_seconds
        assert row.waited.slowest_seconds <= row.epoch.slowest_seconds
    assert found.fastest in found.rows
    assert found.to_dataframe()["files_seen"].tolist() == [10, 10, 10]
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.slow
def test_spawned_workers(files):
    pytest.importorskip("torch")
    found = measure_workers(files, workers=(0, 1), clip_seconds=0.1, repeats=1, start_method="spawn")
    assert [row.state for row in found.rows] == ["ok", "ok"]


def test_steps_are_not_waiting(files):
    pytest.importorskip("torch")
    found = measure_workers(files, workers=(0,), batch_size=5, clip_seconds=0.1, repeats=1, step_seconds=0.05)
    (row,) = found.rows
    assert row.epoch.median_seconds >= 2 * 0.05
    assert row.waited.median_seconds <= row.epoch.median_seconds - 2 * 0.05


def test_a_worker_that_fails_is_a_row(files, tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    before = set(multiprocessing.active_children())
    found = measure_workers([*files, tmp_path / "bad.wav"], workers=(0, 1), clip_seconds=0.1, repeats=2)
    assert [row.state for row in found.rows] == ["failed", "failed"]
    assert all("Unrecognised" in row.reason or "bad.wav" in row.reason for row in found.rows)
    assert found.fastest is None
    assert found.to_dataframe()["clips_per_second"].isna().all()
    assert set(multiprocessing.active_children()) <= before


class Restless(FolderClips):
    """Gives something else each time, as augmentation from a global generator does."""

    def __getitem__(self, index):
        clip, index = super().__getitem__(index)
        return clip + np.float32(time.perf_counter_ns() % 1000), index


def test_other_batches_get_no_figures(files, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(loader_module, "FolderClips", Restless)
    found = measure_workers(files, workers=(0, 1), clip_seconds=0.1, repeats=1)
    assert [row.state for row in found.rows] == ["ok", "different"]
    assert found.rows[1].clips_per_second == ()


def test_an_interrupt_leaves_no_worker(files, monkeypatch):
    pytest.importorskip("torch")
    before = set(multiprocessing.active_children())
    seen = []

    def interrupt(seconds):
        seen.append(set(multiprocessing.active_children()) - before)
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt) as kept:  # and its traceback, as a notebook keeps it
        measure_workers(files, workers=(1,), batch_size=1, clip_seconds=0.1, step_seconds=0.01)
    assert seen[0]
    assert set(multiprocessing.active_children()) <= before
    assert kept.tb is not None


def test_refusals(files):
    for wrong in ({"workers": (-1,)}, {"workers": ()}, {"batch_size": 0}, {"repeats": 0}, {"step_seconds": -1.0}):
        with pytest.raises(ParameterError):
            measure_workers(files, **wrong)
    with pytest.raises(ParameterError, match="0 files"):
        measure_workers([])


def test_waiting_is_arithmetic():
    # Play an epoch through, batch after batch, as an obvious reference.
    for first, each, step, batches in ((4.0, 0.5, 2.0, 9), (3.0, 3.0, 2.0, 50), (2.0, 2.0, 2.0, 3), (5.0, 1.0, 0.0, 1)):
        for workers in (0, 1, 2):
            ready, clock, waited = first, 0.0, 0.0
            for _ in range(batches):
                waited += max(0.0, ready - clock)
                clock = max(clock, ready) + step
                ready = (ready if workers else clock) + each  # without workers the next one is begun after the step
            found = wait_seconds(
                step,
                workers=workers,
                batches=batches,
                first_batch_seconds=first,
                epoch_seconds=first + (batches - 1) * each,
            )
            assert found == pytest.approx(waited / batches)


def test_an_empty_comparison_has_no_fastest():
    assert WorkerComparison((), 0, 8, 0.0).fastest is None
