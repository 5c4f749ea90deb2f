"""Three hours in a real JupyterLab: the first picture, the browser's memory, the notebook's file, and how it moves."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.browser import browser, renderer_bytes
from audiokit_widgets.figures.figure import Figure, load_average
from audiokit_widgets.figures.gestures import MOST_DRAW_MS, move_about, play_and_seek
from audiokit_widgets.figures.lab import Lab, execute, jupyter_lab, open_notebook, save, start_cell
from audiokit_widgets.figures.notebooks import notebook
from audiokit_widgets.figures.probe import WATCH
from audiokit_widgets.figures.recordings import write_hours_of_mp3_with_header, write_hours_of_stereo_wav

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["hours_figures"]

MOST_FIRST_PICTURE_SECONDS = 1.5
MOST_MEMORY_MB = 150.0
MOST_GROWTH_MB = 2.0

_PREPARE = "from audiokit_widgets import AudioPlayer; from audiokit_widgets.figures.probe import Probe\nProbe()"
_SHOW = "AudioPlayer({name!r})"


def hours_figures(folder: Path, *, hours: float = 3.0, seconds: float = 10.0, places: int = 12) -> list[Figure]:
    """Measure a WAV (44.1 kHz, stereo) and an MP3 (44.1 kHz, mono) of hours.

    Memory is the sum of the proportional set sizes of the browser's renderers, after a forced garbage collection, less
    that of the same browser with an empty notebook and its kernel. The file is saved by Lab with the widgets' state.
    """
    import nbformat

    figures: list[Figure] = []
    with jupyter_lab(folder) as lab:
        nbformat.write(notebook(""), lab.notebooks / "empty.ipynb")
        write_hours_of_stereo_wav(lab.notebooks / "hours.wav", hours=hours)
        write_hours_of_mp3_with_header(lab.notebooks / "hours.mp3", hours=hours)
        for name in ("hours.wav", "hours.mp3"):
            with browser() as chromium:
                figures += _one(chromium, lab, name, hours, seconds, places)
    return figures


def _one(chromium: Any, lab: Lab, name: str, hours: float, seconds: float, places: int) -> list[Figure]:
    import nbformat

    kind = f"{hours:g} h of {name.rpartition('.')[2].upper()}"
    made = notebook(_PREPARE, _SHOW.format(name=name))
    file = f"{name}.ipynb"
    nbformat.write(made, lab.notebooks / file)
    before = (lab.notebooks / file).stat().st_size
    page = _page(chromium)
    open_notebook(page, lab, "empty.ipynb")
    page.wait_for_timeout(2000)
    empty = renderer_bytes(page)
    page.context.close()

    page = _page(chromium)
    open_notebook(page, lab, file)
    execute(page, 0)
    page.wait_for_selector(".probe", timeout=30_000)
    page.evaluate("() => window.watchFor('.ak-player')")
    start_cell(page, 1)
    page.wait_for_function("window.seen.wave", timeout=60_000)
    asked, picture, wave = page.evaluate("() => [window.askedAt, window.seen.picture, window.seen.wave]")
    page.wait_for_function("window.executed !== null", timeout=600_000)
    scanned, tasks = page.evaluate(
        "() => [window.executed, window.longTasks.filter(([start]) => start >= window.askedAt).map(([, ms]) => ms)]"
    )
    page.wait_for_timeout(1000)
    figures = [
        Figure(f"{kind}: first picture", (picture - asked) / 1000, MOST_FIRST_PICTURE_SECONDS, "s"),
        Figure(f"{kind}: first waveform in it", (wave - asked) / 1000, None, "s"),
        Figure(f"{kind}: all of it seen, cell at its end", (scanned - asked) / 1000, None, "s"),
        Figure(f"{kind}: longest task meanwhile", max(tasks, default=0.0), None, "ms"),
        Figure(
            f"{kind}: memory", (renderer_bytes(page) - empty) / 1e6, MOST_MEMORY_MB, "MB", f"over {empty / 1e6:.0f} MB"
        ),
        Figure(f"{kind}: the notebook's file grows", (save(page, lab, file) - before) / 1e6, MOST_GROWTH_MB, "MB"),
    ]
    moved = move_about(page, ".ak-player", seconds=seconds)
    figures += [
        Figure(f"{kind}: draw, 95 % of {len(moved.draws_ms)}", moved.draw_p95_ms, MOST_DRAW_MS, "ms"),
        moved.longest_task(f"{kind}: longest task of {seconds:g} s of zooming", load_average()),
    ]
    waited = play_and_seek(page, ".ak-player", places=places)
    note = f"longest {max(waited):.2f} s"
    figures += [
        Figure(f"{kind}: from a click to its sound, median of {places}", statistics.median(waited), None, "s", note),
        Figure(f"{kind}: memory after playing", (renderer_bytes(page) - empty) / 1e6, MOST_MEMORY_MB, "MB"),
        Figure(f"{kind}: the file then", (save(page, lab, file) - before) / 1e6, MOST_GROWTH_MB, "MB"),
    ]
    page.context.close()
    return figures


def _page(chromium: Any) -> Any:
    page = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    page.add_init_script(WATCH)
    return page
