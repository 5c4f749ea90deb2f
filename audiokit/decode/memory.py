"""How much memory a process may use: what the machine has, or what a container or a batch system leaves of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["usable_memory_bytes"]

_ASSUMED_BYTES = 2 << 30  # where the system tells nothing


def usable_memory_bytes(root: Path = Path("/")) -> int:
    """Return the smallest of physical memory, the limits of the control groups, and the limit of the address space.

    Parameters
    ----------
    root : Path
        Of the file system in which Linux tells its control groups.

    Returns
    -------
    int
        Bytes; 2 GiB where the system does not say.
    """
    known = [size for size in (_physical(), _address_space(), *_control_groups(root)) if size > 0]
    return min(known, default=_ASSUMED_BYTES)


def _physical() -> int:
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):  # MEMORYSTATUSEX
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                *((name, ctypes.c_ulonglong) for name in ("physical", "free", "p", "q", "r", "s", "t")),
            )

        status = Status(length=ctypes.sizeof(Status))
        return int(status.physical) if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)) else 0
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _address_space() -> int:
    """What ``ulimit -v`` allows; 0 for no limit."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return 0 if limit == resource.RLIM_INFINITY else limit


def _control_groups(root: Path) -> Iterator[int]:
    """Limits of the group of this process and of all groups around it, in version 2 and in version 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            top, name = root / "sys/fs/cgroup", "memory.max"
        elif "memory" in controllers.split(","):
            top, name = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes"
        else:
            continue
        # Inside a container the path may be one of the host's: folders that are not there are passed over.
        folder = top / group.strip("/")
        for level in (folder, *folder.parents):
            if level.is_relative_to(top):
                try:
                    yield int((level / name).read_text(encoding="ascii"))
                except (OSError, ValueError):  # not there, or "max"
                    continue
