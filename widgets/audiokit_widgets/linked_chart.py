"""`linked_chart`: an altair chart whose brush over time is an inspector's selection, both ways, without a network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from audiokit.errors import ParameterError
from audiokit_widgets.lanes import Curve, Spans
from audiokit_widgets.lanes_picture import column_extremes

if TYPE_CHECKING:
    import altair as alt

    from audiokit_widgets.lane_view import LaneView

__all__ = ["BRUSH", "linked_chart"]

BRUSH = "span"
_VIEW = ("view_start_seconds", "view_end_seconds")
_COUNT = "sent_by_python"
_WIDTH, _HEIGHT = 640, 160
_COLUMNS = 1000  # of a curve: altair refuses more than 5000 rows
_MOST_SPANS = 2000
_WAIT_MS = 80  # between two messages while a brush is drawn


def linked_chart(
    inspector: LaneView, chart_or_lane: str | alt.Chart | alt.LayerChart, *, offline: bool = True
) -> alt.JupyterChart:
    """Make a chart that follows an inspector, and that the inspector follows.

    A brush over the chart's time axis becomes ``inspector.selection`` when it is drawn, and the other way round. The
    time axis shows ``inspector.view_seconds``. Without a kernel it is the same chart, unlinked.

    Parameters
    ----------
    inspector : Inspector or another view with lanes
        Whose `selection` and `view_seconds` are shared.
    chart_or_lane : str, altair.Chart or altair.LayerChart
        The name of a lane of spans or of a curve, which is then charted; or a chart of your own whose x is in
        seconds, quantitative, with a width in pixels (640 if it has none). A brush of its own is taken: its first
        interval selection that encodes x.
    offline : bool
        Whether the chart's JavaScript is vl-convert's bundle, which a notebook stores beside the chart (about 1 MB).
        altair's own module fetches Vega from a network address whenever it is shown.

    Returns
    -------
    altair.JupyterChart

    Raises
    ------
    ParameterError
        If there is no such lane, it is a matrix, or the chart has no x in seconds, no fixed width, or several views.

    Notes
    -----
    A page's changes reach Python at most every 80 ms, and a change that is already there is not sent back.
    """
    import altair as alt

    chart: Any = _lane_chart(inspector, chart_or_lane) if isinstance(chart_or_lane, str) else chart_or_lane.copy()
    if not isinstance(chart, alt.Chart | alt.LayerChart):
        raise ParameterError(f"A linked chart is a single view or its layers, got {type(chart).__name__}.")
    if chart.width is alt.Undefined:
        chart = chart.properties(width=_WIDTH)
    if not isinstance(chart.width, int | float):
        raise ParameterError(
            f"A linked chart wants a width in pixels, got {chart.width!r}: the brush is placed by pixels.",
            cure=f"chart.properties(width={_WIDTH})",
        )
    brush = _brush_of(chart)
    if brush is None:
        brush = BRUSH
        chart = chart.add_params(alt.selection_interval(name=BRUSH, encodings=["x"]))
    field = _time_field(chart)
    start, end = _view(inspector)
    initial = {_VIEW[0]: start, _VIEW[1]: end, _COUNT: 0}
    chart = chart.add_params(*(alt.param(name=name, value=value) for name, value in initial.items()))
    if isinstance(chart, alt.Chart):
        chart.encoding.x = _scaled(chart.encoding.x)
    else:
        chart.layer = [_with_scaled_x(layer) for layer in chart.layer]
    # "ast": expressions are interpreted, for pages (the frozen one) that forbid what Vega would compile them with
    made = _chart_class(offline)(chart, debounce_wait=_WAIT_MS, embed_options={"ast": True, "actions": False})
    _Link(inspector, made, brush=brush, field=field, width=float(chart.width))
    return cast("alt.JupyterChart", made)


class _Link:
    """Keeps the two in step; what one side has already is not sent to it.

    A chart that is drawn anew reports its first values as if somebody had set them. They are told by a parameter that
    counts what was sent: in a chart that has just been drawn it is 0.
    """

    def __init__(self, inspector: LaneView, chart: Any, *, brush: str, field: str, width: float) -> None:
        self._inspector, self._chart = inspector, chart
        self._brush, self._field, self._width = brush, field, width
        self._sent = 0
        chart.selections.observe(self._from_chart, brush)
        chart.observe(self._drawn, "_params")
        inspector.observe(self._to_chart, ["selection", "view_seconds"])
        self._to_chart(None)

    def _from_chart(self, change: Any) -> None:
        if not self._in_step():
            return
        duration = self._inspector.duration_seconds
        times = (change["new"].value or {}).get(self._field, ())
        found = sorted(min(max(float(t), 0.0), duration) for t in times)
        if not self._same(found, self._inspector.selection):
            self._inspector.selection = found

    def _drawn(self, _change: Any) -> None:
        if not self._in_step():
            self._to_chart(None)

    def _in_step(self) -> bool:
        return bool(self._params.get(_COUNT) == self._sent)

    @property
    def _params(self) -> dict[str, Any]:
        # the trait that altair's page listens to; its public `params` cannot name a brush's ends
        return dict(self._chart.trait_values()["_params"])

    def _to_chart(self, change: Any) -> None:
        shown = sorted((getattr(self._chart.selections, self._brush).value or {}).get(self._field, ()))
        if change and change["name"] == "selection" and self._same(shown, self._inspector.selection):
            return  # the chart's own brush, on its way round
        start, end = _view(self._inspector)
        self._sent += 1
        told = {
            _VIEW[0]: start,
            _VIEW[1]: end,
            # the signal of the brush's ends in pixels, which Vega-Lite names so
            f"{self._brush}_x": [(t - start) / (end - start) * self._width for t in self._inspector.selection],
            _COUNT: self._sent,
        }
        self._chart.set_trait("_params", {**self._params, **told})

    def _same(self, one: list[float], two: list[float]) -> bool:
        start, end = _view(self._inspector)
        within = 1.5 * (end - start) / self._width  # a brush is as exact as a pixel
        return len(one) == len(two) and all(abs(a - b) <= within for a, b in zip(one, two, strict=True))


def _view(inspector: LaneView) -> list[float]:
    return list(inspector.view_seconds) or [0.0, inspector.duration_seconds]


@cache
def _chart_class(offline: bool) -> type[Any]:
    import altair as alt

    class LinkedChart(alt.JupyterChart):
        """A `JupyterChart` that brings its own picture for where no script runs."""

        def _repr_mimebundle_(self, **options: object) -> tuple[dict[str, Any], dict[str, Any]]:
            import vl_convert
            from altair.utils._importers import vl_version_for_vl_convert

            bundle = super()._repr_mimebundle_(**options)
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
            svg = vl_convert.vegalite_to_svg(self.spec, vl_version=vl_version_for_vl_convert())
            return {**data, "image/svg+xml": svg, "text/plain": "A chart of time, linked to an inspector"}, metadata

    if offline:
        LinkedChart.enable_offline()
    return LinkedChart


def _brush_of(chart: Any) -> str | None:
    import altair as alt

    for holder in (chart, *getattr(chart, "layer", ())):
        for param in () if holder.params is alt.Undefined else holder.params:
            told = param.to_dict()
            select = told.get("select")
            if isinstance(select, dict) and select["type"] == "interval" and "x" in select.get("encodings", ["x"]):
                return str(told["name"])
    return None


def _time_field(chart: Any) -> str:
    for holder in (chart, *getattr(chart, "layer", ())):
        x = holder.to_dict(validate=False).get("encoding", {}).get("x", {})
        if x.get("field") and x.get("type") == "quantitative" and not x.get("bin") and not x.get("aggregate"):
            return str(x["field"])
    raise ParameterError(
        "The chart has no quantitative x, so it says nothing of time.", cure='Encode x="seconds:Q", in seconds.'
    )


def _scaled(x: Any) -> Any:
    import altair as alt

    if x is alt.Undefined or not isinstance(x, alt.X):
        return x
    return x.scale(domain=[{"expr": name} for name in _VIEW], nice=False, clamp=False)


def _with_scaled_x(layer: Any) -> Any:
    import altair as alt

    if layer.encoding is not alt.Undefined:
        layer = layer.copy()
        layer.encoding.x = _scaled(layer.encoding.x)
    return layer


def _lane_chart(inspector: LaneView, name: str) -> alt.Chart:
    import altair as alt

    lane = inspector.lanes.get(name)
    if lane is None or not isinstance(lane, Spans | Curve):
        kind = "no lane" if lane is None else "a matrix"
        raise ParameterError(
            f"There is {kind} {name!r} to chart.",
            cure=f"Spans and curves: {[n for n, held in inspector.lanes.items() if isinstance(held, Spans | Curve)]}.",
        )
    axis = alt.X("seconds:Q", title="time (s)")
    if isinstance(lane, Curve):
        unit = f" ({lane.unit})" if lane.unit else ""
        value = alt.Y("low:Q", title=f"{lane.label or name}{unit}", scale=alt.Scale(domain=list(lane.range)))
        rows = _curve_rows(lane, inspector.duration_seconds)
        area = alt.Chart(alt.Data(values=rows)).mark_area(line=True, opacity=0.5, clip=True)
        made = area.encode(x=axis, y=value, y2="high:Q")
    else:
        if len(lane.segments) > _MOST_SPANS:
            raise ParameterError(
                f"The lane {name!r} holds {len(lane.segments):,} spans, a chart at most {_MOST_SPANS:,}.",
                cure="Chart a summary of them: linked_chart(inspector, your_chart).",
            )
        bars = [{"seconds": s.start_seconds, "end": s.end_seconds, "label": s.label} for s in lane.segments]
        label = alt.Y("label:N", title=None, sort=None)
        made = alt.Chart(alt.Data(values=bars)).mark_bar(clip=True).encode(x=axis, x2="end:Q", y=label)
    return made.properties(width=_WIDTH, height=_HEIGHT, title=name)


def _curve_rows(lane: Curve, duration: float) -> list[dict[str, float | None]]:
    if len(lane.values) <= _COLUMNS:
        pairs = zip(lane.times_seconds.tolist(), lane.values.tolist(), lane.values.tolist(), strict=True)
    else:
        middles = (np.arange(_COLUMNS) + 0.5) / _COLUMNS * duration
        low, high = column_extremes(lane, duration, _COLUMNS).T
        pairs = zip(middles.tolist(), low.tolist(), high.tolist(), strict=True)
    rows: list[dict[str, float | None]] = []
    for seconds, a, b in pairs:
        known = bool(np.isfinite(a))
        rows.append({"seconds": seconds, "low": a if known else None, "high": b if known else None})
    return rows
