"""The cache on disk, shared by threads and by processes, spawned or forked."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from arena_parts import FILE, put, tone

from audiokit.decode.arena import Arena

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))


@pytest.fixture
def arena(tmp_path) -> Arena:
    return Arena(tmp_path / "new" / "folder", max_bytes=1_000_000)


# --- threads and processes -----------------------------------------------------------------------------------------


def hammer(folder: str, seed: int, rounds: int, keys: int, bound: int) -> tuple[int, list[str]]:
    """Put and get at random; return how often something was found, and what was wrong."""
    arena = Arena(folder, max_bytes=bound)
    generator = np.random.default_rng(seed)
    found, wrong, held = 0, [], []
    for number in generator.integers(0, keys, rounds).tolist():
        sound = arena.get((number,))
        if sound is None:
            put(arena, number)
            continue
        found += 1
        held = [*held[-20:], (number, sound)]
        earlier, sound = held[int(generator.integers(len(held)))]
        if not np.array_equal(sound.samples, tone(earlier)):
            wrong.append(f"{earlier} is not what was put")
    if arena.stats().damaged:
        wrong.append("a file was seen half-written")
    return found, wrong


def test_threads_share_an_arena(tmp_path):
    rounds = 5000 if SOAK else 200
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(hammer, str(tmp_path), seed, rounds, 30, 20 * FILE) for seed in range(4)]
        results = [job.result() for job in jobs]
    assert [wrong for _, wrong in results] == [[]] * 4
    assert sum(found for found, _ in results) > 0
    assert Arena(tmp_path, max_bytes=20 * FILE).stats().bytes <= 26 * FILE


def test_threads_that_write_at_once_keep_the_bound(tmp_path):
    arena = Arena(tmp_path, max_bytes=20 * FILE)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: put(arena, number), range(120)))
    put(arena, 1000)
    assert arena.stats().bytes <= 21 * FILE
    assert arena._writing_bytes == 0


def test_spawned_processes_share_an_arena(tmp_path):
    arena = Arena(tmp_path, max_bytes=20 * FILE)
    put(arena, 0)
    rounds = 5000 if SOAK else 150
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        jobs = [pool.apply_async(hammer, (str(tmp_path), seed, rounds, 30, 20 * FILE)) for seed in range(2)]
        mine = hammer(str(tmp_path), 9, rounds, 30, 20 * FILE)
        results = [mine, *(job.get(120) for job in jobs)]
    assert [wrong for _, wrong in results] == [[]] * 3
    assert all(found for found, _ in results)
    assert not list(tmp_path.glob("*.unfinished"))
    assert arena.stats().bytes <= 24 * FILE


def test_what_one_process_puts_another_finds(tmp_path):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(put, (Arena(tmp_path), 5))  # an arena can be sent to a process
    np.testing.assert_array_equal(Arena(tmp_path).get((5,)).samples, tone(5))


def test_a_copy_is_of_the_same_folder(arena):
    put(arena, 1)
    other = pickle.loads(pickle.dumps(arena))
    assert other.get((1,)) is not None
    assert other.stats().max_bytes == 1_000_000
    assert other.stats().hits == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_does_not_wait_for_a_thread_that_it_has_not(arena):
    put(arena, 1)
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        with arena._lock:
            arena._looking = True
            inside.set()
            go_on.wait(60)
            arena._looking = False

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    child = os.fork()
    if child == 0:  # pragma: no cover - only an exit status comes out of here
        status = 1
        try:
            status = 0 if arena.get((1,)) is not None and put(arena, 2) and not arena._looking else 2
        finally:
            os._exit(status)
    try:
        for _ in range(3000):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            time.sleep(0.01)
        else:
            os.kill(child, 9)
            os.waitpid(child, 0)
            pytest.fail("the child waits for ever")
    finally:
        go_on.set()
        thread.join(30)
    assert os.waitstatus_to_exitcode(status) == 0
    assert arena.get((2,)) is not None
