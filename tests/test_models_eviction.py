"""Who goes first: fast book-keeping against the definition written out."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.models import eviction
from audiokit.models.eviction import LeastFrequentlyUsed, LeastRecentlyUsed, LeastUsedForItsSize, make_policy

SIZES = {"a": 1, "b": 10, "c": 300, "d": 7, "e": 0}


def by_definition(events, policy):
    """Replay: the order of what is there, by scanning all events again."""
    age, present, last = 0, {}, {}
    for turn, (what, key) in enumerate(events):
        if what == "use":
            count = present.get(key, (0, 0))[0] + 1
            present[key] = (count, count + age)
            last[key] = turn
        elif key in present:
            if what == "evict":
                age = max(age, present[key][1])
            del present[key]
    if policy == "lru":
        return sorted(present, key=lambda key: last[key])
    return sorted(present, key=lambda key: (present[key][1], last[key]))


@given(
    events=st.lists(
        st.tuples(st.sampled_from(["use", "use", "use", "evict", "forget"]), st.sampled_from("abcde")), max_size=60
    ),
    name=st.sampled_from(["lru", "lfu"]),
)
def test_the_order_is_the_definition(events, name):
    policy = make_policy(name)
    present = set()
    for what, key in events:
        if what == "use":
            policy.used(key)
            present.add(key)
        elif key in present:
            (policy.evicted if what == "evict" else policy.forgotten)(key)
            present.discard(key)
    assert policy.first_to_go(sorted(present)) == by_definition(events, name)


def test_with_ageing_a_once_popular_model_goes_in_the_end():
    policy = LeastFrequentlyUsed()
    for _ in range(5):
        policy.used("old")
    for turn in range(6):
        policy.used(turn)
        policy.evicted(turn)
    policy.used("new")
    policy.used("new")
    assert policy.first_to_go(["old", "new"]) == ["old", "new"]


def test_recency_alone():
    policy = LeastRecentlyUsed()
    for key in "abca":
        policy.used(key)
    assert policy.first_to_go("abc") == ["b", "c", "a"]


def uses_for_their_size(events):
    """Replay: each use counts half after eight uses of anything for each model that was there."""
    present, given, weight = set(), {}, 1.0
    for what, key in events:
        if what == "use":
            present.add(key)
            weight *= 2.0 ** (1.0 / (8 * len(present)))
            given.setdefault(key, []).append(weight)
        else:
            present.discard(key)
    return {key: sum(given[key]) / weight / max(1, SIZES[key]) for key in present}


@pytest.mark.parametrize("largest", [1e100, 1.5])
@given(
    events=st.lists(
        st.tuples(st.sampled_from(["use", "use", "use", "evict", "forget"]), st.sampled_from("abcde")), max_size=60
    )
)
def test_the_order_by_size_is_the_definition(events, largest):
    policy = LeastUsedForItsSize()
    present = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eviction, "_LARGEST_WEIGHT", largest)
        for what, key in events:
            if what == "use":
                policy.used(key, SIZES[key])
                present.add(key)
            elif key in present:
                (policy.evicted if what == "evict" else policy.forgotten)(key)
                present.discard(key)
    wanted = uses_for_their_size(events)
    found = [wanted[key] for key in policy.first_to_go(sorted(present))]
    assert len(found) == len(wanted)
    assert all(one <= other * (1 + 1e-9) for one, other in itertools.pairwise(found))


def test_what_comes_back_is_no_newcomer():
    policy = LeastUsedForItsSize()
    for _ in range(5):
        policy.used("known", 2)
    policy.evicted("known")
    policy.used("new", 2)
    policy.used("known", 2)
    assert policy.first_to_go(["known", "new"]) == ["new", "known"]


def test_once_loved_is_not_loved_for_ever():
    policy = LeastUsedForItsSize()
    for _ in range(1000):
        policy.used("old", 1)
    for turn in range(200):
        policy.used(f"new {turn % 2}", 1)
    assert policy.first_to_go(["old", "new 0", "new 1"])[0] == "old"


def test_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(eviction, "_MOST_GONE", 3)
    policy = LeastUsedForItsSize()
    policy.used("often", 1)
    policy.used("often", 1)
    policy.evicted("often")
    policy.used("here", 1)
    for turn in range(20):
        policy.used(turn, 1)
        policy.evicted(turn)
    assert len(policy._uses) == 4
    assert "here" in policy._uses
    assert "often" not in policy._uses or policy._uses["often"] > policy._uses[19]


def test_an_unknown_policy_is_refused():
    with pytest.raises(ParameterError, match="lfu, lfu_by_size, lru"):
        make_policy("fifo")
