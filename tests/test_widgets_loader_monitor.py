"""The loader's monitor: what it says, how little it stores, and a thread that ends when it should."""

import dataclasses
import gc
import html.parser
import io
import json
import math
import threading
import time
import weakref

import numpy as np
import pytest
from fake_loader import NAN, SEARCH, FakeLoader, nothing_yet, report_at
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change, LoaderReport, Reading
from audiokit_widgets import LoaderMonitor, loader_watch, show
from audiokit_widgets.loader_readings import MOST_POINTS, decisions, history, plan_steps, thinned
from audiokit_widgets.loader_words import now

OFTEN = 0.005  # seconds between two looks: tests wait for what happens, not for a time


def until(condition, seconds=20):
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "audiokit-loader-monitor"]


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    gc.collect()
    until(lambda: not threads())


@pytest.fixture
def monitors():
    """Make monitors that are closed in the end."""
    made = []

    def make(*args, **options):
        made.append(LoaderMonitor(*args, **options))
        return made[-1]

    yield make
    for monitor in made:
        monitor.close()


def state_of(monitor):
    """The state as it is stored, without code; JSON has no NaN."""
    state = {k: v for k, v in monitor.get_state().items() if k not in ("_esm", "_css", "layout")}
    return json.loads(json.dumps(state, allow_nan=False))


def many(count, *, reasons=0, words=20):
    """A report of a long training."""
    plans = [Plan(p, t) for p in (0, 2, 4) for t in (1, 2, 3)]
    readings = tuple(
        Reading(k * 1.7, k // 500, k % 500, plans[k * 9 // count], 812.3456 + k % 7, 0.123456, 0.031, 1234.5678, 2)
        for k in range(count)
    )
    changes = tuple(
        Change(k * 3.1, 0, k, plans[k % 9], plans[(k + 1) % 9], f"{k}: " + "because é " * words) for k in range(reasons)
    )
    last = readings[-1]
    return dataclasses.replace(report_at(60), readings=readings, changes=changes, plan=last.plan)


# what is said


def figures(report):
    return {figure["name"]: figure for figure in now(report)["figures"]}


def test_a_loader_that_keeps_up_and_one_that_does_not():
    fast, slow = now(report_at(60)), now(report_at(10))
    assert (fast["verdict"], fast["tone"]) == ("The loader keeps up.", "good")
    assert (slow["verdict"], slow["tone"]) == ("Training waits for the loader.", "bad")
    said = figures(report_at(60))
    assert float(said["headspace"]["value"]) == pytest.approx(report_at(60).headspace, abs=0.006)
    assert said["slowest"]["value"] == "the step"
    assert figures(report_at(10))["slowest"]["value"] == "read"
    assert (said["failures"]["value"], said["failures"]["tone"]) == ("3", "bad")
    assert said["plan"] == {"name": "plan", "value": "2 × 2", "note": "settled, 4 ahead", "tone": ""}
    assert figures(report_at(10))["plan"]["note"] == "searching, 2 ahead"


def test_headspace_of_exactly_one_keeps_up():
    step = 32 / 1024  # exact in binary
    report = LoaderReport(Plan(1), True, 64, 2, 0, 1024.0, 0.0, step, 1024.0, {"read": 0.001})
    assert report.headspace == 1
    assert now(report)["tone"] == "good"


def test_before_anything_was_measured_nothing_is_claimed():
    said = now(nothing_yet())
    assert (said["verdict"], said["tone"], said["stages"]) == ("Nothing measured yet.", "", [])
    assert [f["value"] for f in said["figures"]] == ["–", "–", "–", "–", "0", "1 thread"]
    half = dataclasses.replace(nothing_yet(), items=32, batches=1, stages={"read": NAN})
    said = now(half)
    assert said["verdict"] == "Not enough measured yet to say who waits."
    assert said["stages"] == [["read", None]]
    assert json.dumps(said, allow_nan=False)


@pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
def test_no_figure_that_json_lacks_is_stored(monitors, value):
    bad = dict.fromkeys(("items_per_second", "wait_share", "step_seconds", "made_per_second"), value)
    reading = dataclasses.replace(report_at(10).readings[3], **bad)
    report = dataclasses.replace(report_at(10), readings=(*report_at(10).readings[:3], reading), **bad)
    state = state_of(monitors(report))
    assert state["history"]["took"][3] is state["history"]["made"][3] is state["history"]["waited"][3] is None
    assert state["history"]["took"][2] is not None
    assert "nan" not in str(state["now"]["figures"]).lower()
    assert monitors(report).static_html()


# what is kept


@given(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, -3.0, math.nan, math.inf]), min_size=1, max_size=400), st.integers(8, 60)
)
def test_thinned_curves_keep_their_extremes_their_ends_and_their_order(values, most):
    curve = np.array(values)
    times = np.cumsum(np.abs(np.nan_to_num(curve, posinf=5)))  # some at one time, some far apart
    kept = thinned(times, np.array([curve]), most)
    assert len(kept) <= max(most, 0)
    assert (np.diff(kept) > 0).all()
    assert (kept[0], kept[-1]) == (0, len(values) - 1)
    finite = curve[np.isfinite(curve)]
    if finite.size:
        left = curve[kept][np.isfinite(curve[kept])]
        assert (left.min(), left.max()) == (finite.min(), finite.max())


def test_one_dip_among_thousands_stays_in_each_curve():
    report = many(20_000)
    readings = list(report.readings)
    for at, name, value in (
        (7001, "items_per_second", 3.0),
        (9003, "wait_share", 0.99),
        (15_002, "made_per_second", 9.0),
    ):
        readings[at] = dataclasses.replace(readings[at], **{name: value})
    kept = history(dataclasses.replace(report, readings=tuple(readings)))
    assert len(kept["time"]) <= MOST_POINTS
    assert (min(kept["took"]), max(kept["waited"]), min(kept["made"])) == (3.0, 0.99, 9.0)
    assert kept["readings"] == 20_000
    assert kept["time"] == sorted(kept["time"])


def test_a_gap_stays_a_gap():
    readings = [
        dataclasses.replace(r, items_per_second=NAN if 4000 <= k < 6000 else 5.0)
        for k, r in enumerate(many(10_000).readings)
    ]
    kept = history(dataclasses.replace(many(10_000), readings=tuple(readings)))
    inside = [t for t, v in zip(kept["time"], kept["took"], strict=True) if v is None]
    assert inside
    assert 4000 * 1.7 <= min(inside) <= max(inside) < 6000 * 1.7


def test_few_readings_are_all_kept():
    report = report_at(60)
    assert history(report)["time"] == [r.time_seconds for r in report.readings]


def test_the_plan_in_use_over_time():
    assert plan_steps(report_at(60)) == [(start, plan) for start, plan, _, _ in SEARCH[:-1]]
    assert plan_steps(nothing_yet()) == [(0.0, Plan(0, 1))]
    # no change told, but a reading with another plan; and a plan that is newer than all readings
    a, b, c = Plan(1), Plan(2), Plan(3)
    first = report_at(2).readings[0]
    readings = tuple(dataclasses.replace(first, time_seconds=t, plan=p) for t, p in ((1.0, a), (2.0, b)))
    report = dataclasses.replace(report_at(2), readings=readings, plan=c)
    assert plan_steps(report) == [(0.0, a), (2.0, b), (2.0, c)]


def test_decisions_are_oldest_first_and_of_very_many_the_newest():
    made = decisions(report_at(60))
    assert [row["time"] for row in made["rows"]] == [start for start, *_ in SEARCH[1:]]
    assert made["rows"][1]["before"] == [0, 2, 2]
    assert made["rows"][1]["after"] == [2, 1, 2]
    assert made["total"] == 6
    made = decisions(many(10, reasons=3000))
    assert made["total"] == 3000
    assert 20 < len(made["rows"]) < 3000
    assert made["rows"][-1]["reason"].startswith("2999: ")
    assert all(len(row["reason"]) <= 400 for row in decisions(many(10, reasons=5, words=2000))["rows"])


@pytest.mark.parametrize("words", [1, 20, 3000])
def test_the_state_stays_small(monitors, words):
    monitor = monitors(many(50_000, reasons=5000, words=words))
    state = monitor.get_state()
    assert len(state["_esm"].encode()) <= 25_000
    assert len(state["_css"].encode()) <= 12_500
    assert len(json.dumps(state_of(monitor))) < 60_000
    assert len(monitor._repr_mimebundle_()[0]["text/html"]) < 120_000


# the thread


def test_what_changes_reaches_the_page_from_a_thread(monitors):
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=OFTEN)
    sent = []
    monitor._send = lambda message, buffers=None: sent.append((threading.current_thread().name, message))
    assert monitor.following
    assert monitor.now["verdict"] == "Nothing measured yet."
    loader.seconds = 10
    until(lambda: monitor.now["tone"] == "bad" and len(monitor.history["time"]) == 25)
    loader.seconds = 60
    until(lambda: monitor.now["tone"] == "good" and monitor.decisions["total"] == 6)
    names = {name for name, _ in sent}
    assert names == {"audiokit-loader-monitor"}
    for _, message in sent:
        json.dumps(message["state"], allow_nan=False)
    assert monitor.report == loader.report()


def test_nothing_is_sent_while_nothing_changes(monitors):
    loader = FakeLoader(20)
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor.refresh()
    sent = []
    monitor._send = lambda message, buffers=None: sent.append(message)
    looks = []
    real = loader.report
    loader.report = lambda: (looks.append(1), real())[1]
    until(lambda: len(looks) > 5)
    assert sent == []


def test_a_curve_is_sent_as_seldom_as_can_be_seen_and_is_whole_in_the_end(monitors, monkeypatch):
    loader = FakeLoader(60)
    monitor = monitors(loader, every_seconds=OFTEN)
    monkeypatch.setattr("audiokit_widgets.loader_monitor.time.monotonic", lambda: 0.0)  # no time goes by
    monitor._drawn = (None, 0.0)
    loader.seconds = 70
    until(lambda: monitor.report.readings[-1].time_seconds == 70)
    until(lambda: monitor.now == now(loader.report()))
    assert monitor.history["end"] == 60
    assert monitor.refresh() is False  # it was seen; now it is told as a whole
    assert monitor.history["end"] == 70


def test_the_thread_ends_when_the_monitor_is_closed(monitors):
    monitor = monitors(FakeLoader(), every_seconds=OFTEN)
    thread = monitor._watch.thread
    assert thread.daemon
    monitor.close()
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.report == nothing_yet()
    monitor.close()  # again does nothing


def test_the_thread_ends_when_the_loader_is_closed_with_all_that_it_did(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    thread = monitor._watch.thread
    loader.seconds = 60
    loader.close()
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.history["end"] == 60
    assert "its loader has ended" in repr(monitor)


def test_the_loader_is_not_kept_alive_and_the_thread_ends_with_it(monitors):
    loader = FakeLoader(20)
    monitor = monitors(loader, every_seconds=OFTEN)
    thread, gone = monitor._watch.thread, weakref.ref(loader)
    del loader
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.history["end"] == 20
    assert monitor.refresh() is False


def test_the_thread_does_not_keep_the_monitor_alive():
    from ipywidgets.widgets.widget import _instances

    monitor = LoaderMonitor(FakeLoader(), every_seconds=OFTEN)
    thread, gone = monitor._watch.thread, weakref.ref(monitor)
    _instances.pop(monitor.model_id)  # what ipywidgets holds of every widget
    monitor.comm.on_msg(None)
    del monitor
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: not thread.is_alive())


def test_a_loader_without_weak_references_is_followed_too(monitors):
    class Slotted:
        __slots__ = ("seconds",)

        def report(self):
            return report_at(self.seconds)

    loader = Slotted()
    loader.seconds = 5
    monitor = monitors(loader, every_seconds=OFTEN)
    loader.seconds = 30
    until(lambda: monitor.history["end"] == 30)


def test_a_report_that_fails_is_said_and_the_next_one_counts(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    real, loader.report = loader.report, lambda: 1 / 0
    until(lambda: monitor.message)
    assert monitor.message == "The loader gave no report: ZeroDivisionError: division by zero"
    assert "division by zero" in repr(monitor)
    assert "division by zero" in monitor.static_html()
    loader.report = real
    until(lambda: not monitor.message)
    assert monitor.following


def test_an_observer_may_ask_again(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor.observe(lambda _: monitor.refresh(), "now")
    loader.seconds = 10
    until(lambda: monitor.history["end"] == 10)


# a report by itself, and what is no loader


def test_a_report_is_shown_without_a_thread(monitors):
    before = len(threads())
    monitor = monitors(report_at(60), title="Last night")
    assert not monitor.following
    assert len(threads()) == before
    assert repr(monitor).split("\n")[:2] == ["LoaderMonitor('Last night', a report)", str(report_at(60)).split("\n")[0]]
    assert str(report_at(60)) in monitor._repr_mimebundle_()[0]["text/plain"]


class Silent:
    def report(self):
        return "all is well"


@pytest.mark.parametrize(("wrong", "says"), [(3, "got int"), (Silent(), r"report\(\) gives str"), (None, "NoneType")])
def test_what_gives_no_report_is_refused(wrong, says):
    with pytest.raises(ParameterError, match=says):
        LoaderMonitor(wrong)


@pytest.mark.parametrize("seconds", [0, -1, NAN, math.inf])
def test_no_time_between_two_looks_is_refused(seconds):
    with pytest.raises(ParameterError, match="every_seconds must be"):
        LoaderMonitor(FakeLoader(), every_seconds=seconds)


def test_show_takes_loaders_and_reports():
    loader = FakeLoader(10)
    for given_one in (loader, report_at(10)):
        monitor = show(given_one)
        assert isinstance(monitor, LoaderMonitor)
        monitor.close()
    with pytest.raises(ParameterError, match=r"no view for .*Silent"):
        show(Silent())


# where no script runs


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + "\n"


def test_without_script_there_are_figures_a_picture_and_tables(monitors):
    page = Page(monitors(report_at(60), title="a <b>").static_html())
    image = next(attributes for tag, attributes in page.tags if tag == "img")
    assert image["src"].startswith("data:image/png;base64,")
    assert "a <b>: throughput" in image["alt"]
    assert "headspace 1." in image["alt"]
    assert "b" not in {tag for tag, _ in page.tags}
    for part in (
        "The loader keeps up.",
        "2 threads → 2 × 1",
        "settled, 4 ahead",
        "read (slowest)",
        "2.10",
        *SEARCH[-1][3:],
    ):
        assert part in page.text
    times = [float(line.removesuffix(" s")) for line in page.text.split("\n") if line.endswith("0 s")]
    assert times == sorted(times, reverse=True)  # the newest decision first


def test_without_script_a_thousand_decisions_are_cut_and_that_is_said(monitors):
    page = Page(monitors(many(100, reasons=1000, words=1)).static_html())
    assert "The newest 50 of 1,000." in page.text


@pytest.mark.parametrize("seconds", [0, 0.4, 10, 60])
def test_the_picture_has_the_width_of_all_and_shows_something(monitors, seconds):
    from PIL import Image

    image = Image.open(io.BytesIO(monitors(report_at(seconds)).picture()))
    assert image.width == 1640
    colours = {tuple(colour) for _, colour in image.convert("RGB").getcolors()}
    hues = {"took": (29, 98, 209), "made": (217, 115, 13), "plan": (139, 70, 214)}
    there = {name for name, hue in hues.items() if hue in colours}
    assert there == (set(hues) if seconds > 1 else there | {"plan"})


# a notebook keeps what a cell's end finds


class Shell:
    """The part of IPython that tells when a cell has run."""

    def __init__(self):
        from IPython.core.events import EventManager, available_events

        self.events = EventManager(self, available_events)


@pytest.fixture
def displays(monkeypatch):
    """What a notebook was given to display: (kind, display_id, data)."""
    import IPython
    import IPython.display

    shell, shown = Shell(), []
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    for kind in ("display", "update_display"):
        monkeypatch.setattr(
            IPython.display, kind, lambda data, kind=kind, **how: shown.append((kind, how["display_id"], data))
        )
    return shell, shown


def test_the_picture_in_the_notebook_is_renewed_when_a_cell_has_run(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=1000)  # the thread does nothing here
    monitor._ipython_display_()
    assert "Nothing measured yet." in shown[0][2]["text/html"]
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 1  # nothing new
    loader.seconds = 60
    shell.events.trigger("post_run_cell", None)
    (_, first, _), (kind, second, data) = shown
    assert (kind, first) == ("update_display", second)
    assert "The loader keeps up." in data["text/html"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == monitor.model_id
    assert monitor.history["end"] == 60
    loader.seconds = 70
    loader.close()
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 3
    assert not monitor.following
    assert shell.events.callbacks["post_run_cell"] == []  # nothing more to come


def test_what_the_thread_saw_before_the_cell_ended_is_kept_too(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor._ipython_display_()
    loader.seconds = 60
    loader.close()
    until(lambda: not monitor.following)
    del loader
    shell.events.trigger("post_run_cell", None)
    assert "The loader keeps up." in shown[-1][2]["text/html"]
    assert shell.events.callbacks["post_run_cell"] == []


def test_a_closed_monitor_hears_of_no_cell(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=1000)
    monitor._ipython_display_()
    monitor._ipython_display_()
    assert len(shell.events.callbacks["post_run_cell"]) == 1
    monitor.close()
    assert shell.events.callbacks["post_run_cell"] == []
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 2
    with pytest.raises(NotImplementedError):  # IPython shows its text then
        monitor._ipython_display_()


def test_without_ipython_there_are_no_cells():
    loader_watch.at_cell_ends(object, lambda _: True)()
