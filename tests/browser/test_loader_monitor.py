"""The loader's monitor in Chromium: what is seen and said."""

import re
from itertools import pairwise

import pytest
from fake_loader import SEARCH, nothing_yet, report_at
from frozen_page import frozen, notebook_of, open_frozen
from widget_page import host_page

from audiokit.report import freeze
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change
from audiokit_widgets import LoaderMonitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def shown(new_page, tmp_path):
    """Show a report in the smallest host; Python's part is played by `tell`."""

    def make(report, *, title="Training", **page):
        monitor = LoaderMonitor(report, title=title)
        path = tmp_path / "monitor.html"
        path.write_text(host_page(monitor), encoding="utf-8")
        watched = new_page(**page)
        watched.page.goto(path.as_uri())
        watched.page.wait_for_function("window.ready === true", timeout=20_000)
        return watched

    return make


def tell(page, report, *, following=True):
    """What a kernel would send."""
    monitor = LoaderMonitor(report)
    values = {name: getattr(monitor, name) for name in ("now", "history", "decisions")}
    page.evaluate(
        "(values) => { for (const [name, value] of Object.entries(values)) model.set(name, value); }",
        {**values, "following": following},
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def x_of(page, seconds, end=60.0):
    box = page.locator(".ak-readings").bounding_box()
    return box["x"] + box["width"] * seconds / end, box["y"] + 40


def figure(page, name):
    return page.locator(".ak-figure", has=page.get_by_text(name, exact=True)).locator(".ak-value").inner_text()


def test_a_mark_says_why_to_the_pointer(shown):
    page = shown(report_at(60)).page
    bubble = page.locator(".ak-bubble")
    assert bubble.is_hidden()
    page.locator(".ak-pin").nth(2).hover()
    assert SEARCH[3][3] in bubble.inner_text()
    assert "22.0 s · 2 × 1 → 2 × 2" in bubble.inner_text()
    assert page.locator(".ak-mark.ak-on").count() == 1
    page.mouse.move(0, 0)
    assert bubble.is_hidden()
    assert page.locator(".ak-mark.ak-on").count() == 0


def test_a_mark_says_why_to_the_keyboard(shown):
    page = shown(report_at(60)).page
    page.locator(".ak-readings").focus()
    page.keyboard.press("Tab")
    assert SEARCH[-1][3] in page.locator(".ak-bubble").inner_text()  # the newest first
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) != "none"
    for key, number in (
        ("ArrowLeft", -2),
        ("ArrowLeft", -3),
        ("ArrowRight", -2),
        ("Home", 1),
        ("ArrowLeft", 1),
        ("End", -1),
    ):
        page.keyboard.press(key)
        assert SEARCH[number][3] in page.locator(".ak-bubble").inner_text()
        assert SEARCH[number][3] in page.evaluate("document.activeElement.ariaLabel")
    page.keyboard.press("Escape")
    assert page.locator(".ak-bubble").is_hidden()
    page.keyboard.press("Tab")  # one stop for all marks: the list is next
    assert page.evaluate("document.activeElement.matches('.ak-listed')")


def test_readings_are_read_by_pointer_and_by_keyboard(shown):
    page = shown(report_at(60)).page
    report = report_at(60)
    page.mouse.move(*x_of(page, 10.05))
    said = page.locator(".ak-bubble").inner_text()
    reading = report.readings[24]
    assert reading.time_seconds == 10.0
    assert said.split("\n")[0] == "10.0 s"
    assert f"took {reading.items_per_second:.0f} items a second" in said
    assert f"waited {100 * reading.wait_share:.1f} %" in said
    assert "2 threads" in said
    page.mouse.move(0, 0)
    surface = page.locator(".ak-readings")
    assert surface.get_attribute("role") == "slider"
    surface.focus()
    page.keyboard.press("Home")
    assert surface.get_attribute("aria-valuetext").startswith("0.4 s, took")
    assert "1 thread" in surface.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert surface.get_attribute("aria-valuenow") == "0.8"
    page.keyboard.press("End")
    page.keyboard.press("PageDown")
    assert float(surface.get_attribute("aria-valuenow")) == 52.0
    cursor = page.locator(".ak-hair").bounding_box()
    assert cursor["x"] == pytest.approx(x_of(page, 52.0)[0], abs=1.5)


def test_curves_stand_where_their_readings_are(shown):
    page = shown(report_at(60)).page
    report = report_at(60)
    path = page.locator("path.ak-took").get_attribute("d")
    points = [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path)]
    assert len(points) == len(report.readings)
    for (x, y), reading in zip(points, report.readings, strict=True):
        assert x == pytest.approx(1000 * reading.time_seconds / 60, abs=0.01)
        assert y == pytest.approx(100 - 100 * reading.items_per_second / 1500, abs=0.1)
    plan = page.locator("path.ak-plan").get_attribute("d")
    heights = [float(y) for y in re.findall(r"V([\d.]+)", plan)]
    assert heights == pytest.approx([100 * (1 - n / 6) for n in (1, 2, 2, 4, 6, 4)])


def test_the_list_has_the_newest_on_top_and_points_at_its_mark(shown):
    page = shown(report_at(60)).page
    rows = page.locator(".ak-decisions tbody tr")
    assert rows.count() == 6
    times = [float(text.removesuffix(" s")) for text in rows.locator("td:first-child").all_inner_texts()]
    assert times == sorted(times, reverse=True)
    assert "stays 2 × 2" in rows.first.inner_text()
    scroll = page.locator(".ak-listed").bounding_box()
    assert rows.first.bounding_box()["y"] < scroll["y"] + scroll["height"]  # seen without scrolling
    rows.nth(2).hover()
    on = page.locator(".ak-mark.ak-on")
    assert on.count() == 1
    assert on.bounding_box()["x"] == pytest.approx(x_of(page, 33.0)[0], abs=2)


def test_figures_and_stages(shown):
    page = shown(report_at(60)).page
    report = report_at(60)
    assert figure(page, "items a second") == f"{report.items_per_second:,.0f}"
    assert figure(page, "headspace") == f"{report.headspace:.2f}"
    assert figure(page, "failures") == "3"
    assert page.locator(".ak-verdict").inner_text() == "The loader keeps up."
    rows = page.locator(".ak-stages tbody tr")
    assert [text.split() for text in rows.all_inner_texts()][:2] == [["read", "2.10"], ["augment", "0.900"]]
    widths = [bar.bounding_box()["width"] for bar in rows.locator("i").all()]
    assert widths[1] / widths[0] == pytest.approx(0.9 / 2.1, abs=0.01)


def test_nothing_measured_is_said_and_then_it_fills(shown):
    watched = shown(nothing_yet())
    page = watched.page
    assert page.locator(".ak-nothing").inner_text() == "Nothing measured yet."
    assert page.locator(".ak-verdict").inner_text() == "Nothing measured yet."
    assert page.get_by_text("No decision yet.").is_visible()
    assert page.locator(".ak-live").is_hidden()
    page.locator(".ak-readings").focus()
    for key in ("Home", "ArrowLeft", "End", "Escape"):  # there is nothing to read
        page.keyboard.press(key)
    page.mouse.move(*x_of(page, 30))
    assert page.locator(".ak-bubble").is_hidden()
    tell(page, report_at(10))
    assert page.locator(".ak-nothing").inner_text() == ""
    assert page.locator(".ak-verdict").inner_text() == "Training waits for the loader."
    assert page.locator(".ak-pin").count() == 1
    assert page.locator(".ak-live").is_visible()  # somebody changed something
    tell(page, report_at(60), following=False)
    assert page.locator(".ak-live").is_hidden()
    assert page.locator(".ak-pin").count() == 6
    tell(page, nothing_yet())  # another loader
    assert page.locator(".ak-pin").count() == 0
    assert watched.complaints == []


def test_what_is_looked_at_stays_while_new_readings_come(shown):
    page = shown(report_at(40)).page
    page.locator(".ak-readings").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    label = page.evaluate("document.activeElement.ariaLabel")
    tell(page, report_at(60))
    assert page.evaluate("document.activeElement.ariaLabel") == label
    assert SEARCH[1][3] in page.locator(".ak-bubble").inner_text()
    box, wanted = page.locator(".ak-mark.ak-on").bounding_box(), x_of(page, SEARCH[1][0])[0]
    assert box["x"] == pytest.approx(wanted, abs=2)  # the clock grew, the mark went along


def test_decisions_close_together_are_one_mark_and_all_are_said(shown):
    report = report_at(60)
    quick = [Change(20 + 0.1 * k, 0, k, Plan(0, 1), Plan(0, 2), f"reason number {k}.") for k in range(6)]
    changes = tuple(sorted([*report.changes, *quick], key=lambda change: change.time_seconds))
    page = shown(
        type(report)(**{**{name: getattr(report, name) for name in report.__slots__}, "changes": changes})
    ).page
    assert page.locator(".ak-pin").count() == 7
    page.locator(".ak-pin").nth(2).hover()
    said = page.locator(".ak-bubble").inner_text()
    assert all(f"reason number {k}." in said for k in (2, 3, 4, 5))
    assert "and 2 before" in said
    assert page.locator(".ak-pin").nth(2).get_attribute("aria-label").startswith("6 decisions.")
    assert page.locator(".ak-decisions tbody tr").count() == 12


@pytest.mark.parametrize("width", [320, 500, 1300])
def test_nothing_stands_out_of_its_frame(shown, width):
    page = shown(report_at(60), width=width).page
    frame = page.locator(".ak-monitor").bounding_box()
    for at in (0, 3, 5):
        page.locator(".ak-pin").nth(at).focus()
        box = page.locator(".ak-bubble").bounding_box()
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [label.bounding_box() for label in page.locator(".ak-labels span").all()]
    assert all(a["x"] + a["width"] <= b["x"] + 1 for a, b in pairwise(boxes))


def test_a_view_that_is_taken_away_leaves_nothing_behind(shown):
    watched = shown(report_at(60))
    page = watched.page
    before = page.evaluate("Object.values(listeners).flat().length")
    page.evaluate("again()")
    page.evaluate("second()")
    assert page.evaluate("Object.values(listeners).flat().length") == before
    page.evaluate("cleanup()")
    assert page.evaluate("Object.values(listeners).flat().length") == 0
    tell(page, report_at(10))
    assert page.locator(".ak-monitor").count() == 0
    assert watched.complaints == []


def test_a_frozen_page_has_it_and_needs_no_network(new_page, tmp_path):
    watched = frozen(new_page(), tmp_path / "page.html", LoaderMonitor(report_at(60), title="Last night"))
    page = watched.page
    assert page.locator(".ak-title").inner_text() == "Last night"
    page.locator(".ak-pin").first.hover()
    assert SEARCH[1][3] in page.locator(".ak-bubble").inner_text()
    assert page.locator(".ak-live").is_hidden()
    assert watched.complaints == []
    assert watched.external == []


def test_reasons_and_stages_are_text_whatever_they_hold(new_page, tmp_path):
    evil = '<img src=x onerror="window.injected=1">'
    report = report_at(60)
    changes = (Change(5.0, 0, 1, Plan(0, 1), Plan(0, 2), f"because {evil}"),)
    parts = {name: getattr(report, name) for name in report.__slots__}
    hostile = type(report)(**{**parts, "changes": changes, "stages": {evil: 0.1}})
    made = notebook_of(LoaderMonitor(hostile, title=evil))
    path = tmp_path / "page.html"
    path.write_text(freeze(made), encoding="utf-8")
    live = open_frozen(new_page(), path).page
    live.locator(".ak-pin").first.hover()
    bare = new_page(scripts=False).page
    bare.goto(path.as_uri())
    for page, place in ((live, ".ak-monitor"), (bare, ".audiokit-static")):
        for said in (evil, f"because {evil}"):
            assert said in page.locator(place).inner_text()
        assert page.locator("img[src='x']").count() == 0
    assert live.evaluate("window.injected") is None
