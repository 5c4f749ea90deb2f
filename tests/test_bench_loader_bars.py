"""Bars of training's input: what holds, what does not, and what could not be measured."""

import pytest

from audiokit.bench import loader_bars as bars
from audiokit.bench.bytes_read import ReadRow
from audiokit.bench.drive import Settling
from audiokit.bench.equality import RowState
from audiokit.bench.loader import OURS, SAMPLES, SPDL, TORCHCODEC, USUAL, WARM, LoaderComparison
from audiokit.bench.loader_augmented import OURS_BATCHED, OURS_OWN, OURS_THEIRS, USUAL_THEIRS
from audiokit.bench.loader_floor import FLOOR
from audiokit.bench.overlap import OverlapComparison, OverlapRow
from audiokit.bench.race import RaceRow
from audiokit.bench.timing import Timing
from audiokit.bench.tuning import PlanGrid, PlanRow, TunerRow
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import LoaderReport


def comparison(away=(), **seconds):
    names = {"ours": OURS, "warm": WARM, "samples": SAMPLES, "usual": USUAL, "torchcodec": TORCHCODEC, "spdl": SPDL,
             "floor": FLOOR, "theirs": OURS_THEIRS, "batched": OURS_BATCHED, "own": OURS_OWN, "usual_theirs": USUAL_THEIRS}  # fmt: skip
    rows = [
        RaceRow(names[key], RowState.OK, way="a way", timing=Timing(key, (value,))) for key, value in seconds.items()
    ]
    rows += [RaceRow(names[key], RowState.UNAVAILABLE, "not installed; pip install it") for key in away]
    return LoaderComparison("WAV, 600 of 1 s", 600, tuple(rows))


KIND = "WAV, 600 of 1 s"


def test_loaders():
    found = comparison(ours=1.0, warm=0.4, samples=0.5, usual=3.0, torchcodec=1.2, spdl=0.9, floor=0.45)
    bars_found = bars.loader_bars({KIND: found})
    assert [bar.holds for bar in bars_found] == [True, True, False, True]
    assert bars_found[0].found == "3.00 times"
    assert bars_found[1].found == "7.50 times"
    assert bars_found[2].found == "SPDL, tuned by hand (a way) 0.90 times"


def test_a_kind_without_a_bar_of_its_own_or_a_cache():
    found = comparison(ours=1.0, samples=0.5, usual=1.0, torchcodec=1.2, spdl=1.1, floor=0.2)
    assert [bar.holds for bar in bars.loader_bars({"FLAC, 8 of 300 s": found})] == [True, False]


def test_who_is_not_here_is_not_measured():
    found = comparison(away=("usual", "spdl"), ours=1.0, samples=0.5, torchcodec=1.2, floor=0.5)
    assert [bar.holds for bar in bars.loader_bars({KIND: found})] == [None, True, True]
    assert "without SPDL, tuned by hand: not available here" in bars.loader_bars({KIND: found})[1].found
    found = comparison(away=("usual", "spdl", "torchcodec"), ours=1.0, samples=0.5, floor=0.5)
    assert [bar.holds for bar in bars.loader_bars({KIND: found})] == [None, None, True]


def test_who_is_here_and_differs_holds_nothing():
    rows = comparison(ours=1.0, samples=0.5, torchcodec=1.2, spdl=1.1, floor=0.5).rows
    wrong = RaceRow(USUAL, RowState.DIFFERENT, "batch 0 differs by up to 3")
    (first, *_) = bars.loader_bars({KIND: LoaderComparison(KIND, 600, (*rows, wrong))})
    assert (first.holds, first.found) == (False, f"{USUAL} different: batch 0 differs by up to 3")


def test_stretching():
    found = comparison(theirs=1.0, own=0.7, batched=0.6, usual_theirs=1.15)
    assert [bar.holds for bar in bars.stretch_bars({KIND: found})] == [True, False]
    found = comparison(theirs=1.0, own=0.5, batched=0.6, usual_theirs=1.05)
    assert [bar.holds for bar in bars.stretch_bars({KIND: found})] == [False, True]
    assert bars.stretch_bars({KIND: found})[1].found == f"2.10 times ({OURS_OWN})"
    found = comparison(away=("theirs", "usual_theirs"), own=0.7, batched=0.6)
    assert [bar.holds for bar in bars.stretch_bars({KIND: found})] == [None, None]
    found = comparison(away=("batched",), theirs=1.0, own=0.5, usual_theirs=1.2)
    assert [bar.holds for bar in bars.stretch_bars({KIND: found})] == [True, True]


def report(plan):
    return LoaderReport(plan, True, 10, 1, 0, 1.0, 0.0, 0.01, 1.0)


def tuner_row(tuned, settling, situation="from the start"):
    grid = PlanGrid(0.01, (PlanRow(Plan(0, 1), (50.0,), 0.5), PlanRow(Plan(0, 2), (100.0,), 0.1)))
    return TunerRow(KIND, situation, grid, settling, Timing("a", (0.01,)), Timing("b", (tuned,)), report(Plan(2, 1)))


def test_tuners():
    soon, late = Settling(settled=True, seconds=3.0, batches=20), Settling(settled=True, seconds=11.0, batches=20)
    found = bars.tuner_bars([tuner_row(0.011, soon), tuner_row(0.0115, late)])
    assert [bar.holds for bar in found] == [True, True, False, False]
    assert found[0].found == "0.91 (2 processes x 1 thread; the winner has 2 threads)"
    assert found[3].found == "11.0 s, 20 batches"
    never = tuner_row(0.01, Settling(settled=False, seconds=40.0, batches=90))
    assert bars.tuner_bars([never])[1].found == "not yet after 40.0 s, 90 batches"
    (only,) = bars.tuner_bars([tuner_row(0.01, soon, "step ten times as short in the middle")])
    assert only.holds


@pytest.mark.parametrize(("read", "holds"), [((1000, 100), True), ((1000, 101), False), ((None, None), None)])
def test_reading(read, holds):
    (found,) = bars.reading_bars([ReadRow(KIND, 1000, read)])
    assert found.holds is holds


def test_only_steps_that_leave_time_are_judged():
    def row(step, augmented):
        return OverlapRow(step, Timing("plain", (1.0,)), Timing("augmented", (augmented,)), "2 threads")

    found = OverlapComparison("WAV", 1.0, (row(0.5, 2.0), row(1.25, 1.06), row(2.0, 1.01), row(3.0, 1.0)))
    assert [bar.holds for bar in bars.overlap_bars(found)] == [False, True, True]
    assert found.break_even_seconds == 2.0
    assert OverlapComparison("WAV", 1.0, (row(2.0, 1.5),)).break_even_seconds is None
