"""The store among threads: loaded once, failures for all who wait, circles refused, any order."""

from __future__ import annotations

import random
import threading
import time

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from store_models import Clock, Model

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import ModelStore, store
from audiokit.models.memory_meter import Measured

pytest_plugins = ("store_models",)


def in_threads(count, work):
    errors, results, barrier = [], [], threading.Barrier(count)

    def run():
        barrier.wait()
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results, errors


def test_fifty_threads_load_once():
    models, calls = ModelStore(10**9, devices=["cpu"]), []

    def load(device):
        calls.append(device)
        time.sleep(0.05)
        return Model("a")

    def use():
        with models.lease("a", load) as model:
            return model

    results, errors = in_threads(50, use)
    assert not errors
    assert len(results) == 50
    assert len({id(model) for model in results}) == 1
    assert calls == ["cpu"]
    found = models.statistics()
    assert (found.loads, found.hits + found.waits) == (1, 49)
    assert found.models[0].leases == 0
    assert found.models[0].uses == 50


def test_a_failure_is_everybodys_and_the_next_tries_again():
    models, calls, failing = ModelStore(10**9, devices=["cpu"]), [], [True]

    def load(device):
        calls.append(device)
        time.sleep(0.3)  # until all fifty wait
        if failing[0]:
            raise ModelUnavailable("no weights", cure="get some")
        return Model("a")

    def use():
        with models.lease("a", load) as model:
            return model

    results, errors = in_threads(50, use)
    assert not results
    assert len(errors) == 50
    assert {(type(error), str(error)) for error in errors} == {(ModelUnavailable, "no weights get some")}
    assert len(calls) == 1
    failing[0] = False
    assert use().name == "a"
    found = models.statistics()
    assert (found.loads, found.failures) == (1, 1)


def test_an_interrupted_loading_leaves_the_waiting_to_try():
    models, started, calls = ModelStore(10**9, devices=["cpu"]), threading.Event(), []

    def load(device):
        calls.append(device)
        started.set()
        if len(calls) == 1:
            time.sleep(0.1)
            raise KeyboardInterrupt
        return Model("a")

    def first():
        try:
            with models.lease("a", load):
                pass
        except KeyboardInterrupt:
            pass

    thread = threading.Thread(target=first)
    thread.start()
    started.wait()
    with models.lease("a", load) as model:
        assert model.name == "a"
    thread.join()
    assert len(calls) == 2


def test_loading_that_waits_for_itself_is_refused():
    models = ModelStore(10**9, devices=["cpu"])

    def load(_):
        with models.lease("a", load) as model:
            return model

    with pytest.raises(ParameterError, match="waits for itself"), models.lease("a", load):
        pass


def test_two_loadings_that_wait_for_each_other_are_refused():
    models, both = ModelStore(10**9, devices=["cpu"]), threading.Barrier(2)

    def load(other, _device):
        both.wait(20)
        with models.lease(other, lambda device: load("a" if other == "b" else "b", device)):
            return Model("x")

    def use(key, other):
        with models.lease(key, lambda device: load(other, device)):
            pass

    errors = []

    def run(key, other):
        try:
            use(key, other)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(errors) == 2  # the second one's loading failed with what the first one's found
    assert all("waits for itself" in str(error) for error in errors)


class AnyOrder(RuleBasedStateMachine):
    """Leases begin and end in any order, time passes, memory is short: a model in use is never given up."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.store = ModelStore(100, devices=["one", "two"], idle_seconds=50, clock=self.clock, policy="lfu")
        self.open = []
        self.alive = {}
        self.real, store.weigh = (
            store.weigh,
            lambda model, before, device, *, alone: Measured(model.size, "parameters"),
        )

    def teardown(self):
        store.weigh = self.real

    @rule(
        key=st.sampled_from("abcdef"), size=st.integers(0, 150), device=st.sampled_from(["auto", "auto", "one", "two"])
    )
    def begin(self, key, size, device):
        lease = self.store.lease(key, lambda _: Model(key, size), device=device)
        self.open.append((lease, lease.__enter__()))

    @rule(data=st.data())
    def end(self, data):
        if self.open:
            lease, _ = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
            lease.__exit__(None, None, None)

    @rule(seconds=st.integers(0, 60))
    def wait(self, seconds):
        self.clock.now += seconds
        self.store.evict_idle()

    @invariant()
    def what_is_in_use_is_there_once(self):
        held = {id(loaded.model): loaded for loaded in self.store._loaded.values()}
        for _, model in self.open:
            assert id(model) in held
        assert sum(loaded.leases for loaded in held.values()) == len(self.open)

    @invariant()
    def over_the_bound_only_with_what_is_in_use(self):
        for device in ("one", "two"):
            here = [loaded for slot, loaded in self.store._loaded.items() if slot[1] == device]
            total = sum(loaded.measured.bytes for loaded in here)
            idle = [loaded for loaded in here if not loaded.leases and loaded.measured.bytes]
            assert total <= 100 or not idle


TestAnyOrder = AnyOrder.TestCase


@pytest.mark.parametrize("seed", range(3))
def test_threads_in_any_order(sized, seed):
    """Sixteen threads on six models with room for two: nobody ever sees a model that was given up."""
    models = ModelStore(200, devices=["one", "two"], idle_seconds=0.02, policy=["lfu", "lru"][seed % 2])
    failures, loading, lock = [], {}, threading.Lock()

    def load(key, device):
        with lock:
            loading[key, device] = loading.get((key, device), 0) + 1
            if loading[key, device] > 1:
                failures.append("loaded twice at once")
        time.sleep(0.001)
        with lock:
            loading[key, device] -= 1
        if key == "f" and random.random() < 0.5:
            raise ModelUnavailable("not now")
        return Model(key, 80)

    def work(number):
        choice = random.Random(seed * 100 + number)
        for _ in range(60):
            key = choice.choice("abcdef")
            try:
                with models.lease(key, lambda device, key=key: load(key, device)) as model:
                    if model.name != key:
                        failures.append("another model")
                    if not any(loaded.model is model for loaded in list(models._loaded.values())):
                        failures.append("given up while in use")
            except ModelUnavailable:
                pass
            if choice.random() < 0.1:
                models.evict_idle(0)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    found = models.statistics()
    assert all(model.leases == 0 for model in found.models)
    assert found.over_bytes == 0
    assert not models._flights
    assert not models._waiting
