"""The store: loaded once, never given up while in use, bounded, and honest about memory."""

from __future__ import annotations

import gc
import os
import random
import threading
import time
import weakref

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models import ModelStore, default_store, set_default_store, store
from audiokit.models.memory_meter import Measured, parameter_bytes, weigh


class Model:
    def __init__(self, name, size=0):
        self.name, self.size, self.gone = name, size, False


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def sized(monkeypatch):
    """Models weigh what they say."""
    monkeypatch.setattr(
        store, "weigh", lambda model, before, device, *, alone: Measured(getattr(model, "size", 0), "parameters")
    )


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


def test_what_is_in_use_stays_and_the_rest_goes(sized):
    models = ModelStore(100, devices=["cpu"])
    with models.lease("a", lambda _: Model("a", 80)) as first:
        with models.lease("b", lambda _: Model("b", 80)) as second:
            assert (first.name, second.name) == ("a", "b")
            assert models.statistics().bytes == 160
            assert models.statistics().over_bytes == 60
        assert [model.key for model in models.statistics().models] == ["a"]  # b was idle, and there was no room
    assert models.statistics().over_bytes == 0
    with models.lease("c", lambda _: Model("c", 90)):
        assert [model.key for model in models.statistics().models] == ["c"]
    assert models.statistics().evictions == 2


def test_room_is_made_before_what_was_here_already_is_loaded_again(sized):
    models, peak = ModelStore(100, devices=["cpu"]), []
    for key in "ab":
        with models.lease(key, lambda _: Model("x", 80)):
            pass

    def load(_):
        peak.append(models.statistics().bytes)
        return Model("a", 80)

    with models.lease("a", load):
        pass
    assert peak == [0]


def test_evicted_models_are_freed():
    models = ModelStore(0, devices=["cpu"])
    with models.lease("a", lambda _: Model("a")) as model:
        reference = weakref.ref(model)
    del model
    models.evict_idle(0)
    gc.collect()
    assert reference() is None


def test_idle_models_go_after_their_time(sized):
    clock = Clock()
    models = ModelStore(10**9, devices=["cpu"], idle_seconds=60, clock=clock)
    for key in "ab":
        with models.lease(key, lambda _: Model("x", 1)):
            pass
    clock.now = 30
    with models.lease("b", lambda _: pytest.fail("it is there")):
        clock.now = 200
        assert models.evict_idle() == 1  # a; b is in use
        assert [model.key for model in models.statistics().models] == ["b"]
    assert models.evict_idle() == 0  # its idle time begins with the end of the lease
    clock.now = 261
    assert models.evict_idle() == 1
    assert models.statistics().timeouts == 2


def test_nobody_has_to_call_for_the_idle_to_go():
    models = ModelStore(10**9, devices=["cpu"], idle_seconds=0.05)
    with models.lease("a", lambda _: Model("a")):
        pass
    deadline = time.monotonic() + 20
    while models.statistics().models and time.monotonic() < deadline:
        time.sleep(0.02)
    assert models.statistics().timeouts == 1
    with models.lease("a", lambda _: Model("a")):  # and its thread begins again
        pass
    while models.statistics().models and time.monotonic() < deadline:
        time.sleep(0.02)
    assert models.statistics().timeouts == 2


def test_a_store_that_nobody_holds_ends_with_its_thread():
    models = ModelStore(10**9, devices=["cpu"], idle_seconds=0.2)
    with models.lease("a", lambda _: Model("a")):
        pass
    thread, reference = models._watch.thread, weakref.ref(models)
    del models
    gc.collect()
    thread.join(20)
    assert not thread.is_alive()
    assert reference() is None


def test_devices_take_turns_and_a_model_is_found_where_it_is():
    models, seen = ModelStore(10**9, devices=["one", "two", "three"]), []
    for key in "abcd":
        with models.lease(key, lambda device: seen.append(device) or Model(device)):
            pass
    assert seen == ["one", "two", "three", "one"]
    with models.lease("b", lambda _: pytest.fail("it is on two")) as model:
        assert model.name == "two"
    with models.lease("b", Model, device="three") as model:
        assert model.name == "three"
    assert {(found.key, found.device) for found in models.statistics().models} == {
        ("a", "one"), ("b", "two"), ("c", "three"), ("d", "one"), ("b", "three")
    }  # fmt: skip


def test_the_bound_holds_on_each_device(sized):
    models = ModelStore(100, devices=["one", "two"])
    for key in "abc":
        with models.lease(key, lambda _: Model("x", 80)):
            pass
    assert {found.key for found in models.statistics().models} == {"b", "c"}


@pytest.mark.parametrize("error", [MemoryError(), type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory")])
def test_out_of_memory_gives_up_the_idle_and_tries_once_more(error):
    models, calls = ModelStore(10**9, devices=["cpu"]), []
    with models.lease("idle", lambda _: Model("idle")):
        pass

    def load(_):
        calls.append(len(models.statistics().models))
        if len(calls) == 1:
            raise error
        return Model("large")

    with models.lease("large", load):
        pass
    assert calls == [1, 0]
    with pytest.raises(type(error)), models.lease("larger", lambda _: (_ for _ in ()).throw(error)):
        pass  # nothing idle helps twice


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


def test_a_closed_store_gives_no_lease_and_lets_the_running_end():
    models = ModelStore(10**9, devices=["cpu"])
    with models.lease("a", lambda _: Model("a")) as model:
        models.close()
        assert model.name == "a"
        assert len(models.statistics().models) == 1
        with pytest.raises(ParameterError, match="closed"), models.lease("b", lambda _: Model("b")):
            pass
    assert models.statistics().models == ()


def test_memory_is_measured():
    models = ModelStore(10**9, devices=["cpu"])
    size = 40_000_000
    with models.lease("bytes", lambda _: os.urandom(size)):
        (found,) = models.statistics().models
    assert found.measured_by == "resident memory"
    assert size <= found.bytes < 1.5 * size


def test_tensors_are_the_least_that_a_model_weighs():
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(100, 50)
    assert parameter_bytes(layer) == parameter_bytes((layer, layer)) == 4 * (100 * 50 + 50)
    assert parameter_bytes({"a": layer, "b": "no tensor"}) == 4 * (100 * 50 + 50)
    known = weigh(layer, (2**60, None), "cpu", alone=True)  # memory seems to have shrunk
    assert known == Measured(4 * 5050, "parameters")
    assert weigh(layer, (0, None), "cpu", alone=False) == Measured(4 * 5050, "parameters")
    assert weigh(layer, (0, None), "cpu", alone=True).measured_by == "resident memory"
    assert weigh(object(), (2**60, None), "cpu", alone=True) == Measured(0, "nothing")
    assert "other models" in weigh(object(), (0, None), "cpu", alone=False).measured_by


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_begins_with_nothing():
    models = ModelStore(10**9, devices=["cpu"])
    with models.lease("a", lambda _: Model("a")):
        child = os.fork()
        if child == 0:
            ok = models.statistics().models == ()
            with models.lease("a", lambda _: Model("other")) as model:
                ok = ok and model.name == "other"
            os._exit(0 if ok else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_the_shared_default_can_be_replaced():
    mine = ModelStore(1, devices=["cpu"])
    before = set_default_store(mine)
    try:
        assert default_store() is mine
        set_default_store(None)
        assert default_store() is not mine
        assert default_store() is default_store()
    finally:
        set_default_store(before)


def test_the_configuration_bounds_it(monkeypatch):
    monkeypatch.setenv("AUDIOKIT_MODEL_STORE_BYTES", "12345")
    assert ModelStore().statistics().max_bytes == 12345


@pytest.mark.parametrize(
    "wrong", [{"max_bytes": -1}, {"max_bytes": True}, {"idle_seconds": 0}, {"devices": []}, {"policy": "fifo"}]
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ParameterError):
        ModelStore(**wrong)


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
