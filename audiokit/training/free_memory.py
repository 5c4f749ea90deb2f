"""How much memory is free now, for a process inside whatever limits it."""

from __future__ import annotations

from pathlib import Path

from audiokit.decode.memory import usable_memory_bytes

__all__ = ["free_memory_bytes"]


def free_memory_bytes(root: Path = Path("/")) -> int:
    """Return what could be used without swapping: of the machine, and of every control group around this process.

    Parameters
    ----------
    root : Path
        Of the file system in which Linux tells these.

    Returns
    -------
    int
        Bytes. Half of the usable memory where the system does not say what is free.
    """
    usable = usable_memory_bytes(root)
    known = [free for free in (_machine(root), *_control_groups(root)) if free is not None]
    return max(0, min([usable, *known] if known else [usable // 2]))


def _machine(root: Path) -> int | None:
    try:
        for line in (root / "proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _control_groups(root: Path) -> list[int]:
    """Limit less use, of the group of this process and of all around it, in version 2 and in version 1."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        _, controllers, group = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            top, limit, used = root / "sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            top, limit, used = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        folder = top / group.strip("/")
        for level in (folder, *folder.parents):
            if level.is_relative_to(top):
                try:
                    numbers = [int((level / name).read_text(encoding="ascii")) for name in (limit, used)]
                except (OSError, ValueError):  # not there, or "max"
                    continue
                found.append(numbers[0] - numbers[1] + _reclaimable(level))
    return found


def _reclaimable(level: Path) -> int:
    """Files that are kept in memory until someone needs it count as used, and are not."""
    try:
        for line in (level / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    except (OSError, ValueError):
        pass
    return 0
