from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audiokit.annotations import Tier
from audiokit.annotations.lanes import joined, lanes_of, would_join
from audiokit.results import Segment

spans = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4)), max_size=14)


def lanes_slowly(segments):
    """Each segment into the first lane in which nothing meets it, by asking everything in every lane."""
    lanes = []
    for segment in segments:
        for lane in lanes:
            if all(s.end_seconds <= segment.start_seconds or segment.end_seconds <= s.start_seconds for s in lane):
                lane.append(segment)
                break
        else:
            lanes.append([segment])
    return lanes


@given(spans)
def test_lanes_are_those_of_the_slow_way(spans):
    tier = Tier("t", [Segment(start, start + length, str(i)) for i, (start, length) in enumerate(spans)])
    intervals = [list(lane.segments) for lane in lanes_of(tier) if lane.kind == "interval"]
    expected = lanes_slowly([s for s in tier.segments if s.start_seconds < s.end_seconds])
    assert intervals == (expected or [[]])


@given(st.lists(st.tuples(st.sampled_from(["a", "a [points]", "a [overlap 2]", ""]), spans, st.booleans()), max_size=4))
def test_joined_again_unless_it_is_said(drawn):
    tiers = [
        Tier(
            name,
            [Segment(s, s if points else s + length, str(i)) for i, (s, length) in enumerate(spans)],
            "point" if points else "interval",
        )
        for name, spans, points in drawn
    ]
    found = joined(lane for tier in tiers for lane in lanes_of(tier))
    assert (found == tiers) == (would_join(tiers) == 0)


def test_many_that_overlap_take_no_square_of_time():
    tier = Tier("t", [Segment(i, 10_000 + i, str(i)) for i in range(2_000)])
    lanes = lanes_of(tier)
    assert len(lanes) == 2_000
    assert joined(lanes) == [tier]
