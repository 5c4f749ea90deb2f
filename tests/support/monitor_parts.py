"""Monitors that are closed in the end, and reports of long trainings."""

import dataclasses
import threading
import time

import pytest
from fake_loader import report_at

from audiokit.training.loader.plan import Plan
from audiokit.training.loader.report import Change, Reading
from audiokit_widgets import LoaderMonitor

OFTEN = 0.005  # seconds between two looks: tests wait for what happens, not for a time


def until(condition, seconds=20):
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.002)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "audiokit-loader-monitor"]


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
