"""Figures of tagging: what they are called, and how one that could not be measured says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.bench.equality import RowState
from audiokit.errors import AudiokitError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.timing import Timing

__all__ = [
    "LARGE_EMOTION",
    "MANY",
    "NO_SPEECH",
    "PEAK",
    "TAG",
    "VAD",
    "VAD_ACCURACY",
    "TaggingRow",
    "guarded",
    "tagging_to_dataframe",
    "with_states",
]

VAD, TAG, NO_SPEECH = "voice detection, 60 s", "tag, 30 s, embedded experts", "no speech: tag without a genre"
MANY, PEAK = "tag_many of clips", "peak memory, a fresh process that tags 30 s"
VAD_ACCURACY = "voice detection, frames of 10 ms right"
LARGE_EMOTION = "mood of one window of 3 s by an int8 network as large as XLSR (random weights)"


@dataclass(frozen=True, slots=True)
class TaggingRow:
    """One figure.

    Parameters
    ----------
    name : str
        What was measured.
    state : RowState
        ``ok``, or why there is no figure.
    reason : str
        In words, or what else was found.
    timing : Timing or None
        Of one run.
    ratio : float or None
        Of its time to that of what it is beside.
    beside : str
        What that is.
    peak_bytes : int or None
        Of resident memory.
    """

    name: str
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    ratio: float | None = None
    beside: str = ""
    peak_bytes: int | None = None

    @property
    def p95_seconds(self) -> float | None:
        """The time that one run in twenty exceeds; the slowest where there are fewer."""
        return None if self.timing is None else float(np.quantile(self.timing.seconds, 0.95, method="higher"))


def guarded(name: str, measure: Callable[[], TaggingRow]) -> TaggingRow:
    """Measure, or say why there is no figure."""
    try:
        return measure()
    except Unavailable as error:
        return TaggingRow(name, RowState.UNAVAILABLE, str(error))
    except ImportError as error:
        return TaggingRow(name, RowState.UNAVAILABLE, f"{error.name} is not installed")
    except (AudiokitError, RuntimeError, MemoryError) as error:
        return TaggingRow(name, RowState.FAILED, f"{type(error).__name__}: {error}")


def with_states(row: TaggingRow, found: Any) -> TaggingRow:
    """A figure of a tagging in which something failed is none; a genre may be unavailable."""
    for branch in ("voice", "mood"):
        if found.states[branch] in ("failed", "unavailable"):
            state = RowState.UNAVAILABLE if found.states[branch] == "unavailable" else RowState.FAILED
            return TaggingRow(row.name, state, f"{branch}: {found.errors[branch]}")
    return row


def tagging_to_dataframe(rows: Sequence[TaggingRow]) -> pd.DataFrame:
    """One row for each figure; times in milliseconds, memory in millions of bytes."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": row.name,
                "state": str(row.state),
                "median_ms": None if row.timing is None else 1000 * row.timing.median_seconds,
                "p95_ms": None if row.p95_seconds is None else 1000 * row.p95_seconds,
                "ratio": row.ratio,
                "beside": row.beside,
                "peak_mb": None if row.peak_bytes is None else row.peak_bytes / 1e6,
                "reason": row.reason,
            }
            for row in rows
        ]
    )
