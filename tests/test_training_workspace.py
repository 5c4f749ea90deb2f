"""What processes of a dataset share."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle

import numpy as np

from audiokit.training.failures import FailureLog
from audiokit.training.workspace import Counters, Workspace


def count(workspace, counters, log, number):
    for _ in range(number):
        counters.add(seen=1, bytes=number)
    counters.raise_to("largest", number / 10)
    shared = workspace.array("shared", np.int64, 4)
    shared[number] = number
    log.add(0, number, f"caf\udce9{number}.wav", "reason\nof two lines")


def test_spawned_processes_count_together():
    workspace = Workspace()
    counters, log = Counters(workspace, ("seen", "bytes", "largest")), FailureLog(workspace)
    shared = workspace.array("shared", np.int64, 4)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=count, args=(workspace, counters, log, number)) for number in (2, 3)]
    for process in processes:
        process.start()
    count(workspace, counters, log, 1)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    totals = {name: values.tolist() for name, values in counters.totals().items()}
    assert sum(totals["seen"]) == 6
    assert sum(totals["bytes"]) == 1 + 4 + 9
    assert max(totals["largest"]) == 0.3
    assert shared.tolist() == [0, 1, 2, 3]
    failures = log.all()
    assert sorted(failure.path for failure in failures) == [f"caf\udce9{number}.wav" for number in (1, 2, 3)]
    assert failures[0].reason == "reason\nof two lines"


def test_threads_count_together():
    from concurrent.futures import ThreadPoolExecutor

    counters = Counters(Workspace(), ("seen",))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [counters.add(seen=1) for _ in range(500)], range(8)))
    assert counters.totals()["seen"].sum() == 4000


def test_half_a_line_is_no_failure():
    workspace = Workspace()
    log = FailureLog(workspace)
    log.add(0, 1, "a", "b")
    with (workspace.folder / f"failures-{os.getpid()}.jsonl").open("a") as handle:
        handle.write('[0, 2, "c"')
    assert [failure.index for failure in log.all()] == [1]


def test_a_full_disk_is_no_end(monkeypatch):
    from audiokit.training import workspace as module

    def full(handle, size):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "reserve", full)
    workspace = Workspace()
    array = workspace.array("big", np.int32, 5)
    array[:] = 7
    assert array.tolist() == [7] * 5
    assert not (workspace.folder / "big").exists()


def test_the_folder_goes_with_its_maker():
    workspace = Workspace()
    folder = workspace.folder
    other = Workspace(folder)
    del other
    gc.collect()
    assert folder.is_dir()
    assert pickle.loads(pickle.dumps(workspace)).folder != folder
    del workspace
    gc.collect()
    assert not folder.exists()
