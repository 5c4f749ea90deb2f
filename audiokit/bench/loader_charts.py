"""Charts of loaders: plans as a heat map with the tuner's path on it, waiting over the step, what a stopwatch says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from audiokit.bench.overlap import OverlapComparison
    from audiokit.bench.tuning import PlanGrid
    from audiokit.training.loader.plan import Plan
    from audiokit.training.loader.report import LoaderReport

__all__ = ["extra_time", "guesses", "plan_map", "plans_tried", "readings", "waiting"]

_BLUE, _ORANGE, _GREY = "#4c78dd", "#e4843d", "#72767d"
_CELL, _WIDTH = 120, 640  # pixels


def plans_tried(report: LoaderReport) -> tuple[Plan, ...]:
    """Divisions that a tuner was in, in order; one that it stayed in comes once."""
    plans = [plan for change in report.changes for plan in (change.before, change.after)] or [report.plan]
    return tuple(plan for at, plan in enumerate(plans) if at == 0 or plan.division != plans[at - 1].division)


def plan_map(grid: PlanGrid, report: LoaderReport | None = None, *, title: str = "") -> Any:
    """Pace of every fixed plan, the best being 100 %, with the way that a tuner took drawn on it.

    Parameters
    ----------
    grid : PlanGrid
        What was measured.
    report : LoaderReport, optional
        Of a loader that tuned itself with the same step.
    title : str
        What is above, before who won; by default the step.

    Returns
    -------
    altair.LayerChart
    """
    import altair as alt
    import pandas as pd

    table = grid.to_dataframe()
    table["said"] = [f"{share:.0%}" for share in table["of_the_winner"]]
    path = plans_tried(report) if report else ()
    threads = sorted({*table["threads"], *(plan.threads for plan in path)})
    processes = sorted({*table["processes"], *(plan.processes for plan in path)}, reverse=True)
    x = alt.X("threads:O", title="threads (in each process)", sort=threads, axis=alt.Axis(labelAngle=0))
    y = alt.Y("processes:O", title="processes (0: training's own)", sort=processes)
    cells = alt.Chart(table).encode(x=x, y=y)
    heat = cells.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color(
            "of_the_winner:Q",
            title="of the best",
            scale=alt.Scale(domain=[0, 1], range=["#e9edf7", _BLUE]),
            legend=alt.Legend(format=".0%", tickCount=3),
        )
    )
    # On the pale end of the scale white letters could not be read.
    ink = alt.condition(alt.datum.of_the_winner > 0.7, alt.value("white"), alt.value("#30343b"))
    layers = [heat, cells.mark_text(fontSize=13, dy=-24).encode(text="said:N", color=ink)]
    if path:
        steps = pd.DataFrame([(at, *plan.division) for at, plan in enumerate(path)])
        steps.columns = pd.Index(["order", "processes", "threads"])
        way = alt.Chart(steps).encode(x=x, y=y, order="order:Q")
        layers.append(way.mark_line(color=_ORANGE, strokeWidth=3))
        layers.append(way.mark_point(color=_ORANGE, filled=True, size=70, opacity=1))
        last = alt.Chart(steps.tail(1)).encode(x=x, y=y)
        layers.append(last.mark_point(color=_ORANGE, filled=False, size=420, strokeWidth=3, opacity=1))
    about = [f"best: {grid.winner.plan}", *([f"tuner: {path[-1]}"] if path else [])]
    heading = alt.TitleParams(
        title or f"Step of {1000 * grid.step_seconds:.3g} ms", subtitle=about, subtitleColor=_GREY
    )
    size = {"width": _CELL * len(threads), "height": 0.75 * _CELL * len(processes)}
    return alt.layer(*layers).properties(title=heading, **size)


def readings(report: LoaderReport) -> Any:
    """Items a second and the share of waiting over time, with a rule where something was changed."""
    import altair as alt
    import pandas as pd

    table = report.to_dataframe()
    table["plan"] = [str(reading.plan) for reading in report.readings]
    changed = [change for change in report.changes if change.before.division != change.after.division]
    rules = pd.DataFrame({"time_seconds": [change.time_seconds for change in changed]}, dtype=float)
    x = alt.X("time_seconds:Q", title="time since the loader began (s)", scale=alt.Scale(nice=False))
    pace = alt.Y("items_per_second:Q", title="items a second")
    share = alt.Y("wait_share:Q", title="waiting", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(table)
    line = base.mark_line(color=_GREY, strokeWidth=1).encode(x=x, y=pace)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=x, y=pace, color=alt.Color("plan:N", title=None, sort=None)
    )
    waits = base.mark_area(color=_ORANGE, opacity=0.5, line={"color": _ORANGE}).encode(x=x, y=share)
    marks = alt.Chart(rules).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x=x)
    upper = alt.layer(line, dots, *([marks] if changed else [])).properties(width=_WIDTH, height=180)
    lower = alt.layer(waits, *([marks] if changed else [])).properties(width=_WIDTH, height=70)
    title = f"{len(changed)} change{'s' * (len(changed) != 1)} of plan; {report.plan} at the end"
    return alt.vconcat(upper, lower, title=title).resolve_scale(x="shared")


def waiting(shares: Mapping[str, Mapping[float, float]], *, title: str) -> Any:
    """Share of the time that training waits over the length of its step, a line for each loader.

    Parameters
    ----------
    shares : mapping of str to mapping
        By loader, milliseconds of the step to the share, 0 to 1.
    title : str
        What is above.
    """
    import altair as alt
    import pandas as pd

    table = pd.DataFrame([(name, at, share) for name, line in shares.items() for at, share in line.items()])
    table.columns = pd.Index(["loader", "step", "share"])
    return (
        alt.Chart(table)
        .mark_line(point=True)
        .encode(
            x=alt.X("step:Q", title="length of a training step (ms)"),
            y=alt.Y(
                "share:Q", title="of the time, waiting", axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])
            ),
            color=alt.Color("loader:N", title=None, sort=None),
        )
        .properties(title=title)
    )


def guesses(seconds: Mapping[str, Mapping[str, float]], *, title: str) -> Any:
    """What a stopwatch says of each setting, as the pace of the best by the same measure.

    Parameters
    ----------
    seconds : mapping of str to mapping
        By what was timed, setting to seconds.
    title : str
        What is above.
    """
    import altair as alt
    import pandas as pd

    rows = [
        (what, setting, min(found.values()) / took, f"{1000 * took:.0f} ms")
        for what, found in seconds.items()
        for setting, took in found.items()
    ]
    table = pd.DataFrame(rows, columns=["timed", "setting", "pace", "said"])
    base = alt.Chart(table).encode(
        x=alt.X("pace:Q", title="pace, the best being 1", scale=alt.Scale(domain=[0, 1.15], nice=False)),
        y=alt.Y("setting:N", title=None, sort=None, axis=alt.Axis(labelLimit=200)),
    )
    bars = base.mark_bar(color=_BLUE, height=16) + base.mark_text(align="left", dx=4, color=_GREY).encode(text="said:N")
    return bars.properties(width=300, height=alt.Step(26)).facet(
        column=alt.Column("timed:N", title=None, sort=list(seconds), header=alt.Header(labelFontSize=13)), title=title
    )


def extra_time(comparisons: Sequence[OverlapComparison]) -> Any:
    """Wall time that augmentation adds to a step, over the step's length; the dashed rule stands at 5 %."""
    import altair as alt
    import pandas as pd

    table = pd.concat([one.to_dataframe() for one in comparisons], ignore_index=True)
    line = (
        alt.Chart(table)
        .mark_line(point=True)
        .encode(
            x=alt.X("step_over_batch:Q", title="step over the time to make an augmented batch"),
            y=alt.Y("extra:Q", title="added to a step", axis=alt.Axis(format="+.0%")),
            color=alt.Color("kind:N", title=None, sort=None),
        )
    )
    rule = alt.Chart(pd.DataFrame({"extra": [0.05]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(y="extra:Q")
    least = min((one.break_even_seconds or float("nan")) / one.batch_seconds for one in comparisons)
    return (line + rule).properties(title=f"Augmentation is free from a step of {least:.2g} batches on")
