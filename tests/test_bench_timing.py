"""Interleaving, medians and ratios, on a clock that the test winds itself."""

import gc

import pytest

from audiokit.bench import Timing, interleave
from audiokit.errors import ParameterError


class Machine:
    """A clock, and work that takes what it says; `slowness` is what a busy neighbour does."""

    def __init__(self):
        self.now, self.slowness, self.ran = 0.0, 1.0, []

    def work(self, name, seconds):
        def run():
            self.ran.append(name)
            self.now += seconds * self.slowness

        return run


def test_every_round_runs_everybody_and_begins_with_another():
    machine = Machine()
    contestants = {name: machine.work(name, 1.0) for name in "abc"}
    interleave(contestants, repeats=3, warmups=0, clock=lambda: machine.now)
    assert machine.ran == list("abcbcacab")


def test_warm_ups_do_not_count():
    machine = Machine()
    machine.slowness = 100.0
    calls = []

    def first_slow():
        calls.append(1)
        machine.now += 50.0 if len(calls) == 1 else 1.0

    found = interleave({"a": first_slow}, repeats=4, warmups=1, clock=lambda: machine.now)
    assert found["a"].seconds == (1.0,) * 4
    assert len(calls) == 5


def test_drift_hits_all_and_leaves_the_ratio():
    machine = Machine()

    def drift():
        machine.slowness *= 1.05  # a machine that gets slower and slower, in the middle of rounds too

    found = interleave(
        {"a": machine.work("a", 1.0), "b": machine.work("b", 2.0)},
        repeats=20,
        clock=lambda: machine.now,
        after_each=drift,
    )
    assert found["a"].slowest_seconds > 5 * found["a"].fastest_seconds
    assert found["b"].times_of(found["a"]) == pytest.approx(2.0, rel=0.06)


def test_one_disturbed_round_moves_neither_median_nor_ratio():
    quick, slow = Timing("q", (1.0, 1.0, 9.0, 1.0, 1.0)), Timing("s", (3.0, 3.0, 3.0, 3.0, 30.0))
    assert (quick.median_seconds, quick.fastest_seconds, quick.slowest_seconds) == (1.0, 1.0, 9.0)
    assert slow.times_of(quick) == 3.0


def test_the_collector_is_as_before_even_after_an_error():
    def fails():
        assert not gc.isenabled()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interleave({"a": fails})
    assert gc.isenabled()


def test_refusals():
    with pytest.raises(ParameterError, match="not one run"):
        Timing("a", (1.0,)).times_of(Timing("b", (1.0, 2.0)))
    with pytest.raises(ParameterError, match="at least one"):
        Timing("a", ())
    with pytest.raises(ParameterError, match="repeats >= 1"):
        interleave({"a": int}, repeats=0)
    with pytest.raises(ParameterError, match="contestant"):
        interleave({})
