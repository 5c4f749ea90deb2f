"""The store: bounded, honest about memory, and nothing in use is ever given up."""

from __future__ import annotations

import gc
import os
import time
import weakref

import pytest
from store_models import Clock, Model

from audiokit.errors import ParameterError
from audiokit.models import ModelStore, default_store, set_default_store
from audiokit.models.memory_meter import Measured, parameter_bytes, weigh

pytest_plugins = ("store_models",)


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
