"""Where each widget works: what the tests found, as the table of docs/widgets.md."""

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs/widgets.md"
WIDGETS = (
    "AudioPlayer",
    "Inspector",
    "WhatTheModelSaw",
    "Annotator",
    "Compare",
    "Recorder",
    "LoaderMonitor",
    "TagCard",
    "TranscriptDiff",
)
PLACES = {
    "lab": "JupyterLab, live",
    "notebook": "Notebook 7, live",
    "untrusted": "a notebook that is not trusted, in Lab: what plays and shows without script",
    "saved": "executed by nbclient or papermill, opened in Lab and not run again",
    "frozen": "a frozen page from disk, no network",
    "picture": "no script at all: picture and text",
    "themes": "light and dark",
    "keyboard": "the keyboard alone",
    "axe": "axe-core finds nothing serious",
    "calm": "reduced motion is heeded",
}
MARKER = "works_in"
_AREA = re.compile(r"(?<=<!-- works in: begin -->\n).*?(?=<!-- works in: end -->)", re.DOTALL)


class WorksTable:
    """Gathers the outcomes of tests marked ``works_in(place)``; with pytest-xdist, of all its workers."""

    def __init__(self, config):
        self.config = config
        self.outcomes = {}
        self.wrong = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item):
        report = yield
        mark = item.get_closest_marker(MARKER)
        if mark:
            report.user_properties.append((MARKER, [item.callspec.params["widget"], mark.args[0]]))
        return report

    def pytest_runtest_logreport(self, report):
        for name, cell in report.user_properties:
            if name == MARKER:
                before = self.outcomes.get(tuple(cell), "passed")
                self.outcomes[tuple(cell)] = before if report.outcome == "passed" else report.outcome

    def pytest_sessionfinish(self, session):
        if not self.config.pluginmanager.hasplugin("dsession"):
            return  # one process: the test in test_everywhere.py says it
        self.wrong = differences(self.outcomes, DOCUMENT.read_text(encoding="utf-8"))
        if self.wrong and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.wrong:
            terminalreporter.section("docs/widgets.md", red=True)
            terminalreporter.write_line(self.wrong)


def missing(outcomes):
    """Cells of the table that no test in this run decided."""
    return [(w, p) for p in PLACES for w in WIDGETS if outcomes.get((w, p)) not in ("passed", "failed")]


def table(outcomes):
    """The table in Markdown: a tick where all tests of a cell passed."""
    rows = [["", *WIDGETS], ["---", *([":-:"] * len(WIDGETS))]]
    for place, name in PLACES.items():
        rows.append([name, *("✓" if outcomes.get((w, place)) == "passed" else "" for w in WIDGETS)])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def committed(text):
    """Cells that have a tick in the document."""
    names = {name: place for place, name in PLACES.items()}
    lines = _AREA.search(text)[0].splitlines()
    (_, *widgets), *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {
        (widget, names[name])
        for name, *cells in rows
        for widget, cell in zip(widgets, cells, strict=True)
        if name in names and cell == "✓"
    }


def differences(outcomes, text):
    """What is wrong in the document, in words; empty where it says what the tests found."""
    ticks = committed(text)
    lines = [
        f"{widget} in {place!r}: {'no tick, and its tests pass' if passed else 'a tick that no passing test backs'}"
        for (widget, place), outcome in sorted(outcomes.items())
        if outcome in ("passed", "failed") and (passed := outcome == "passed") != ((widget, place) in ticks)
    ]
    return (
        "\n".join([*lines, "AUDIOKIT_WRITE_DOCS=1 pytest tests/browser/test_everywhere.py writes it anew."])
        if lines
        else ""
    )


def written(outcomes, text):
    """The document with the table of these outcomes."""
    return _AREA.sub(lambda _: table(outcomes), text)
