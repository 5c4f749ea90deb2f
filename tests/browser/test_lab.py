"""The player in a real JupyterLab: live, linked to Python; and static where the notebook is not trusted."""

import json
import re

import pytest
from jupyter_page import CURRENT, OUTPUTS, asked, notebook, opened, revived, run

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MAKE = """import numpy as np
from audiokit import Audio, Segment
from audiokit_widgets import AudioPlayer

time = np.arange(6 * 16000) / 16000
sound = Audio(0.4 * np.sin(2 * np.pi * 330 * time) * (time % 1), 16000, name="ticks")
player = AudioPlayer(sound, segments=[Segment(1, 2, "one"), Segment(4, 5, "four")])
player"""
TELL = 'print(f"position={player.position_seconds:.2f} playing={player.playing} selection={player.selection}")'
MOVE = "player.position_seconds = 4.5"
START = "player.playing = True"


def told(page, expected):
    """Wait until Python has heard."""
    asked(page, 1, lambda answer: re.search(expected, answer))


def test_live_the_player_plays_and_python_follows(lab, home, new_page):
    import nbformat

    nbformat.write(notebook(MAKE, TELL, MOVE, START), home[0] / "live.ipynb")
    watched = opened(new_page, lab, "live.ipynb")
    page = watched.page
    assert run(page, 0) == ""
    page.wait_for_selector(".ak-player", timeout=30_000)
    assert page.locator(".audiokit-static").count() == 0  # the live view stands in place of the static one

    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"{CURRENT} > 0.5", timeout=10_000)
    page.get_by_role("button", name="Pause", exact=True).click()
    box = page.locator(".ak-surface").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    page.wait_for_function(f"Math.abs({CURRENT} - 3) < 0.05", timeout=5000)
    told(page, r"position=(2\.9[89]|3\.0[012]) playing=False")

    run(page, 2)
    page.wait_for_function(f"Math.abs({CURRENT} - 4.5) < 0.01", timeout=5000)
    run(page, 3)
    page.wait_for_function(f"{CURRENT} > 4.7", timeout=5000)
    told(page, "playing=True")

    # Lab's own keys stay out of it: in command mode, "a" would insert a cell
    page.locator(".ak-surface").focus()
    page.keyboard.press("a")
    page.keyboard.press("Home")
    page.wait_for_function(f"{CURRENT} < 1", timeout=5000)
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 4
    assert watched.external == []


def test_untrusted_the_static_player_plays_and_shows_its_picture(lab, home, new_page):
    import nbformat
    from nbclient import NotebookClient

    executed = notebook(MAKE)
    NotebookClient(executed, timeout=60).execute(cwd=str(home[0]), env=home[1])
    assert executed.metadata["widgets"]  # the state is there; it is trust that is missing
    executed.cells[0].source += "\n# changed after it ran"
    nbformat.write(executed, home[0] / "untrusted.ipynb")
    watched = opened(new_page, lab, "untrusted.ipynb")
    page = watched.page
    page.wait_for_selector(".audiokit-static audio", timeout=30_000, state="attached")
    assert page.locator(".ak-player").count() == 0
    page.wait_for_function("document.querySelector('.audiokit-static img').naturalWidth === 1640", timeout=5000)
    assert page.locator(".audiokit-static audio").is_visible()
    page.evaluate("document.querySelector('.audiokit-static audio').play()")
    page.wait_for_function("document.querySelector('.audiokit-static audio').currentTime > 0.3", timeout=10_000)
    page.evaluate("document.querySelector('.audiokit-static audio').pause()")
    assert page.locator(".audiokit-static summary").inner_text() == "2 segments"
    assert page.locator(".audiokit-static td", has_text="four").count() == 1
    assert watched.external == []


CHART = ".jp-RenderedSVG img, .vega-embed canvas"  # Lab 4.6 knows Vega-Lite up to version 5 and shows the SVG
PICTURE = "document.querySelector('.jp-RenderedSVG img, .vega-embed canvas').outerHTML"


def test_live_the_tours_slider_redraws_its_chart_in_place(lab, home, new_page):
    from audiokit.report import list_notebooks

    source = list_notebooks()["00_tour"].read_text(encoding="utf-8")
    (home[0] / "tour.ipynb").write_text(source, encoding="utf-8")
    code = [(i, "".join(c["source"])) for i, c in enumerate(json.loads(source)["cells"]) if c["cell_type"] == "code"]
    slider = next(i for i, text in code if "live(at" in text)
    watched = opened(new_page, lab, "tour.ipynb", height=6000)  # as high as the notebook: Lab draws what is in sight
    page = watched.page
    for index in (i for i, _ in code if i <= slider):
        run(page, index)
    page.wait_for_selector(CHART, timeout=30_000)
    assert page.locator(CHART).count() == 1
    before = page.evaluate(PICTURE)
    page.locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{PICTURE} !== {json.dumps(before)}", timeout=15_000)
    outputs = page.evaluate(OUTPUTS, slider)
    assert [o["data"].get("text/plain", "") for o in outputs][-1].startswith("Chart: At threshold 0.55")
    assert page.locator(CHART).count() == 1  # in place of the first
    assert watched.external == []


INSPECT = """import numpy as np
from audiokit import Audio, Segment
from audiokit_widgets import Curve, Inspector, linked_chart

time = np.arange(6 * 16000) / 16000
sound = Audio(0.4 * np.sin(2 * np.pi * 330 * time) * (time % 1), 16000, name="ticks")
ramp = Curve(np.arange(1_000_000), hop_seconds=6e-6, unit="V")
inspector = Inspector(sound, {"spans": [Segment(1, 2, "one"), Segment(4, 5, "four")], "ramp": ramp})
inspector"""
WHAT = 'print(f"chosen={inspector.chosen} selection={[round(t, 1) for t in inspector.selection]}")'


def test_the_inspector_and_its_linked_chart_in_lab(home, lab, new_page):
    import nbformat

    cells = (INSPECT, WHAT, "linked_chart(inspector, 'ramp')", "inspector.selection = [1.0, 2.0]")
    zoom = "inspector.selection, inspector.view_seconds = [], [2.9995, 3.0005]"
    nbformat.write(notebook(*cells, zoom), home[0] / "inspector.ipynb")
    watched = opened(new_page, lab, "inspector.ipynb", height=1600)
    page = watched.page
    run(page, 0)
    page.wait_for_selector(".ak-inspector .ak-body .ak-row", timeout=30_000)
    page.locator(".ak-body .ak-row", has_text="four").click()
    told(page, re.escape("chosen=['spans', 1]"))
    # the brush of the chart: from Python, and to Python
    run(page, 2)
    page.wait_for_selector(".vega-embed svg.marks", timeout=30_000)
    run(page, 3)
    brush = page.locator(".vega-embed .span_brush path").first
    page.wait_for_function("(node) => node.getBoundingClientRect().width > 50", arg=brush.element_handle())
    start, wide = (float(part) for part in re.findall(r"[\d.]+", brush.get_attribute("d").replace(",0h", " "))[:2])
    assert (start, wide) == pytest.approx((640 / 6, 640 / 6), abs=1)
    plot = brush.bounding_box()  # with the edge of its line
    x, y = plot["x"] + plot["width"] / 2 + 640 / 6 * 1.5, plot["y"] + 40  # from 3 s on
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 640 / 6, y, steps=5)
    page.mouse.up()
    told(page, re.escape("selection=[3.0, 4.0]"))
    # what is too large for the page is asked of the kernel
    run(page, 4)
    page.wait_for_timeout(800)
    area = page.locator(".ak-inspector .ak-surface").bounding_box()
    box = page.locator(".ak-inspector .ak-lanes").bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, box["y"] + box["height"] - 20)
    page.wait_for_function(
        "/· 5000\\d\\d V$|· 5\\.?\\d*e\\+?5 V$/.test(document.querySelector('.ak-inspector .ak-chip')?.textContent)",
        timeout=5_000,
    )
    assert watched.external == []


def test_with_no_kernel_lab_waits_for_one_and_any_kernel_ends_that(lab, home, new_page):
    """As docs/widgets.md says. If a view is alive before a kernel is chosen, ipywidgets has learned it: say so there."""
    import nbformat
    from nbclient import NotebookClient
    from nbformat.sign import NotebookNotary

    executed = notebook(MAKE)
    NotebookClient(executed, timeout=60).execute(cwd=str(home[0]), env=home[1])
    executed.metadata["kernelspec"] = {"name": "gone", "display_name": "Gone", "language": "none"}  # so that Lab asks
    executed.metadata["language_info"] = {"name": "none"}
    data = home[0].parent / "data"
    data.mkdir(exist_ok=True)
    signed = nbformat.from_dict(json.loads(nbformat.writes(executed)))
    NotebookNotary(data_dir=str(data)).sign(signed)
    nbformat.write(signed, home[0] / "no-kernel.ipynb")
    watched = opened(new_page, lab, "no-kernel.ipynb")
    page = watched.page
    page.locator(".jp-Dialog button", has_text="No Kernel").first.click()
    waiting = page.get_by_text("Loading widget...")
    waiting.wait_for(timeout=10_000)
    page.wait_for_timeout(1000)
    assert waiting.is_visible()
    assert page.locator(".ak-player").count() == 0
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.changeKernel({ name: 'python3' })")
    revived(page, ".ak-player", "no-kernel.ipynb")
    assert watched.external == []
