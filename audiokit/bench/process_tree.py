"""What this process and all that it started have used: bytes that were read, seconds of processors."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["bytes_read", "cpu_seconds", "descendants"]

_PROC = Path("/proc")


def bytes_read(process: int | None = None, *, proc: Path = _PROC) -> int | None:
    """Bytes that a process and all that it started have asked the system to read, files and pipes alike.

    Parameters
    ----------
    process : int, optional
        Its number; this one by default.
    proc : path
        Where the system tells.

    Returns
    -------
    int or None
        The sum of ``rchar`` over the processes that live; children that have ended count with their parent. None where
        there is no such file.
    """
    own = os.getpid() if process is None else process
    total = _rchar(proc, own)
    if total is None:
        return None
    return total + sum(_rchar(proc, one) or 0 for one in descendants(own, proc=proc))


def cpu_seconds(process: int | None = None, *, proc: Path = _PROC) -> float | None:
    """Seconds of processors that a process and all that it started have used, to a hundredth as a rule.

    Where other work shares the machine, this tells what something costs when the clock on the wall cannot.

    Returns
    -------
    float or None
        Of user and system together, children that have ended included; None where the system does not tell.
    """
    own = os.getpid() if process is None else process
    used = [_ticks(proc, one) for one in (own, *descendants(own, proc=proc))]
    if used[0] is None:
        return None
    return sum(one or 0 for one in used) / os.sysconf("SC_CLK_TCK")


def descendants(process: int, *, proc: Path = _PROC) -> list[int]:
    """Numbers of the processes that a process started, and those started, and so on; empty where nothing tells."""
    parents: dict[int, int] = {}
    for folder in proc.iterdir() if proc.is_dir() else ():
        if folder.name.isdecimal():
            stat = _stat(proc, int(folder.name))
            if len(stat) > 1:
                parents[int(folder.name)] = int(stat[1])
    found: list[int] = []
    frontier = {process}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier}
        found += sorted(frontier)
    return found


def _rchar(proc: Path, process: int) -> int | None:
    with contextlib.suppress(OSError):
        for line in (proc / str(process) / "io").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "rchar":
                return int(value)
    return None


def _ticks(proc: Path, process: int) -> int | None:
    stat = _stat(proc, process)
    return sum(map(int, stat[11:15])) if len(stat) > 14 else None  # noqa: RUF100


def _stat(proc: Path, process: int) -> list[str]:
    """Fields behind the name, which stands in parentheses and may hold anything; none if it has ended meanwhile."""
    with contextlib.suppress(OSError):
        text = (proc / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()
    return []
