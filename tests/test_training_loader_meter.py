"""What is measured of a loader, by a clock that is set by hand; what is told of it; what is remembered."""

from __future__ import annotations

import json
import math

import pytest

from audiokit.errors import ParameterError
from audiokit.training import LoaderReport, Plan
from audiokit.training.loader import remembered as remembered_module
from audiokit.training.loader.meter import Meter
from audiokit.training.loader.remembered import Remembered, cache_folder
from audiokit.training.loader.report import Change, Reading
from audiokit.training.loader.task import Made


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def meter(clock):
    return Meter(clock)


def made(count, seconds, cpu=None, stages=(0.0, 0.0, 0.0)):
    return Made([None] * count, None, seconds, seconds if cpu is None else cpu, stages)


def go(meter, clock, *, wait, step, items=10):
    meter.asked()
    clock.now += wait
    meter.made(made(items, 0.5, 0.25, (0.3, 0.1, 0.1)))
    meter.given(items)
    clock.now += step


def test_waiting_and_steps(meter, clock):
    for _ in range(5):
        go(meter, clock, wait=0.25, step=0.75)
    window = meter.window("decide")
    assert window.seconds == pytest.approx(5.0)
    assert (window.items, window.batches, window.made) == (50, 5, 50)
    assert window.step_seconds == pytest.approx(0.75)
    assert window.steps_seconds == pytest.approx([0.75] * 4)  # the last one is not over
    assert window.wait_share == pytest.approx(4 * 0.25 / (4 * 0.25 + 4 * 0.75))  # but for the first of the epoch
    assert window.items_per_second == pytest.approx(10.0)
    assert window.item_seconds == pytest.approx(0.05)
    assert window.cpu_share == pytest.approx(0.5)
    assert window.capacity(2) == pytest.approx(40.0)
    assert meter.stages() == pytest.approx({"read": 0.03, "augment": 0.01, "features": 0.01})
    meter.assembled(50, 1.0)
    meter.transferred(25, 1.0)
    assert meter.stages()["assemble"] == pytest.approx(0.02)
    assert meter.stages()["transfer"] == pytest.approx(0.04)


def test_the_clock_stands_still_between_epochs(meter, clock):
    clock.now += 1000  # until training begins
    for _ in range(2):
        for _ in range(3):
            go(meter, clock, wait=0.5, step=0.5)
        meter.asked()
        meter.pause()
        clock.now += 60  # validation
        meter.pause()
    window = meter.window("tell")
    assert window.seconds == pytest.approx(6.0)
    assert window.steps_seconds == pytest.approx([0.5] * 6)
    assert window.first_seconds == pytest.approx(1.0)
    assert window.wait_share == pytest.approx(2.0 / 5.0)


def test_what_was_under_way_at_a_change_does_not_count(meter, clock):
    go(meter, clock, wait=1.0, step=0.0)
    meter.reset("decide", skip=15)
    go(meter, clock, wait=1.0, step=0.0)
    assert meter.window("decide").made == 10
    meter.asked()
    clock.now += 0.5
    meter.made(made(10, 0.1))
    clock.now += 0.25
    meter.given(20)
    window = meter.window("decide")
    assert (window.seconds, window.made, window.items) == (pytest.approx(0.25), 10, 20)
    assert window.waited_seconds == pytest.approx(0.25)
    assert meter.window("tell").made == 30  # the other stretch goes on


def test_nothing_measured_is_no_division_by_zero(meter):
    window = meter.window("decide")
    assert (window.wait_share, window.step_seconds, window.items_per_second, window.item_seconds) == (
        1.0,
        0.0,
        0.0,
        0.0,
    )
    assert window.capacity(4) == 0.0
    meter.made(made(3, 0.0))
    assert meter.window("decide").cpu_share == 1.0


def reading(time_seconds, **options):
    given = {
        "epoch": 0, "batch": 3, "plan": Plan(0, 2), "items_per_second": 100.0, "wait_share": 0.25,
        "step_seconds": 0.3, "made_per_second": 120.0, "ready_batches": 1,
    }  # fmt: skip
    return Reading(time_seconds, **{**given, **options})


def test_the_report():
    plan, after = Plan(0, 2), Plan(2, 1, 4)
    readings = (reading(1.0), reading(2.0, plan=after))
    changes = (Change(2.0, 0, 3, plan, after, "Because."),)
    report = LoaderReport(after, True, 320, 10, 1, 100.0, 0.25, 0.3, 120.0, {"read": 0.004, "features": 0.001}, 1000, readings, changes)  # fmt: skip
    assert report.headspace == pytest.approx(120.0 * 0.3 / 32)
    assert report.slowest_stage == "step"
    table = report.to_dataframe()
    assert table[["processes", "threads", "prefetch"]].values.tolist() == [[0, 2, 2], [2, 1, 4]]
    assert table.decided.tolist() == ["", "Because."]
    text = str(report)
    for said in (
        "2 processes x 1 thread, 4 batches ahead, settled",
        "waited 25.0%",
        "headspace 1.12",
        "4.000 ms",
        "Because.",
    ):
        assert said in text
    waiting = LoaderReport(plan, False, 320, 10, 0, 100.0, 0.9, 0.01, 120.0, {"read": 0.004, "features": 0.01})
    assert waiting.headspace < 1
    assert waiting.slowest_stage == "features"
    nan = math.nan
    empty = LoaderReport(plan, False, 0, 0, 0, nan, nan, nan, nan)
    assert math.isnan(empty.headspace)
    assert empty.slowest_stage == ""
    assert list(empty.to_dataframe()) == list(table)
    assert str(empty) == "2 threads, 2 batches ahead, still searching"


def test_plans_that_are_none():
    for wrong in ({"processes": -1}, {"threads": 0}, {"prefetch": 0}, {"threads": 1.5}, {"processes": True}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            Plan(**wrong)


def test_what_is_remembered(tmp_path):
    facts = {"kind": ".wav", "batch_size": 32}
    one = Remembered(facts, 2, tmp_path / "new")
    assert one.plan() is None
    one.keep(Plan(2, 1, 3))
    one.keep(Plan(1, 2, 3))
    assert Remembered(dict(facts), 2, tmp_path / "new").plan() == Plan(1, 2, 3)
    assert Remembered(facts, 4, tmp_path / "new").plan() is None
    assert Remembered({**facts, "batch_size": 8}, 2, tmp_path / "new").plan() is None
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["loader-plans.json"]


def test_what_is_remembered_stays_small_and_may_be_broken(tmp_path, monkeypatch):
    monkeypatch.setattr(remembered_module, "_MOST", 5)
    for number in range(9):
        Remembered({"number": number}, 2, tmp_path).keep(Plan(number, 1))
    path = tmp_path / "loader-plans.json"
    assert len(json.loads(path.read_text())) == 5
    assert Remembered({"number": 8}, 2, tmp_path).plan() == Plan(8, 1)
    assert Remembered({"number": 3}, 2, tmp_path).plan() is None
    found = json.loads(path.read_text())
    path.write_text(json.dumps({key: {"threads": "many"} for key in found}))
    assert Remembered({"number": 8}, 2, tmp_path).plan() is None
    for broken in ("[1]", "{", "\udcff"):
        path.write_bytes(broken.encode("utf-8", "surrogateescape"))
        assert Remembered({"number": 8}, 2, tmp_path).plan() is None
    Remembered({"number": 8}, 2, tmp_path).keep(Plan(1, 1))
    assert Remembered({"number": 8}, 2, tmp_path).plan() == Plan(1, 1)
    (tmp_path / "file").write_text("in the way")
    Remembered({}, 2, tmp_path / "file").keep(Plan(1, 1))  # nowhere to write is no error


def test_where_it_is_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "audiokit"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().name == "audiokit"
