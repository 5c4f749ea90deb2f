"""Lanes from whatever holds them, their pyramids, and what travels to the page."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inspector_parts import SPANS, Held

from audiokit import Annotations, ModelInput, Segment
from audiokit.annotations import Tier
from audiokit.errors import ParameterError
from audiokit.results import segments_table
from audiokit.speech.transcript import Word
from audiokit_widgets import Curve, Matrix
from audiokit_widgets.lane_data import DIVERGING, SEQUENTIAL, curve_levels, matrix_levels, packed
from audiokit_widgets.lane_sources import as_lane, as_lanes

# what a lane can be


@pytest.mark.parametrize(
    "given_as",
    [
        SPANS,
        tuple(SPANS),
        segments_table(SPANS),
        segments_table(SPANS).rename(columns={"start_seconds": "start", "end_seconds": "end"}),
        Held(segments=SPANS),
        Held(items=SPANS),
    ],
)
def test_spans_from_whatever_holds_them(given_as):
    assert as_lane(given_as).segments == tuple(SPANS)


def test_words_tiers_and_annotations_are_spans():
    words = (Word(0.0, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres"))
    wanted = (Segment(0.0, 0.4, "ten", 0.9), Segment(0.5, 0.9, "metres", None))
    assert as_lane(words).segments == wanted
    assert as_lane(Held(words=words)).segments == wanted
    tier = Tier("who", SPANS)
    assert as_lane(tier).segments == tier.segments
    lanes = as_lanes(Annotations([tier, Tier("who", SPANS[:1]), Tier("who"), Tier("what", SPANS[:2])]))
    assert {name: len(lane.segments) for name, lane in lanes.items()} == {
        "who": 3,
        "who (2)": 1,
        "who (3)": 0,
        "what": 2,
    }


def test_a_table_of_times_and_numbers_is_a_curve():
    lane = as_lane(pd.DataFrame({"seconds": [0.0, 0.3, 1.0], "f0": [100.0, math.nan, 120.0]}))
    assert isinstance(lane, Curve)
    assert lane.label == "f0"
    assert lane.times_seconds.tolist() == [0.0, 0.3, 1.0]


def test_a_model_input_is_a_matrix_on_its_own_grid():
    seen = ModelInput(np.ones((4, 2), np.float32), 0.1, start_seconds=-0.05, unit="dB")
    lane = as_lane(seen)
    assert (lane.hop_seconds, lane.start_seconds, lane.unit) == (0.1, -0.05, "dB")
    np.testing.assert_array_equal(lane.values, seen.values)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.zeros(5), r"shape \(5,\), which does not say when.*Curve\(values"),
        (np.zeros((5, 2)), r"shape \(5, 2\).*Matrix\(values"),
        (pd.Series([1.0]), "does not say when"),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}), "neither spans .* nor a curve"),
        (pd.DataFrame({"seconds": [1.0], "a": [1.0], "b": [2.0]}), "one column"),
        (["text"], "no start_seconds"),
        ("text", "no lane for str"),
        (None, "no lane for NoneType"),
    ],
)
def test_what_no_lane_is_is_refused_by_name(value, message):
    with pytest.raises(ParameterError, match=message):
        as_lanes({"mine": value})
    with pytest.raises(ParameterError, match="mine"):
        as_lanes({"mine": value})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"hop_seconds": 0.1, "times_seconds": [0, 1, 2]},
        {"hop_seconds": 0},
        {"hop_seconds": math.nan},
        {"times_seconds": [0, 2, 1]},
        {"times_seconds": [0, 1]},
        {"hop_seconds": 0.1, "range": (1, 1)},
        {"hop_seconds": 0.1, "range": (0, math.inf)},
        {"hop_seconds": 0.1, "start_seconds": math.inf},
    ],
)
def test_a_curve_that_says_too_little_is_refused(wrong):
    with pytest.raises(ParameterError):
        Curve([1.0, 2.0, 3.0], **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hop_seconds": -1},
        {"hop_seconds": 1, "frame_axis": 2},
        {"hop_seconds": 1, "band_hz": [1]},
        {"hop_seconds": 1, "colours": "jet"},
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(wrong):
    with pytest.raises(ParameterError):
        Matrix(np.zeros((3, 4)), **wrong)


def test_colours_are_diverging_where_values_lie_on_both_sides_of_zero():
    assert Matrix([[0.0, 1.0]], hop_seconds=1).diverging is False
    signed = Matrix([[-1.0, 3.0]], hop_seconds=1)
    assert signed.diverging
    assert signed.range == (-3.0, 3.0)
    assert Matrix([[-1.0, 3.0]], hop_seconds=1, colours="sequential").range == (-1.0, 3.0)
    assert np.ptp(DIVERGING[127:129].astype(int), axis=1).max() <= 6  # grey: neutral in the middle
    assert SEQUENTIAL.astype(int).sum(axis=1)[0] < SEQUENTIAL.astype(int).sum(axis=1)[-1]


# pyramids


@given(values=arrays(np.float32, st.integers(1, 6000), elements=st.floats(-100, 100, width=32) | st.just(np.nan)))
def test_a_curves_pyramid_encloses_its_values(values):
    levels = curve_levels(Curve(values, hop_seconds=0.01))
    np.testing.assert_array_equal(levels[0][0][:, 0], values)
    assert len(levels[-1][0]) <= 512
    for level, (bins, times) in enumerate(levels[1:], start=1):
        assert times is None
        assert bins.shape == (-(-len(values) // 4**level), 2)
        for index in {0, len(bins) // 2, len(bins) - 1}:
            part = values[index * 4**level : (index + 1) * 4**level]
            part = part[~np.isnan(part)]
            wanted = [part.min(), part.max()] if part.size else [np.nan, np.nan]
            np.testing.assert_array_equal(bins[index], wanted)


def test_irregular_curves_keep_the_first_time_of_each_bin():
    times = np.cumsum(np.random.default_rng(0).random(3000))
    levels = curve_levels(Curve(np.arange(3000), times_seconds=times))
    np.testing.assert_array_equal(levels[1][1], times[::4])


@pytest.mark.parametrize("frames", [1, 512, 513, 2050, 5000])
def test_a_matrixs_pyramid_is_the_mean_or_the_extreme(frames, rng):
    values = rng.standard_normal((frames, 3)).astype(np.float32)
    values[5:9] = np.nan
    for extremes in (False, True):
        levels = matrix_levels(Matrix(values, hop_seconds=1, frame_axis=0, keep_extremes=extremes))
        np.testing.assert_array_equal(levels[0], values)
        for level, found in enumerate(levels[1:], start=1):
            for index in {0, len(found) - 1}:
                part = values[index * 4**level : (index + 1) * 4**level]
                if extremes:
                    wanted = [column[np.nanargmax(np.abs(column))] for column in part.T]
                else:
                    wanted = np.nanmean(part, axis=0)
                np.testing.assert_allclose(found[index], wanted, rtol=1e-5, atol=1e-6)


def read_back(data, at, dtype, count):
    return np.frombuffer(data, dtype, count, at)


def test_what_is_packed_can_be_read_back():
    made = packed(
        as_lanes({"s": SPANS, "c": Curve(np.arange(7), hop_seconds=0.5), "m": Matrix(np.eye(3), hop_seconds=1)})
    )
    spans, curve, matrix = made.about
    assert read_back(made.data, spans["starts"], "<f8", 3).tolist() == [0.5, 1.0, 2.0]
    assert [spans["vocabulary"][i] for i in read_back(made.data, spans["labels"], "<u4", 3)] == ["a", "<b>b</b>", "a"]
    assert read_back(made.data, spans["scores"], "<f4", 3)[0] == pytest.approx(0.9)
    assert np.isnan(read_back(made.data, spans["scores"], "<f4", 3)[1:]).all()
    assert read_back(made.data, curve["levels"][0]["at"], "<f4", 7).tolist() == list(range(7))
    assert read_back(made.data, matrix["palette"], "u1", 768).tolist() == SEQUENTIAL.reshape(-1).tolist()
    assert all(
        value % 8 == 0 for value in (spans["ends"], spans["labels"], curve["levels"][0]["at"], matrix["palette"])
    )
