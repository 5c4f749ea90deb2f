"""The inspector in Chromium, on a sound whose every sample is known."""

import numpy as np
import pytest

from audiokit import Segment
from audiokit_widgets import Curve, Matrix

pytestmark = pytest.mark.browser

pytest_plugins = ("inspector_page",)

EVIL = '<img src=x onerror="window.hacked = 1">'
WHO = [Segment(0.0, 4.0, "Ada"), Segment(4.0, 8.0, "Grace"), Segment(8.0, 12.0, EVIL)]
WORDS = [Segment(0.5 * i + 0.1, 0.5 * i + 0.4, f"word {i}", i / 30) for i in range(20)]
TITLE, TOP = 16, 104 + 8 + 132 + 8  # CSS pixels: a lane's title, and where the first lane below the spectrogram begins


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
