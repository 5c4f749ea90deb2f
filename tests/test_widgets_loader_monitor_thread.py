"""The monitor's thread: it sends what changes, and ends when it should."""

import gc
import json
import threading
import weakref

import pytest
from fake_loader import FakeLoader, nothing_yet, report_at
from monitor_parts import OFTEN, threads, until

from audiokit_widgets import LoaderMonitor
from audiokit_widgets.loader_words import now

pytest_plugins = ("monitor_parts",)


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    gc.collect()
    until(lambda: not threads())


# the thread


def test_what_changes_reaches_the_page_from_a_thread(monitors):
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=OFTEN)
    sent = []
    monitor._send = lambda message, buffers=None: sent.append((threading.current_thread().name, message))
    assert monitor.following
    assert monitor.now["verdict"] == "Nothing measured yet."
    loader.seconds = 10
    until(lambda: monitor.now["tone"] == "bad" and len(monitor.history["time"]) == 25)
    loader.seconds = 60
    until(lambda: monitor.now["tone"] == "good" and monitor.decisions["total"] == 6)
    names = {name for name, _ in sent}
    assert names == {"audiokit-loader-monitor"}
    for _, message in sent:
        json.dumps(message["state"], allow_nan=False)
    assert monitor.report == loader.report()


def test_nothing_is_sent_while_nothing_changes(monitors):
    loader = FakeLoader(20)
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor.refresh()
    sent = []
    monitor._send = lambda message, buffers=None: sent.append(message)
    looks = []
    real = loader.report
    loader.report = lambda: (looks.append(1), real())[1]
    until(lambda: len(looks) > 5)
    assert sent == []


def test_a_curve_is_sent_as_seldom_as_can_be_seen_and_is_whole_in_the_end(monitors, monkeypatch):
    loader = FakeLoader(60)
    monitor = monitors(loader, every_seconds=OFTEN)
    monkeypatch.setattr("audiokit_widgets.loader_monitor.time.monotonic", lambda: 0.0)  # no time goes by
    monitor._drawn = (None, 0.0)
    loader.seconds = 70
    until(lambda: monitor.report.readings[-1].time_seconds == 70)
    until(lambda: monitor.now == now(loader.report()))
    assert monitor.history["end"] == 60
    assert monitor.refresh() is False  # it was seen; now it is told as a whole
    assert monitor.history["end"] == 70


def test_the_thread_ends_when_the_monitor_is_closed(monitors):
    monitor = monitors(FakeLoader(), every_seconds=OFTEN)
    thread = monitor._watch.thread
    assert thread.daemon
    monitor.close()
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.report == nothing_yet()
    monitor.close()  # again does nothing


def test_the_thread_ends_when_the_loader_is_closed_with_all_that_it_did(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    thread = monitor._watch.thread
    loader.seconds = 60
    loader.close()
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.history["end"] == 60
    assert "its loader has ended" in repr(monitor)


def test_the_loader_is_not_kept_alive_and_the_thread_ends_with_it(monitors):
    loader = FakeLoader(20)
    monitor = monitors(loader, every_seconds=OFTEN)
    thread, gone = monitor._watch.thread, weakref.ref(loader)
    del loader
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: not thread.is_alive())
    assert not monitor.following
    assert monitor.history["end"] == 20
    assert monitor.refresh() is False


def test_the_thread_does_not_keep_the_monitor_alive():
    from ipywidgets.widgets.widget import _instances

    monitor = LoaderMonitor(FakeLoader(), every_seconds=OFTEN)
    thread, gone = monitor._watch.thread, weakref.ref(monitor)
    _instances.pop(monitor.model_id)  # what ipywidgets holds of every widget
    monitor.comm.on_msg(None)
    del monitor
    until(lambda: gc.collect() >= 0 and gone() is None)
    until(lambda: not thread.is_alive())


def test_a_loader_without_weak_references_is_followed_too(monitors):
    class Slotted:
        __slots__ = ("seconds",)

        def report(self):
            return report_at(self.seconds)

    loader = Slotted()
    loader.seconds = 5
    monitor = monitors(loader, every_seconds=OFTEN)
    loader.seconds = 30
    until(lambda: monitor.history["end"] == 30)


def test_a_report_that_fails_is_said_and_the_next_one_counts(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    real, loader.report = loader.report, lambda: 1 / 0
    until(lambda: monitor.message)
    assert monitor.message == "The loader gave no report: ZeroDivisionError: division by zero"
    assert "division by zero" in repr(monitor)
    assert "division by zero" in monitor.static_html()
    loader.report = real
    until(lambda: not monitor.message)
    assert monitor.following


def test_an_observer_may_ask_again(monitors):
    loader = FakeLoader(5)
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor.observe(lambda _: monitor.refresh(), "now")
    loader.seconds = 10
    until(lambda: monitor.history["end"] == 10)


# a report by itself, and what is no loader


def test_a_report_is_shown_without_a_thread(monitors):
    before = len(threads())
    monitor = monitors(report_at(60), title="Last night")
    assert not monitor.following
    assert len(threads()) == before
    assert repr(monitor).split("\n")[:2] == ["LoaderMonitor('Last night', a report)", str(report_at(60)).split("\n")[0]]
    assert str(report_at(60)) in monitor._repr_mimebundle_()[0]["text/plain"]
