"""An inspector with 50,000 spans and a curve of a million points: how long it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.browser import browser
from audiokit_widgets.figures.figure import Figure, load_average
from audiokit_widgets.figures.gestures import MOST_DRAW_MS, move_about
from audiokit_widgets.figures.lab import execute, jupyter_lab, open_notebook
from audiokit_widgets.figures.notebooks import notebook
from audiokit_widgets.figures.probe import WATCH

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dense_figures"]

_PREPARE = "from audiokit_widgets import Curve, Inspector; from audiokit_widgets.figures.probe import Probe\nProbe()"
_SHOW = """import numpy
from audiokit import Segment

rng = numpy.random.default_rng(0)
starts = numpy.sort(rng.uniform(0, {seconds} - 1, {spans}))
ends = starts + rng.exponential(0.05, {spans})
parts = [Segment(float(t), float(end), "abcdefgh"[i % 8]) for i, (t, end) in enumerate(zip(starts, ends))]
curve = Curve(numpy.cumsum(rng.standard_normal({points})).astype("f4"), hop_seconds={seconds} / {points})
tone = numpy.sin(numpy.arange({seconds} * 8000) * 0.1) * 0.5
Inspector(tone, {{"spans": parts, "curve": curve}}, sample_rate=8000)"""


def dense_figures(
    folder: Path, *, spans: int = 50_000, points: int = 1_000_000, sound_seconds: int = 600, seconds: float = 10.0
) -> list[Figure]:
    """Zoom, look along and drag the map of a real Lab's inspector, as for hours of sound."""
    import nbformat

    cell = _SHOW.format(spans=spans, points=points, seconds=sound_seconds)
    with jupyter_lab(folder) as lab, browser() as chromium:
        nbformat.write(notebook(_PREPARE, cell), lab.notebooks / "dense.ipynb")
        page: Any = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
        page.add_init_script(WATCH)
        open_notebook(page, lab, "dense.ipynb")
        execute(page, 0)
        page.wait_for_selector(".probe", timeout=30_000)
        said = execute(page, 1)
        if said:
            raise RuntimeError(said)
        page.wait_for_selector(".ak-inspector canvas", timeout=60_000)
        page.wait_for_timeout(2000)
        moved = move_about(page, ".ak-inspector", seconds=seconds)
        page.context.close()
    name = f"inspector with {spans:,} spans and {points:,} points"
    return [
        Figure(f"{name}: draw, 95 % of {len(moved.draws_ms)}", moved.draw_p95_ms, MOST_DRAW_MS, "ms"),
        moved.longest_task(f"{name}: longest task of {seconds:g} s of zooming", load_average()),
    ]
