"""Driving a loader, the grid of plans, the tuner beside its winner: with loaders that are as fast as they are told."""

import pytest
from plain_loader import TimedLoader

from audiokit.bench.drive import PATIENCE_BATCHES, Drive, Settling, settle
from audiokit.bench.overlap import compare_overlap
from audiokit.bench.tuning import measure_plans, measure_tuner, plan_grid
from audiokit.errors import ParameterError
from audiokit.training.loader.plan import Plan

made = []


def make(plan=None, augmentations=()):
    """Two threads are the best, and a plan that is looked for ends there."""
    per_batch = {(0, 1): 0.02, (0, 2): 0.001}

    def seconds(plan):
        return per_batch.get(plan.division, 0.03) + 0.01 * len(augmentations)

    made.append(TimedLoader(plan, seconds=seconds))
    return made[-1]


@pytest.fixture(autouse=True)
def _all_are_closed():
    made.clear()
    yield
    assert all(loader.closed for loader in made)


def test_a_drive_goes_on_where_it_stopped():
    loader = TimedLoader(Plan(0, 1, prefetch=3), batches=3, items=5)
    drive = Drive(loader, step_seconds=0.01)
    pace = drive.take(batches=2)
    assert (pace.items, pace.batches, loader.given) == (10, 2, 2)
    assert pace.seconds >= 0.02
    assert pace.waited_seconds < pace.seconds
    assert pace.batch_seconds == pytest.approx(5 * pace.item_seconds)
    drive.steady(batches=1, seconds=0.0)
    assert loader.given == 2 + 4 + 1, "what lay ready is used up first"
    assert loader.epochs_ended == 1 + 2, "and the epoch ends there, so that a pause is no long step"
    assert Drive(TimedLoader(batches=0)).take().batches == 0, "a loader without a batch ends it"


def test_settling():
    loader = TimedLoader(settled_after=6)
    assert settle(Drive(loader)).batches == 6
    never = settle(Drive(TimedLoader(settled_after=10**9)), patience_seconds=0.0)
    assert not never.settled
    assert never.batches > PATIENCE_BATCHES
    assert not settle(Drive(TimedLoader(batches=0))).settled
    assert Settling(settled=True, seconds=1.0, batches=100).in_time
    assert Settling(settled=True, seconds=100.0, batches=8).in_time
    assert not Settling(settled=True, seconds=11.0, batches=9).in_time
    assert not Settling(settled=False, seconds=1.0, batches=1).in_time


def test_the_grid():
    assert [plan.division for plan in plan_grid(1)] == [(0, 1), (1, 1)]
    assert [plan.division for plan in plan_grid(4)] == [
        (0, 1), (0, 2), (0, 4), (1, 1), (1, 2), (1, 4), (2, 1), (4, 1), (4, 2),
    ]  # fmt: skip
    found = measure_plans(make, 0.0, plans=plan_grid(2), batches=1, seconds=0.0, repeats=2)
    assert found.winner.plan == Plan(0, 2)
    assert [len(row.items_per_second) for row in found.rows] == [2] * 6
    table = found.to_dataframe()
    assert table["of_the_winner"].max() == 1.0
    assert table["wait_share"].between(0, 1).all()
    made_now = len(made)
    for wrong in ({"batches": 0}, {"repeats": 0}):
        with pytest.raises(ParameterError, match="A grid wants"):
            measure_plans(make, 0.0, **wrong)
    with pytest.raises(ParameterError):
        measure_plans(make, -1.0)
    assert len(made) == made_now


def test_a_tuner_beside_the_winner():
    rows = measure_tuner(make, "WAV", batches=1, seconds=0.0, repeats=2, plans=plan_grid(2), patience_seconds=0.0)
    assert [row.situation for row in rows] == [
        "from the start",
        "from the start",
        "step ten times as short in the middle",
    ]
    assert rows[1].grid.step_seconds == pytest.approx(10 * rows[0].grid.step_seconds)
    assert rows[2].grid is rows[0].grid
    assert rows[0].settling.batches == 3
    assert rows[2].settling.batches >= PATIENCE_BATCHES
    row = rows[0].as_dict()
    assert (row["winner"], row["tuned"]) == ("2 threads", "2 threads, 2 ahead")
    assert row["of_the_winner"] == pytest.approx(rows[0].winner.times_of(rows[0].tuned))


def test_the_cost_of_augmentation_over_the_step():
    found = compare_overlap(make, ["a change"], "WAV", shares=(1.0, 0.5), batches=1, seconds=0.0, repeats=1)
    assert found.rows[1].step_seconds == pytest.approx(2 * found.rows[0].step_seconds)
    assert found.batch_seconds >= found.rows[1].step_seconds
    assert all(row.extra > 0 for row in found.rows)  # nothing overlaps here
    table = found.to_dataframe()
    assert table["kind"].tolist() == ["WAV", "WAV"]
    assert found.break_even_seconds in (None, found.rows[0].step_seconds, found.rows[1].step_seconds)
