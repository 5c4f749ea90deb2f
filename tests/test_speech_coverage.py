"""The ledger tiles the speech exactly, whatever is claimed; spans behave as sets of sampled points do."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.speech.coverage import STATES, Coverage, Covered, ledger, share_covered
from audiokit.speech.spans import intersection, length, remainder, union

spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted).map(tuple), max_size=8)
claims = st.lists(
    st.builds(
        lambda span, state: Covered(*span, state, state),
        st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted),
        st.sampled_from(STATES),
    ),
    max_size=8,
)


def points(held):
    """The whole seconds that spans contain: the obvious reference."""
    return {second for start, end in held for second in range(int(start), int(end))}


@given(spans, spans)
def test_spans_are_sets_of_seconds(first, second):
    assert points(union(first)) == points(first)
    assert points(intersection(first, second)) == points(first) & points(second)
    assert points(remainder(first, second)) == points(first) - points(second)
    assert length(first) == len(points(first))
    for held in (union(first), intersection(first, second), remainder(first, second)):
        assert all(a < b for a, b in held)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(held))


@given(spans, st.integers(0, 5))
def test_bridges_close_small_gaps_only(held, bridge):
    joined = union(held, bridge_seconds=bridge)
    assert all(two[0] - one[1] > bridge for one, two in itertools.pairwise(joined))
    assert points(union(held)) <= points(joined)


@given(spans, claims)
def test_every_second_of_speech_is_in_the_ledger_once(speech, said):
    held = ledger(speech, said)
    assert sum(len(points([(e.start_seconds, e.end_seconds)])) for e in held.entries) == len(points(speech))
    assert held.seconds() == length(speech)
    for second in points(speech):
        (entry,) = [e for e in held.entries if e.start_seconds <= second < e.end_seconds]
        states = {c.state for c in said if c.start_seconds <= second < c.end_seconds}
        assert entry.state == next((state for state in STATES if state in states), "failed")
        assert entry.reason or entry.state == "transcribed"
    assert Coverage.from_dict(held.to_dict()) == held


def test_what_nobody_mentions_has_failed():
    held = ledger([(0, 4), (5, 9)], [Covered(0, 3, "transcribed"), Covered(5, 9, "rejected", "loops")], model="vad")
    assert [(e.state, e.start_seconds, e.end_seconds) for e in held.entries] == [
        ("transcribed", 0, 3),
        ("failed", 3, 4),
        ("rejected", 5, 9),
    ]
    assert not held.complete
    assert held.share_transcribed == 3 / 8
    assert str(held) == "8.0 s of speech: 3.0 s transcribed, 4.0 s rejected, 1.0 s failed"
    assert held.to_dataframe()["reason"].tolist()[2] == "loops"
    assert ledger([], []).complete
    assert ledger([], []).share_transcribed == 1.0


def test_share_covered_forgives_pauses_alone():
    assert share_covered([(0, 10)], [(0, 4), (4.8, 10)], bridge_seconds=1.0) == 1.0
    assert share_covered([(0, 10)], [(0, 4), (6, 10)], bridge_seconds=1.0) == pytest.approx(0.8)
    assert share_covered([], [], bridge_seconds=1.0) == 1.0


def test_another_state_is_refused():
    with pytest.raises(ParameterError, match="lost"):
        Covered(0, 1, "lost")
    with pytest.raises(ParameterError, match="ends after"):
        Covered(2, 1, "failed")
