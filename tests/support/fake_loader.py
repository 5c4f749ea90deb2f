"""A loader that reports and makes nothing: the search for a plan as it might go, second by second."""

import math
import random
import threading

from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change, LoaderReport, Reading

NAN = math.nan
STEP_SECONDS, BATCH, EVERY = 0.031, 32, 0.4
SEARCH = (
    (0.0, Plan(0, 1), 190, ""),
    (6.0, Plan(0, 2), 340, "Training waited 81 % of the time with one thread: two are tried."),
    (13.0, Plan(2, 1), 610, "Two threads made 340 items a second, 1.8 times as many; processes are tried."),
    (22.0, Plan(2, 2), 1180, "Two processes made 610 items a second; training still waited 41 %: two threads in each."),
    (33.0, Plan(2, 3), 1120, "2 × 2 made 1,180 items a second and training waited 4 %; one more thread is tried."),
    (42.0, Plan(2, 2, 4), 1195, "Three threads made 1,120 items a second, fewer than two: back, with 4 batches ahead."),
    (50.0, Plan(2, 2, 4), 1195, "It makes 1.2 times what the step takes: it stays."),
)
STAGES = {"read": 0.0021, "augment": 0.0009, "features": 0.00042, "assemble": 0.00006, "transfer": 0.00003}


def nothing_yet():
    """The report of a loader that has not given out a batch."""
    return LoaderReport(Plan(0, 1), False, 0, 0, 0, NAN, NAN, NAN, NAN)


def report_at(seconds, *, failures=3):
    """What is reported after so many seconds; always the same."""
    draw = random.Random(1)
    readings, items = [], 0
    for k in range(1, int(seconds / EVERY + 1e-9) + 1):
        time = round(k * EVERY, 3)
        plan, made = next((plan, made) for start, plan, made, _ in reversed(SEARCH) if start < time)
        made *= draw.uniform(0.96, 1.04)
        took = min(made, BATCH / STEP_SECONDS * draw.uniform(0.97, 0.995))
        if draw.random() < 0.03:  # a hiccup
            took *= 0.55
        items += BATCH * max(1, round(took * EVERY / BATCH))
        batches = items // BATCH
        waited = max(0.0, 1 - took * STEP_SECONDS / BATCH)
        readings.append(Reading(time, batches // 500, batches % 500, plan, took, waited, STEP_SECONDS, made, 2))
    if not readings:
        return nothing_yet()
    last = readings[-1]
    changes = [
        Change(start, 0, 40 * n, SEARCH[n - 1][1], plan, why)
        for n, (start, plan, _, why) in enumerate(SEARCH)
        if n and start <= last.time_seconds
    ]
    return LoaderReport(
        plan=last.plan,
        settled=last.time_seconds >= SEARCH[-1][0],
        items=items,
        batches=items // BATCH,
        failures=failures if last.time_seconds > 30 else 0,
        items_per_second=last.items_per_second,
        wait_share=last.wait_share,
        step_seconds=last.step_seconds,
        made_per_second=last.made_per_second,
        stages=STAGES,
        bytes_per_batch=2_048_000,
        readings=tuple(readings),
        changes=tuple(changes),
    )


class FakeLoader:
    """Gives batches of nothing; each moves its clock on.

    Parameters
    ----------
    seconds : float
        Where its clock stands.
    pace : float
        Seconds that a batch takes on that clock.
    """

    def __init__(self, seconds=0.0, *, pace=0.8):
        self.seconds, self.pace, self.is_closed = seconds, pace, False
        self.asked_by = set()

    def __iter__(self):
        while True:
            self.seconds += self.pace
            yield None

    def report(self):
        self.asked_by.add(threading.current_thread().name)
        return report_at(self.seconds)

    def close(self):
        self.is_closed = True
