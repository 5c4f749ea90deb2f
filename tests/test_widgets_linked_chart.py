"""An altair chart and an inspector that follow each other."""

import re

import numpy as np
import pytest
from inspector_parts import SPANS, inspector

from audiokit.errors import ParameterError
from audiokit_widgets import Curve, Matrix, linked_chart


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
