"""On what it was measured: processor, cores that may be used, versions."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DECODING", "Machine", "describe_machine", "usable_cores", "version_of"]

DECODING = ("audiokit", "numpy", "librosa", "soundfile", "soxr", "av")
"""The packages that a decode comparison depends on."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A computer, as far as it matters for a benchmark.

    Parameters
    ----------
    system, processor : str
        ``"Linux x86_64"``; the processor's model name where the system tells it.
    cores : int
        That this process may use.
    python : str
        Version.
    packages : tuple of (str, str)
        Name and version, ``"not installed"`` for what is missing.
    """

    system: str
    processor: str
    cores: int
    python: str
    packages: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.packages)
        processor = f" ({self.processor})" if self.processor else ""
        return f"{self.cores} core(s), {self.system}{processor}; Python {self.python}; {versions}"


def describe_machine(packages: Iterable[str] = DECODING) -> Machine:
    """Describe this computer and the versions of some packages.

    Examples
    --------
    >>> describe_machine(["numpy"]).cores >= 1
    True
    """
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=usable_cores(),
        python=platform.python_version(),
        packages=tuple((name, version_of(name) or "not installed") for name in packages),
    )


def usable_cores() -> int:
    """Count the cores that this process may use, which in a container can be fewer than the machine has.

    Examples
    --------
    >>> usable_cores() <= os.cpu_count()
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def version_of(package: str) -> str | None:
    """Version of an installed distribution, without importing it; None if there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        pass
    if package == "audiokit":  # run from a checkout that was never installed
        import audiokit

        return audiokit.__version__
    return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
