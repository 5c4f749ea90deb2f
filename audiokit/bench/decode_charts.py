"""Charts of loaders side by side: axes with units, one message in the title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.equality import RowState
from audiokit.bench.peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from audiokit.bench.decoders import DecodeComparison, DecodeRow
    from audiokit.bench.floor import FloorRow
    from audiokit.bench.spans import SpanComparison
    from audiokit.bench.threads import ThreadComparison

__all__ = ["decode_times", "floor_times", "length_curves", "ratio_table", "span_times", "thread_speeds"]

_BLUE, _ORANGE, _GREY, _GREEN = "#4c78dd", "#e4843d", "#7a7f87", "#3a9e75"
_SPREAD = "#a3a9b2"  # seen on a bar, on a white and on a dark page
_INK = "#15171c"  # on the tinted cells, whatever the page's colour
_NO_CELL = "#c9ccd1"
_COLOURS = (_BLUE, _ORANGE, _GREEN, "#c2539b", "#8c7ae0", "#a08a2c", "#5aa9c7", "#9c6b4f", "#7a7f87")
_DECADES = tuple(round(step * 10.0**power, 9) for power in range(-3, 4) for step in (1, 2, 5))
_FINER = tuple(round(step * 10.0**power, 9) for power in range(-3, 4) for step in (1, 1.5, 2, 3, 4, 5, 7))


def _colours(names: Sequence[str]) -> Any:
    """Give each loader a colour that it has in every chart; audiokit is blue."""
    import altair as alt

    known = [peer.name for peer in PEERS]
    ordered = [name for name in known if name in names] + [name for name in names if name not in known]
    places = [known.index(name) if name in known else len(known) + at for at, name in enumerate(ordered)]
    return alt.Scale(domain=ordered, range=[_COLOURS[place % len(_COLOURS)] for place in places])


def decode_times(comparison: DecodeComparison) -> Any:
    """Milliseconds by loader: the median as a bar, fastest to slowest round as a line across its end."""
    import altair as alt

    table = comparison.to_dataframe().dropna(subset=["median_ms"])
    table["label"] = [
        f"{row.median_ms:.1f} ms" + (", other samples" if np.isnan(row.ratio) else f", {row.ratio:.2f}x")
        for row in table.itertuples()
    ]
    y = alt.Y("name", sort=None, title=None, axis=alt.Axis(labelLimit=240))
    base = alt.Chart(table).encode(y=y)
    widest = float(table["slowest_ms"].max()) * 1.25  # the labels stand beyond the lines
    bars = base.mark_bar(height=16).encode(
        x=alt.X(
            "median_ms",
            title="time to load (ms): median, and fastest to slowest round",
            scale=alt.Scale(domain=[0, widest]),
        ),
        color=alt.condition(alt.datum.state == "ok", alt.value(_BLUE), alt.value(_ORANGE)),
    )
    spread = base.mark_rule(color=_SPREAD, strokeWidth=3).encode(x="fastest_ms", x2="slowest_ms")
    text = base.mark_text(align="left", dx=6).encode(x="slowest_ms", text="label")
    return (bars + spread + text).properties(title=_who_is_fastest(comparison), height=alt.Step(26))


def _who_is_fastest(comparison: DecodeComparison) -> str:
    reference = comparison.rows[0].name
    others = [row for row in comparison.rows[1:] if row.ratio is not None]
    if not others:
        return f"{comparison.file}: nobody else gave the same samples"
    best = min(others, key=lambda row: row.ratio or 0.0)
    return f"{comparison.file}: {best.name} is the fastest of the others, at {best.ratio:.2f} times {reference}'s time"


def ratio_table(comparisons: Mapping[str, DecodeComparison]) -> Any:
    """Time as a multiple of the first loader's, by codec and loader: blue where it wins, orange where it loses."""
    import altair as alt
    import pandas as pd

    reference = next(iter(comparisons.values())).rows[0].name
    said = {RowState.DIFFERENT: "other samples", RowState.FAILED: "cannot", RowState.UNAVAILABLE: "unavailable"}

    def without_ratio(row: DecodeRow) -> str:
        return row.absence.what if row.absence else said.get(row.state, "")

    cells = [
        {
            "codec": codec,
            "loader": row.name,
            "counts": row.ratio is not None,
            "tint": 0.0 if row.ratio is None else float(np.log2(row.ratio)),
            "label": without_ratio(row) if row.ratio is None else f"{row.ratio:.2f}x",
        }
        for codec, comparison in comparisons.items()
        for row in comparison.rows[1:]
    ]
    table = pd.DataFrame(cells, columns=["codec", "loader", "counts", "tint", "label"])
    loaders = list(dict.fromkeys(table["loader"]))
    base = alt.Chart(table).encode(
        x=alt.X("codec", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False)),
        y=alt.Y("loader", sort=loaders, title=None, axis=alt.Axis(labelLimit=240, ticks=False, domain=False)),
    )
    tint = alt.Scale(domain=[-1.5, 0, 1.5], range=[_ORANGE, "#efeadf", "#86abf0"], clamp=True, interpolate="rgb")
    squares = base.mark_rect(stroke="transparent", strokeWidth=2, cornerRadius=3).encode(
        color=alt.condition("datum.counts", alt.Color("tint:Q", scale=tint, legend=None), alt.value(_NO_CELL))
    )
    # Six codecs side by side leave room for "cannot load FFmpeg" in small letters
    size = alt.condition("datum.counts", alt.value(12), alt.value(10))
    text = base.mark_text(color=_INK).encode(text="label", size=size)
    counted = table["tint"][table["counts"].astype(bool)]
    won = int((counted >= 0).sum())
    title = f"{reference} is the faster one in {won} of {len(counted)} pairs; blue: it wins, orange: it loses"
    return (squares + text).properties(title=title, height=alt.Step(28), width=680)


def length_curves(by_length: Mapping[float, DecodeComparison]) -> Any:
    """Time for each second of sound over the length of the file, both logarithmic: what is fixed shows on the left."""
    import altair as alt
    import pandas as pd

    rows = [
        {"seconds": length, "loader": row.name, "cost": row.timing.median_seconds * 1000 / found.sound_seconds}
        for length, found in sorted(by_length.items())
        for row in found.rows
        if row.timing is not None and row.ratio is not None
    ]
    table = pd.DataFrame(rows, columns=["seconds", "loader", "cost"])
    names = list(dict.fromkeys(table["loader"]))
    reference = next(iter(by_length.values())).rows[0].name
    ours = table[table["loader"] == reference].sort_values("seconds")["cost"]
    fixed = ours.iloc[0] / ours.iloc[-1]
    title = f"A second of sound costs {reference} {fixed:.1f} times as much in the shortest file as in the longest"
    return (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=50))
        .encode(
            x=alt.X(
                "seconds",
                title="length of the file (s)",
                scale=alt.Scale(type="log", nice=False),
                axis=_log_axis(by_length),
            ),
            y=alt.Y(
                "cost",
                title="time for a second of sound (ms)",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(values=list(_FINER), format="~g"),
            ),
            color=alt.Color("loader", title=None, sort=None, scale=_colours(names)),
            strokeWidth=alt.condition(alt.datum.loader == reference, alt.value(3), alt.value(1.5)),
        )
        .properties(title=title, height=260, width=640)
    )


def _log_axis(values: Mapping[float, object]) -> Any:
    import altair as alt

    return alt.Axis(values=sorted(values), format="~g")


def span_times(spans: Sequence[SpanComparison]) -> Any:
    """Time to the last second of a long file, logarithmic, by codec and loader; a tick where all was decoded."""
    import altair as alt
    import pandas as pd

    rows = [
        {"codec": span.codec, "loader": row.name, "took": row.timing.median_seconds * 1000}
        for span in spans
        for row in span.peers.rows
        if row.timing is not None and row.ratio is not None
    ]
    table = pd.DataFrame(rows, columns=["codec", "loader", "took"])
    whole = pd.DataFrame([{"codec": span.codec, "took": span.whole.median_seconds * 1000} for span in spans])
    names = list(dict.fromkeys(table["loader"]))
    y = alt.Y("codec", sort=None, title=None)
    dots = (
        alt.Chart(table)
        .mark_point(filled=True, size=90, opacity=0.9)
        .encode(
            x=_milliseconds("took", "time to one second at the end (ms); tick: audiokit decoding all of it"),
            y=y,
            color=alt.Color("loader", title=None, sort=None, scale=_colours(names)),
            shape=alt.condition(alt.datum.loader == names[0], alt.value("diamond"), alt.value("circle")),
        )
    )
    ticks = alt.Chart(whole).mark_tick(color=_GREY, thickness=3, size=20, opacity=1).encode(x=alt.X("took"), y=y)
    least = min(spans, key=lambda span: span.times_faster)
    title = f"The last second of {least.file_seconds:.0f} s: {least.times_faster:.0f} times as quick as all, or more"
    if least.times_faster < 2:
        title = f"The last second of {least.file_seconds:.0f} s: in {least.codec} it costs as much as all of it"
    return (ticks + dots).properties(title=title, height=alt.Step(34), width=640)


def _milliseconds(field: str, title: str) -> Any:
    import altair as alt

    return alt.X(
        field,
        title=title,
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(values=list(_DECADES), format="~g"),
    )


def thread_speeds(comparison: ThreadComparison, *, title: str = "") -> Any:
    """Seconds of sound that a pool of threads decodes in a second, over the number of threads."""
    import altair as alt

    table = comparison.to_dataframe().dropna(subset=["sound_seconds_per_second"])
    names = list(dict.fromkeys(table["name"]))
    scaled = {name: scaling for name in names if (scaling := comparison.scaling(name)) is not None}
    best = max(scaled, key=lambda name: scaled[name])
    threads = int(table["threads"].max())
    told = [best, names[0]] if best != names[0] else [best]
    gains = ", ".join(f"{name} {scaled[name]:.2f}" for name in told)
    said = title or f"From one thread to {threads}, times as much sound in a second: {gains}"
    return (
        alt.Chart(table)
        .mark_line(point=alt.OverlayMarkDef(size=60))
        .encode(
            x=alt.X("threads:O", title="threads in the pool", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("sound_seconds_per_second", title="sound decoded (s in a second)", scale=alt.Scale(zero=True)),
            color=alt.Color("name", title=None, sort=None, scale=_colours(names)),
            strokeWidth=alt.condition(alt.datum.name == names[0], alt.value(3), alt.value(1.5)),
        )
        .properties(title=said, width=420, height=260)
    )


def floor_times(rows: Sequence[FloorRow]) -> Any:
    """Stack the bare decoder and the soxr pass by codec, with a tick for what audiokit takes."""
    import altair as alt
    import pandas as pd

    parts = [
        {"codec": row.codec, "part": part, "took": timing.median_seconds * 1000, "order": order}
        for row in rows
        for order, (part, timing) in enumerate((("codec alone, one thread", row.bare), ("soxr", row.soxr)))
    ]
    ours = pd.DataFrame(
        [
            {"codec": row.codec, "took": row.ours.median_seconds * 1000, "label": f"{row.times_floor:.2f}x"}
            for row in rows
        ]
    )
    y = alt.Y("codec", sort=None, title=None)
    stacks = (
        alt.Chart(pd.DataFrame(parts))
        .mark_bar(height=18)
        .encode(
            x=alt.X("sum(took)", title="time (ms); tick: audiokit, with as many threads as it likes"),
            y=y,
            color=alt.Color("part", title=None, sort=None, scale=alt.Scale(range=[_GREY, _ORANGE])),
            order="order",
        )
    )
    ticks = alt.Chart(ours).mark_tick(color=_BLUE, thickness=4, size=26, opacity=1).encode(x="took", y=y)
    floors = pd.Series({row.codec: row.floor.median_seconds * 1000 for row in rows})
    ours["label_at"] = np.maximum(ours["took"], floors.reindex(ours["codec"]).to_numpy())
    text = alt.Chart(ours).mark_text(align="left", dx=8).encode(x="label_at", y=y, text="label")
    nearest, farthest = (pick(rows, key=lambda row: row.times_floor) for pick in (min, max))
    title = (
        f"audiokit takes {nearest.times_floor:.2f} times the floor in {nearest.codec}, "
        f"{farthest.times_floor:.2f} in {farthest.codec}"
    )
    return (stacks + ticks + text).properties(title=title, height=alt.Step(34), width=640)
