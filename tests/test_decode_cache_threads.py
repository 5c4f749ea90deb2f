"""The cache among threads and forked children: one decoding for all who ask, and no lock left held."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cache_parts import ENTRY, SOAK, sound_of

from audiokit.decode.cache import DecodeCache
from audiokit.errors import ParameterError, SourceNotFound

# --- one decoding for all ------------------------------------------------------------------------------------------


def test_threads_that_ask_at_once_decode_once():
    cache = DecodeCache(1_000_000)
    started, go_on, calls = threading.Event(), threading.Event(), []

    def make():
        calls.append(threading.get_ident())
        started.set()
        assert go_on.wait(30)
        return sound_of(1)

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(cache.get_or_decode, ("k",), make)
        assert started.wait(30)
        others = [pool.submit(cache.get_or_decode, ("k",), make) for _ in range(7)]
        # While it decodes, the cache serves others.
        assert cache.get_or_decode(("another",), lambda: sound_of(2)).name == "2"
        go_on.set()
        results = [future.result(30) for future in [first, *others]]
    assert len(calls) == 1
    assert all(result is results[0] for result in results)
    assert (cache.stats().misses, cache.stats().hits) == (2, 7)


def waiting(cache: DecodeCache, flight_key) -> bool:
    flight = cache._flights.get(flight_key)
    return flight is not None and len(flight.done._cond._waiters) > 0


def until(condition):
    import time

    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about")


def test_a_failure_reaches_all_who_wait_and_keeps_nothing():
    cache = DecodeCache(1_000_000)
    started, go_on = threading.Event(), threading.Event()

    def make():
        started.set()
        assert go_on.wait(30)
        raise SourceNotFound("there is none", cure="Make one.") from KeyError("deep")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_decode, ("k",), make)
        assert started.wait(30)
        second = pool.submit(cache.get_or_decode, ("k",), make)
        until(lambda: waiting(cache, ("k",)))
        go_on.set()
        errors = [future.exception(30) for future in (first, second)]
    assert [str(error) for error in errors] == ["there is none Make one."] * 2
    assert type(errors[1]) is SourceNotFound
    assert errors[0] is not errors[1], "two threads would write into one traceback"
    assert isinstance(errors[1].__cause__, KeyError)
    assert (cache.stats().entries, cache.stats().misses) == (0, 2)
    assert cache.get_or_decode(("k",), lambda: sound_of(5)).name == "5"


def test_an_interrupted_decoding_is_taken_over():
    cache = DecodeCache(1_000_000)
    started, go_on = threading.Event(), threading.Event()

    def interrupted():
        started.set()
        assert go_on.wait(30)
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_decode, ("k",), interrupted)
        assert started.wait(30)
        second = pool.submit(cache.get_or_decode, ("k",), lambda: sound_of(4))
        until(lambda: waiting(cache, ("k",)))
        go_on.set()
        assert isinstance(first.exception(30), KeyboardInterrupt)
        assert second.result(30).name == "4"


def test_what_is_decoded_while_the_cache_is_cleared_is_not_kept():
    cache = DecodeCache(1_000_000)

    def make():
        cache.clear()
        return sound_of(1)

    assert cache.get_or_decode(("k",), make).name == "1"
    assert cache.get(("k",)) is None
    assert cache.stats().bytes == 0


def test_asking_for_its_own_key_is_an_error_not_a_deadlock():
    cache = DecodeCache(1_000_000)
    with pytest.raises(ParameterError, match="this very sound"):
        cache.get_or_decode(("k",), lambda: cache.get_or_decode(("k",), lambda: sound_of(1)))
    assert cache.get_or_decode(("k",), lambda: sound_of(2)).name == "2"


@pytest.mark.parametrize("cleared", [False, True])
def test_threads_hammering_lose_nothing(cleared):
    """Right samples for everyone, never two decodings of a key at once, counts that add up, the bound never passed.

    Clearing abandons what is under way, so that one key may then be decoded twice at once.
    """
    threads, rounds, keys = (16, 20_000, 60) if SOAK else (6, 1500, 30)
    bound = 10 * (400 * 4 + ENTRY)
    cache = DecodeCache(bound)
    under_way, decodings, guard, wrong = set(), [0, 0], threading.Lock(), []
    barrier = threading.Barrier(threads)

    def make(key):
        with guard:
            if key in under_way and not cleared:
                wrong.append(f"{key} is decoded twice at once")
            under_way.add(key)
            decodings[0] += 1
        if key % 11 == 10:
            with guard:
                under_way.discard(key)
                decodings[1] += 1
            raise ValueError(str(key))
        audio = sound_of(key, 200 + 7 * key)
        with guard:
            under_way.discard(key)
        return audio

    def hammer(seed):
        generator = np.random.default_rng(seed)
        failures = 0
        barrier.wait(30)
        for number in generator.integers(0, keys, rounds).tolist():
            try:
                sound = cache.get_or_decode((number,), lambda number=number: make(number))
            except ValueError as error:
                failures += 1
                if str(error) != str(number):
                    wrong.append(f"the error of {error} for {number}")
                continue
            samples = sound.samples
            if samples.shape != (1, 200 + 7 * number) or samples[0, 0] != number or samples[0, -1] < number:
                wrong.append(f"{number} got {samples.shape} beginning with {samples[0, 0]}")
            if number == 0 and seed == 0:
                cache.resize(bound // 2 if generator.random() < 0.5 else bound)
            if cleared and number == 1 and seed == 1:
                cache.clear()
            stats = cache.stats()
            if stats.bytes > stats.max_bytes:
                wrong.append(f"{stats.bytes} of {stats.max_bytes} bytes")
        return failures

    with ThreadPoolExecutor(threads) as pool:
        failures = sum(pool.map(hammer, range(threads)))
    assert wrong == []
    stats = cache.stats()
    assert stats.hits + stats.misses == threads * rounds
    # Every miss decoded, or waited for one that failed.
    assert stats.misses - (failures - decodings[1]) == decodings[0]
    assert stats.evictions > 0
    assert stats.bytes == sum(sound.cost_bytes for sound in cache._entries.values())


# --- processes -----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("held", ["lock", "flight"])
def test_a_forked_child_does_not_wait_for_a_thread_that_it_has_not(held):
    cache = DecodeCache(1_000_000)
    cache.get_or_decode(("old",), lambda: sound_of(7))
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        if held == "lock":
            with cache._lock:
                inside.set()
                go_on.wait(60)
        else:

            def make():
                inside.set()
                go_on.wait(60)
                return sound_of(1)

            cache.get_or_decode(("new",), make)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(30)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of what is tested here
        child = os.fork()
    if child == 0:  # pragma: no cover - no assertion of pytest in here, only an exit status
        status = 1
        try:
            old = cache.get(("old",))
            new = cache.get_or_decode(("new",), lambda: sound_of(2))
            status = 0 if (old.name, new.name, cache.stats().entries) == ("7", "2", 2) else 2
        finally:
            os._exit(status)
    ended = (0, 0)

    def has_ended():
        nonlocal ended
        ended = os.waitpid(child, os.WNOHANG)
        return ended[0] == child

    try:
        until(has_ended)
    except AssertionError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    finally:
        go_on.set()
        thread.join(30)
    assert os.waitstatus_to_exitcode(ended[1]) == 0
