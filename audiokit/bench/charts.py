"""Charts of measurements: axes with units, the spread drawn, one message in the title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.loader import wait_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.audio import Audio
    from audiokit.bench.decoders import DecodeComparison
    from audiokit.bench.loader import WorkerComparison

__all__ = ["curves", "decode_times", "format_ratios", "spectra", "waiting", "worker_curve"]

_BLUE, _ORANGE, _GREY = "#4c78dd", "#e4843d", "#7a7f87"
_FFT_SAMPLES = 2048  # 1025 lines: with two curves well within the 5000 rows that altair takes
_FLOOR_DB = -150.0


def decode_times(comparison: DecodeComparison) -> Any:
    """Milliseconds by loader: the median as a bar, fastest to slowest round as a line across its end."""
    import altair as alt

    table = comparison.to_dataframe().dropna(subset=["median_ms"])
    table["label"] = [
        f"{row.median_ms:.1f} ms" + ("" if np.isnan(row.ratio) else f", {row.ratio:.2f}x") for row in table.itertuples()
    ]
    y = alt.Y("name", sort=None, title=None, axis=alt.Axis(labelLimit=240))
    base = alt.Chart(table).encode(y=y)
    bars = base.mark_bar(height=18).encode(
        x=alt.X("median_ms", title="time to load (ms): median, and fastest to slowest round"),
        color=alt.condition(alt.datum.state == "ok", alt.value(_BLUE), alt.value(_ORANGE)),
    )
    spread = base.mark_rule(color=_GREY, strokeWidth=2).encode(x="fastest_ms", x2="slowest_ms")
    text = base.mark_text(align="left", dx=6).encode(x="slowest_ms", text="label")
    slower = [row for row in comparison.rows[1:] if row.ratio is not None]
    said = ", ".join(f"{row.name} {row.ratio:.2f}x" for row in slower) or "nobody to compare with"
    title = f"{comparison.file}: time as a multiple of {comparison.rows[0].name}'s: {said}"
    return (bars + spread + text).properties(title=title, height=alt.Step(30))


def format_ratios(comparisons: Mapping[str, DecodeComparison]) -> Any:
    """Time as a multiple of the first loader's, for each format and loader; the rule at 1 is a draw."""
    import altair as alt
    import pandas as pd

    rows = [
        {"format": name, "loader": row.name, "ratio": row.ratio, "label": f"{row.ratio:.2f}x"}
        for name, comparison in comparisons.items()
        for row in comparison.rows[1:]
        if row.ratio is not None
    ]
    reference = next(iter(comparisons.values())).rows[0].name
    table = pd.DataFrame(rows, columns=["format", "loader", "ratio", "label"])
    base = alt.Chart(table).encode(
        y=alt.Y("format", sort=None, title=None), yOffset=alt.YOffset("loader", sort=None), x=alt.X("ratio")
    )
    bars = base.mark_bar().encode(
        x=alt.X("ratio", title=f"time as a multiple of {reference}'s"), color=alt.Color("loader", title=None, sort=None)
    )
    text = base.mark_text(align="left", dx=4).encode(text="label")
    draw = alt.Chart(pd.DataFrame({"one": [1.0]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="one")
    won = int((table["ratio"] >= 1).sum())
    title = f"{reference} is the faster one in {won} of {len(rows)} pairs; right of the dashed rule it wins"
    return (bars + text + draw).properties(title=title, height=alt.Step(18))


def spectra(sounds: Mapping[str, Audio], *, title: str) -> Any:
    """Average spectrum of each sound's first channel in dB, where a full-scale sine stands at 0."""
    import altair as alt
    import pandas as pd

    tables = []
    for name, sound in sounds.items():
        frequencies, levels = _spectrum(sound)
        tables.append(pd.DataFrame({"sound": name, "kilohertz": frequencies / 1000, "level": levels.round(2)}))
    return (
        alt.Chart(pd.concat(tables))
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("kilohertz", title="frequency (kHz)", scale=alt.Scale(nice=False)),
            y=alt.Y("level", title="level (dB of full scale)", scale=alt.Scale(domain=[_FLOOR_DB, 0])),
            color=alt.Color("sound", title=None, sort=None),
        )
        .properties(title=title)
    )


def _spectrum(sound: Audio) -> tuple[Any, Any]:
    samples = sound.samples[0].astype(np.float64)
    samples = np.pad(samples, (0, max(0, _FFT_SAMPLES - len(samples))))
    # Side lobes of Blackman's window lie 58 dB down and fall fast: a strong tone does not hide a weak alias.
    window = np.blackman(_FFT_SAMPLES)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FFT_SAMPLES)[:: _FFT_SAMPLES // 2]
    power = np.mean(np.abs(np.fft.rfft(frames * window)) ** 2, axis=0)
    levels = 10 * np.log10(np.maximum(power, 1e-30)) - 20 * np.log10(window.sum() / 2)
    return np.fft.rfftfreq(_FFT_SAMPLES, 1 / sound.sample_rate), np.maximum(levels, _FLOOR_DB)


def curves(
    lines: Mapping[str, Mapping[float, float]], *, x: str, y: str, title: str, marked_x: float | None = None
) -> Any:
    """Several lines with dots, each a mapping of x to y; a dashed rule stands at `marked_x`."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame([(name, at, value) for name, line in lines.items() for at, value in line.items()])
    table.columns = pd.Index(["line", "x", "y"])
    chart = (
        alt.Chart(table)
        .mark_line(point=True)
        .encode(
            x=alt.X("x", title=x, scale=alt.Scale(zero=False)),
            y=alt.Y("y", title=y),
            color=alt.Color("line", title=None, sort=None),
        )
    )
    if marked_x is not None:
        chart += alt.Chart(pd.DataFrame({"x": [marked_x]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="x")
    return chart.properties(title=title)


def worker_curve(comparison: WorkerComparison) -> Any:
    """Clips a second over the number of workers: medians on a line, the spread of the repeats as bars."""
    import altair as alt

    table = comparison.to_dataframe().dropna(subset=["clips_per_second"])
    x = alt.X("workers:O", title="worker processes", axis=alt.Axis(labelAngle=0))
    y = alt.Y("clips_per_second", title="clips a second (median; bar: all repeats)", scale=alt.Scale(zero=True))
    base = alt.Chart(table).encode(x=x)
    line = base.mark_line(point=alt.OverlayMarkDef(size=70), color=_BLUE).encode(y=y)
    spread = base.mark_rule(color=_BLUE, strokeWidth=6, opacity=0.3).encode(y="lowest", y2="highest")
    best = comparison.fastest
    title = "Nothing could be measured"
    if best is not None:
        gain = best.median_clips_per_second / _without_workers(comparison)
        title = f"Highest with {best.workers} worker(s): {gain:.2f} times what 0 workers give"
    return (spread + line).properties(title=title, width=420)


def _without_workers(comparison: WorkerComparison) -> float:
    counted = {row.workers: row.median_clips_per_second for row in comparison.rows if row.clips_per_second}
    return counted[min(counted)]


def waiting(comparison: WorkerComparison, *, step_milliseconds: float, measured: WorkerComparison | None = None) -> Any:
    """Wait for each batch over the length of a training step, computed from the measured throughput.

    Parameters
    ----------
    comparison : WorkerComparison
        Whose throughput enters `wait_seconds`.
    step_milliseconds : float
        Where the dashed rule stands.
    measured : WorkerComparison, optional
        A run with a step of its own: its measured waits are drawn as diamonds beside the arithmetic.

    Returns
    -------
    altair.LayerChart
    """
    import altair as alt
    import pandas as pd

    batch = {
        row.workers: comparison.batch_size / row.median_clips_per_second
        for row in comparison.rows
        if row.clips_per_second
    }
    longest = max(2000 * max(batch.values()), 1.25 * step_milliseconds)
    steps = np.linspace(0, longest, 41)
    lines = {
        f"{workers} worker(s)": {
            float(step): 1000 * wait_seconds(seconds, step / 1000, workers=workers) for step in steps
        }
        for workers, seconds in batch.items()
    }
    now = {workers: 1000 * wait_seconds(s, step_milliseconds / 1000, workers=workers) for workers, s in batch.items()}
    said = ", ".join(f"{workers} worker(s) {wait:.1f} ms" for workers, wait in now.items())
    chart = curves(
        lines,
        x="length of a training step (ms)",
        y="wait for a batch (ms)",
        title=f"With a step of {step_milliseconds:.0f} ms a batch is waited for: {said}",
        marked_x=step_milliseconds,
    )
    if measured is None:
        return chart
    found = [
        {
            "x": measured.step_seconds * 1000,
            "y": 1000 * row.waited.median_seconds / measured.batches,
            "line": f"{row.workers} worker(s)",
        }
        for row in measured.rows
        if row.waited is not None
    ]
    dots = alt.Chart(pd.DataFrame(found)).mark_point(shape="diamond", size=120, filled=True)
    return chart + dots.encode(x="x", y="y", color=alt.Color("line", title=None, sort=None))
