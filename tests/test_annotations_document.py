from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.annotations import Annotations, Tier
from audiokit.errors import ParameterError
from audiokit.results import Segment


def test_a_tier_is_in_order_of_time_and_its_columns_follow():
    late, early, long = Segment(2, 3, "late"), Segment(0, 1, "early"), Segment(0, 2, "long")
    tier = Tier("words", [late, long, early], extra={"who": ["c", "b", "a"]})
    assert [s.label for s in tier.segments] == ["early", "long", "late"]
    assert tier.extra == {"who": ("a", "b", "c")}


def test_segments_of_equal_bounds_keep_their_order():
    tier = Tier("t", [Segment(1, 2, "first"), Segment(0, 1), Segment(1, 2, "second"), Segment(1, 2, "a third")])
    assert [s.label for s in tier.segments] == ["", "first", "second", "a third"]


def test_numbers_of_numpy_become_plain_ones_of_the_same_value():
    held = Tier("t", [Segment(np.float32(0.1), np.float64(0.3), np.str_("x"), np.float32(0.7))]).segments[0]
    assert (type(held.start_seconds), type(held.end_seconds), type(held.label), type(held.score)) == (
        float,
        float,
        str,
        float,
    )
    assert held == Segment(float(np.float32(0.1)), 0.3, "x", float(np.float32(0.7)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Tier("t", [Segment(0, 1, "x", math.nan)]),
        lambda: Tier("t", [Segment(0, 1, "x", math.inf)]),
        lambda: Tier("t", [Segment(0, 1, 7)]),
        lambda: Tier("t", [Segment(10**400, 10**400)]),
        lambda: Tier("t", ["segment"]),
        lambda: Tier("t", [Segment(0, 1)], "point"),
        lambda: Tier("t", [], "line"),
        lambda: Tier(3),
        lambda: Tier("t", [Segment(0, 1)], extra={"note": []}),
        lambda: Tier("t", [Segment(0, 1)], extra={"note": [1]}),
        lambda: Tier("t", [Segment(0, 1)], extra={"label": ["x"]}),
        lambda: Annotations([Segment(0, 1)]),
        lambda: Annotations([], -1),
        lambda: Annotations([], math.nan),
        lambda: Annotations([Tier("a")]).tier("b"),
    ],
)
def test_what_does_not_fit_is_refused(make):
    with pytest.raises(ParameterError) as caught:
        make()
    assert caught.value.cure


def test_a_flat_list_of_segments_is_one_tier():
    annotations = Annotations.from_segments([Segment(1, 2, "b"), Segment(0, 1, "a")], duration_seconds=5)
    assert annotations.names == ("labels",)
    assert [s.label for s in annotations.segments] == ["a", "b"]
    assert annotations.tier("labels").kind == "interval"
    assert Annotations.from_segments([Segment(1, 1)]).tiers[0].kind == "point"


def test_all_segments_come_in_order_of_time():
    annotations = Annotations([Tier("a", [Segment(0, 1), Segment(4, 5)]), Tier("b", [Segment(2, 3)])])
    assert [s.start_seconds for s in annotations.segments] == [0, 2, 4]


times = st.floats(-1e6, 1e6)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", ""]), times, times, st.text(), st.none() | times, st.text()), max_size=8
    )
)
def test_a_table_and_back(rows):
    tiers = {}
    for name, one, other, label, score, note in rows:
        tiers.setdefault(name, []).append((Segment(min(one, other), max(one, other), label, score), note))
    annotations = Annotations(
        [
            Tier(
                name,
                [s for s, _ in held],
                "point" if all(s.start_seconds == s.end_seconds for s, _ in held) else "interval",
                {"note": [note for _, note in held]},
            )
            for name, held in tiers.items()
        ],
        2e6,
        "meeting",
    )
    table = annotations.to_dataframe()
    assert list(table.columns)[:5] == ["tier", "start_seconds", "end_seconds", "label", "score"]
    assert table["score"].dtype == np.float64
    assert Annotations.from_dataframe(table, duration_seconds=2e6, recording="meeting") == annotations


def test_a_table_may_lack_what_is_not_needed():
    import pandas as pd

    table = pd.DataFrame({"start_seconds": [1, 0], "end_seconds": [2, 1], "label": ["x", None], "room": [3, 4]})
    tier = Annotations.from_dataframe(table).tiers[0]
    assert tier.segments == (Segment(0, 1, ""), Segment(1, 2, "x"))
    assert tier.extra == {"room": ("4", "3")}
    assert Annotations.from_dataframe(table.iloc[:0]).tiers[0].extra == {"room": ()}


@pytest.mark.parametrize(
    "columns",
    [
        {"start_seconds": [0]},
        {"start_seconds": ["soon"], "end_seconds": [1]},
        {"start_seconds": [0], "end_seconds": [1], "score": ["good"]},
        {"start_seconds": [2], "end_seconds": [1]},
        {"start_seconds": [None], "end_seconds": [1]},
        {"start_seconds": [0], "end_seconds": [1], 7: ["a"], "7": ["b"]},
    ],
)
def test_a_table_that_does_not_fit_is_refused(columns):
    import pandas as pd

    with pytest.raises(ParameterError):
        Annotations.from_dataframe(pd.DataFrame(columns))
