"""An inspector that reads 10,000 words along: how long the text takes to scroll and to follow playback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.browser import browser
from audiokit_widgets.figures.figure import Figure, p95
from audiokit_widgets.figures.gestures import MOST_DRAW_MS
from audiokit_widgets.figures.lab import execute, jupyter_lab, open_notebook
from audiokit_widgets.figures.notebooks import notebook

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["word_figures"]

_SHOW = """import numpy
from audiokit.speech import Transcript, Word
from audiokit_widgets import Inspector

rng = numpy.random.default_rng(0)
letters = numpy.array(list("etaoinshrdlu"))
spoken = ["".join(rng.choice(letters, rng.integers(1, 11))) + "." * (i % 12 == 11) for i in range({words})]
said = tuple(Word(0.35 * i, 0.35 * i + 0.3, text, float(rng.uniform(0.2, 1))) for i, text in enumerate(spoken))
tone = numpy.sin(numpy.arange(round({words} * 0.35 * 2000)) * 0.1) * 0.5
Inspector(tone, Transcript(said, " ".join(spoken), "en", "made", "draft", {words} * 0.35), sample_rate=2000)"""

# All that is done before the browser paints: elements, their styles and their places
_SCROLL = """(flow) => {
  const took = [], most = flow.scrollHeight - flow.clientHeight;
  for (let i = 0; i < 300; i++) {
    flow.scrollTop = i % 3 ? flow.scrollTop + 120 : most * ((i * 0.618034) % 1);
    const began = performance.now();
    flow.dispatchEvent(new Event("scroll"));
    flow.lastElementChild.getBoundingClientRect();
    took.push(performance.now() - began);
  }
  return took;
}"""
_FOLLOW = """(flow) => {
  const took = [], surface = flow.closest(".ak-inspector").querySelector(".ak-surface");
  const press = (key) => surface.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  press("Home");
  for (let i = 0; i < 300; i++) {
    const began = performance.now();
    press("l");
    flow.dispatchEvent(new Event("scroll"));
    flow.lastElementChild.getBoundingClientRect();
    took.push(performance.now() - began);
  }
  return took;
}"""


def word_figures(folder: Path, *, words: int = 10_000) -> list[Figure]:
    """Scroll through the text of a real Lab's inspector, and let it follow a cursor that jumps by ten seconds."""
    import nbformat

    with jupyter_lab(folder) as lab, browser() as chromium:
        nbformat.write(notebook(_SHOW.format(words=words)), lab.notebooks / "words.ipynb")
        page: Any = chromium.new_context(viewport={"width": 1200, "height": 1000}).new_page()
        open_notebook(page, lab, "words.ipynb")
        said = execute(page, 0)
        if said:
            raise RuntimeError(said)
        flow = page.locator(".ak-flow").first
        flow.locator(".ak-piece").first.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        scrolls = flow.evaluate(_SCROLL)
        elements = flow.locator(".ak-piece").count()
        follows = flow.evaluate(_FOLLOW)
        page.context.close()
    name = f"a text of {words:,} words"
    return [
        Figure(f"{name}: scrolling, 95 % of {len(scrolls)}", p95(scrolls), MOST_DRAW_MS, "ms", f"{elements} elements"),
        Figure(f"{name}: following the cursor, 95 % of {len(follows)}", p95(follows), MOST_DRAW_MS, "ms"),
    ]
