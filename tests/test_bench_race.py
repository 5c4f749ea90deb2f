"""Whoever makes other batches gets no ratio; the fastest way of each races; one that fails is a row."""

import contextlib
import time

import numpy as np
import pytest

from audiokit.bench.absence import Absence
from audiokit.bench.equality import RowState
from audiokit.bench.race import Contestant, Running, equal_batches, race
from audiokit.errors import ParameterError

WANTED = [np.zeros((2, 3)), np.ones((1, 3))]
SAME = equal_batches(WANTED, tolerance=0.1)
opened, closed = [], []


def way(name, batches=WANTED, seconds=0.0, note="", warm=None):
    @contextlib.contextmanager
    def opens():
        def epoch():
            time.sleep(seconds)
            yield from batches

        opened.append(name)
        try:
            yield Running(epoch, warm, lambda: note)
        finally:
            closed.append(name)

    return opens


def fails():
    raise OSError("no such luck")


@pytest.fixture(autouse=True)
def _none_is_open():
    opened.clear()
    closed.clear()
    yield
    assert sorted(opened) == sorted(closed)


def test_the_fastest_way_races_and_the_first_is_one():
    warmed = []
    ours = Contestant("ours", {"tuned": way("ours", note="3 threads", warm=lambda: warmed.append(1))}, SAME)
    ways = {
        "slow": way("slow", seconds=0.1),
        "quick": way("quick"),
        "broken": fails,
        "other": way("other", []),
    }
    rows = race([ours, Contestant("theirs", ways, SAME)], repeats=2)
    assert [(row.name, row.state, row.way) for row in rows] == [
        ("ours", RowState.OK, "3 threads"),
        ("theirs", RowState.OK, "quick"),
    ]
    assert rows[0].ratio == 1.0
    assert len(rows[1].timing.seconds) == 2
    assert set(rows[1].tried) == {"slow", "quick"}
    assert "broken: OSError: no such luck" in rows[1].reason
    assert "other: 0 batches instead of 2" in rows[1].reason
    assert warmed == [1]
    assert opened[-2:] == ["quick", "ours"], "ours is opened when nobody forks any more"


def test_who_differs_fails_or_is_not_here_has_no_ratio():
    rows = race(
        [
            Contestant("ours", {"tuned": way("ours")}, SAME),
            Contestant("loud", {"a": way("loud", [2 * batch for batch in WANTED])}, SAME),
            Contestant("failing", {"a": fails}, SAME),
            Contestant("gone", {"a": way("gone")}, SAME, Absence("not installed", "pip install it")),
        ],
        repeats=1,
    )
    assert [row.state for row in rows] == ["ok", "different", "failed", "unavailable"]
    assert [row.ratio for row in rows] == [1.0, None, None, None]
    assert rows[1].max_difference == 1.0
    assert rows[3].reason == "not installed; pip install it"
    assert "gone" not in opened


def test_nobody_is_left():
    (row,) = race([Contestant("ours", {"a": way("ours", [])}, SAME)], repeats=1)
    assert (row.state, row.timing) == (RowState.DIFFERENT, None)
    with pytest.raises(ParameterError, match="race wants"):
        race([])


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (WANTED[:1], "1 batches instead of 2"),
        (WANTED[::-1], "batch 0 has shape (1, 3), not (2, 3)"),
        ([WANTED[0] + 0.2, WANTED[1]], "batch 0 differs by up to 0.2"),
        ([WANTED[0], WANTED[1] * np.nan], "batch 1 differs by up to inf"),
        ([WANTED[0], WANTED[1] + 0.05], ""),
    ],
)
def test_batches_are_compared_in_order(got, said):
    verdict = SAME(got)
    assert verdict.reason.startswith(said)
    assert (verdict.state is RowState.OK) is (said == "")
