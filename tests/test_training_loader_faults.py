"""What goes wrong in a loader's workers: killed, deadly items, no start, no memory to share."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from loader_faults import gone, loader_of
from training_parts import Gain, deadly, energies, slow, write_sounds

import audiokit
from audiokit.errors import LibraryUnavailable, WorkerDied
from audiokit.training import Plan
from audiokit.training.loader import blocks as blocks_module
from audiokit.training.loader import processes
from audiokit.training.loader import worker as worker_module
from audiokit.training.loader.blocks import Blocks, Maps
from audiokit.training.loader.task import Task
from audiokit.training.loader.worker import portable
from audiokit.training.workspace import Workspace

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 24, seconds=0.2)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_epoch_goes_on_when_a_worker_is_killed(sounds, threads):
    options = {"augmentations": [Gain()], "features": energies}
    with loader_of(sounds, plan=Plan(0, 1), **options) as one:
        wanted = list(one)
    with loader_of(sounds, plan=Plan(2, threads), **options) as loader:
        got = []
        for number, batch in enumerate(loader):
            got.append(batch)
            if number in (1, 4):
                before = loader.worker_pids
                os.kill(before[0], signal.SIGKILL)
                assert gone(before[:1])
        assert loader.failures == ()
        after = loader.worker_pids
        assert len(after) == 2
        assert set(after) != set(before)
    assert len(got) == len(wanted)
    for first, second in zip(wanted, got, strict=True):
        assert torch.equal(first.data, second.data)
        assert first.augmentation == second.augmentation
    assert gone(after)


@pytest.fixture
def with_a_deadly_one(sounds, tmp_path):
    path = tmp_path / "deadly.wav"
    soundfile.write(path, np.ones(3200), 16_000, subtype="FLOAT")
    os.utime(path, (1e9, 1e9))
    return [*sounds[:7], str(path), *sounds[7:14]]


def test_an_item_that_ends_its_process_is_skipped_and_named(with_a_deadly_one):
    with loader_of(with_a_deadly_one, features=deadly) as loader:
        batches = list(loader)
        assert [batch.indices.tolist() for batch in batches] == [
            [0, 1, 2],
            [3, 4, 5],
            [6, 8],
            [9, 10, 11],
            [12, 13, 14],
        ]
        (failure,) = loader.failures
        assert failure.index == 7
        assert "SIGKILL" in failure.reason
        assert "deadly.wav" in failure.reason
        assert batches[2].failures == (failure,)


def test_an_item_that_ends_its_process_is_raised_where_that_is_wanted(with_a_deadly_one):
    with loader_of(with_a_deadly_one, features=deadly, on_error="raise") as loader:
        batches = iter(loader)
        next(batches)
        next(batches)
        with pytest.raises(WorkerDied, match=r"deadly\.wav.*SIGKILL"):
            next(batches)


def test_workers_that_all_die_are_an_error_and_no_hang(tmp_path):
    files = []
    for number in range(30):
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, np.ones(1600), 16_000, subtype="FLOAT")
        os.utime(path, (1e9, 1e9))
        files.append(str(path))
    with loader_of(files, features=deadly) as loader, pytest.raises(WorkerDied, match="10 items in a row") as told:
        list(loader)
    assert "Plan(processes=0" in told.value.cure


def test_workers_that_cannot_even_start(sounds, monkeypatch):
    monkeypatch.setattr(worker_module, "Blocks", lambda folder: os._exit(3))
    with loader_of(sounds) as loader:
        for _ in range(2):  # and not later either
            with pytest.raises(WorkerDied, match=r"as soon as they start \(exit code 3"):
                list(loader)


def test_a_worker_that_cannot_be_replaced_is_an_error_and_no_hang(sounds, monkeypatch):
    with loader_of(sounds) as loader:
        batches = iter(loader)
        next(batches)

        def no_more(process):
            raise BlockingIOError(11, "Resource temporarily unavailable")

        monkeypatch.setattr(multiprocessing.context.ForkProcess, "start", no_more)
        os.kill(loader.worker_pids[0], signal.SIGKILL)
        with pytest.raises(WorkerDied, match=r"could not be replaced \(BlockingIOError") as told:
            list(batches)
        assert "Plan(processes=0" in told.value.cure
        with pytest.raises(WorkerDied, match="could not be replaced"):  # and not later either
            list(loader)


def test_an_answer_that_cannot_be_understood_is_an_error_and_no_hang(sounds, monkeypatch):
    def heard(crew, worker, message):
        raise ValueError("not what was expected")

    with loader_of(sounds) as loader:
        batches = iter(loader)
        next(batches)
        monkeypatch.setattr(processes.ProcessCrew, "_heard", heard)
        with pytest.raises(WorkerDied, match=r"listens .* stopped \(ValueError: not what was expected"):
            list(batches)
        pids = loader.worker_pids
    assert gone(pids)


def test_what_comes_after_everything_was_given_up_is_not_told_twice(sounds):
    """The receiver of a part that was given up gets that one answer, although the process answers still."""

    class Counting:
        cancelled = False

        def __init__(self):
            self.told = []

        def done(self, task, made):
            self.told.append(made)

    dataset = audiokit.AudioDataset(sounds, features=slow)
    workspace = Workspace()
    crew = processes.ProcessCrew(dataset, 1, 1, "fork", workspace.folder)
    try:
        crew.start()
        receiver = Counting()
        for part in range(3):
            crew.submit(Task(receiver, 0, part, 0, (part,)))
        crew._give_up(WorkerDied("Given up."))
        assert [str(made.error) for made in receiver.told] == ["Given up."] * 3
        after = Counting()
        crew.submit(Task(after, 0, 0, 0, (4,)))
        assert [str(made.error) for made in after.told] == ["Given up."]
        time.sleep(0.5)  # the process is still at the first, and says so
        assert len(receiver.told) == 3
    finally:
        crew.close()


@pytest.mark.parametrize(
    ("error", "cure"),
    [
        (OSError(12, "Cannot allocate memory"), "memory"),
        (pickle.PicklingError("no"), "picklable"),
        (ValueError("what"), "Plan"),
    ],
)
def test_the_cure_fits_what_keeps_processes_from_starting(sounds, monkeypatch, error, cure):
    def fails(crew):
        raise error

    monkeypatch.setattr(processes.ProcessCrew, "start", fails)
    with loader_of(sounds) as loader, pytest.raises(LibraryUnavailable, match="cannot be started") as told:
        list(loader)
    assert cure in told.value.cure


def test_without_memory_to_share_arrays_go_through_the_pipe(sounds, monkeypatch):
    with loader_of(sounds, plan=Plan(0, 1)) as one:
        wanted = list(one)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blocks_module, "_made", full)
    with loader_of(sounds) as loader:  # forked: the workers have it too
        got = list(loader)
    assert all(torch.equal(first.data, second.data) for first, second in zip(wanted, got, strict=True))


def test_dev_shm_is_not_used(sounds):
    shared = Path("/dev/shm")
    before = set(shared.iterdir()) if shared.exists() else set()
    with loader_of(sounds) as loader:
        batches = iter(loader)
        next(batches)
        assert (set(shared.iterdir()) if shared.exists() else set()) <= before
        list(batches)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_blocks_are_written_read_used_again_and_given_up(tmp_path, monkeypatch, platform):
    if platform == "darwin":
        monkeypatch.setattr(blocks_module, "_has_handles", lambda: False)
    blocks, maps = Blocks(tmp_path), Maps()
    arrays = [np.arange(7, dtype=np.float32), np.zeros((2, 0), np.float32), np.arange(6.0).reshape(2, 3)]
    handle, places = blocks.write(arrays)
    for array, place in zip(arrays, places, strict=True):
        np.testing.assert_array_equal(maps.array(handle, place, array.shape, array.dtype), array)
    assert not list(tmp_path.iterdir())  # both have it: nobody else needs its name
    other, _ = blocks.write(arrays)
    assert other[0] != handle[0]
    blocks.release([handle[0]])
    assert blocks.write(arrays)[0] == handle
    blocks.release([handle[0], other[0]])
    large, _ = blocks.write([np.zeros(1 << 20, np.float64)])
    assert sorted(blocks.take_dropped()) == [handle[0], other[0]]
    assert blocks.take_dropped() == []
    maps.forget([handle[0], other[0]])
    assert maps.array(large, 0, (1 << 20,), np.float64).sum() == 0


def test_what_a_worker_raises_can_be_raised_here():
    class Odd(Exception):
        def __init__(self, one, two):
            super().__init__(f"{one} and {two}")

    for error in (audiokit.errors.DamagedAudio("broken", cure="mend it"), Odd(1, 2), ValueError("plain")):
        try:
            raise error
        except Exception as raised:
            again = pickle.loads(pickle.dumps(portable(raised)))
        assert str(error) in str(again)
        assert "test_training_loader_faults" in "".join(getattr(again, "__notes__", [])) + str(again)
    assert isinstance(
        pickle.loads(pickle.dumps(portable(audiokit.errors.EmptySource("x")))), audiokit.errors.EmptySource
    )
    assert portable(None) is None


def test_processes_that_cannot_be_started(sounds):
    options = {"features": lambda samples: energies(samples[:]), "start_method": "spawn"}
    with loader_of(sounds, **options) as loader, pytest.raises(LibraryUnavailable, match="cannot be started"):
        list(loader)
