"""An index in workers: shared, whether they are forked or spawned."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from audiokit.training import index_of
from audiokit.training.column import Column

ROWS = 200_000


def paths(count=ROWS):
    return [f"/data/corpus/speaker{number % 1000:04d}/utterance-{number:08d}.flac" for number in range(count)]


@pytest.fixture(scope="module")
def index():
    return index_of(paths(), [f"class{number % 50}" for number in range(ROWS)])


@pytest.fixture(scope="module")
def total(index) -> int:
    """What reading everything adds up to: seconds of work, done once."""
    return read_all(index)


def private_bytes() -> int:
    """Memory that belongs to this process alone."""
    text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))


def read_all(index, count=ROWS) -> int:
    return sum(len(index[place].path) + index[place].label for place in range(count))


def read_list(held, count) -> int:
    return sum(len(held[place]) for place in range(count))


def grow(connection, read, held) -> None:
    gc.disable()  # a collection would touch every object of the parent
    read(held, 10)  # code, caches
    before = private_bytes()
    total = read(held, len(held))
    connection.send((total, private_bytes() - before))


def in_a_fork(read, held) -> tuple[int, int]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=grow, args=(there, read, held))
    process.start()
    there.close()  # so that the end of the child is the end of the pipe
    try:
        return here.recv()
    finally:
        process.join()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what memory is private")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # other tests leave threads behind
def test_a_forked_worker_that_reads_everything_copies_nothing(index, total):
    found, grown = in_a_fork(read_all, index)
    assert found == total
    held = paths()
    _, grown_by_list = in_a_fork(read_list, held)
    assert grown_by_list > 8_000_000  # the measure works: a list is copied
    assert grown < 2_000_000
    assert grown < index.nbytes / 3


def look(connection, index) -> None:
    column = index.table._text
    base = column.array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    connection.send((read_all(index), type(base).__name__, column.array.flags.writeable))


def test_a_spawned_worker_maps_the_arrays(index, total):
    here, there = multiprocessing.Pipe()
    for _ in range(2):  # the second finds the files of the first
        process = multiprocessing.get_context("spawn").Process(target=look, args=(there, index))
        process.start()
        assert here.poll(120)
        found, base, writeable = here.recv()
        process.join()
        assert (found, base, writeable) == (total, "mmap", False)
    file = Path(index.table._text._file)
    assert file.is_file()


def test_files_go_with_their_column():
    column = Column(np.zeros(2_000_000, np.uint8))
    file = Path(column._written())
    assert file.stat().st_size > 2_000_000
    del column
    gc.collect()
    assert not file.exists()


def test_a_pickle_for_elsewhere_takes_everything_along(index):
    data = pickle.dumps(index)
    assert len(data) > index.nbytes * 0.9
    again = pickle.loads(data)
    assert again[12_345] == index[12_345]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_does_not_take_its_parents_file_away():
    column = Column(np.arange(1_000_000))
    file = Path(column._written())
    child = os.fork()
    if not child:
        del column
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
    assert file.exists()
