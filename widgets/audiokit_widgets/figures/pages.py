"""A page of five widgets on one sound, frozen by audiokit and exported by nbconvert with their state; both offline."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.browser import browser
from audiokit_widgets.figures.figure import Figure, Unmeasurable
from audiokit_widgets.figures.notebooks import executed
from audiokit_widgets.figures.recordings import speech

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["five_widgets", "page_figures", "page_parts", "shown_offline"]

MOST_OF_EXPORT = 0.4
"""Of the bytes of nbconvert's page with embedded widget state."""

_CELLS = (
    """import numpy
from audiokit import Audio, Segment
from audiokit.dsp import mel_input
from audiokit_widgets import Annotator, AudioPlayer, Compare, Curve, Inspector, WhatTheModelSaw

talk = Audio(numpy.load("talk.npy"), 16000, name="talk")
starts = numpy.arange(0.5, talk.duration_seconds - 2, 2.0)
parts = [Segment(t, t + 1.5, ("speech", "other")[int(t) % 2]) for t in starts]
frames = talk.samples[0][: len(talk.samples[0]) // 160 * 160].reshape(-1, 160)
level = 20 * numpy.log10(numpy.abs(frames).max(1) + 1e-4)
softer = Audio(numpy.convolve(talk.samples[0], numpy.ones(4) / 4, "same"), 16000, name="softer")""",
    "AudioPlayer(talk, segments=parts)",
    'Inspector(talk, {"parts": parts, "level": Curve(level, hop_seconds=0.01, unit="dB")})',
    'WhatTheModelSaw(talk, mel_input(talk.samples, 16000, "whisper"))',
    "Annotator(talk, parts)",
    'Compare({"talk": talk, "softer": softer})',
)
_WIDGETS = ("player", "inspector", "model-view", "annotator", "compare")


def five_widgets(folder: Path, *, seconds: float = 20.0) -> Any:
    """Execute a notebook with a player, an inspector, a model's input, an annotator and a comparison of one sound."""
    import numpy as np

    np.save(folder / "talk.npy", speech(seconds)[0].samples[0])
    return executed(*_CELLS, folder=folder)


def page_figures(folder: Path) -> list[Figure]:
    """Sizes of the two pages, and what each shows with no network: widgets that drew, and sounds that can be played."""
    try:
        from nbconvert import HTMLExporter
    except ImportError as error:
        raise Unmeasurable("the package nbconvert is missing") from error
    from audiokit.report.frozen import freeze

    made = five_widgets(folder)
    failed = [output for cell in made.cells for output in cell.outputs if output.output_type == "error"]
    if failed:
        raise RuntimeError(f"The notebook failed: {failed[0].evalue}")
    pages = {"ours": freeze(json.loads(json.dumps(made))), "theirs": HTMLExporter().from_notebook_node(made)[0]}
    sizes, shown = {}, {}
    with browser() as chromium:
        for name, html in pages.items():
            path = folder / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            sizes[name] = path.stat().st_size
            shown[name] = shown_offline(chromium, path)
    parts = ", ".join(f"{name} {size / 1000:,.0f} kB" for name, size in page_parts(pages["ours"]).items() if size)
    ours, theirs = shown["ours"], shown["theirs"]
    return [
        Figure("page of five widgets, over nbconvert's", sizes["ours"] / sizes["theirs"], MOST_OF_EXPORT, "", parts),
        Figure(
            "the same, over nbconvert's and the sounds that it leaves out",
            sizes["ours"]
            / (sizes["theirs"] + page_parts(pages["ours"])["audio"] - page_parts(pages["theirs"])["audio"]),
            None,
        ),
        Figure("page of five widgets", sizes["ours"] / 1e6, None, "MB", f"nbconvert's {sizes['theirs'] / 1e6:.2f} MB"),
        Figure("offline, widgets of five that are missing in ours", 5.0 - ours["canvases"], 0.0, "", str(ours)),
        Figure("offline, widgets that nbconvert's page shows", float(theirs["canvases"]), 0.0, "", str(theirs)),
    ]


def shown_offline(chromium: Any, path: Path) -> dict[str, int]:
    """What a page from disk shows with no network.

    Returns
    -------
    dict
        ``canvases``: groups of a widget in which something was drawn; ``sounds``: those that play when asked;
        ``asked``: requests to other places.
    """
    context = chromium.new_context(viewport={"width": 1100, "height": 900}, offline=True)
    try:
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
        page.goto(path.as_uri())
        for _ in range(40):
            page.wait_for_timeout(250)
            if page.evaluate(_DRAWN) >= len(_WIDGETS):
                break
        return {
            "canvases": int(page.evaluate(_DRAWN)),
            "sounds": int(page.evaluate(_PLAYED)),
            "asked": len(asked),
        }
    finally:
        context.close()


_DRAWN = """() => new Set([...document.querySelectorAll("canvas")].filter((canvas) => {
  if (!canvas.width || !canvas.height || !canvas.clientWidth) return false;
  const copy = new OffscreenCanvas(canvas.width, canvas.height), g = copy.getContext("2d");
  g.drawImage(canvas, 0, 0);
  return g.getImageData(0, 0, copy.width, copy.height).data.some((value, i) => i % 4 === 3 && value);
}).map((canvas) => canvas.closest(".ak-widget") ?? canvas)).size"""
# The widgets' own play buttons, one after the other: a clock beside each says whether it plays
_PLAYED = """async () => {
  const named = (button) => button.ariaLabel ?? button.title ?? button.textContent;
  let played = 0;
  for (const root of document.querySelectorAll(".ak-widget")) {
    const button = [...root.querySelectorAll("button")].find((one) => /^play/i.test(named(one)));
    if (!button) continue;
    const before = root.textContent;
    button.click();
    await new Promise((done) => setTimeout(done, 1200));
    played += root.textContent !== before;
    button.click();
  }
  return played;
}"""


def page_parts(html: str) -> dict[str, int]:
    """What takes the room in a frozen page, in bytes.

    Returns
    -------
    dict
        ``audio`` and ``image``, base64 of sounds and static pictures; the models' bytes by the names of their traits
        (``lane_bytes`` are what lanes show, such as a model's input); ``state``, their other traits; ``code``;
        ``host``, the page's own style and script; ``rest``, all other text.
    """
    parts = {
        kind: sum(len(found) for found in re.findall(rf"data:{kind}/[^;]*;base64,([^\"]*)", html))
        for kind in ("audio", "image")
    }
    models = re.search(r'id="audiokit-models">(.*?)</script>', html, re.DOTALL)
    if models:
        for model in json.loads(models[1]).values():
            for buffer in model["buffers"]:
                size = sum(len(text) for text in buffer.values() if isinstance(text, str))
                parts[buffer["path"][0]] = parts.get(buffer["path"][0], 0) + size
        parts["state"] = len(models[1]) + sum(parts[kind] for kind in ("audio", "image")) - sum(parts.values())
    code = re.search(r'id="audiokit-code">(.*?)</script>', html, re.DOTALL)
    parts["code"] = len(code[1]) if code else 0
    parts["host"] = sum(map(len, re.findall(r'<style>.*?</style>|<script type="module">.*?</script>', html, re.DOTALL)))
    parts["rest"] = len(html.encode()) - sum(parts.values())
    return parts
