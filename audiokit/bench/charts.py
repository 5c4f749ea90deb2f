"""Charts of workers, spectra and curves: axes with units, the spread drawn, one message in the title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.loader import wait_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from audiokit.audio import Audio
    from audiokit.bench.loader import WorkerComparison, WorkerRow

__all__ = ["curves", "spectra", "waiting", "worker_curve"]

_BLUE, _GREY = "#4c78dd", "#7a7f87"
_FFT_SAMPLES = 2048  # 1025 lines: with two curves well within the 5000 rows that altair takes
_FLOOR_DB = -150.0


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
    lines: Mapping[str, Mapping[float, float]],
    *,
    x: str,
    y: str,
    title: str,
    marked_x: float | None = None,
    dots: bool = True,
) -> Any:
    """Several lines, each a mapping of x to y, with or without dots; a dashed rule stands at `marked_x`."""
    import altair as alt
    import pandas as pd

    table = pd.DataFrame([(name, at, value) for name, line in lines.items() for at, value in line.items()])
    table.columns = pd.Index(["line", "x", "y"])
    chart = (
        alt.Chart(table)
        .mark_line(point=dots)
        .encode(
            x=alt.X("x", title=x, scale=alt.Scale(zero=False, nice=False)),
            y=alt.Y("y", title=y),
            color=alt.Color("line", title=None, sort=None),
        )
    )
    if marked_x is not None:
        chart += alt.Chart(pd.DataFrame({"x": [marked_x]})).mark_rule(strokeDash=[4, 4], color=_GREY).encode(x="x")
    return chart.properties(title=title)


def worker_curve(comparison: WorkerComparison, *, first_batch_only: bool = False) -> Any:
    """Clips a second over the number of workers: medians on a line, the spread of the repeats as bars.

    Parameters
    ----------
    comparison : WorkerComparison
        Rows that did not count are left out.
    first_batch_only : bool
        Judge by the first batch, as one should not.
    """
    import altair as alt
    import pandas as pd

    rates = {row.workers: _rates(row, comparison.batch_size, first_batch_only) for row in comparison.rows}
    table = pd.DataFrame(
        [(n, float(np.median(found)), min(found), max(found)) for n, found in rates.items() if found],
        columns=["workers", "median", "lowest", "highest"],
    )
    base = alt.Chart(table).encode(x=alt.X("workers:O", title="worker processes", axis=alt.Axis(labelAngle=0)))
    y = alt.Y("median:Q", title="clips a second (bar: all repeats)", scale=alt.Scale(zero=True))
    line = base.mark_line(point=alt.OverlayMarkDef(size=70), color=_BLUE).encode(y=y)
    spread = base.mark_rule(color=_BLUE, strokeWidth=6, opacity=0.3).encode(y="lowest:Q", y2="highest")
    judged = "Judged by the first batch" if first_batch_only else "Over whole epochs"
    return (spread + line).properties(title=f"{judged}: {_best(table)}", width=420)


def _rates(row: WorkerRow, batch_size: int, first_batch_only: bool) -> tuple[float, ...]:
    if not first_batch_only:
        return row.clips_per_second
    return tuple(batch_size / seconds for seconds in row.first_batch.seconds) if row.first_batch else ()


def _best(table: pd.DataFrame) -> str:
    if not len(table):
        return "nothing could be measured"
    fewest, best = table.iloc[0], table.loc[table["median"].idxmax()]
    if best["workers"] == fewest["workers"]:
        return f"{fewest['workers']:.0f} workers are the fastest"
    return f"{best['workers']:.0f} worker(s) give {best['median'] / fewest['median']:.2f} times {fewest['workers']:.0f}"


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

    timed = [row for row in comparison.rows if row.first_batch and row.epoch]

    def wait(row: WorkerRow, step: float) -> float:
        first, epoch = row.first_batch, row.epoch
        if first is None or epoch is None:
            return float("nan")
        return 1000 * wait_seconds(
            step / 1000,
            workers=row.workers,
            batches=comparison.batches,
            first_batch_seconds=first.median_seconds,
            epoch_seconds=epoch.median_seconds,
        )

    longest = max(2.0 * max((wait(row, 0.0) for row in timed), default=1.0), 1.25 * step_milliseconds)
    steps = [float(step) for step in np.linspace(0, longest, 101)]
    said = ", ".join(f"{row.workers} worker(s) {wait(row, step_milliseconds):.1f} ms" for row in timed)
    chart = curves(
        {f"{row.workers} worker(s)": {step: wait(row, step) for step in steps} for row in timed},
        x="length of a training step (ms)",
        y="wait for a batch (ms, mean of an epoch)",
        title=f"A step of {step_milliseconds:.0f} ms waits for each batch: {said}",
        marked_x=step_milliseconds,
        dots=False,
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
