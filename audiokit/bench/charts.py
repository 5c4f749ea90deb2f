"""Charts of spectra and curves: axes with units, the spread drawn, one message in the title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from audiokit.audio import Audio

__all__ = ["curves", "spectra"]

_GREY = "#7a7f87"
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
