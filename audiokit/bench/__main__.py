"""``python -m audiokit.bench``: measure beside the peers, print tables, judge the bars.

The exit code is 0 if every bar holds, 1 if one does not, 2 for senseless options, and 3 if every bar that could be
measured holds but some could not be, because what they are measured against is not on this machine.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.machine import describe_machine
from audiokit.bench.suite import QUICK, SECTIONS, Sizes, planned_runs, run
from audiokit.bench.tables import bar_lines, section_notes, section_table
from audiokit.owned_folder import OwnedFolder

if TYPE_CHECKING:
    from audiokit.bench.bars import Bar

__all__ = ["main"]

_WIDTH = 132  # columns of what is written into a file
_BROKEN, _NOT_MEASURED = 1, 3  # exit codes; argparse takes 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 0 if every bar holds, 1 if one does not, 3 if all do but for some not measured."""
    options = _options(arguments)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    sizes = QUICK if options.quick else Sizes()
    chosen = {name: value for name in ("seconds", "repeats") if (value := getattr(options, name)) is not None}
    sizes = dataclasses.replace(sizes, **chosen)
    sections = [name for name in SECTIONS if name in (options.only or SECTIONS)]
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    machine = describe_machine()
    console.print(str(machine), soft_wrap=True, highlight=False)
    planned = planned_runs(sizes)
    # The bar is drawn between runs only: a thread that redraws it would take its share of what is measured.
    shown = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with (
        OwnedFolder("audiokit-bench-") as folder,
        Progress(*shown, console=console, transient=True, auto_refresh=False) as progress,
    ):
        task = progress.add_task("writing", total=sum(planned[name] for name in sections))

        def begin(section: str) -> None:
            before = sum(planned[name] for name in sections[: sections.index(section)])
            progress.update(task, description=f"{section:8}", completed=before, refresh=True)

        results = run(
            folder, sizes, only=sections, begin=begin, step=lambda: progress.update(task, advance=1, refresh=True)
        )
    for name, table in results.tables().items():
        if len(table):
            console.print(section_table(name, table))
        for line in [*section_notes(table), ""]:
            console.print(line, soft_wrap=True, highlight=False, markup=False)
    bars = results.bars()
    for line in ["Bars", *bar_lines(bars)]:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    if options.quick:
        console.print("A quick run: smaller files and fewer rounds than the bars are meant for.")
    if options.json:
        Path(options.json).write_text(results.to_json(sizes, str(machine)) + "\n", encoding="utf-8")
    return _exit_code(bars)


def _exit_code(bars: Sequence[Bar]) -> int:
    broken = [bar for bar in bars if bar.holds is False]
    unknown = [bar for bar in bars if bar.holds is None]
    for said, some in (("does not hold", broken), ("not measured", unknown)):
        for bar in some:
            sys.stderr.write(f"audiokit.bench: {said}: {bar.name} ({bar.found})\n")
    return _BROKEN if broken else _NOT_MEASURED if unknown else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m audiokit.bench", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller files, fewer rounds: about a minute")
    parser.add_argument("--seconds", type=float, help="length of the file on which the bars are (30)")
    parser.add_argument("--repeats", type=int, help="rounds of which the median is taken (9)")
    parser.add_argument("--only", nargs="+", metavar="SECTION", choices=SECTIONS, help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--json", metavar="FILE", help="also write everything there")
    options = parser.parse_args(arguments)
    seconds, repeats = options.seconds, options.repeats
    if (seconds is not None and not seconds > 0) or (repeats is not None and repeats < 1):
        parser.error(f"wants seconds > 0 and repeats >= 1, got {seconds} and {repeats}")
    return options


if __name__ == "__main__":
    sys.exit(main())
