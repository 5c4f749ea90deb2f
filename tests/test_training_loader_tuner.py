"""The tuner on machines that are arithmetic: whatever they are like, it ends at a plan that serves training best."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.training.loader.meter import Window
from audiokit.training.loader.plan import Plan
from audiokit.training.loader.tuner import Tuner

BATCH = 32


@dataclass
class Machine:
    """How quickly items are made by each division of the work.

    Parameters
    ----------
    cores : int
        Processors.
    work_seconds : float
        Of a processor, that an item takes.
    locked : float
        Share of that under Python's lock, of which one thread of a process has it.
    waiting_seconds : float
        For a disk, that an item takes beside.
    handing : float
        Part more that an item takes in a process, for it has to be handed over.
    step_seconds : float
        Of training, between two batches.
    step_is_python : bool
        Whether the step needs Python's lock too: threads of its process get in its way.
    """

    cores: int = 2
    work_seconds: float = 0.001
    locked: float = 0.0
    waiting_seconds: float = 0.0
    handing: float = 0.05
    step_seconds: float = 0.0
    step_is_python: bool = False
    tried: list[tuple[int, int]] = field(default_factory=list)

    def rate(self, plan: Plan) -> float:
        """Items a second."""
        groups, threads = max(1, plan.processes), plan.threads
        work = self.work_seconds * (1 + (self.handing if plan.processes else 0))
        by_lock = math.inf if not self.locked else 1 / (work * self.locked)
        by_threads = threads / (work + self.waiting_seconds)
        by_cores = self.cores / work
        return min(groups * min(by_lock, by_threads), by_cores)

    def window(self, plan: Plan, seconds: float = 1.0) -> Window:
        """What would be measured in so many seconds."""
        self.tried.append(plan.division)
        rate = self.rate(plan)
        work = self.work_seconds * (1 + (self.handing if plan.processes else 0))
        step = self.step_seconds * (1.5 if self.step_is_python and not plan.processes else 1.0)
        taken = min(rate, BATCH / step) if step else rate
        batches = max(2, round(seconds * taken / BATCH))
        whole = BATCH * batches / taken
        waited = max(0.0, whole - batches * step)
        # Where the workers have more time than they need, an item takes what it takes alone.
        busy = plan.workers / rate if taken >= rate else work + self.waiting_seconds
        return Window(
            seconds=whole,
            items=BATCH * batches,
            batches=batches,
            waited_seconds=waited,
            steps_seconds=[step] * batches,
            made=BATCH * batches,
            busy_seconds=busy * BATCH * batches,
            cpu_seconds=work * BATCH * batches,
        )


def every(machine):
    """All divisions that the grid has."""
    cores = machine.cores
    threads = {1, 2, cores, max(1, cores // 2)}
    return [Plan(processes, count) for processes in {0, 1, 2, cores} for count in threads]


def searched(machine, tuner=None, rounds=30):
    tuner = tuner or Tuner(machine.cores, BATCH)
    decisions = []
    for _ in range(rounds):
        decision = tuner.consider(machine.window(tuner.plan))
        if decision is None:
            continue
        decisions.append(decision)
        if decision.settled:
            return tuner, decisions
    return pytest.fail(f"It never settled: {decisions}")


def served(machine, plan):
    """Items a second that training gets."""
    step = machine.step_seconds * (1.5 if machine.step_is_python and not plan.processes else 1.0)
    return min(machine.rate(plan), BATCH / step) if step else machine.rate(plan)


MACHINES = {
    "decoders that free the lock": Machine(work_seconds=0.02, locked=0.02),
    "short files, mostly Python": Machine(work_seconds=0.0005, locked=0.8),
    "short files, costly to hand over": Machine(work_seconds=0.0002, locked=0.9, handing=2.0),
    "a slow disk": Machine(work_seconds=0.001, locked=0.1, waiting_seconds=0.01),
    "sixteen processors": Machine(cores=16, work_seconds=0.01, locked=0.2),
    "sixteen processors, Python": Machine(cores=16, work_seconds=0.001, locked=0.9),
    "one processor": Machine(cores=1, work_seconds=0.001, locked=0.3),
    "a step that is slower": Machine(work_seconds=0.001, locked=0.3, step_seconds=1.0),
    "a step that is as quick": Machine(work_seconds=0.001, locked=0.6, step_seconds=0.02),
    "a step of Python": Machine(work_seconds=0.004, locked=0.5, step_seconds=0.5, step_is_python=True),
}


@pytest.mark.parametrize("name", MACHINES)
def test_it_ends_where_training_is_served_best(name):
    machine = MACHINES[name]
    tuner, decisions = searched(machine)
    best = max(served(machine, plan) for plan in every(machine))
    assert served(machine, tuner.plan) >= 0.9 * best, [str(d) for d in decisions]
    assert len(decisions) <= 8  # of a second each


@given(
    cores=st.sampled_from([1, 2, 4, 8, 16]),
    work=st.floats(1e-4, 0.5),
    locked=st.floats(0, 1),
    handing=st.floats(0, 0.3),
    step=st.one_of(st.just(0.0), st.floats(0.001, 3.0)),
)
def test_it_ends_well_on_any_machine(cores, work, locked, handing, step):
    machine = Machine(cores, work, locked, handing=handing, step_seconds=step)
    tuner, _ = searched(machine)
    assert served(machine, tuner.plan) >= 0.85 * max(served(machine, plan) for plan in every(machine))
    assert tuner.plan.workers <= 2 * cores


def test_every_change_says_why():
    _, decisions = searched(MACHINES["short files, mostly Python"])
    assert all(decision.reason.endswith(".") for decision in decisions)
    assert "%" in decisions[0].reason
    assert "quickest of those tried" in decisions[-1].reason


def test_nothing_is_tried_where_processors_do_nothing_but_work():
    machine = Machine(work_seconds=0.2, locked=0.0)
    tuner, decisions = searched(machine)
    assert len(decisions) == 1
    assert tuner.plan.division == (0, 2)
    assert "of 2 processors do nothing but make items" in decisions[0].reason


def test_threads_that_are_not_needed_are_left_to_training():
    machine = Machine(cores=16, work_seconds=0.001, step_seconds=0.5)
    tuner, decisions = searched(machine)
    assert tuner.plan.workers == 1
    assert any("of 16 threads are enough" in decision.reason for decision in decisions)


def test_a_worker_process_where_threads_are_in_the_way_of_the_step():
    tuner, decisions = searched(MACHINES["a step of Python"])
    assert tuner.plan.processes == 1
    assert "instead of" in decisions[-1].reason
    tuner, decisions = searched(Machine(work_seconds=0.004, locked=0.5, step_seconds=0.5))
    assert tuner.plan.processes == 0
    assert "no quicker" in decisions[-1].reason


@pytest.mark.parametrize(("before", "after"), [(1.0, 0.01), (0.01, 1.0), (0.3, 0.0)])
def test_it_follows_when_the_step_changes_a_hundredfold(before, after):
    machine = Machine(cores=4, work_seconds=0.004, locked=0.1, step_seconds=before)
    tuner, _ = searched(machine)
    machine.step_seconds = after
    best = max(served(machine, plan) for plan in every(machine))
    for second in range(10):
        tuner.consider(machine.window(tuner.plan))
        if second > 6:
            assert tuner.settled
            assert served(machine, tuner.plan) >= 0.9 * best


def test_what_was_best_the_last_time_is_kept():
    machine = MACHINES["short files, mostly Python"]
    tuner = Tuner(2, BATCH, start=Plan(2, 1))
    tuner, decisions = searched(machine, tuner)
    assert len(decisions) == 1
    assert "last time" in decisions[0].reason
    assert tuner.plan.division == (2, 1)


def test_one_odd_second_changes_nothing():
    machine = Machine(work_seconds=0.02, step_seconds=1.0)
    tuner, _ = searched(machine)
    plan = tuner.plan
    odd = machine.window(plan, seconds=10)
    odd.waited_seconds, odd.seconds = 0.2 * odd.seconds, 1.2 * odd.seconds
    decision = tuner.consider(odd)
    assert decision is not None
    assert decision.reason == ""
    tuner.consider(machine.window(plan, seconds=10))
    decision = tuner.consider(odd)
    assert decision.reason == ""
    assert tuner.settled
    assert tuner.plan == plan


def test_uneven_batches_are_made_further_ahead_as_far_as_there_is_memory():
    tuner = Tuner(2, BATCH)
    tuner.most_ahead = 5
    uneven = Window(
        seconds=1.0, items=320, batches=10, waited_seconds=0.2, steps_seconds=[0.08] * 10, made=320,
        busy_seconds=0.4, cpu_seconds=0.3,
    )  # fmt: skip
    assert tuner.consider(uneven).plan.prefetch == 4
    assert tuner.consider(uneven).plan.prefetch == 5
    assert "unevenly" not in tuner.consider(uneven).reason


def test_without_processes_it_settles_on_threads():
    machine = MACHINES["short files, mostly Python"]
    tuner = Tuner(2, BATCH)
    first = tuner.consider(machine.window(tuner.plan))
    assert first.plan.processes
    tuner.without_processes(Plan(0, 2))
    tuner, _ = searched(machine, tuner)
    assert tuner.plan.processes == 0


def test_too_little_is_no_measurement():
    tuner = Tuner(2, BATCH)
    assert tuner.consider(Window(seconds=0.1, items=32, batches=1, made=64, busy_seconds=0.2, cpu_seconds=0.2)) is None
    assert tuner.consider(Window(seconds=9.0, items=0, batches=0)) is None


def test_a_machine_that_slows_down_is_no_reason_for_another_plan():
    """Other work takes half of the processors in the middle of a search that it began."""
    machine = Machine(work_seconds=0.001, locked=0.9, handing=0.05)
    tuner, _ = searched(machine)
    best = tuner.plan.division
    assert best == (2, 1)
    for slow in (2.0, 2.0, 2.0, 1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        machine.work_seconds = 0.001 * slow
        tuner.consider(machine.window(tuner.plan, seconds=2))
    for _ in range(4):
        tuner.consider(machine.window(tuner.plan, seconds=2))
    assert tuner.settled
    assert tuner.plan.division == best


def watched(machine, tuner, seconds):
    """Go on for so long; the looks that were taken."""
    looks, passed = [], 0.0
    while passed < seconds:
        window = machine.window(tuner.plan, seconds=6)
        passed += window.seconds
        decision = tuner.consider(window)
        if decision is not None and "looking again" in decision.reason:
            looks.append(decision)
    return looks


@pytest.mark.parametrize("name", ["short files, mostly Python", "sixteen processors"])
def test_what_served_the_last_time_is_not_the_best_for_ever(name):
    machine = MACHINES[name]
    tuner = Tuner(machine.cores, BATCH, start=Plan(0, 1))
    searched(machine, tuner)
    assert tuner.plan.division == (0, 1)
    (look, *_) = watched(machine, tuner, seconds=90)
    assert "processors make items" in look.reason
    assert tuner.settled
    best = max(served(machine, plan) for plan in every(machine))
    assert served(machine, tuner.plan) >= 0.9 * best


def test_the_longer_nothing_better_is_found_the_rarer_it_looks():
    machine = MACHINES["a slow disk"]
    tuner, _ = searched(machine)
    best = tuner.plan.division
    assert 1 <= len(watched(machine, tuner, seconds=3600)) <= 8
    assert tuner.plan.division == best


@pytest.mark.parametrize("name", ["decoders that free the lock", "a step that is slower"])
def test_it_does_not_look_where_nothing_can_be_won(name):
    machine = MACHINES[name]
    tuner, _ = searched(machine)
    assert watched(machine, tuner, seconds=600) == []
