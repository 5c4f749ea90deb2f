"""Lanes from whatever holds them, their pyramids, the inspector's traits, its static view, and the linked chart."""

import math
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from audiokit import Annotations, Audio, ModelInput, Segment
from audiokit.annotations import Tier
from audiokit.errors import ParameterError
from audiokit.results import segments_table
from audiokit.speech.transcript import Transcript, Word
from audiokit_widgets import Curve, Inspector, Matrix, WhatTheModelSaw, linked_chart, show
from audiokit_widgets.lane_data import DIVERGING, SEQUENTIAL, curve_levels, matrix_levels, packed
from audiokit_widgets.lane_sources import as_lane, as_lanes
from audiokit_widgets.lanes import Spans
from audiokit_widgets.lanes_picture import column_extremes, draw_lanes, matrix_columns

RATE = 8000
TONE = (0.4 * np.sin(np.arange(RATE * 4) * 0.2)).astype(np.float32)
SPANS = [Segment(0.5, 1.0, "a", 0.9), Segment(1.0, 2.5, "<b>b</b>"), Segment(2.0, 3.0, "a")]
EVIL = '<img src=x onerror="alert(1)">'


class Held:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def inspector(lanes=None, **options):
    return Inspector(TONE, {"spans": SPANS} if lanes is None else lanes, sample_rate=RATE, **options)


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


def test_a_million_points_travel_as_a_pyramid_and_the_rest_is_asked_for():
    values = np.random.default_rng(1).standard_normal(1_000_000).astype(np.float32)
    made = packed({"c": Curve(values, hop_seconds=1e-4)})
    (about,) = made.about
    assert len(made.data) < 2_000_000
    assert about["levels"][0]["at"] is None
    assert about["levels"][2]["at"] is not None
    rows = about["block"]
    joined = b"".join(made.block(0, 0, block)[0] for block in range(-(-len(values) // rows)))
    np.testing.assert_array_equal(np.frombuffer(joined, "<f4"), values)


# the widget


def test_the_page_asks_and_python_answers():
    view = inspector({"c": Curve(np.arange(1_000_000), hop_seconds=4e-6)})
    sent = []
    view.send = lambda content, buffers=None: sent.append((content, buffers))
    view._handle_custom_msg({"ask": "block", "version": 0, "lane": 0, "level": 0, "block": 1}, [])
    ((content, (values,)),) = sent
    assert content == {"answer": "block", "version": 0, "lane": 0, "level": 0, "block": 1}
    rows = view.lane_facts[0]["block"]
    assert np.frombuffer(values, "<f4")[:2].tolist() == [rows, rows + 1]
    view.set_lanes({"other": SPANS})
    view._handle_custom_msg({"ask": "block", "version": 0, "lane": 0, "level": 0, "block": 0}, [])
    assert len(sent) == 1  # of lanes that are no longer there


def test_what_is_chosen_is_a_span():
    view = inspector()
    assert view.chosen_segment is None
    view.chosen = ("spans", 2)
    assert view.chosen == ["spans", 2]
    assert view.chosen_segment == SPANS[2]
    for wrong in (["spans", 3], ["spans", -1], ["nothing", 0], ["spans"], ["spans", 0.5]):
        with pytest.raises(ParameterError, match=r"chosen must be.*got"):
            view.chosen = wrong
    assert view.chosen == ["spans", 2]
    view.set_lanes({"curve": Curve([1.0, 2.0], hop_seconds=1)})
    assert view.chosen == []
    with pytest.raises(ParameterError, match="Lanes of spans"):
        view.chosen = ["curve", 0]


def test_lanes_are_hidden_by_name():
    view = inspector({"a": SPANS, "b": SPANS})
    view.hidden_lanes = ["b"]
    assert list(view.shown_lanes()) == ["a"]
    with pytest.raises(ParameterError, match="no lanes \\['c'\\]"):
        view.hidden_lanes = ["c"]
    view.set_lanes({"a": SPANS})
    assert view.hidden_lanes == []


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_static_view_holds_sound_picture_and_tables_and_labels_are_text():
    view = inspector({EVIL: [Segment(0, 1, EVIL)], "curve": Curve([0.0, 1.0], hop_seconds=2)}, title=EVIL)
    bundle = view._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    tags = Tags()
    tags.feed(bundle["text/html"])
    assert all("onerror" not in attrs for _, attrs in tags.tags)
    pictures = [attrs["src"] for tag, attrs in tags.tags if tag == "img"]
    assert len(pictures) == 1
    assert pictures[0].startswith("data:image/png;base64,")
    assert any(tag == "audio" for tag, _ in tags.tags)
    assert bundle["text/html"].count("&lt;img src=x") >= 3
    assert "(1 span), 'curve' (curve)" in bundle["text/plain"]
    assert "<table>" not in inspector(table=False).static_html()


def pixels(png):
    import io

    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_picture_holds_every_lane_that_is_shown():
    view = inspector({"a": SPANS, "m": Matrix(np.eye(4), hop_seconds=1)})
    both, without = pixels(view.picture()), None
    view.hidden_lanes = ["m"]
    without = pixels(view.picture())
    assert both.shape[1] == without.shape[1] == 1640
    assert both.shape[0] == without.shape[0] + 30 + 180 + 14
    lane = both[-40 - 14 - 180 : -40 - 14, 108 : 1640 - 24]
    # the diagonal: bright at frame i, band i, the first band at the bottom
    for frame in range(4):
        at = lane[180 - 45 * frame - 22, int((frame + 0.5) / 4 * lane.shape[1])]
        assert at.sum() > 600
    assert lane[20, 100].sum() < 60


def test_a_curve_in_a_picture_is_where_its_values_are():
    rising = draw_lanes({"c": Curve(np.linspace(0, 1, 50_000), hop_seconds=4 / 50_000)}, duration_seconds=4.0)
    lane = pixels(rising)[30:140, 108 : 1640 - 24]
    inked = lane[:, :, 2] - lane[:, :, 0] > 100
    tops = inked.argmax(axis=0)
    assert inked.any(axis=0).mean() > 0.99
    assert tops[20] > 100
    assert tops[-20] < 10
    assert (np.diff(tops.astype(int)) <= 1).all()


@given(
    count=st.integers(1, 500),
    columns=st.integers(1, 80),
    hop=st.floats(0.001, 0.1),
    start=st.floats(-1, 1),
)
def test_columns_of_a_curve_equal_the_obvious_ones(count, columns, hop, start):
    values = np.sin(np.arange(count) * 1.7).astype(np.float32)
    curve = Curve(values, hop_seconds=hop, start_seconds=start)
    found = column_extremes(curve, 2.0, columns)
    wanted = np.full((columns, 2), np.nan, dtype=np.float32)
    for time, value in zip(curve.times_seconds, values, strict=True):
        if 0 <= time <= 2.0:
            at = min(math.floor(time / 2.0 * columns), columns - 1)
            wanted[at] = [np.fmin(wanted[at, 0], value), np.fmax(wanted[at, 1], value)]
    np.testing.assert_array_equal(found, wanted)


def test_no_frame_is_skipped_where_columns_are_wide():
    values = np.zeros((1000, 2), dtype=np.float32)
    values[777, 1] = -5
    wide = Matrix(values, hop_seconds=0.01, frame_axis=0, colours="diverging", keep_extremes=True)
    assert matrix_columns(wide, 10.0, 50).min() == -5
    assert np.isnan(matrix_columns(wide, 20.0, 50)[26:]).all()
    close = matrix_columns(wide, 0.05, 50)
    assert close.shape == (50, 2)
    assert not np.isnan(close).any()


# what `show` makes of it


def test_show_gives_an_inspector_where_there_are_several_lanes():
    words = (Word(0.0, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres", 0.8))
    result = Held(audio=Audio(TONE, RATE), segments=SPANS, words=words)
    view = show(result)
    assert isinstance(view, Inspector)
    assert [type(lane) for lane in view.lanes.values()] == [Spans, Spans]
    transcript = Transcript(words, "ten metres", "en", "example 1.0", "draft", 4.0)
    assert list(show(transcript, audio=Audio(TONE, RATE)).lanes) == ["segments", "words"]
    assert type(show(Held(audio=Audio(TONE, RATE), segments=SPANS))).__name__ == "AudioPlayer"
    assert type(show(result, segments=SPANS)).__name__ == "AudioPlayer"
    assert len(show(SPANS, audio=TONE, sample_rate=RATE).segments) == 3


def test_show_gives_a_model_input_its_view_with_its_sound():
    seen = ModelInput(np.zeros((40, 2), np.float32), 0.1)
    assert isinstance(show(seen, audio=TONE, sample_rate=RATE), WhatTheModelSaw)
    with pytest.raises(ParameterError, match="with the sound"):
        show(seen)
    with pytest.raises(ParameterError, match="Two sounds"):
        show(TONE, audio=TONE, sample_rate=RATE)


# the linked chart


@pytest.fixture
def linked():
    view = inspector({"c": Curve(np.sin(np.arange(400) / 9), hop_seconds=0.01, unit="V"), "s": SPANS})
    return view, linked_chart(view, "c", offline=False)


def brushed(chart, *span):
    """What altair's page sends when a brush was drawn, or taken away."""
    chart.set_state({"_vl_selections": {"span": {"value": {"seconds": list(span)} if span else {}, "store": []}}})


def test_the_charts_brush_is_the_selection_and_the_other_way_round(linked):
    view, chart = linked
    brushed(chart, 1.0, 2.0)
    assert view.selection == [1.0, 2.0]
    view.selection = [0.5, 3.0]
    assert chart._params["span_x"] == pytest.approx([640 * 0.5 / 4, 640 * 3 / 4])
    brushed(chart)
    assert view.selection == []


def test_what_came_from_the_chart_is_not_sent_back(linked):
    view, chart = linked
    before = chart._params
    brushed(chart, 1.0, 2.0)
    assert chart._params == before
    view.selection = [0.5, 3.0]
    told = []
    view.observe(told.append, "selection")
    brushed(chart, 0.5007, 2.9991)  # the brush's own pixels, on their way back
    assert told == []
    assert view.selection == [0.5, 3.0]


def test_the_charts_time_axis_is_what_is_seen(linked):
    view, chart = linked
    view.selection = [1.5, 1.75]
    view.view_seconds = [1.0, 2.0]
    assert (chart._params["view_start_seconds"], chart._params["view_end_seconds"]) == (1.0, 2.0)
    assert chart._params["span_x"] == pytest.approx([320, 480])
    text = str(chart.spec)
    assert "view_start_seconds" in text
    assert "view_end_seconds" in text


def test_a_chart_that_is_drawn_anew_is_told_and_clears_nothing(linked):
    view, chart = linked
    view.selection = [1.0, 2.0]
    first = {"view_start_seconds": 0.0, "view_end_seconds": 4.0, "sent_by_python": 0, "span_x": []}
    chart.set_state({"_vl_selections": {"span": {"value": {}, "store": []}}, "_params": first})
    assert view.selection == [1.0, 2.0]
    assert chart._params["span_x"] == pytest.approx([160, 320])
    assert chart._params["sent_by_python"] > 0


def test_a_chart_of_ones_own_keeps_its_brush():
    import altair as alt

    view = inspector()
    own = alt.Chart(alt.Data(values=[{"t": 1, "v": 2}])).mark_point().encode(x="t:Q", y="v:Q").properties(width=400)
    brush = alt.selection_interval(name="mine", encodings=["x"])
    chart = linked_chart(view, own.add_params(brush), offline=False)
    chart.set_state({"_vl_selections": {"mine": {"value": {"t": [1.0, 3.0]}, "store": []}}})
    assert view.selection == [1.0, 3.0]
    view.selection = [0.0, 2.0]
    assert chart._params["mine_x"] == pytest.approx([0, 200])
    assert "view_start_seconds" not in str(own.to_dict())  # the caller's chart is left alone


def test_charts_that_cannot_be_linked_are_refused():
    import altair as alt

    view = inspector({"m": Matrix(np.eye(2), hop_seconds=1)})
    own = alt.Chart(alt.Data(values=[])).mark_point()
    for chart, message in (
        ("m", "a matrix"),
        ("none", "no lane"),
        (own.encode(y="v:Q"), "no quantitative x"),
        (own.encode(x="t:Q").properties(width="container"), "width in pixels"),
        (own.encode(x="t:Q") | own.encode(x="t:Q"), "single view"),
    ):
        with pytest.raises(ParameterError, match=message):
            linked_chart(view, chart, offline=False)


def test_offline_is_one_module_without_an_address_to_fetch_from():
    pytest.importorskip("vl_convert")
    view = inspector()
    chart = linked_chart(view, "spans")
    source = str(chart._esm)
    assert not re.search(r"""(from|import)\s*\(?\s*["']https?:""", source)
    assert "esm.sh" in str(linked_chart(view, "spans", offline=False)._esm)
    bundle = chart._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["image/svg+xml"].startswith("<svg")
    assert (
        "esm.sh" in type(linked_chart(view, "spans", offline=False)).__mro__[1]._esm
    )  # altair's own class is as it was
