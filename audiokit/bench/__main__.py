"""``python -m audiokit.bench``: measure beside the peers, print tables, and exit with 1 if a bar does not hold."""

from __future__ import annotations

import argparse
import sys
import tempfile
from typing import TYPE_CHECKING

from audiokit.bench.bars import decode_bars, import_bars
from audiokit.bench.decoders import DecodeComparison, compare_decoders
from audiokit.bench.imports import IMPORTS, import_times
from audiokit.bench.machine import describe_machine
from audiokit.bench.peers import PEERS
from audiokit.bench.sounds import FORMATS, write_formats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.table import Table

    from audiokit.bench.bars import Bar
    from audiokit.bench.imports import ImportTimes

__all__ = ["main"]

# To the first array, everything included: what somebody waits for who opens a terminal and loads one file.
_FIRST_ARRAY = {
    "audiokit": "import audiokit; audiokit.load({file!r}, sr=16000)",
    "librosa": "import librosa; librosa.load({file!r}, sr=16000)",
    "soundfile + soxr": "import soundfile, soxr; y, rate = soundfile.read({file!r}, dtype='float32'); "
    "soxr.resample((y[:, 0] + y[:, 1]) / 2, rate, 16000)",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 0 if every bar holds, else 1."""
    options = _options(arguments)
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    console.print(str(describe_machine()), soft_wrap=True, highlight=False)
    decode_runs = len(FORMATS) * len(PEERS) * options.repeats
    fresh_repeats = min(3, options.repeats)
    import_runs = len(IMPORTS) * (options.repeats + 1) + len(_FIRST_ARRAY) * (fresh_repeats + 1)
    # The bar is drawn between runs only: a thread that redraws it would take its share of what is measured.
    with (
        tempfile.TemporaryDirectory(prefix="audiokit-bench-") as folder,
        Progress(console=console, transient=True, auto_refresh=False) as progress,
    ):
        task = progress.add_task("synthesising", total=decode_runs + import_runs)

        def step() -> None:
            progress.update(task, advance=1, refresh=True)

        files = write_formats(folder, seconds=options.seconds)
        progress.update(task, description="importing", refresh=True)
        imports = import_times(repeats=options.repeats, after_each=step)
        statements = {name: code.format(file=str(files["FLAC"])) for name, code in _FIRST_ARRAY.items()}
        first_arrays = import_times(statements, repeats=fresh_repeats, after_each=step)
        comparisons: dict[str, DecodeComparison] = {}
        for name, path in files.items():
            progress.update(task, description=f"decoding {name}", refresh=True)
            comparisons[name] = compare_decoders(path, repeats=options.repeats, after_each=step)
    console.print(_import_table("Importing, in a fresh process", imports, "numpy"))
    console.print(_import_table("From nothing to the first array, FLAC, in a fresh process", first_arrays, "audiokit"))
    console.print(_decode_table(comparisons))
    bars = [*import_bars(imports), *decode_bars(comparisons)]
    console.print(_bar_table(bars))
    broken = [bar for bar in bars if not bar.holds]
    for bar in broken:
        sys.stderr.write(f"audiokit.bench: does not hold: {bar.name} ({bar.found})\n")
    return 1 if broken else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m audiokit.bench", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the synthesised files (30)")
    parser.add_argument("--repeats", type=int, default=9, help="rounds of which the median is taken (9)")
    options = parser.parse_args(arguments)
    if options.seconds <= 0 or options.repeats < 1:
        parser.error(f"wants seconds > 0 and repeats >= 1, got {options.seconds} and {options.repeats}")
    return options


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        left = number == 0 or column in ("loader", "state", "found", "heavy modules")
        table.add_column(column, justify="left" if left else "right")
    return table


def _import_table(title: str, times: ImportTimes, against: str) -> Table:
    table = _table(title, "statement", "median ms", "range ms", f"times {against}", "heavy modules")
    for row in times.to_dataframe(against).itertuples():
        spread = f"{row.fastest_ms:.0f}-{row.slowest_ms:.0f}"
        table.add_row(row.name, f"{row.median_ms:.0f}", spread, f"{row.ratio:.2f}", row.heavy_modules or "none")
    return table


def _decode_table(comparisons: Mapping[str, DecodeComparison]) -> Table:
    first = next(iter(comparisons.values()))
    title = f"Decoding {first.sound_seconds:.0f} s, 44.1 kHz stereo, to {first.sample_rate} Hz mono"
    table = _table(title, "format", "loader", "state", "median ms", "range ms", "times audiokit", "max diff.")
    for name, comparison in comparisons.items():
        for number, row in enumerate(comparison.rows):
            timing = row.timing
            table.add_row(
                "" if number else name,
                row.name,
                str(row.state) if not row.reason else f"{row.state}: {row.reason}",
                "" if timing is None else f"{timing.median_seconds * 1000:.1f}",
                "" if timing is None else f"{timing.fastest_seconds * 1000:.0f}-{timing.slowest_seconds * 1000:.0f}",
                "" if row.ratio is None else f"{row.ratio:.2f}",
                "" if row.max_difference is None else f"{row.max_difference:.1e}",
                end_section=number == len(comparison.rows) - 1,
            )
    return table


def _bar_table(bars: Sequence[Bar]) -> Table:
    table = _table("Bars", "claim", "found", "holds")
    for bar in bars:
        table.add_row(bar.name, bar.found, "yes" if bar.holds else "[bold red]NO")
    return table


if __name__ == "__main__":
    sys.exit(main())
