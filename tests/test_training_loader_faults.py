"""What goes wrong around a loader: killed workers, interrupts, no memory to share, a parent that dies."""

from __future__ import annotations

import _thread
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from training_parts import Gain, deadly, energies, slow, write_sounds

import audiokit
from audiokit.errors import LibraryUnavailable, WorkerDied
from audiokit.training import Plan
from audiokit.training.loader import blocks as blocks_module
from audiokit.training.loader import processes
from audiokit.training.loader import worker as worker_module
from audiokit.training.loader.blocks import Blocks, Maps
from audiokit.training.loader.task import Task
from audiokit.training.loader.tuner import Decision
from audiokit.training.loader.worker import portable
from audiokit.training.workspace import Workspace

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 24, seconds=0.2)


def loader_of(files, **options):
    given = {"batch_size": 3, "remember": False, "cache": None, "plan": Plan(2, 1), "shuffle": False, **options}
    return audiokit.AudioDataLoader(files, labels=list(range(len(files))), **given)


def gone(pids, seconds=10.0):
    def lives(pid):
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    for _ in range(round(seconds / 0.1)):
        if not any(map(lives, pids)):
            return True
        time.sleep(0.1)
    return False


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


TRAINING = """
import os, signal, sys, time
sys.path[:0] = {paths!r}
import audiokit
signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
from audiokit.training import Plan
from training_parts import slow

if __name__ == "__main__":
    loader = audiokit.AudioDataLoader({files!r}, batch_size=2, cache=None, remember=False, plan=Plan(2, 1),
                                      features=slow, start_method={method!r})
    batches = iter(loader)
    next(batches)
    try:
        print(*loader.worker_pids, loader._workspace.folder, flush=True)  # it may be interrupted from here on
        for batch in batches:
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
"""


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_no_worker_outlives_the_training(sounds, tmp_path, name, method):
    script = tmp_path / "train.py"
    paths = [str(Path(audiokit.__file__).parents[1]), str(Path(__file__).parent / "support")]
    script.write_text(TRAINING.format(paths=paths, files=sounds, method=method), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as training:
        told = training.stdout.readline().split()
        assert told, training.stderr.read()
        pids = [int(pid) for pid in told[:2]]
        if name == "SIGINT":  # as a terminal or a notebook does: to all processes of the group
            os.killpg(training.pid, signal.SIGINT)
        else:
            os.kill(training.pid, signal.Signals[name])
        out, errors = training.communicate(timeout=60)
    assert training.returncode != 0
    assert gone(pids), "workers were left"
    if name == "SIGINT":
        assert "interrupted" in out
        assert errors.count("KeyboardInterrupt") == 1  # the workers say nothing
        assert not Path(told[2]).exists()


@pytest.fixture
def interruptible():
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # ignored where a shell began the tests in the background
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("plan", [Plan(0, 1), Plan(1, 1)], ids=str)
def test_an_interrupt_while_it_waits_leaves_a_loader_that_works(sounds, plan, interruptible):
    with loader_of(sounds[:12], plan=plan, features=slow, batch_size=12) as loader:
        timer = threading.Timer(0.2, _thread.interrupt_main)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            list(loader)
        timer.join()
        (batch,) = loader
        assert len(batch) == 12


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


class Bold:
    """Wants a process after the first batch, whatever was measured."""

    settled, most_ahead, refused = False, 16, False

    def __init__(self):
        self.plan = Plan(0, 1)

    def consider(self, window):
        if self.settled:
            return None
        self.settled = True
        return Decision(Plan(1, 1), "To see what happens.", settled=True)

    def without_processes(self, plan):
        self.plan, self.refused = plan, True


@pytest.mark.parametrize("can", [True, False])
def test_a_change_in_the_middle_of_an_epoch_loses_nothing(sounds, can):
    features = energies if can else lambda samples: energies(samples[:])
    method = "fork" if can else "spawn"
    with loader_of(sounds, plan=Plan(0, 1), features=features, start_method=method) as loader:
        wanted = list(loader)
        loader._engine._tuner = tuner = Bold()
        loader.set_epoch(0)
        got = list(loader)
        assert loader.plan == (Plan(1, 1) if can else Plan(0, 1))
        assert tuner.refused is not can
        reasons = [change.reason for change in loader.report().changes]
        assert reasons[0] == "To see what happens."
        assert can or "cannot be started" in reasons[1]
    assert all(torch.equal(first.data, second.data) for first, second in zip(wanted, got, strict=True))


@pytest.mark.timeout(60)
def test_processes_that_are_given_up_finish_what_they_are_at(sounds):
    with loader_of(sounds, plan=Plan(2, 1), features=slow) as loader:
        wanted = list(loader)
        loader._engine._tuner = Bold()
        loader.set_epoch(0)
        got = list(loader)
        assert loader.plan == Plan(1, 1)
        loader._engine._tuner.settled = True
        list(loader)
        assert len(loader.worker_pids) == 1, "and then they end"
    assert all(torch.equal(first.data, second.data) for first, second in zip(wanted, got, strict=True))


def resident_bytes(pids):
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
        total += 1024 * int(fields[fields.index("Pss:") + 1])
    return total


@pytest.mark.timeout(1200)
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell memory")
@pytest.mark.parametrize("plan", [Plan(0, 2), Plan(2, 1)], ids=str)
def test_memory_stays_flat(sounds, plan):
    """Ten minutes under `make soak`, both together; some seconds otherwise."""
    seconds = 300 if SOAK else 3
    with loader_of(sounds, plan=plan, features="mfcc", augmentations=[Gain()], cache=10**7) as loader:
        found = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            list(loader)
            found.append(
                (
                    resident_bytes([os.getpid(), *loader.worker_pids]),
                    len(os.listdir("/proc/self/fd")),
                    threading.active_count(),
                )
            )
        memory, handles, threads = np.array(found[len(found) // 4 :]).T
        half = len(memory) // 2
        assert np.median(memory[half:]) < 1.02 * np.median(memory[:half]) + 2e6
        assert handles[-1] <= handles[0]
        assert threads[-1] <= threads[0]
