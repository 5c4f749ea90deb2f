"""Forks come between what threads do: no lock of a thread that is not there is left locked in the child."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from training_parts import write_sounds

import audiokit
from audiokit.fork_gate import ForkGate

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@contextlib.contextmanager
def beside(work, threads=1):
    """Threads that do something over and over."""
    stop = threading.Event()

    def go():
        while not stop.is_set():
            work()

    made = [threading.Thread(target=go, daemon=True) for _ in range(threads)]
    for thread in made:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in made:
            thread.join(20)
            assert not thread.is_alive()


def in_child(work, seconds=20):
    """Whether work came to its end in a forked child; one that stands still is ended."""
    child = os.fork()
    if not child:
        code = 1
        with contextlib.suppress(BaseException):
            code = 0 if work() else 2
        os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


@pytest.mark.parametrize("threads", [1, 3])
def test_no_lock_is_held_in_the_child_by_a_thread_that_works(threads):
    gate, lock = ForkGate(), threading.Lock()

    def work():
        with gate, lock:
            time.sleep(0.002)

    with beside(work, threads):
        for _ in range(15):
            assert in_child(lambda: lock.acquire(timeout=5))


def test_without_the_gate_it_would_be():
    lock = threading.Lock()

    def work():
        with lock:
            time.sleep(0.05)

    with beside(work):
        assert not all(in_child(lambda: lock.acquire(timeout=0.2)) for _ in range(15))


def test_the_child_goes_through_the_gate_as_if_it_were_new():
    gate = ForkGate()

    def through():
        with gate:
            pass

    def both():
        with gate, gate:
            other = threading.Thread(target=through, daemon=True)
            other.start()
            other.join(5)
            return not other.is_alive() and in_child(lambda: True)

    def work():
        with gate:
            time.sleep(0.001)

    with beside(work, 2):
        for _ in range(5):
            assert in_child(both)


def test_a_thread_may_fork_in_the_middle_of_its_own_work():
    gate = ForkGate(patience_seconds=30)
    with gate:
        began = time.monotonic()
        assert in_child(lambda: True)
        assert time.monotonic() - began < 20  # it did not wait for itself
    with gate:
        pass


def test_several_threads_that_fork_at_once_do_not_wait_for_each_other():
    gate = ForkGate(patience_seconds=60)
    found = []

    def work():
        with gate:
            found.append(in_child(lambda: True))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert found == [True] * 4


def test_what_does_not_end_is_not_waited_for_for_ever():
    gate, inside, end = ForkGate(patience_seconds=0.2), threading.Event(), threading.Event()

    def hang():
        with gate:
            inside.set()
            end.wait(30)

    thread = threading.Thread(target=hang, daemon=True)
    thread.start()
    inside.wait(10)
    assert in_child(lambda: True)
    end.set()
    thread.join(10)
    with gate:  # and work goes on
        pass


def test_work_waits_for_a_fork_and_goes_on_after_it():
    gate, done = ForkGate(), []

    def work():
        with gate:
            done.append(1)

    with beside(work, 2):
        for _ in range(10):
            before = len(done)
            assert in_child(lambda: True)
            end = time.monotonic() + 20
            while len(done) <= before:
                assert time.monotonic() < end
                time.sleep(0.001)


@settings(max_examples=25, deadline=None)
@given(depths=st.lists(st.integers(1, 4), max_size=5), fails=st.booleans())
def test_as_often_as_it_went_in_it_comes_out(depths, fails):
    gate = ForkGate()
    for depth in depths:
        with contextlib.ExitStack() as stack, contextlib.suppress(ValueError):
            for _ in range(depth):
                stack.enter_context(gate)
            if fails:
                raise ValueError
    assert gate._working == {}


def test_nothing_is_registered_before_there_is_work():
    code = """
import os
registered = []
os.register_at_fork = lambda **hooks: registered.append(hooks)
from audiokit.fork_gate import FORK_GATE
def ours():
    return sum("ForkGate" in repr(hooks) for hooks in registered)
assert ours() == 0
for _ in range(3):
    with FORK_GATE: pass
assert ours() == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# What stood still: soundfile opens one file at a time, and a child inherited the lock of a thread that was at it.


def test_files_are_opened_in_a_child_that_was_forked_while_a_thread_opened_one(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(1600, np.float32), 16000)
    audiokit.info(path)  # Python holds a lock of its own while a module is imported for the first time
    with beside(lambda: audiokit.info(path), 2):
        for _ in range(25):
            assert in_child(lambda: audiokit.info(path).frames == 1600, seconds=10)


def test_a_loader_may_start_processes_while_the_threads_of_another_work(tmp_path):
    pytest.importorskip("torch")
    from audiokit.training import Plan

    files = write_sounds(tmp_path, 12, seconds=0.2)
    given = {"batch_size": 2, "remember": False, "cache": None, "features": "mfcc"}
    ready = threading.Event()

    def epoch():
        for _ in busy:
            ready.set()

    with audiokit.AudioDataLoader(files, plan=Plan(0, 2, prefetch=6), **given) as busy, beside(epoch):
        ready.wait(30)
        for _ in range(8):
            with audiokit.AudioDataLoader(files, plan=Plan(2, 1), **given) as other:
                assert sum(len(batch) for batch in other) == 12


def test_processes_of_others_wait_for_it_too(tmp_path):
    gate, lock = ForkGate(), threading.Lock()

    def work():
        with gate, lock:
            time.sleep(0.002)

    with beside(work, 2):
        for _ in range(8):
            process = multiprocessing.get_context("fork").Process(target=lock.acquire, args=(True, 5))
            began = time.monotonic()
            process.start()
            process.join(20)
            assert process.exitcode == 0
            assert time.monotonic() - began < 15
