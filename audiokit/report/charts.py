"""Charts that show everywhere: as Vega-Lite where a viewer knows its version, and as the same picture in SVG."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.report.facts import clock_time, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audiokit.activity.vad import VadResult
    from audiokit.report.stopwatch import Stopwatch
    from audiokit.results import Segment
    from audiokit.tagging.stages import Stage

__all__ = ["curve", "enable", "lanes", "speech_probability", "stage_times", "waterfall"]

_MAX_POINTS = 1500  # more columns than a page is wide; altair refuses beyond 5000 rows
_CLOCK_SECONDS = 120.0  # from here on an axis counts minutes

_NAME = "audiokit"
_GREY = "#72767d"  # of all letters: 4.6 : 1 on white; on a page it follows the theme (page.css knows it)


def enable() -> None:
    """Make altair show each chart as Vega-Lite and as SVG in one output; call it once in a notebook.

    The SVG is drawn by vl-convert, offline. A frozen page and an untrusted notebook show it, and so does a live
    JupyterLab 4.6, which knows Vega-Lite up to version 5 only.
    """
    import altair as alt

    alt.renderers.register(_NAME, _mimebundle)
    alt.renderers.enable(_NAME)
    alt.theme.register(_NAME, enable=True)(_theme)


def _mimebundle(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    import altair as alt
    import vl_convert

    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    kind = f"application/vnd.vegalite.v{alt.SCHEMA_VERSION.removeprefix('v').split('.')[0]}+json"
    title = spec.get("title", "")
    text = title.get("text", "") if isinstance(title, dict) else title
    named = f"Chart: {text or 'untitled'}"
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(named)}" ', 1)
    return {kind: spec, "image/svg+xml": svg, "text/plain": named}


def _theme() -> dict[str, Any]:
    return {
        "width": 760,
        "height": 220,
        "background": "transparent",
        "padding": {"left": 16, "right": 24, "top": 6, "bottom": 6},
        "config": {
            # Room is measured where the page is made, and the letters are drawn where it is read: these two are equally
            # wide, one is on nearly every machine, and others are narrower.
            "font": "Verdana, DejaVu Sans, sans-serif",
            "axis": {"labelColor": _GREY, "titleColor": _GREY, "tickColor": _GREY, "domainColor": _GREY,
                     "gridColor": _GREY, "gridOpacity": 0.18, "titleFontWeight": "normal",
                     # the reader's font may be wider than the drawer's
                     "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 14, "labelFlush": False,
                     "labelLimit": 240},
            "axisQuantitative": {"labelSeparation": 16, "labelOverlap": "greedy"},
            "title": {"color": _GREY, "anchor": "start", "fontSize": 14, "offset": 10},
            "legend": {"labelColor": _GREY, "titleColor": _GREY, "titleFontWeight": "normal",
                       "labelFontSize": 12, "titleFontSize": 12},
            "header": {"labelColor": _GREY, "titleColor": _GREY},
            "text": {"color": _GREY},
            "view": {"stroke": None},
            # One picture with a name: hundreds of points, each with its own, would help no listener and fill the page.
            "mark": {"aria": False},
            "range": {"category": ["#4c78dd", "#e4843d", "#3a9e75", "#c2539b", "#8c7ae0", "#a08a2c"]},
        },
    }  # fmt: skip


def speech_probability(speech: VadResult) -> Any:
    """Speech probability over time with the threshold, and the spans that follow from both.

    Parameters
    ----------
    speech : VadResult
        As `audiokit.activity.detect_speech` returns it.

    Returns
    -------
    altair.LayerChart
        Long recordings show the highest probability of each column.
    """
    import altair as alt
    import pandas as pd

    pool = max(1, -(-len(speech.probabilities) // _MAX_POINTS))
    padded = np.pad(speech.probabilities, (0, -len(speech.probabilities) % pool))
    highest = padded.reshape(-1, pool).max(axis=1)
    curve = pd.DataFrame(
        {"seconds": np.arange(len(highest)) * pool * speech.frame_seconds, "probability": highest.round(3)}
    )
    threshold = speech.settings.threshold
    x = alt.X("seconds:Q", title=_time_title(speech.audio_seconds), axis=_time_axis(speech.audio_seconds),
              scale=alt.Scale(domain=[0, max(speech.audio_seconds, 1e-3)], nice=False))  # fmt: skip
    y = alt.Y("probability:Q", title="speech probability", scale=alt.Scale(domain=[0, 1]))
    line = alt.Chart(curve).mark_line(strokeWidth=1.2, interpolate="step-after").encode(x=x, y=y)
    rule = alt.Chart(pd.DataFrame({"probability": [threshold]})).mark_rule(color="#e4843d").encode(y=y)
    found = pd.DataFrame(_merged(speech), columns=["seconds", "end_seconds"])
    # a layer without rows would bring an axis of its own
    spans = [alt.Chart(found).mark_rect(opacity=0.18, color="#4c78dd").encode(x=x, x2="end_seconds:Q")][: len(found)]
    title = (
        f"At threshold {threshold:.2f}: {clock_time(speech.speech_seconds)} of speech in "
        f"{counted(len(speech.segments), 'segment')}"
    )
    return alt.layer(*spans, line, rule).properties(title=title, height=160)


def _time_title(seconds: float) -> str:
    return "time (s)" if seconds < _CLOCK_SECONDS else "time (min:s)" if seconds < 3600 else "time (h:min)"


def _time_axis(seconds: float) -> Any:
    """Seconds while a recording is short; minutes at round minutes, and hours, beyond."""
    import altair as alt

    if seconds < _CLOCK_SECONDS:
        return alt.Axis()
    step = next((s for s in (15, 30, 60, 120, 300, 600, 900, 1800, 3600) if seconds / s <= 12), 3600 * 6)
    big, small = (3600, 60) if seconds >= 3600 else (60, 1)
    label = f"floor(datum.value / {big}) + ':' + pad(floor(datum.value % {big} / {small}), 2, '0', 'left')"
    return alt.Axis(values=list(range(0, int(seconds) + 1, step)), labelExpr=label)


def _merged(speech: VadResult) -> list[list[float]]:
    """Spans as they can be seen: a gap narrower than a column of the chart is none. At most one a column."""
    column_seconds = speech.audio_seconds / _MAX_POINTS
    merged: list[list[float]] = []
    for segment in speech.segments:
        if merged and segment.start_seconds - merged[-1][1] < column_seconds:
            merged[-1][1] = max(merged[-1][1], segment.end_seconds)
        else:
            merged.append([segment.start_seconds, segment.end_seconds])
    return merged


def curve(points: Mapping[float, float], *, x: str, y: str, title: str) -> Any:
    """One line with dots; `points` maps x to y, and the axis titles carry the units."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame({"x": list(points), "y": list(points.values())})
    # Where every value is 0 the axis has no length of its own.
    height = alt.Scale(zero=True) if any(points.values()) else alt.Scale(domain=[0, 1])
    return (
        alt.Chart(table)
        .mark_line(point=True, color="#4c78dd")
        .encode(x=alt.X("x:Q", title=x, scale=alt.Scale(zero=False)), y=alt.Y("y:Q", title=y, scale=height))
        .properties(title=title, height=160)
    )


def stage_times(clock: Stopwatch) -> Any:
    """Seconds by stage, as bars in the order in which the stages ran."""
    import altair as alt

    table = clock.to_dataframe()
    table["share"] = [f"{s:.3f} s" for s in table["seconds"]]
    base = alt.Chart(table).encode(
        y=alt.Y("stage:N", sort=None, title=None), x=alt.X("seconds:Q", title="wall-clock time (s)")
    )
    bars = base.mark_bar(color="#4c78dd", height=14) + base.mark_text(align="left", dx=4).encode(text="share:N")
    slowest = max(clock.seconds, key=clock.seconds.__getitem__, default="")
    longest = f", most of it {slowest}" if slowest else ""
    return bars.properties(title=f"{clock.total_seconds:.2f} s in all{longest}", height=alt.Step(22))


def lanes(spans: Mapping[str, Iterable[Segment]], seconds: float, *, title: str = "") -> Any:
    """Labelled spans of several lanes below one another, on one clock.

    Parameters
    ----------
    spans : mapping of str to iterable of Segment
        From top to bottom; a lane without spans keeps its place.
    seconds : float
        Length of the axis.
    title : str
        Above the chart.

    Returns
    -------
    altair.LayerChart
        A gap narrower than a column of the chart is none.
    """
    import altair as alt
    import pandas as pd

    column_seconds = seconds / _MAX_POINTS
    rows: list[list[Any]] = []
    for lane, found in spans.items():
        for span in found:
            last = rows[-1] if rows and rows[-1][:2] == [lane, span.label] else None
            if last is not None and span.start_seconds - last[3] < column_seconds:
                last[3] = max(last[3], span.end_seconds)
            else:
                rows.append([lane, span.label, span.start_seconds, span.end_seconds])
    table = pd.DataFrame(rows, columns=["lane", "what", "seconds", "end_seconds"])
    named = alt.Chart(pd.DataFrame({"lane": list(spans)})).mark_point(opacity=0)
    y = alt.Y("lane:N", title=None, sort=list(spans), scale=alt.Scale(domain=list(spans)))
    x = alt.X("seconds:Q", title=_time_title(seconds), axis=_time_axis(seconds),
              scale=alt.Scale(domain=[0, max(seconds, 1e-3)], nice=False))  # fmt: skip
    bars = alt.Chart(table).mark_bar(height=16).encode(x=x, x2="end_seconds:Q", y=y,
        color=alt.Color("what:N", title=None, sort=None))  # fmt: skip
    layers = [named.encode(y=y), *([bars] if rows else [])]
    return alt.layer(*layers).properties(title=title, height=alt.Step(26))


def waterfall(stages: Iterable[Stage], *, title: str = "Where each millisecond went") -> Any:
    """Stages as bars from their beginning to their end, in the order in which they began.

    Parameters
    ----------
    stages : iterable of Stage
        Of `audiokit.tagging.TagResult.stages`.
    title : str
        Above the chart.
    """
    import altair as alt
    import pandas as pd

    rows = [
        {"stage": s.name, "branch": s.branch, "ms": s.start_ms, "end_ms": s.end_ms, "took": f"{s.duration_ms:.1f} ms"}
        for s in stages
    ]
    table = pd.DataFrame(rows, columns=["stage", "branch", "ms", "end_ms", "took"])
    y = alt.Y("stage:N", sort=None, title=None)
    bars = alt.Chart(table).mark_bar(height=16).encode(y=y, x=alt.X("ms:Q", title="time (ms)"), x2="end_ms:Q",
        color=alt.Color("branch:N", title=None, sort=None))  # fmt: skip
    text = alt.Chart(table).mark_text(align="left", dx=4).encode(y=y, x="end_ms:Q", text="took:N")
    return (bars + text).properties(title=title, height=alt.Step(24))
