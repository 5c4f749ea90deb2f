"""Chromium without a window: pages, what they hold in memory, and whether they are alone."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit_widgets.figures.figure import Unmeasurable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ARGUMENTS", "CHROMIUM", "browser", "collect_garbage", "pss_bytes", "renderer_bytes", "renderers"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)


@contextlib.contextmanager
def browser() -> Iterator[Any]:
    """One headless Chromium of playwright's, closed at the end.

    Raises
    ------
    Unmeasurable
        If there is none on this machine.
    """
    if not CHROMIUM.exists():
        raise Unmeasurable(f"{CHROMIUM} is missing")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Unmeasurable("the package playwright is missing") from error
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        try:
            yield opened
        finally:
            opened.close()


def collect_garbage(page: Any) -> None:
    """Let a page's JavaScript give back what it does not use any more, twice: finalisers free the rest."""
    session = page.context.new_cdp_session(page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(300)
    session.detach()


def renderers(browser_pid: int | None = None) -> list[int]:
    """Processes that hold pages: those with ``--type=renderer`` among a process's descendants, by default this one's.

    Raises
    ------
    Unmeasurable
        If the system has no ``/proc``.
    """
    import os

    if not Path("/proc/self/smaps_rollup").exists():
        raise Unmeasurable("memory is measured by /proc/*/smaps_rollup, which this system does not have")
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    root, found = browser_pid or os.getpid(), []
    for pid in parents:
        above = pid
        while above in parents and above != root:
            above = parents[above]
        with contextlib.suppress(OSError):
            if above == root and b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def pss_bytes(pid: int) -> int:
    """Proportional set size of a process, shared pages divided among those who share them; 0 if it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def renderer_bytes(page: Any) -> int:
    """Memory of all of this process's renderers after a page's garbage was collected."""
    collect_garbage(page)
    return sum(pss_bytes(pid) for pid in renderers())
