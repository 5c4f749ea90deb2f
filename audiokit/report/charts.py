"""Charts that show everywhere: Vega-Lite in a live notebook, the same picture as SVG where nothing runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from audiokit.activity.vad import VadResult
    from audiokit.report.stopwatch import Stopwatch

__all__ = ["curve", "enable", "speech_probability", "stage_times"]

_MAX_POINTS = 1500  # more columns than a page is wide; altair refuses beyond 5000 rows

_NAME = "audiokit"


def enable() -> None:
    """Make altair show each chart as Vega-Lite and as SVG in one output; call it once in a notebook.

    The SVG is drawn by vl-convert, offline. A frozen page and an untrusted notebook show it.
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
    return {kind: spec, "image/svg+xml": svg, "text/plain": f"Chart: {text or 'untitled'}"}


def _theme() -> dict[str, Any]:
    grey = "#7a7f87"  # reads on white and on a dark page
    return {
        "width": 760,
        "height": 220,
        "background": "transparent",
        "padding": {"left": 16, "right": 16, "top": 6, "bottom": 6},  # the reader's font may be wider than the drawer's
        "config": {
            "font": "system-ui, sans-serif",
            "axis": {"labelColor": grey, "titleColor": grey, "tickColor": grey, "domainColor": grey,
                     "gridColor": grey, "gridOpacity": 0.18, "titleFontWeight": "normal"},
            "title": {"color": grey, "anchor": "start", "fontSize": 14},
            "legend": {"labelColor": grey, "titleColor": grey, "titleFontWeight": "normal"},
            "header": {"labelColor": grey, "titleColor": grey},
            "text": {"color": grey},
            "view": {"stroke": None},
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
    found = speech.to_dataframe()[["start_seconds", "end_seconds"]]
    threshold = speech.settings.threshold
    x = alt.X("seconds", title="time (s)", scale=alt.Scale(domain=[0, max(speech.audio_seconds, 1e-3)], nice=False))
    spans = alt.Chart(found).mark_rect(opacity=0.18, color="#4c78dd").encode(x="start_seconds", x2="end_seconds")
    line = alt.Chart(curve).mark_line(strokeWidth=1.2, interpolate="step-after").encode(
        x=x, y=alt.Y("probability", title="speech probability", scale=alt.Scale(domain=[0, 1]))
    )  # fmt: skip
    rule = alt.Chart(pd.DataFrame({"threshold": [threshold]})).mark_rule(color="#e4843d").encode(y="threshold")
    title = (
        f"At threshold {threshold:.2f}: {speech.speech_seconds:.1f} s of speech in {len(speech.segments)} segment(s)"
    )
    return (spans + line + rule).properties(title=title, height=160)


def curve(points: Mapping[float, float], *, x: str, y: str, title: str) -> Any:
    """One line with dots; `points` maps x to y, and the axis titles carry the units."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame({"x": list(points), "y": list(points.values())})
    return (
        alt.Chart(table)
        .mark_line(point=True, color="#4c78dd")
        .encode(x=alt.X("x", title=x, scale=alt.Scale(zero=False)), y=alt.Y("y", title=y, scale=alt.Scale(zero=True)))
        .properties(title=title, height=160)
    )


def stage_times(clock: Stopwatch) -> Any:
    """Seconds by stage, as bars in the order in which the stages ran."""
    import altair as alt

    table = clock.to_dataframe()
    table["share"] = [f"{s:.3f} s" for s in table["seconds"]]
    base = alt.Chart(table).encode(
        y=alt.Y("stage", sort=None, title=None), x=alt.X("seconds", title="wall-clock time (s)")
    )
    bars = base.mark_bar(color="#4c78dd", height=14) + base.mark_text(align="left", dx=4).encode(text="share")
    return bars.properties(title=f"{clock.total_seconds:.2f} s in all", height=alt.Step(22))
