"""How a loader's processes end and change: interrupts, a parent that dies, plans that follow each other."""

from __future__ import annotations

import _thread
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from loader_faults import gone, loader_of
from training_parts import Gain, energies, slow, write_sounds

import audiokit
from audiokit.training import Plan
from audiokit.training.loader.tuner import Decision

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    return write_sounds(tmp_path_factory.mktemp("sounds"), 24, seconds=0.2)


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
    """What is theirs. Pages of libraries count less the more other programs map them, which nobody here decides."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
        total += sum(1024 * int(fields[fields.index(name) + 1]) for name in ("Pss_Anon:", "Pss_Shmem:"))
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
