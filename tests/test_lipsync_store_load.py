"""Forty avatars under a budget: the store is never over it, evicts nothing that is used, and chooses well."""

import itertools

import numpy as np
import pytest

from audiokit.models import ModelStore, store
from audiokit.models.memory_meter import Measured

BUDGET, MODELS, REQUESTS = 20 * 10**9, 40, 10_000


def trace(seed):
    """A Zipf trace whose popularities drift: every 2500 requests a fifth of the models change places."""
    generator = np.random.default_rng(seed)
    ranks = generator.permutation(MODELS)
    weights = 1.0 / np.arange(1, MODELS + 1)
    weights /= weights.sum()
    for start in range(0, REQUESTS, 2500):
        if start:
            moved = generator.choice(MODELS, 8, replace=False)
            ranks[moved] = ranks[generator.permutation(moved)]
        yield from ranks[generator.choice(MODELS, 2500, p=weights)]


def sizes(seed):
    return np.random.default_rng([seed, 1]).uniform(0.3e9, 1.6e9, MODELS).astype(np.int64)


def plain(requests, size, order):
    """Hit rate of a cache without leases; `order` gives the one that goes first.

    Counts are those of models that are in the cache, as usual for LFU: what goes is forgotten.
    """
    held, hits, used, counts = {}, 0, {}, {}
    for turn, model in enumerate(requests):
        if model in held:
            hits += 1
        else:
            while held and sum(held.values()) + size[model] > BUDGET:
                gone = order(used, counts)(held)
                del held[gone], counts[gone]
            held[model], counts[model] = size[model], 0
        counts[model] += 1
        used[model] = turn
    return hits / len(requests)


def best_offline(requests, size):
    """Belady's rule for unequal sizes: what would go is what is used latest again, by its size; an upper guide."""
    following = [len(requests)] * len(requests)
    last = {}
    for turn in range(len(requests) - 1, -1, -1):
        following[turn] = last.get(requests[turn], len(requests) + 1)
        last[requests[turn]] = turn
    held, again, hits = {}, {}, 0
    for turn, model in enumerate(requests):
        if model in held:
            hits += 1
        else:
            held[model] = size[model]
        again[model] = following[turn]
        while sum(held.values()) > BUDGET:
            del held[max(held, key=lambda one: (again[one] - turn) * held[one])]
    return hits / len(requests)


@pytest.fixture
def simulated(monkeypatch):
    def make(seed, policy="lfu"):
        size = sizes(seed)
        monkeypatch.setattr(store, "weigh", lambda model, *_, **__: Measured(int(size[model]), "simulated"))
        monkeypatch.setattr(store, "resident_bytes", lambda: 0)
        ticks = itertools.count()
        return ModelStore(
            max_bytes=BUDGET,
            policy=policy,
            devices=["cpu"],
            idle_seconds=float("inf"),
            clock=lambda: float(next(ticks)),
        )

    return make


@pytest.mark.parametrize("seed", [0, 1])
def test_a_drifting_crowd(simulated, seed):
    requests, size = [int(model) for model in trace(seed)], sizes(seed)
    kept = simulated(seed)
    # A speaker or two are always in the middle of something
    held = []
    for turn, model in enumerate(requests):
        with kept.lease(model, lambda device, model=model: model, device="cpu") as found:
            assert found == model
            if turn % 500 == 0:
                lease = kept.lease(model, lambda device, model=model: model, device="cpu")
                lease.__enter__()
                held.append((model, lease))
        if len(held) > 2:
            held.pop(0)[1].__exit__(None, None, None)
        if turn % 50 == 0:
            told = kept.statistics()
            assert told.over_bytes == 0
            there = {one.key for one in told.models}
            assert {str(one) for one, _ in held} <= there
    for _, lease in held:
        lease.__exit__(None, None, None)
    told = kept.statistics()
    rate = (told.hits - len(range(0, REQUESTS, 500))) / REQUESTS
    lru = plain(requests, size, lambda used, counts: lambda held: min(held, key=used.get))
    lfu = plain(requests, size, lambda used, counts: lambda held: min(held, key=counts.get))
    best = best_offline(requests, size)
    assert rate >= lru
    assert rate >= lfu
    assert rate >= 0.85 * best
    kept.close()
