"""The monitor without script, and the picture that is renewed when a cell has run."""

import gc
import html.parser
import io

import pytest
from fake_loader import SEARCH, FakeLoader, report_at
from monitor_parts import OFTEN, many, threads, until

from audiokit_widgets import loader_watch

pytest_plugins = ("monitor_parts",)


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    gc.collect()
    until(lambda: not threads())


# where no script runs


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + "\n"


def test_without_script_there_are_figures_a_picture_and_tables(monitors):
    page = Page(monitors(report_at(60), title="a <b>").static_html())
    image = next(attributes for tag, attributes in page.tags if tag == "img")
    assert image["src"].startswith("data:image/png;base64,")
    assert "a <b>: throughput" in image["alt"]
    assert "headspace 1." in image["alt"]
    assert "b" not in {tag for tag, _ in page.tags}
    for part in (
        "The loader keeps up.",
        "2 threads → 2 × 1",
        "settled, 4 ahead",
        "read (slowest)",
        "2.10",
        *SEARCH[-1][3:],
    ):
        assert part in page.text
    times = [float(line.removesuffix(" s")) for line in page.text.split("\n") if line.endswith("0 s")]
    assert times == sorted(times, reverse=True)  # the newest decision first


def test_without_script_a_thousand_decisions_are_cut_and_that_is_said(monitors):
    page = Page(monitors(many(100, reasons=1000, words=1)).static_html())
    assert "The newest 50 of 1,000." in page.text


@pytest.mark.parametrize("seconds", [0, 0.4, 10, 60])
def test_the_picture_has_the_width_of_all_and_shows_something(monitors, seconds):
    from PIL import Image

    image = Image.open(io.BytesIO(monitors(report_at(seconds)).picture()))
    assert image.width == 1640
    colours = {tuple(colour) for _, colour in image.convert("RGB").getcolors()}
    hues = {"took": (29, 98, 209), "made": (217, 115, 13), "plan": (139, 70, 214)}
    there = {name for name, hue in hues.items() if hue in colours}
    assert there == (set(hues) if seconds > 1 else there | {"plan"})


# a notebook keeps what a cell's end finds


class Shell:
    """The part of IPython that tells when a cell has run."""

    def __init__(self):
        from IPython.core.events import EventManager, available_events

        self.events = EventManager(self, available_events)


@pytest.fixture
def displays(monkeypatch):
    """What a notebook was given to display: (kind, display_id, data)."""
    import IPython
    import IPython.display

    shell, shown = Shell(), []
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    for kind in ("display", "update_display"):
        monkeypatch.setattr(
            IPython.display, kind, lambda data, kind=kind, **how: shown.append((kind, how["display_id"], data))
        )
    return shell, shown


def test_the_picture_in_the_notebook_is_renewed_when_a_cell_has_run(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=1000)  # the thread does nothing here
    monitor._ipython_display_()
    assert "Nothing measured yet." in shown[0][2]["text/html"]
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 1  # nothing new
    loader.seconds = 60
    shell.events.trigger("post_run_cell", None)
    (_, first, _), (kind, second, data) = shown
    assert (kind, first) == ("update_display", second)
    assert "The loader keeps up." in data["text/html"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == monitor.model_id
    assert monitor.history["end"] == 60
    loader.seconds = 70
    loader.close()
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 3
    assert not monitor.following
    assert shell.events.callbacks["post_run_cell"] == []  # nothing more to come


def test_what_the_thread_saw_before_the_cell_ended_is_kept_too(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=OFTEN)
    monitor._ipython_display_()
    loader.seconds = 60
    loader.close()
    until(lambda: not monitor.following)
    del loader
    shell.events.trigger("post_run_cell", None)
    assert "The loader keeps up." in shown[-1][2]["text/html"]
    assert shell.events.callbacks["post_run_cell"] == []


def test_a_closed_monitor_hears_of_no_cell(displays, monitors):
    shell, shown = displays
    loader = FakeLoader()
    monitor = monitors(loader, every_seconds=1000)
    monitor._ipython_display_()
    monitor._ipython_display_()
    assert len(shell.events.callbacks["post_run_cell"]) == 1
    monitor.close()
    assert shell.events.callbacks["post_run_cell"] == []
    shell.events.trigger("post_run_cell", None)
    assert len(shown) == 2
    with pytest.raises(NotImplementedError):  # IPython shows its text then
        monitor._ipython_display_()


def test_without_ipython_there_are_no_cells():
    loader_watch.at_cell_ends(object, lambda _: True)()
