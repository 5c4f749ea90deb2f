"""Measure what the widgets are held to, print it beside its bars, and judge.

The exit code is 0 if every bar holds, 1 if one does not, 2 for senseless options, and 3 if every bar that could be
measured holds but some could not be, because Chromium or JupyterLab is not on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from audiokit.bench.machine import describe_machine
from audiokit.bench.tables import bar_lines
from audiokit.owned_folder import OwnedFolder
from audiokit_widgets.figures.figure import QUIET_LOAD, Figure, Unmeasurable, load_average

__all__ = ["SECTIONS", "exit_code", "main", "measured"]

_PACKAGES = ("audiokit", "numpy", "anywidget", "jupyterlab", "nbclient", "nbconvert", "playwright")
_BROKEN, _NOT_MEASURED = 1, 3  # exit codes; argparse takes 2

Section = Callable[[Path], list[Figure]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and judge; return the exit code."""
    options = _options(arguments)
    lines = [str(describe_machine(_PACKAGES))]
    _say(lines)
    found: dict[str, list[Figure]] = {}
    loads: dict[str, float] = {}
    for name in options.only or SECTIONS:
        before = load_average()
        found[name] = measured(name, _quick()[name] if options.quick else SECTIONS[name]())
        loads[name] = max(before, load_average())
        _say([f"{name}, load average up to {loads[name]:.1f}", *bar_lines([each.as_bar() for each in found[name]]), ""])
    if any(load > QUIET_LOAD for load in loads.values()):
        _say([f"The machine was busy (load above {QUIET_LOAD:g}): times are too long by what others took."])
    if options.quick:
        _say(["A quick run: shorter sounds than the bars are meant for."])
    if options.json:
        figures = {name: [figure.to_json() for figure in each] for name, each in found.items()}
        written = {"machine": lines[0], "quick": options.quick, "load_average": loads, "figures": figures}
        Path(options.json).write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return exit_code([figure for each in found.values() for figure in each])


def measured(name: str, section: Section) -> list[Figure]:
    """Run one section in a folder of its own; a figure without a number where something for it is missing."""
    with OwnedFolder("audiokit-figures-") as folder:
        try:
            return section(folder)
        except Unmeasurable as reason:
            return [Figure(name, None, None, "", str(reason))]


def exit_code(figures: Sequence[Figure]) -> int:
    """1 if a bar is missed, else 3 if something could not be measured, else 0; both are named on standard error."""
    for said, wanted in (("does not hold", False), ("not measured", None)):
        for figure in figures:
            if figure.holds is wanted:
                bar = figure.as_bar()
                sys.stderr.write(f"audiokit_widgets.figures: {said}: {bar.name} ({bar.found})\n")
    if any(figure.holds is False for figure in figures):
        return _BROKEN
    return _NOT_MEASURED if any(figure.holds is None for figure in figures) else 0


def _modules() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.storage import module_figures

    return module_figures


def _recording() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.storage import recording_figures

    return recording_figures


def _hearing() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.hearing import hearing_figures

    return hearing_figures


def _page() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.pages import page_figures

    return page_figures


def _dense() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.dense import dense_figures

    return dense_figures


def _words() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.words import word_figures

    return word_figures


def _hours() -> Callable[..., list[Figure]]:
    from audiokit_widgets.figures.hours import hours_figures

    return hours_figures


# Each loads what it needs when it is run
SECTIONS: dict[str, Callable[[], Callable[..., list[Figure]]]] = {
    "modules": _modules,
    "recording": _recording,
    "page": _page,
    "hearing": _hearing,
    "dense": _dense,
    "words": _words,
    "hours": _hours,
}


def _quick() -> dict[str, Section]:
    shorter: dict[str, Section] = {
        "recording": partial(_recording(), seconds=60.0),
        "dense": partial(_dense(), seconds=4.0),
        "hours": partial(_hours(), hours=0.25, seconds=4.0, places=4),
    }
    return {name: shorter.get(name) or load() for name, load in SECTIONS.items()}


def _say(lines: Sequence[str]) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m audiokit_widgets.figures", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter sounds: about two minutes")
    parser.add_argument(
        "--only", nargs="+", metavar="SECTION", choices=list(SECTIONS), help=f"of {', '.join(SECTIONS)}"
    )
    parser.add_argument("--json", metavar="FILE", help="also write everything there")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
