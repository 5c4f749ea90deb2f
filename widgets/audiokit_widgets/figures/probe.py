"""A widget that draws nothing: it times every draw of every stage on its page, and keeps the tasks that take long."""

from __future__ import annotations

from typing import Any

import anywidget

from audiokit_widgets.kits import stage_kit

__all__ = ["WATCH", "Probe"]

WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) window.longTasks.push([startTime, duration]);
}).observe({ type: "longtask", buffered: true });
document.addEventListener("audiokit:play", (event) => (window.element = event.detail));

// When a view's canvas is first not blank, and when a waveform first stands in it.
window.seen = {};
window.watchFor = (selector) => {
  window.seen = {};
  const copy = new OffscreenCanvas(1, 1), g = copy.getContext("2d", { willReadFrequently: true });
  const pixels = (canvas) => {
    Object.assign(copy, { width: canvas.width, height: canvas.height });
    g.drawImage(canvas, 0, 0);
    return new Uint32Array(g.getImageData(0, 0, copy.width, copy.height).data.buffer);
  };
  const look = () => {
    const canvas = document.querySelector(`${selector} canvas`);
    if (canvas?.width > 1) {
      const now = performance.now(), all = pixels(canvas);
      if (!window.seen.picture && all.some((pixel) => pixel >>> 24)) window.seen.picture = now;
      g.fillStyle = getComputedStyle(canvas).getPropertyValue("--ak-wave").trim();
      g.fillRect(0, 0, 1, 1);
      const [ink] = new Uint32Array(g.getImageData(0, 0, 1, 1).data.buffer);
      if (all.filter((pixel) => pixel === ink).length > 200) window.seen.wave = now;
    }
    if (!window.seen.wave) requestAnimationFrame(look);
  };
  look();
};
"""
"""To be run in a page before anything else."""


class Probe(anywidget.AnyWidget):
    """Stands in a notebook beside the views that it times; ``window.draws`` holds the milliseconds of each draw."""

    _esm = """
export default {
  async render({ model, el, host }) {
    const { Stage } = (await host.getWidget(model.get("stage_kit"))).exports, draw = Stage.prototype.draw;
    window.draws = [];
    Stage.prototype.draw = function () {
      const began = performance.now();
      draw.call(this);
      window.draws.push(performance.now() - began);
    };
    el.textContent = "probe";
    el.className = "probe";
  },
};
"""
    stage_kit = anywidget.WidgetTrait().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(stage_kit=stage_kit(), **traits)
