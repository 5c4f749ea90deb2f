"""What a fresh process pays: the time of an import statement, and what it drags in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.timing import Timing
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

__all__ = ["HEAVY", "IMPORTS", "ImportTimes", "import_times", "in_fresh_process"]

IMPORTS = {
    "numpy": "import numpy",
    "audiokit": "import audiokit",
    "audiokit.load": "from audiokit import load",
}
"""What is compared: the measure, the package, and the package with its loader in hand."""

HEAVY = ("torch", "librosa", "scipy", "pandas", "matplotlib", "onnxruntime", "av", "soundfile", "soxr", "IPython")
"""Modules that no light import may load."""

# Runs in the child. Only the statement is timed, so the interpreter's own start cannot flatter a ratio.
_PROGRAM = """
import sys, time
started = time.perf_counter()
{statement}
elapsed = time.perf_counter() - started
import json
print(json.dumps([elapsed, [name for name in {heavy!r} if name in sys.modules]]))
"""


@dataclass(frozen=True, slots=True)
class ImportTimes:
    """Times of statements in fresh processes.

    Parameters
    ----------
    timings : dict of str to Timing
        By name of the statement.
    loaded : dict of str to tuple of str
        Which of `HEAVY` stood in ``sys.modules`` afterwards.
    """

    timings: Mapping[str, Timing]
    loaded: Mapping[str, tuple[str, ...]]

    def ratio(self, name: str, against: str = "numpy") -> float:
        """How many times as long as `against` this took, round by round."""
        return self.timings[name].times_of(self.timings[against])

    def to_dataframe(self, against: str = "numpy") -> pd.DataFrame:
        """One row for each statement, in milliseconds."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "name": name,
                    "median_ms": timing.median_seconds * 1000,
                    "fastest_ms": timing.fastest_seconds * 1000,
                    "slowest_ms": timing.slowest_seconds * 1000,
                    "ratio": self.ratio(name, against),
                    "heavy_modules": ", ".join(self.loaded[name]),
                }
                for name, timing in self.timings.items()
            ]
        )


def import_times(
    statements: Mapping[str, str] | None = None,
    *,
    repeats: int = 7,
    after_each: Callable[[], object] | None = None,
) -> ImportTimes:
    """Time statements in fresh interpreters, in turns.

    Parameters
    ----------
    statements : mapping of str to str, optional
        Python statements by name, each on one line; `IMPORTS` by default.
    repeats : int
        Rounds that count. One more runs before them, so that files are cached and bytecode is written.
    after_each : callable, optional
        Called after each process.

    Returns
    -------
    ImportTimes
        Seconds from before to after the statement.

    Raises
    ------
    ParameterError
        If a statement fails, with what Python said.

    Notes
    -----
    ``python -X importtime`` tells where the time goes, at the price of slowing the imports down; this tells how long
    they take.
    """
    chosen = dict(IMPORTS if statements is None else statements)
    if not chosen or repeats < 1:
        raise ParameterError(f"import_times wants a statement and repeats >= 1, got {len(chosen)} and {repeats}.")
    taken: dict[str, list[float]] = {name: [] for name in chosen}
    loaded: dict[str, tuple[str, ...]] = {}
    names = list(chosen)
    for round_number in range(-1, repeats):
        first = round_number % len(names)
        for name in names[first:] + names[:first]:
            seconds, heavy = in_fresh_process(chosen[name])
            if round_number >= 0:
                taken[name].append(seconds)
            loaded[name] = heavy
            if after_each is not None:
                after_each()
    return ImportTimes({name: Timing(name, tuple(seconds)) for name, seconds in taken.items()}, loaded)


def in_fresh_process(statement: str) -> tuple[float, tuple[str, ...]]:
    """Run a statement in a fresh interpreter; return its seconds, and which of `HEAVY` it loaded."""
    # The child shall import the audiokit that runs here, installed or not, wherever it is started.
    package_folder = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [package_folder, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(  # noqa: S603 - this interpreter, and a statement that the caller wrote
        [sys.executable, "-c", _PROGRAM.format(statement=statement, heavy=HEAVY)],
        env={**os.environ, "PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ParameterError(f"{statement!r} fails in a fresh process: {said[0]}", cure="Install what it imports.")
    seconds, heavy = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), tuple(heavy)
