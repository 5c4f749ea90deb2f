"""Charts of loaders can be drawn, whatever was measured, and say it in their titles."""

import pytest

from audiokit.bench import loader_charts
from audiokit.bench.overlap import OverlapComparison, OverlapRow
from audiokit.bench.timing import Timing
from audiokit.bench.tuning import PlanGrid, PlanRow
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change, LoaderReport, Reading

alt = pytest.importorskip("altair")
vl_convert = pytest.importorskip("vl_convert")

ONE, TWO, OTHER = Plan(0, 1), Plan(0, 2), Plan(2, 2)
GRID = PlanGrid(0.02, (PlanRow(ONE, (50.0,), 0.5), PlanRow(TWO, (100.0, 98.0), 0.1)))


def drawn(chart):
    return vl_convert.vegalite_to_svg(chart.to_dict())


def report(*changes):
    readings = tuple(Reading(0.5 * n, 0, n, TWO, 90.0 + n, 0.1, 0.01, 100.0, 1) for n in range(4))
    told = tuple(Change(0.5 * n, 0, n, *change, "because") for n, change in enumerate(changes))
    return LoaderReport(TWO, True, 40, 4, 0, 90.0, 0.1, 0.01, 100.0, readings=readings, changes=told)


def test_the_path_of_a_tuner():
    assert loader_charts.plans_tried(report()) == (TWO,)
    found = report((ONE, TWO), (TWO, Plan(0, 2, prefetch=8)), (TWO, OTHER), (OTHER, TWO))
    assert loader_charts.plans_tried(found) == (ONE, TWO, OTHER, TWO)


def test_plans_on_a_map():
    chart = loader_charts.plan_map(GRID, report((ONE, OTHER), (OTHER, TWO)))
    title = chart.to_dict()["title"]
    assert (title["text"], title["subtitle"]) == ("Step of 20 ms", ["best: 2 threads", "tuner: 2 threads"])
    svg = drawn(chart)
    assert "100%" in svg
    assert "51%" in svg
    drawn(loader_charts.plan_map(GRID, title="without a tuner"))
    drawn(alt.hconcat(loader_charts.plan_map(GRID, report()), loader_charts.plan_map(GRID)))


def test_readings_over_time():
    chart = loader_charts.readings(report((ONE, TWO)))
    assert chart.to_dict()["title"] == "1 change of plan; 2 threads at the end"
    drawn(chart)
    drawn(loader_charts.readings(report()))


def test_waiting_and_guesses():
    drawn(loader_charts.waiting({"a": {10.0: 0.5, 20.0: 0.25}, "b": {10.0: 0.0}}, title="waiting"))
    svg = drawn(
        loader_charts.guesses({"first": {"0 workers": 0.1, "1 worker": 0.2}, "all": {"0 workers": 3.0}}, title="t")
    )
    assert "3000 ms" in svg


@pytest.mark.parametrize("augmented", [1.0, 2.0])
def test_extra_time(augmented):
    rows = tuple(OverlapRow(step, Timing("a", (1.0,)), Timing("b", (augmented,)), "2 threads") for step in (0.5, 2.0))
    title = loader_charts.extra_time([OverlapComparison("WAV", 1.0, rows)]).to_dict()["title"]
    assert ("0.5 batches" in title) is (augmented == 1.0)
    drawn(loader_charts.extra_time([OverlapComparison("WAV", 1.0, rows)]))
