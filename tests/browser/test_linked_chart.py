"""The linked chart in Chromium, offline, alone and beside the views that it is linked to."""

import numpy as np
import pytest

from audiokit_widgets import Curve, Inspector, linked_chart

pytestmark = pytest.mark.browser


# the linked chart's page: altair's own module, as it is bundled for offline use

CHART = """<!doctype html><meta charset="utf-8"><body><div id="w"></div><script type="module">
const state = STATE, heard = {};
const model = { get: (n) => state[n], set: (n, v) => { state[n] = v; }, save_changes: () => { (window.saved ||= []).push(JSON.parse(JSON.stringify(state))); }, on: (n, f) => { (heard[n] ||= []).push(f); } };
window.state = state;
window.push = (n, v) => { state[n] = v; (heard["change:" + n] || []).forEach((f) => f({ changed: { [n]: v } })); };
const widget = await import(URL.createObjectURL(new Blob([ESM], { type: "text/javascript" })));
await widget.default.render({ model, el: document.getElementById("w") });
window.ready = true;
</script>"""


def test_the_linked_charts_brush_goes_both_ways_offline(new_page, tmp_path):
    pytest.importorskip("vl_convert")
    import json

    view = Inspector(
        np.zeros(8000 * 12, np.float32), {"c": Curve(np.sin(np.arange(600) / 9), hop_seconds=0.02)}, sample_rate=8000
    )
    view.selection = [3.0, 6.0]
    chart = linked_chart(view, "c")
    names = ("spec", "debounce_wait", "max_wait", "local_tz", "embed_options", "_params", "_vl_selections")
    state = {name: getattr(chart, name) for name in names}
    text = CHART.replace("STATE", json.dumps(state), 1)
    path = tmp_path / "chart.html"
    path.write_text(text.replace("ESM", json.dumps(str(chart._esm)).replace("</", "<\\/"), 1), encoding="utf-8")
    watched = new_page()
    watched.page.goto(path.as_uri())
    watched.page.wait_for_function("window.ready === true", timeout=20_000)
    # drawn anew, it reports an empty brush: Python keeps its selection, and tells it
    chart.set_state(watched.page.evaluate("({ _params: state._params, _vl_selections: state._vl_selections })"))
    assert view.selection == [3.0, 6.0]
    watched.page.evaluate("(params) => push('_params', params)", chart._params)
    watched.page.wait_for_function("state._vl_selections.span.value.seconds")
    assert watched.page.evaluate("state._vl_selections.span.value.seconds") == pytest.approx([3.0, 6.0], abs=0.02)
    # zoom in Python moves the axis under the brush
    view.view_seconds = [2.0, 8.0]
    watched.page.evaluate("(params) => push('_params', params)", chart._params)
    watched.page.wait_for_timeout(300)
    assert watched.page.evaluate("state._vl_selections.span.value.seconds") == pytest.approx([3.0, 6.0], abs=0.02)
    assert watched.page.evaluate("state._params.span_x") == pytest.approx([640 / 6, 640 * 4 / 6], abs=1)
    # and a brush that is drawn in the page is the selection
    watched.page.evaluate("(params) => push('_params', params)", {**chart._params, "span_x": []})
    watched.page.wait_for_timeout(300)
    plot = watched.page.locator("canvas, svg.marks").first.bounding_box()
    watched.page.mouse.move(plot["x"] + 150, plot["y"] + 80)
    watched.page.mouse.down()
    watched.page.mouse.move(plot["x"] + 310, plot["y"] + 80, steps=4)
    watched.page.mouse.up()
    watched.page.wait_for_timeout(300)
    chart.set_state({"_vl_selections": watched.page.evaluate("state._vl_selections")})
    start, end = view.selection
    assert end - start == pytest.approx(160 / 640 * 6, abs=0.05)
    assert watched.external == []
    assert watched.complaints == []


CELLS = (
    """import numpy as np
from audiokit import Audio, ModelInput, Segment
from audiokit_widgets import Curve, Inspector, WhatTheModelSaw, linked_chart

sound = Audio(np.sin(np.arange(16000) / 9).astype(np.float32), 16000, name="tone")
lanes = {"spans": [Segment(0.1, 0.4, "one"), Segment(0.5, 0.8, "two")], "ramp": Curve(np.arange(9), hop_seconds=0.1)}
inspector = Inspector(sound, lanes)
inspector""",
    "WhatTheModelSaw(sound, ModelInput(np.ones((20, 4), np.float32), 0.05))",
    "linked_chart(inspector, 'spans')",
)


def test_the_frozen_page_runs_all_three_offline(new_page, tmp_path, monkeypatch):
    pytest.importorskip("vl_convert")
    import os
    from pathlib import Path

    import nbclient
    import nbformat

    import audiokit
    import audiokit_widgets
    from audiokit.report.frozen import freeze

    roots = [str(Path(module.__file__).resolve().parent.parent) for module in (audiokit, audiokit_widgets)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(roots))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbclient.NotebookClient(notebook, timeout=120, store_widget_state=True).execute()
    path = tmp_path / "page.html"
    path.write_text(freeze(notebook), encoding="utf-8")
    watched = new_page()
    watched.page.goto(path.as_uri())
    watched.page.wait_for_selector(".vega-embed svg.marks [aria-roledescription=bar]")
    watched.page.locator(".ak-inspector .ak-body .ak-row", has_text="two").click()
    # one sound: the other view goes there too
    watched.page.wait_for_function(
        "document.querySelector('.ak-seen .ak-told')?.innerText.startsWith('frame 10 of 20')"
    )
    assert watched.external == []
    assert watched.complaints == []
