"""The cache in memory: a model of it, its bound, and the default that all share."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cache_parts import ENTRY, SOAK, sound_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from audiokit.decode.cache import DecodeCache, default_cache, default_cache_bytes, set_default_cache
from audiokit.decode.memory import usable_memory_bytes
from audiokit.errors import ParameterError

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
