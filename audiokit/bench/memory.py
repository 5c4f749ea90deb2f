"""Peak memory of a fresh process that goes through hours of sound in blocks."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.equality import RowState

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["MemoryRow", "blocks_memory", "memory_to_dataframe", "peak_memory"]

_GO_THROUGH = """
from audiokit.decode import blocks
frames = 0
for block in blocks({file!r}, 30.0, sample_rate=16000, mono=True):
    frames += block.frames
print(frames / 16000)
"""

# The kernel's own mark of this process image. getrusage is no substitute where it can be helped: on Linux a child
# begins with the mark of the process that started it, so that a big notebook would be measured instead.
_PEAK = """
import sys
try:
    with open("/proc/self/status") as status:
        print(next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")))
except OSError:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One file gone through in blocks.

    Parameters
    ----------
    name : str
        Of the file.
    state : RowState
        ``unavailable`` where there are no blocks, ``failed`` where the process failed.
    reason : str
        For every state but ``ok``.
    peak_bytes : int or None
        Peak resident memory of the process, Python and libraries included.
    sound_seconds : float or None
        What came out of the blocks.
    """

    name: str
    state: RowState
    reason: str = ""
    peak_bytes: int | None = None
    sound_seconds: float | None = None


def blocks_memory(path: str | os.PathLike[str]) -> MemoryRow:
    """Go through a file in blocks of 30 s, to 16 kHz mono, in a process of its own; say how much memory that took."""
    name = Path(path).name
    try:
        peak, printed = peak_memory(_GO_THROUGH.format(file=str(path)))
    except RuntimeError as error:
        return MemoryRow(name, RowState.FAILED, str(error))
    return MemoryRow(name, RowState.OK, "", peak, float(printed.split()[-1]))


def peak_memory(program: str) -> tuple[int, str]:
    """Run a program in a fresh interpreter; return the peak of its resident memory in bytes, and what it printed.

    Parameters
    ----------
    program : str
        Python; it imports the audiokit that runs here.

    Raises
    ------
    RuntimeError
        If it fails, with the last line that it said.
    """
    package_folder = str(Path(__file__).resolve().parents[2])
    search_path = os.pathsep.join(filter(None, [package_folder, os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(  # noqa: S603 - this interpreter, and a program that the caller wrote
        [sys.executable, "-c", program + _PEAK],
        env={**os.environ, "PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise RuntimeError(said[0])
    printed, _, peak = done.stdout.strip().rpartition("\n")
    return int(peak), printed


def memory_to_dataframe(rows: Iterable[MemoryRow]) -> pd.DataFrame:
    """One row for each file; memory in megabytes of a million bytes."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": row.name,
                "state": str(row.state),
                "peak_mb": None if row.peak_bytes is None else row.peak_bytes / 1e6,
                "sound_seconds": row.sound_seconds,
                "reason": row.reason,
            }
            for row in rows
        ]
    )
