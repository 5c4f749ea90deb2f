"""Who goes first: fast book-keeping against the definition written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.models.eviction import LeastFrequentlyUsed, LeastRecentlyUsed, make_policy


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


def test_an_unknown_policy_is_refused():
    with pytest.raises(ParameterError, match="lfu, lru"):
        make_policy("fifo")
