from __future__ import annotations

import math

import pytest

from audiokit import errors
from audiokit.results import Outcome, Segment, Status, segments_table


@pytest.mark.parametrize(("start", "end"), [(1, 0), (math.nan, 1), (0, math.nan), (0, math.inf), (-math.inf, 0)])
def test_a_segment_has_sane_bounds(start, end):
    with pytest.raises(errors.ParameterError):
        Segment(start, end)


def test_a_table_of_segments_keeps_every_field():
    table = segments_table([Segment(0, 1, "speech", 0.5), Segment(2, 2)])
    assert table.to_dict("list")["end_seconds"] == [1, 2]
    assert list(table.columns) == ["start_seconds", "end_seconds", "duration_seconds", "label", "score"]
    assert list(segments_table([]).columns) == list(table.columns)


def test_status_is_its_word():
    assert f"{Status.UNAVAILABLE}" == "unavailable"
    assert Outcome(Status.OK, 1).reason == ""
