"""One measured number beside its bar."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from audiokit.bench.bars import Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["QUIET_LOAD", "Figure", "Unmeasurable", "load_average", "p95"]

QUIET_LOAD = 1.5
"""Load average up to which times are what the machine can do."""


class Unmeasurable(Exception):
    """Something is missing on this machine: Chromium, JupyterLab, a speech engine."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the bar that it is held to.

    Parameters
    ----------
    name : str
        What was measured.
    value : float or None
        What was found; None if it could not be measured.
    bar : float or None
        The most that it may be; None for a number that only stands beside others.
    unit : str
        Of both; empty for a ratio.
    note : str
        What to know about it, or why it could not be measured.

    Examples
    --------
    >>> Figure("first picture", 0.75, 1.5, "s").holds
    True
    """

    name: str
    value: float | None
    bar: float | None
    unit: str = ""
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the number is at most its bar; None where there is no number."""
        if self.value is None:
            return None
        return self.bar is None or self.value <= self.bar

    def as_bar(self) -> Bar:
        """Say it as the decode benchmarks do."""
        unit = f" {self.unit}" if self.unit else ""
        found = (
            self.note if self.value is None else f"{self.value:.3g}{unit}" + (f" ({self.note})" if self.note else "")
        )
        limit = "" if self.bar is None else f", at most {self.bar:g}{unit}"
        return Bar(self.name + limit, self.holds, found)

    def to_json(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {**asdict(self), "holds": self.holds}


def p95(values: Sequence[float]) -> float:
    """Find the value that 95 % of all do not exceed: the nearest rank, never an average of two.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> p95(list(range(1, 101))), p95([3.0])
    (95, 3.0)
    """
    if not values:
        raise ValueError("There is no 95th percentile of nothing.")
    ranked = sorted(values)
    return ranked[-(-len(ranked) * 95 // 100) - 1]


def load_average() -> float:
    """How many processes want to run, over the last minute; NaN where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
