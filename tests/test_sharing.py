"""What shared objects need: a default that is made once, locks renewed in a forked child, errors for several threads."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

import audiokit.errors
from audiokit.errors import AudiokitError
from audiokit.sharing import SharedDefault, after_fork, copied_error


def test_a_default_is_made_when_it_is_asked_for_and_can_be_replaced():
    made = []
    shared = SharedDefault(lambda: made.append(object()) or made[-1])
    assert made == []
    assert shared.get() is shared.get() is made[0]
    mine = object()
    assert shared.set(mine) is made[0]
    assert shared.get() is mine
    assert shared.set(None) is mine
    assert shared.set(None) is None
    assert shared.get() is made[1]
    assert len(made) == 2


def test_threads_that_ask_at_once_get_the_same():
    barrier = threading.Barrier(8)

    def make():
        barrier.wait(30)  # all have found nothing by now, and each makes one
        return object()

    shared = SharedDefault(make)
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(shared.get) for _ in range(8)]
        assert len({id(future.result(30)) for future in futures}) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_calls_it_for_as_long_as_its_object_lives():
    class Locked:
        def __init__(self):
            self.calls = 0
            after_fork(self.renew)

        def renew(self):
            self.calls += 1

    def calls_in_child(of):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.write(writer, bytes([of.calls]))
            os._exit(0)
        os.waitpid(child, 0)
        told = os.read(reader, 1)[0]
        os.close(reader)
        os.close(writer)
        return told

    lives, goes = Locked(), Locked()
    assert calls_in_child(lives) == 1
    assert lives.calls == 0
    gone = weakref.ref(goes)
    del goes
    gc.collect()
    assert gone() is None  # it is not kept alive
    assert calls_in_child(lives) == 1


@pytest.mark.parametrize("name", audiokit.errors.__all__)
def test_every_error_of_the_kit_can_be_copied_for_another_thread(name):
    error = getattr(audiokit.errors, name)("what", cure="do this")
    twin = copied_error(error)
    assert twin is not error
    assert (type(twin), str(twin), twin.cure) == (type(error), str(error), "do this")
    assert isinstance(error, AudiokitError)


def test_an_error_that_cannot_be_copied_serves_for_all():
    class Stubborn(Exception):
        def __init__(self, one, two):
            super().__init__(one)

    error = Stubborn(1, 2)
    assert copied_error(error) is error
