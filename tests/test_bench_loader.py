"""Batches are the same whatever the number of workers, and nobody is left behind."""

import multiprocessing
import pickle
import time

import numpy as np
import pytest

import audiokit
from audiokit.bench import FolderClips, check_clips, find_clips, measure_workers
from audiokit.bench import loader as loader_module
from audiokit.bench.loader import WorkerComparison, stack, wait_seconds
from audiokit.bench.sounds import write_clips
from audiokit.errors import ParameterError, SourceNotFound


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("clips")
    write_clips(root, count=10, sample_rate=22050)
    return root


@pytest.fixture(scope="module")
def files(folder):
    return find_clips(folder)


def test_recordings_are_found_below_and_in_order(folder, tmp_path):
    found = find_clips(folder)
    assert len(found) == 10
    assert found == sorted(found)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.WAV", "a.mp3", "notes.txt", "c.wav.part"):
        (tmp_path / "deep" / "er" / name).write_bytes(b"")
    (tmp_path / "folder.wav").mkdir()
    assert [path.name for path in find_clips(tmp_path)] == ["a.mp3", "b.WAV"]


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no recording"):
        find_clips(tmp_path)
    with pytest.raises(SourceNotFound):
        find_clips(tmp_path / "nowhere")


def test_what_does_not_decode_is_counted(files, tmp_path):
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "empty.mp3").write_bytes(b"")
    found = check_clips([files[0], *find_clips(tmp_path), tmp_path / "gone.flac"])
    assert found.files == (files[0],)
    assert [path.name for path, _ in found.failures] == ["empty.mp3", "text.wav", "gone.flac"]
    assert all(reason for _, reason in found.failures)


def test_a_clip_is_a_span_of_its_file(files):
    clips = FolderClips(files, clip_seconds=0.25, sample_rate=22050)
    for index in range(len(clips)):
        clip, given = clips[index]
        assert (given, clip.shape, clip.dtype) == (index, (round(0.25 * 22050),), np.float32)
        whole = audiokit.read(files[index]).mono().samples[0]
        first = int(clips.start_of(index) * 22050)
        count = min(len(clip), len(whole) - first, int(0.25 * 22050))
        np.testing.assert_allclose(clip[:count], whole[first : first + count], atol=1e-6)
    assert len({clips.start_of(index) for index in range(len(clips))}) == len(clips)


def test_a_short_file_is_padded(files):
    clip, _ = FolderClips(files, clip_seconds=5.0)[0]
    sound = audiokit.load(files[0], sr=16000)[0]
    assert len(clip) == 80000
    np.testing.assert_array_equal(clip[: len(sound)], sound)
    assert not clip[len(sound) :].any()


def test_a_copy_in_another_process_gives_the_same(files):
    clips = FolderClips(files)
    again = pickle.loads(pickle.dumps(clips))
    for index in (0, 9):
        np.testing.assert_array_equal(clips[index][0], again[index][0])
    other = FolderClips(files, seed=1)
    assert [clips.start_of(i) for i in range(10)] != [other.start_of(i) for i in range(10)]


def test_bad_index_and_bad_length(files):
    with pytest.raises(IndexError):
        FolderClips(files)[10]
    with pytest.raises(ParameterError, match="one sample"):
        FolderClips(files, clip_seconds=0.0)


def test_batches_are_plain_arrays():
    samples, indices = stack([(np.zeros(4, np.float32), 7), (np.ones(4, np.float32), 3)])
    assert samples.shape == (2, 4)
    assert indices.tolist() == [7, 3]


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
