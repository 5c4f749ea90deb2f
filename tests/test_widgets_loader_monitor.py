"""The loader's monitor: what it says of a loader, and how little it stores."""

import dataclasses
import gc
import json
import math

import numpy as np
import pytest
from fake_loader import NAN, SEARCH, FakeLoader, nothing_yet, report_at
from hypothesis import given
from hypothesis import strategies as st
from monitor_parts import many, threads, until

from audiokit.errors import ParameterError
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import LoaderReport
from audiokit_widgets import LoaderMonitor, show
from audiokit_widgets.loader_readings import MOST_POINTS, decisions, history, plan_steps, thinned
from audiokit_widgets.loader_words import now

pytest_plugins = ("monitor_parts",)


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    gc.collect()
    until(lambda: not threads())


def state_of(monitor):
    """The state as it is stored, without code; JSON has no NaN."""
    state = {k: v for k, v in monitor.get_state().items() if k not in ("_esm", "_css", "layout")}
    return json.loads(json.dumps(state, allow_nan=False))


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
