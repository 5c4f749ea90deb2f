from __future__ import annotations

import re
import warnings
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

pytest.importorskip("altair", reason="altair is in the extra 'report'")
pytest.importorskip("vl_convert", reason="vl-convert is in the extra 'report'")

from audiokit.activity.segmentation import VadSettings
from audiokit.activity.vad import VadResult
from audiokit.report import Stopwatch, charts
from audiokit.results import Segment
from audiokit.tagging import Stage


def result(seconds, segments=()):
    frames = max(1, round(seconds / 0.032))
    return VadResult(
        segments=tuple(segments),
        probabilities=np.linspace(0, 1, frames, dtype=np.float32),
        frame_seconds=0.032,
        sample_rate=16000,
        frames=round(seconds * 16000),
        model="none",
        settings=VadSettings(),
        audio_seconds=seconds,
    )


@pytest.fixture
def drawn():
    """Both forms of a chart; a warning is an error, since it would stand on the page."""
    import altair as alt

    before = alt.renderers.active, alt.theme.active
    charts.enable()

    def draw(chart):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            bundle = chart._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        spec = next(value for kind, value in data.items() if "vegalite" in kind)
        return spec, data["image/svg+xml"]

    yield draw
    alt.renderers.enable(before[0])
    alt.theme.enable(before[1])


def letters(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("seconds", [1 / 16000, 3.0, 119.0, 1200.0, 4 * 3600.0])
@pytest.mark.parametrize("spans", [0, 1])
def test_speech_has_one_time_axis_with_its_unit(drawn, seconds, spans):
    found = [Segment(0.0, seconds / 2, "speech", 0.9)] * spans
    spec, svg = drawn(charts.speech_probability(result(seconds, found)))
    titles = [text for text in letters(svg) if text.startswith("time (")]
    assert len(titles) == 1
    assert titles == [{True: "time (s)"}.get(seconds < 120, "time (min:s)" if seconds < 3600 else "time (h:min)")]
    assert "speech probability" in letters(svg)
    assert spec["title"] in letters(svg)  # both forms say the same
    assert f"in {spans} segment{'s' * (spans != 1)}" in spec["title"]
    if seconds == 1200:
        assert "10:00" in letters(svg)


def test_thousands_of_segments_stay_a_small_picture(drawn):
    seconds = 4 * 3600.0
    many = [Segment(t, t + 0.5, "speech", 0.9) for t in np.arange(0, seconds - 1, 1.0)]
    spec, svg = drawn(charts.speech_probability(result(seconds, many)))
    assert f"{len(many):,} segments" in spec["title"]
    assert len(svg) < 400_000


def test_a_gap_that_can_be_seen_is_not_closed():
    spans = charts._merged(result(15.0, [Segment(0, 1), Segment(1.005, 2), Segment(2.5, 3)]))
    assert spans == [[0, 2], [2.5, 3]]  # a column is 10 ms


def test_no_speech_at_any_threshold_is_a_line_at_the_bottom(drawn):
    _, svg = drawn(charts.curve({0.1: 0.0, 0.9: 0.0}, x="threshold", y="seconds (s)", title="none"))
    assert {"0.0", "1.0"} <= set(letters(svg))


def test_every_stage_has_its_name(drawn):
    clock = Stopwatch()
    for index in range(12):
        clock.seconds[f"stage {index}"] = 0.1 + index
    spec, svg = drawn(charts.stage_times(clock))
    assert all(f"stage {index}" in letters(svg) for index in range(12))
    assert spec["title"].endswith("most of it stage 11")


def test_the_page_knows_the_grey_of_the_letters(drawn):
    _, svg = drawn(charts.curve({0.0: 1.0, 1.0: 2.0}, x="x", y="y", title="t"))
    style = resources.files("audiokit.report").joinpath("page", "page.css").read_text(encoding="utf-8")
    greys = set(re.findall(r'<text[^>]*fill="([^"]+)"', svg))
    assert len(greys) == 1
    assert f'text[fill="{greys.pop()}"]' in style


def test_settings_reach_the_title(drawn):
    spec, _ = drawn(charts.speech_probability(replace(result(3.0), settings=VadSettings(threshold=0.8))))
    assert spec["title"].startswith("At threshold 0.80: 0.00 s")


def test_a_chart_is_one_named_picture(drawn):
    _, svg = drawn(charts.curve({n / 400: float(n) for n in range(400)}, x="x", y="y", title='a "b" <c>'))
    assert '<svg role="img" aria-label="Chart: a &quot;b&quot; &lt;c&gt;"' in svg
    assert svg.count("graphics-symbol") < 10  # axes and title, not each of 400 points
    assert len(svg) < 120_000


def test_lanes_stand_in_order_and_an_empty_one_keeps_its_place(drawn):
    spans = {"voice": [Segment(0, 4, "speech")], "mood": [], "genre": [Segment(2, 9, "rock"), Segment(9, 10, "rock")]}
    spec, svg = drawn(charts.lanes(spans, 12.0, title="Three lanes"))
    found = letters(svg)
    places = [found.index(name) for name in spans]
    assert places == sorted(places)
    assert {"speech", "rock", "time (s)", "Three lanes"} <= set(found)
    spans_drawn = [rows for rows in spec["datasets"].values() if "what" in rows[0]]
    assert [[row["what"] for row in rows] for rows in spans_drawn] == [["speech", "rock"]]  # no gap between two is seen
    _, empty = drawn(charts.lanes({"voice": []}, 0.0))
    assert "voice" in letters(empty)


def test_hours_of_spans_are_a_small_picture(drawn):
    many = [Segment(t, t + 0.9, "speech") for t in np.arange(0, 4 * 3600.0)]
    _, svg = drawn(charts.lanes({"voice": many}, 4 * 3600.0))
    assert len(svg) < 400_000


def test_a_waterfall_begins_each_bar_where_the_stage_began(drawn):
    stages = [Stage("decode", "sound", 0.0, 10.0), Stage("voice detection", "voice", 10.0, 90.0)]
    _, svg = drawn(charts.waterfall(stages))
    assert {"decode", "voice detection", "10.0 ms", "80.0 ms", "time (ms)"} <= set(letters(svg))
    assert "Where each millisecond went" in letters(svg)
    drawn(charts.waterfall([]))
