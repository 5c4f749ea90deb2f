"""The cache in memory: a model of it, threads that hammer it, users who write, children that are forked."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import signal
import threading
import warnings
import weakref
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import audiokit.errors
from audiokit.audio import Audio
from audiokit.decode import cache as cache_module
from audiokit.decode.cache import (
    CachedSound,
    DecodeCache,
    default_cache,
    default_cache_bytes,
    set_default_cache,
)
from audiokit.decode.cache_key import TrackedFile, cache_key, key_digest, plain
from audiokit.decode.memory import usable_memory_bytes
from audiokit.errors import AudiokitError, ParameterError, SourceNotFound, SourceUnreadable
from audiokit.results import Segment

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))
ENTRY = 1024  # bytes that an entry counts beside its samples


def sound_of(number: int, frames: int = 100, channels: int = 1) -> Audio:
    samples = np.full((channels, frames), number, np.float32)
    samples[:, :] += np.arange(frames, dtype=np.float32) / 1024
    return Audio(samples, 8000, name=str(number))


# --- the model ---------------------------------------------------------------------------------------------------


class AgainstAModel(RuleBasedStateMachine):
    """The cache does what an ordered list of (key, size), cut from the front, does."""

    def __init__(self):
        super().__init__()
        self.bound = 5000
        self.cache = DecodeCache(self.bound)
        self.model: OrderedDict[int, int] = OrderedDict()
        self.hits = self.misses = self.evictions = 0
        self.held: list[tuple[np.ndarray, np.ndarray]] = []  # views given out, and what stood in them

    def trim(self):
        while sum(self.model.values()) > self.bound:
            self.model.popitem(last=False)
            self.evictions += 1

    @rule(key=st.integers(0, 7), frames=st.integers(0, 1300), channels=st.integers(1, 2))
    def ask(self, key, frames, channels):
        made = []

        def make():
            made.append(1)
            return sound_of(key, frames, channels)

        sound = self.cache.get_or_decode((key,), make)
        assert bool(made) == (key not in self.model)
        assert sound.name == str(key)
        if key in self.model:
            self.model.move_to_end(key)
            self.hits += 1
        else:
            self.misses += 1
            size = frames * channels * 4 + ENTRY
            if size <= self.bound:
                self.model[key] = size
                self.trim()
        self.held.append((sound.samples, sound.samples.copy()))

    @rule(key=st.integers(0, 7))
    def look(self, key):
        sound = self.cache.get((key,))
        assert (sound is not None) == (key in self.model)
        if sound is not None:
            self.model.move_to_end(key)
            self.hits += 1

    @rule(key=st.integers(0, 7))
    def fail(self, key):
        def make():
            raise OSError("no")

        if key in self.model:
            self.cache.get_or_decode((key,), make)
            self.model.move_to_end(key)
            self.hits += 1
        else:
            with pytest.raises(OSError, match="no"):
                self.cache.get_or_decode((key,), make)
            self.misses += 1

    @rule(bound=st.integers(0, 12_000))
    def resize(self, bound):
        self.bound = bound
        self.cache.resize(bound)
        self.trim()

    @rule()
    def clear(self):
        self.cache.clear()
        self.model.clear()

    @invariant()
    def counts_agree(self):
        stats = self.cache.stats()
        assert stats.bytes == sum(self.model.values()) <= stats.max_bytes == self.bound
        assert stats.entries == len(self.model)
        assert (stats.hits, stats.misses, stats.evictions) == (self.hits, self.misses, self.evictions)

    @invariant()
    def what_was_given_out_never_changes(self):
        for view, copy in self.held[-5:]:
            np.testing.assert_array_equal(view, copy)


TestAgainstAModel = AgainstAModel.TestCase
TestAgainstAModel.settings = settings(max_examples=200 if SOAK else 20, stateful_step_count=40)


# --- nobody writes -----------------------------------------------------------------------------------------------


def attempts(array: np.ndarray):
    """Every way numpy and Python offer to write, as callables."""

    def by_flag(target):
        target.flags.writeable = True
        target[...] = 99

    def by_setflags(target):
        target.setflags(write=True)
        target[...] = 99

    def behind(target):
        while target is not None:
            if isinstance(target, np.ndarray):
                with_flag = target
                with_flag.flags.writeable = True
                with_flag[...] = 99
            target = getattr(target, "base", None)

    def by_memoryview(target):
        memoryview(target).cast("B")[:] = bytes(target.nbytes)

    def every_base(target):
        done = None
        base = target.base
        while isinstance(base, np.ndarray):
            try:
                by_flag(base)
                done = True
            except ValueError:
                pass
            base = base.base
        if done is None:
            raise ValueError("no base could be written to")

    return {
        "item": lambda: array.__setitem__(..., 99),
        "flag": lambda: by_flag(array),
        "setflags": lambda: by_setflags(array),
        "view": lambda: by_flag(array.view()),
        "slice": lambda: by_flag(array[:, 3:7]),
        "row": lambda: by_flag(array[0]),
        "reshape": lambda: by_flag(array.reshape(-1)),
        "other type": lambda: by_flag(array.view(np.int32)),
        "asarray": lambda: by_flag(np.asarray(array)),
        "frombuffer": lambda: by_flag(np.frombuffer(array, np.float32)),
        "base": lambda: behind(array.base),
        "every base": lambda: every_base(array),
        "memoryview": lambda: by_memoryview(array),
        "in place": lambda: np.multiply(array, 2, out=array),
        "sort": array.sort,
        "ctypes": lambda: (ctypes.c_char * array.nbytes).from_buffer(array),
    }


WAYS = list(attempts(np.zeros((2, 10), np.float32)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("origin", ["array", "slice", "fortran", "bytes", "audio"])
def test_a_write_is_refused_and_changes_nothing(way, origin):
    expected = np.arange(20, dtype=np.float32).reshape(2, 10)
    made = {
        "array": expected.copy(),
        "slice": np.concatenate([expected, expected + 1], axis=1)[:, :10],
        "fortran": np.asfortranarray(expected),
        "bytes": np.frombuffer(expected.tobytes(), np.float32).reshape(2, 10),
        "audio": Audio(expected.copy(), 8000).samples,
    }[origin]
    cache = DecodeCache(100_000)
    for _ in range(2):  # both who decodes and who finds it
        sound = cache.get_or_decode(("k",), lambda: Audio(made, 8000))
        for array in (sound.samples, sound.audio().samples):
            assert not array.flags.writeable
            with pytest.raises((ValueError, TypeError, BufferError)):
                attempts(array)[way]()
            np.testing.assert_array_equal(cache.get(("k",)).samples, expected)


def test_the_protection_is_needed():
    """The obvious way, a read-only view of an array that owns its memory, is no protection."""
    owner = np.zeros(10, np.float32)
    view = owner.view()
    owner.flags.writeable = view.flags.writeable = False
    view.base.flags.writeable = True
    view.flags.writeable = True
    view[:] = 1
    assert owner[0] == 1


def test_bending_the_shape_of_an_array_bends_nobody_elses():
    cache = DecodeCache(100_000)
    expected = sound_of(3, 100, 2).samples
    first = cache.get_or_decode(("k",), lambda: sound_of(3, 100, 2)).samples
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # numpy would rather not have these set at all
        first.shape = (-1,)
        first.dtype = np.int16
        base = first.base
        base.dtype = np.int16
        base.shape = (2, -1)
        base.strides = (0, 0)
    np.testing.assert_array_equal(cache.get(("k",)).samples, expected)


def test_a_hit_is_the_same_memory_and_a_large_array_is_not_copied():
    array = np.zeros((2, 1000), np.float32)
    cache = DecodeCache(100_000)
    sound = cache.get_or_decode(("k",), lambda: Audio(array, 8000))
    assert np.shares_memory(sound.samples, array)
    assert np.shares_memory(sound.samples, cache.get(("k",)).samples)
    assert np.shares_memory(sound.audio().samples, array)


@pytest.mark.parametrize("kind", ["small part", "another's memory"])
def test_memory_that_is_not_the_sounds_own_is_copied(kind):
    big = np.zeros((1, 1_000_000), np.float32)
    array = big[:, :10] if kind == "small part" else np.frombuffer(bytearray(40), np.float32).reshape(1, 10)
    sound = CachedSound.of(Audio(array, 8000))
    assert not np.shares_memory(sound.samples, array)
    np.testing.assert_array_equal(sound.samples, array)


def test_everything_an_audio_says_is_kept():
    lost = (Segment(0.25, 0.5, "damaged"),)
    audio = Audio(np.ones((2, 5), np.float32), 44100, "a name", ("a warning",), lost, 1.5)
    back = CachedSound.of(audio).audio()
    np.testing.assert_array_equal(back.samples, audio.samples)
    assert (back.sample_rate, back.name, back.warnings, back.lost, back.start_seconds) == (
        44100,
        "a name",
        ("a warning",),
        lost,
        1.5,
    )


def test_memory_is_given_back_when_the_last_view_goes():
    owner = np.zeros((1, 1000), np.float32)
    alive = weakref.ref(owner)
    sound = CachedSound.of(Audio(owner, 8000))
    del owner
    view = sound.samples[:, 5:]
    del sound
    gc.collect()
    assert alive() is not None
    assert view.shape == (1, 995)
    del view
    gc.collect()
    assert alive() is None


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


@pytest.mark.parametrize("name", audiokit.errors.__all__)
def test_every_error_of_the_kit_can_be_copied_for_another_thread(name):
    error = getattr(audiokit.errors, name)("what", cure="do this")
    twin = cache_module.copied_error(error)
    assert twin is not error
    assert (type(twin), str(twin), twin.cure) == (type(error), str(error), "do this")
    assert isinstance(error, AudiokitError)


def test_an_error_that_cannot_be_copied_serves_for_all():
    class Stubborn(Exception):
        def __init__(self, one, two):
            super().__init__(one)

    error = Stubborn(1, 2)
    assert cache_module.copied_error(error) is error


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


def test_a_copy_for_another_process_is_empty_with_the_same_bound():
    cache = DecodeCache(54_321)
    cache.get_or_decode(("k",), lambda: sound_of(1))
    other = pickle.loads(pickle.dumps(cache))
    assert (other.stats().max_bytes, other.stats().entries) == (54_321, 0)


# --- bounds and defaults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bound", [-1, 1.5, True])
def test_a_bound_that_is_none_is_refused(bound):
    with pytest.raises(ParameterError, match="max_bytes"):
        DecodeCache(bound)
    with pytest.raises(ParameterError, match="max_bytes"):
        DecodeCache(1).resize(bound)


def test_a_sound_larger_than_the_bound_is_returned_and_evicts_nothing():
    cache = DecodeCache(10_000)
    cache.get_or_decode(("small",), lambda: sound_of(1))
    assert cache.get_or_decode(("large",), lambda: sound_of(2, 10_000)).shape == (1, 10_000)
    assert cache.get(("large",)) is None
    assert cache.get(("small",)) is not None


def test_the_default_is_made_when_asked_for_shared_and_replaceable():
    before = set_default_cache(None)
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: default_cache(), range(32)))
        assert len(set(map(id, found))) == 1
        assert found[0].stats().max_bytes == default_cache_bytes()
        mine = DecodeCache(5)
        assert set_default_cache(mine) is found[0]
        assert default_cache() is mine
    finally:
        set_default_cache(before)


def test_the_default_bound_is_a_share_of_the_memory_there_is():
    assert 0 < default_cache_bytes() <= 2 << 30
    assert default_cache_bytes() <= usable_memory_bytes() // 10


@pytest.mark.parametrize(
    ("cgroup", "files", "limit"),
    [
        ("0::/a/b\n", {"sys/fs/cgroup/a/b/memory.max": "max", "sys/fs/cgroup/a/memory.max": "4096000"}, 4_096_000),
        ("0::/elsewhere\n", {"sys/fs/cgroup/memory.max": "123456\n"}, 123_456),
        ("5:cpu,memory:/x\n0::/\n", {"sys/fs/cgroup/memory/x/memory.limit_in_bytes": "777777"}, 777_777),
        ("0::/\n", {"sys/fs/cgroup/memory.max": "9223372036854771712"}, None),
        ("nonsense\n", {}, None),
        (None, {}, None),
    ],
)
def test_control_groups_limit_what_may_be_used(tmp_path, cgroup, files, limit):
    if cgroup is not None:
        files = {**files, "proc/self/cgroup": cgroup}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="ascii")
    without = usable_memory_bytes(tmp_path / "nothing")
    assert usable_memory_bytes(tmp_path) == (without if limit is None else limit)
    assert without > 64 << 20


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(100))
    return path


def test_a_key_names_the_real_path_the_state_and_the_parameters(recording, tmp_path):
    link = tmp_path / "link.wav"
    try:
        link.symlink_to(recording)
    except OSError:
        pytest.skip("links are not permitted here")
    key = cache_key(recording, sample_rate=16000, mono=True)
    assert key == cache_key(str(link), mono=np.bool_(True), sample_rate=np.int64(16000))
    assert key[:3] == (os.path.realpath(recording), recording.stat().st_mtime_ns, 104)
    different = [
        cache_key(recording, sample_rate=8000, mono=True),
        cache_key(recording, sample_rate=16000, mono=False),
        cache_key(recording, sample_rate=16000, mono=True, offset_seconds=1),
        cache_key(recording, sample_rate=16000, mono=True, duration_seconds=1),
        cache_key(recording, sample_rate=16000, mono=True, quality="soxr_vhq"),
    ]
    assert len({key, *different}) == len({key_digest(k) for k in (key, *different)}) == 6


def test_a_changed_file_has_another_key(recording):
    first = cache_key(recording)
    stamp = recording.stat().st_mtime_ns
    os.utime(recording, ns=(stamp, stamp + 1_000_000))
    second = cache_key(recording)
    recording.write_bytes(bytes(200))
    os.utime(recording, ns=(stamp, stamp))
    assert len({first, second, cache_key(recording)}) == 3


def test_another_version_of_a_decoder_has_another_key(recording):
    from dataclasses import replace

    from audiokit.decode.router import Router

    class Newer:
        name, version = "soundfile", "99"

    router = Router()
    newer = replace(router, registered={**router.registered, "soundfile": Newer()})
    fewer = replace(router, routes=router.routes[1:])
    assert cache_key(recording) == cache_key(recording, router=router)
    assert len({cache_key(recording, router=r) for r in (router, newer, fewer)}) == 3


def test_a_link_that_is_turned_is_noticed(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"same size")
    link = tmp_path / "link"
    try:
        link.symlink_to(tmp_path / "a")
    except OSError:
        pytest.skip("links are not permitted here")
    tracked = TrackedFile(link)
    assert tracked.state()[0] == os.path.realpath(tmp_path / "a")
    link.unlink()
    link.symlink_to(tmp_path / "b")
    assert tracked.state()[0] == os.path.realpath(tmp_path / "b")


def test_a_relative_path_follows_the_working_directory(tmp_path, monkeypatch):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_bytes(b"same size")
    tracked = TrackedFile("a")
    for folder in ("one", "two"):
        monkeypatch.chdir(tmp_path / folder)
        assert tracked.state()[0] == os.path.realpath(tmp_path / folder / "a")


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(SourceNotFound):
        cache_key(tmp_path / "none.wav")
    with pytest.raises(SourceUnreadable, match="directory"):
        cache_key(tmp_path)
    with pytest.raises(ParameterError):
        cache_key("a\0b")


@pytest.mark.parametrize("value", [object(), [1], {1: 2}, np.zeros(2), int])
def test_parameters_that_cannot_be_compared_are_refused(recording, value):
    with pytest.raises(ParameterError, match="odd"):
        cache_key(recording, odd=value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


@given(one=PLAIN, two=PLAIN)
def test_digests_differ_where_keys_print_differently(one, two):
    one, two = plain(one, "one"), plain(two, "two")
    assert (key_digest((one,)) == key_digest((two,))) == (ascii(one) == ascii(two))


def test_a_digest_is_the_same_in_every_process():
    """The arena's files of one version of the kit are found by the next process, and the next year."""
    assert key_digest(("/a/\udce9é.wav", 1, 2, None, True, 0.1)) == "4f83b86ffe667447787c352a570dca42"
