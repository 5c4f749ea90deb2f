"""What hands do with a view: zoom, look along, drag the map, seek; and what the page says of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.figure import QUIET_LOAD, Figure, p95

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_DRAW_MS", "MOST_TASK_MS", "Smoothness", "longest_processor_ms", "move_about", "play_and_seek"]

MOST_DRAW_MS = 8.0
MOST_TASK_MS = 50.0

_ZOOMS_IN, _STEPS_ALONG, _DRAG_STEPS = 14, 20, 20


class Smoothness:
    """How long drawing took while hands moved, and the longest task of the page.

    Parameters
    ----------
    draws_ms : sequence of float
        Of each draw.
    tasks_ms : sequence of float
        Of each task over 50 ms, from its begin to its end, waiting included.
    processor_ms : float
        What the longest task took of a processor, for which a busy machine does not matter.
    """

    def __init__(self, draws_ms: Sequence[float], tasks_ms: Sequence[float], processor_ms: float) -> None:
        self.draws_ms = list(draws_ms)
        self.tasks_ms = list(tasks_ms)
        self.processor_ms = processor_ms

    @property
    def draw_p95_ms(self) -> float:
        """What 95 % of all draws took at most."""
        return p95(self.draws_ms)

    @property
    def longest_task_ms(self) -> float:
        """0 if none was over 50 ms, below which the browser does not tell."""
        return max(self.tasks_ms, default=0.0)

    def longest_task(self, name: str, load: float) -> Figure:
        """The longest task beside its bar.

        On a busy machine a task also waits for a processor: what is too long then, and takes no more than the bar of a
        processor, tells nothing.
        """
        wall, note = self.longest_task_ms, f"{self.processor_ms:.0f} ms of a processor, load {load:.1f}"
        if wall > MOST_TASK_MS >= self.processor_ms and load > QUIET_LOAD:
            return Figure(name, None, MOST_TASK_MS, "ms", f"{wall:.0f} ms on a busy machine, {note}")
        return Figure(name, wall, MOST_TASK_MS, "ms", note)


def longest_processor_ms(trace: bytes) -> float:
    """Processor time of the longest task of a page's main thread, from a trace of Chromium's category ``toplevel``."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask") and "tdur" in event and (event["pid"], event["tid"]) in mains
    ]
    return max(tasks, default=0.0)


def move_about(page: Any, root: str, *, seconds: float = 10.0) -> Smoothness:
    """Zoom with ctrl and the wheel, look along with shift and the wheel, and drag the map, by turns."""
    surface = page.locator(f"{root} .ak-surface").first
    surface.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = surface.bounding_box()
    page.evaluate("() => { window.draws.length = 0; window.longTasks.length = 0; window.movedAt = performance.now(); }")
    page.context.browser.start_tracing(page=page, categories=["toplevel"])
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        x, y = box["x"] + box["width"] * (0.2 + 0.6 * ((turn * 0.618034) % 1)), box["y"] + 40
        page.mouse.move(x, y)
        page.keyboard.down("Control")
        for _ in range(_ZOOMS_IN):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(16)
        page.keyboard.up("Control")
        page.keyboard.down("Shift")
        for step in range(_STEPS_ALONG):
            page.mouse.wheel(0, 100 if step % 10 < 7 else -100)
            page.wait_for_timeout(16)
        page.keyboard.up("Shift")
        page.keyboard.down("Control")
        for _ in range(_ZOOMS_IN - 5):
            page.mouse.wheel(0, 120)
            page.wait_for_timeout(16)
        page.keyboard.up("Control")
        bar = page.locator(f"{root} .ak-map").first.bounding_box()
        if bar:
            page.mouse.move(bar["x"] + bar["width"] * 0.3, bar["y"] + bar["height"] / 2)
            page.mouse.down()
            for step in range(_DRAG_STEPS):
                page.mouse.move(bar["x"] + bar["width"] * (0.3 + 0.02 * step), bar["y"] + bar["height"] / 2)
                page.wait_for_timeout(16)
            page.mouse.up()
        page.mouse.move(x, y)
        page.keyboard.down("Control")
        for _ in range(6 if turn % 2 else 12):
            page.mouse.wheel(0, 240)
            page.wait_for_timeout(16)
        page.keyboard.up("Control")
        turn += 1
    page.wait_for_timeout(300)
    processor_ms = longest_processor_ms(page.context.browser.stop_tracing())
    draws, tasks = page.evaluate(
        "() => [window.draws, window.longTasks.filter(([at]) => at >= window.movedAt).map(([, length]) => length)]"
    )
    return Smoothness(draws, tasks, processor_ms)


def play_and_seek(page: Any, root: str, *, places: int = 12) -> list[float]:
    """Play, and click on one place after another; seconds from each click until it plays on there.

    Infinite where it did not within 10 s.
    """
    surface = page.locator(f"{root} .ak-surface").first
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    page.get_by_role("button", name="Play", exact=True).first.click()
    try:
        page.wait_for_function("window.element && !window.element.paused", timeout=60_000)
    except Exception as error:  # playwright's own, which is not imported before there is a browser
        said = page.locator(f"{root} .ak-status").first.inner_text()
        raise RuntimeError(f"Nothing plays after a minute; the view says {said!r}.") from error
    waited = []
    for place in range(places):
        page.mouse.click(box["x"] + box["width"] * (0.02 + 0.95 * ((place * 0.618034) % 1)), box["y"] + 40)
        waited.append(float(page.evaluate(_PLAYS_ON) or float("inf")))
        page.wait_for_timeout(1000)
    page.get_by_role("button", name="Pause", exact=True).first.click()
    return waited


# What was played before the click counts as nothing: the clock has to go on from where it was set
_PLAYS_ON = """() => new Promise((done) => {
  const began = performance.now();
  let at = window.element.currentTime;
  const look = () => {
    const now = window.element.currentTime, moved = now - at, waited = (performance.now() - began) / 1000;
    if (!window.element.seeking && moved > 0.05 && moved < 1) return done(waited);
    if (moved < 0 || moved >= 1) at = now;
    if (waited > 10) return done(null);
    setTimeout(look, 20);
  };
  look();
})"""
