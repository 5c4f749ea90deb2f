"""Charts that show everywhere: Vega-Lite in a live notebook, the same picture as SVG where nothing runs."""

from __future__ import annotations

from typing import Any

__all__ = ["enable"]

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
        "width": 640,
        "height": 220,
        "background": "transparent",
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
