"""The inspector and the view of a model's input in Chromium, on a sound whose every sample is known."""

import numpy as np
import pytest
from lane_page import lane_page

from audiokit import ModelInput, Segment
from audiokit_widgets import Curve, Inspector, Matrix, linked_chart
from audiokit_widgets.lanes import model_matrix

pytestmark = pytest.mark.browser

EVIL = '<img src=x onerror="window.hacked = 1">'
WHO = [Segment(0.0, 4.0, "Ada"), Segment(4.0, 8.0, "Grace"), Segment(8.0, 12.0, EVIL)]
WORDS = [Segment(0.5 * i + 0.1, 0.5 * i + 0.4, f"word {i}", i / 30) for i in range(20)]
TITLE, TOP = 16, 104 + 8 + 132 + 8  # CSS pixels: a lane's title, and where the first lane below the spectrogram begins


class Inspecting:
    def __init__(self, watched):
        self.page = watched.page
        self.watched = watched

    def state(self, name):
        return self.page.evaluate("(name) => model.get(name)", name)

    def rows(self):
        return self.page.locator(".ak-body .ak-row").all_inner_texts()

    def labels(self):
        return [row.split("\n")[4] for row in self.rows()]

    def x(self, seconds):
        area = self.page.locator(".ak-surface").bounding_box()
        return area["x"] + area["width"] * seconds / 12

    def y(self, below):
        return self.page.locator(".ak-stage").bounding_box()["y"] + below

    def colour(self, seconds, below):
        """Red, green and blue of the canvas at a time and so many pixels below its top."""
        return self.page.evaluate(
            """([seconds, y]) => {
              const canvas = document.querySelector(".ak-canvas"), area = document.querySelector(".ak-surface").getBoundingClientRect();
              const ratio = canvas.width / canvas.getBoundingClientRect().width, left = area.left - canvas.getBoundingClientRect().left;
              return [...canvas.getContext("2d").getImageData((left + area.width * seconds / 12) * ratio, y * ratio, 1, 1).data].slice(0, 3);
            }""",
            [seconds, below],
        )


@pytest.fixture
def opened(new_page, tmp_path):
    def make(entry, lanes, state=None, *, duration=12.0, **page):
        path = tmp_path / "page.html"
        text = lane_page(entry, [entry.replace(".js", ".css")], lanes, state, duration=duration)
        path.write_text(text, encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        watched.page.wait_for_timeout(80)
        return Inspecting(watched)

    return make


@pytest.fixture
def inspect(opened):
    def make(lanes=None, state=None, **page):
        whole = {"chosen": [], "hidden_lanes": [], "show_table": True, **(state or {})}
        return opened("inspector.js", {"who": WHO, "words": WORDS} if lanes is None else lanes, whole, **page)

    return make


def test_a_click_on_a_row_is_heard_and_chosen(inspect):
    view = inspect()
    view.page.locator(".ak-body .ak-row", has_text="Grace").click()
    assert view.page.evaluate("sound.transport.asked") == [[4, 8]]
    assert view.state("chosen") == ["who", 1]
    assert view.watched.complaints == []
    assert view.watched.external == []


def test_a_click_on_a_span_finds_its_row_and_seeks_to_its_start(inspect):
    view = inspect()
    below = TOP + (TITLE + 21 + 8) + TITLE + 8  # in the words
    view.page.mouse.click(view.x(9.7), view.y(below))
    assert view.state("chosen") == ["words", 19]
    assert view.page.evaluate("sound.transport.position") == pytest.approx(9.6)
    chosen = view.page.locator(".ak-row.ak-chosen")
    assert "word 19" in chosen.inner_text()
    grid = view.page.locator(".ak-grid").bounding_box()
    row = chosen.bounding_box()
    assert row["y"] >= grid["y"]
    assert row["y"] + row["height"] <= grid["y"] + grid["height"] + 1


def test_python_chooses_and_the_view_goes_there(inspect):
    view = inspect(state={"view_seconds": [0, 1]})
    view.page.evaluate("model.set('chosen', ['words', 12])")
    assert "word 12" in view.page.locator(".ak-row.ak-chosen").inner_text()
    view.page.wait_for_timeout(300)
    start, end = view.state("view_seconds")
    assert start <= 6.1 <= end
    view.page.evaluate("model.set('chosen', [])")
    assert view.page.locator(".ak-row.ak-chosen").count() == 0


def test_arrows_walk_the_rows_and_enter_hears(inspect):
    view = inspect()
    view.page.locator(".ak-grid").focus()
    for _ in range(4):
        view.page.keyboard.press("ArrowDown")
    assert view.state("chosen") == ["words", 0]
    assert view.page.evaluate("sound.transport.asked") == []
    assert view.page.evaluate("sound.transport.position") == 0  # the arrows were the table's own
    view.page.keyboard.press("Enter")
    assert view.page.evaluate("sound.transport.asked") == [[pytest.approx(0.1), pytest.approx(0.4)]]
    view.page.keyboard.press("End")
    assert view.state("chosen") == ["words", 19]
    view.page.keyboard.press("Home")
    assert view.state("chosen") == ["who", 0]
    active = view.page.locator(".ak-grid").get_attribute("aria-activedescendant")
    assert view.page.locator(f"#{active}").get_attribute("aria-selected") == "true"


def test_sorting_and_filtering(inspect):
    view = inspect()
    view.page.locator("[data-key=label]").click()
    assert view.labels()[:3] == [EVIL, "Ada", "Grace"]
    view.page.locator("[data-key=start]").click()
    view.page.locator("[data-key=start]").click()
    assert view.labels()[0] == "word 19"
    assert view.page.locator("[data-key=start]").get_attribute("aria-sort") == "descending"
    view.page.locator("[data-key=start]").click()
    assert view.labels()[:2] == ["Ada", "Grace"]  # as given
    view.page.locator("[data-key=duration]").focus()
    view.page.keyboard.press("Enter")
    assert view.labels()[0].startswith("word")
    assert view.page.locator("[data-key=duration]").get_attribute("aria-sort") == "ascending"
    view.page.keyboard.press("Enter")
    view.page.keyboard.press("Enter")
    view.page.locator("input[type=search]").fill("WORD 1")
    assert view.labels() == ["word 1", *[f"word {i}" for i in range(10, 20)]]
    assert view.page.locator(".ak-count").inner_text() == "11 spans of 23"
    view.page.locator("input[type=search]").fill("nothing like it")
    assert view.rows() == ["No such label."]
    # a span that the filter hides is found all the same
    view.page.evaluate("model.set('chosen', ['who', 1])")
    assert "Grace" in view.page.locator(".ak-row.ak-chosen").inner_text()
    view.page.locator(".ak-finder select").select_option("0")
    assert view.page.locator(".ak-count").inner_text() == "3 spans of 23"


def test_labels_are_text(inspect):
    view = inspect({EVIL: [Segment(0, 5, EVIL)], "c": Curve([0.0, 1.0], hop_seconds=1, unit=EVIL, label=EVIL)})
    view.page.locator(".ak-menu summary").click()
    view.page.mouse.move(view.x(2), view.y(TOP + 30))
    view.page.wait_for_timeout(100)
    assert EVIL in view.page.locator(".ak-chip").inner_text()
    assert view.page.locator("#widget img").count() == 0
    assert view.page.evaluate("window.hacked") is None


def test_lanes_are_hidden_and_shown_by_the_menu_and_by_python(inspect):
    view = inspect()
    whole = view.page.locator(".ak-canvas").bounding_box()["height"]
    view.page.locator(".ak-menu summary").click()
    view.page.get_by_label("words", exact=True).uncheck()
    view.page.wait_for_timeout(60)
    assert view.state("hidden_lanes") == ["words"]
    assert view.page.locator(".ak-canvas").bounding_box()["height"] == whole - (TITLE + 21 + 8)
    view.page.keyboard.press("Escape")
    assert not view.page.locator(".ak-choices").is_visible()
    view.page.evaluate("model.set('hidden_lanes', [])")
    view.page.wait_for_timeout(60)
    assert view.page.locator(".ak-canvas").bounding_box()["height"] == whole


def test_the_time_axis_stays_in_sight_while_many_lanes_scroll(inspect):
    view = inspect({f"lane {i}": [Segment(i, i + 1, "x")] for i in range(12)} | {"c": Curve(np.ones(9), hop_seconds=1)})
    box = view.page.locator(".ak-lanes")
    assert box.evaluate("(node) => node.scrollHeight > node.clientHeight + 100")
    inked = """(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((v, i) => i % 4 === 3 && v > 0).length"""
    for top in (0, 9999):
        box.evaluate("(node, top) => (node.scrollTop = top)", top)
        assert view.page.locator(".ak-axis").evaluate(inked) > 200
        axis, seen = view.page.locator(".ak-axis").bounding_box(), box.bounding_box()
        assert axis["y"] == pytest.approx(seen["y"] + seen["height"], abs=1)


def test_a_curve_of_a_million_points_is_drawn_from_its_pyramid_and_then_exactly(inspect):
    values = np.zeros(1_000_000, dtype=np.float32)
    values[600_000] = 1.0  # at 7.2 s: one sample out of a million
    view = inspect({"c": Curve(values, hop_seconds=12e-6)})
    middle = TOP + TITLE + 29
    wave = view.page.evaluate("getComputedStyle(document.querySelector('.ak-stage')).getPropertyValue('--ak-f-accent')")
    accent = [int(wave[i : i + 2], 16) for i in (1, 3, 5)]
    spike = [view.colour(7.2 + d / 100, middle) for d in (-1, -0.5, 0, 0.5, 1)]
    assert min(sum(abs(a - b) for a, b in zip(c, accent, strict=True)) for c in spike) < 120
    assert sum(abs(a - b) for a, b in zip(view.colour(3.0, middle), accent, strict=True)) > 200
    assert view.page.evaluate("window.sent") is None  # all of it is in the page's own pyramid
    view.page.evaluate("model.set('view_seconds', [7.199375, 7.200625])")
    view.page.wait_for_function("(window.sent || []).length > 0")
    view.page.wait_for_timeout(150)
    assert all(message["level"] == 0 for message in view.page.evaluate("window.sent"))
    view.page.mouse.move(view.x(6), view.y(middle))  # the middle of the view: 7.2 s
    assert view.page.locator(".ak-chip").inner_text().endswith("· 1")


def test_without_a_kernel_the_coarser_curve_stays_and_says_so(inspect):
    view = inspect({"c": Curve(np.arange(1_000_000) % 1000, hop_seconds=12e-6)})
    view.page.evaluate("window.mute = true")
    view.page.evaluate("model.set('view_seconds', [7.1, 7.101])")
    view.page.wait_for_timeout(100)
    view.page.mouse.move(view.x(6), view.y(TOP + TITLE + 29))
    text = view.page.locator(".ak-chip").inner_text()
    low, high = (float(part) for part in text.split("· ")[-1].split(" … "))
    assert high - low == 15  # the lowest and highest of 16 points


def test_a_matrix_is_drawn_where_its_frames_are(inspect):
    values = np.zeros((12, 2), dtype=np.float32)
    values[3, 1] = 1.0
    view = inspect({"m": Matrix(values, hop_seconds=1, frame_axis=0, range=(0, 1))})
    upper, lower = TOP + TITLE + 24, TOP + TITLE + 72
    assert sum(view.colour(3.5, upper)) > 600
    for seconds, below in ((2.9, upper), (4.1, upper), (3.5, lower)):
        assert sum(view.colour(seconds, below)) < 60
    view.page.mouse.move(view.x(3.5), view.y(upper))
    assert view.page.locator(".ak-chip").inner_text().endswith("frame 3, band 1 · 1")


def test_fifty_thousand_spans_are_a_few_elements(inspect):
    spans = [Segment(i * 12 / 50_000, (i + 0.5) * 12 / 50_000, f"label {i}") for i in range(50_000)]
    view = inspect({"many": spans})
    assert view.page.locator(".ak-body .ak-row").count() <= 20
    view.page.evaluate("model.set('chosen', ['many', 49000])")
    assert "label 49000" in view.page.locator(".ak-row.ak-chosen").inner_text()
    view.page.locator("input[type=search]").fill("label 4999")
    assert view.page.locator(".ak-count").inner_text() == "11 spans of 50,000"


def test_lanes_that_are_replaced_are_drawn_anew(inspect):
    view = inspect()
    assert len(view.rows()) > 3
    view.page.evaluate("model.set('lane_facts', model.get('lane_facts').slice(0, 1))")
    assert len(view.rows()) == 3
    assert not view.page.locator(".ak-finder select").is_visible()


def test_nothing_is_left_behind(inspect):
    view = inspect()
    view.page.evaluate("end()")
    assert view.page.locator("#widget > *").count() == 0
    assert view.page.evaluate("Object.values(heard).every((list) => list.length === 0)")
    view.page.evaluate("sound.transport.play()")
    view.page.wait_for_timeout(50)
    assert view.watched.complaints == []


@pytest.mark.parametrize("width", [320, 460, 1300])
def test_the_inspector_is_no_wider_than_its_page(inspect, width):
    view = inspect(width=width)
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# what the model saw


def seen(frames=48, bands=4, **options):
    values = np.arange(frames * bands, dtype=np.float32).reshape(frames, bands)
    return ModelInput(values, **({"hop_seconds": 0.25, "start_seconds": -0.125, "window_seconds": 0.6} | options))


@pytest.fixture
def look(opened):
    def make(model_input, other=None, state=None, **page):
        lanes = {"this": model_matrix(model_input)}
        if other is not None:
            lanes["reference"] = model_matrix(other)
            lanes["difference"] = Matrix(
                model_input.difference(other),
                hop_seconds=model_input.hop_seconds,
                start_seconds=model_input.start_seconds,
                frame_axis=0,
                colours="diverging",
                keep_extremes=True,
            )
        whole = {"window_seconds": model_input.window_seconds, "band_hz": [], **(state or {})}
        return opened("model_view.js", lanes, whole, **page)

    return make


def told(view):
    return view.page.locator(".ak-told").inner_text()


def test_the_frame_that_plays_is_told_with_its_hop_and_its_window(look):
    view = look(seen())
    view.page.evaluate("sound.transport.seek(5.0)")
    text = told(view)
    assert "frame 20 of 48" in text  # centred on 20 * 0.25 s
    assert "stands for 4.8750 … 5.1250 s, one hop of 250 ms" in text
    assert "hears 4.7000 … 5.3000 s, a window of 600 ms" in text
    assert "values 80 … 83, mean 81.5" in text
    mark, area = view.page.locator(".ak-playing").bounding_box(), view.page.locator(".ak-surface").bounding_box()
    assert mark["x"] == pytest.approx(view.x(4.875), abs=1.5)
    assert mark["width"] == pytest.approx(area["width"] * 0.25 / 12, abs=1.5)
    window = view.page.locator(".ak-heard").bounding_box()
    assert window["width"] == pytest.approx(area["width"] * 0.6 / 12, abs=1.5)
    assert view.watched.complaints == []


def test_the_frame_under_the_pointer_comes_first_and_keys_step(look):
    view = look(seen())
    view.page.mouse.move(view.x(8.0), view.y(160))
    assert "frame 32 of 48" in told(view)
    assert view.page.locator(".ak-pointed").is_visible()
    view.page.mouse.move(5, 5)
    assert "frame 0 of 48" in told(view)
    view.page.locator(".ak-surface").focus()
    view.page.keyboard.press(".")
    view.page.keyboard.press(".")
    assert "frame 2 of 48" in told(view)
    assert view.page.evaluate("sound.transport.position") == pytest.approx(0.5)
    view.page.keyboard.press(",")
    assert "frame 1 of 48" in told(view)


def test_the_numbers_are_the_tensors_own(look):
    view = look(seen(), state={"band_hz": [100.0, 200.0, 400.0, 800.0]})
    view.page.evaluate("sound.transport.seek(2.5)")
    view.page.locator(".ak-numbers summary").click()
    view.page.wait_for_selector(".ak-numbers tbody tr")
    rows = [row.split("\t") for row in view.page.locator(".ak-numbers tbody tr").all_inner_texts()]
    assert rows == [["3", "800.0", "43"], ["2", "400.0", "42"], ["1", "200.0", "41"], ["0", "100.0", "40"]]


def test_a_difference_is_told_and_drawn_in_diverging_colours(look):
    other = seen().values.copy()
    other[20, 1] += 5
    view = look(seen(), ModelInput(other, 0.25, start_seconds=-0.125))
    view.page.evaluate("sound.transport.seek(5.0)")
    assert "differs by at most 5" in told(view)
    top = 104 + 8 + (16 + 150 + 8) + (16 + 90 + 8) + 16
    red, _, blue = view.colour(5.05, top + 150 * (1 - 1.5 / 4))
    assert blue > red + 40  # this less the reference is below 0
    assert min(view.colour(3.0, top + 75)) > 235  # no difference: neutral


def test_outside_of_the_grid_there_is_no_frame(look):
    view = look(seen(frames=8))
    view.page.evaluate("sound.transport.seek(10)")
    assert told(view).startswith("no frame here")
    assert not view.page.locator(".ak-playing").is_visible()


def test_a_long_input_asks_for_the_frame_that_is_shown(look):
    rng = np.random.default_rng(0)
    values = rng.standard_normal((6000, 80)).astype(np.float32)
    view = look(ModelInput(values, 0.002))
    assert "not in the page" in told(view) or "values" in told(view)
    view.page.evaluate("sound.transport.seek(6.0011)")
    view.page.wait_for_function("document.querySelector('.ak-told').innerText.includes('values')")
    assert "frame 3000 of 6000" in told(view)
    lowest = f"{values[3000].min():.4g}".replace("-", "−")
    assert lowest in told(view)


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
