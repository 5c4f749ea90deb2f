"""Figures about speech to text, what they are shown as, and the talk that they are measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.equality import RowState
from audiokit.bench.tagging import talk
from audiokit.errors import AudiokitError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.timing import Timing

__all__ = ["SpeechRow", "guarded", "speech_to_dataframe", "talk_with_pauses"]

_RATE = 16_000


@dataclass(frozen=True, slots=True)
class SpeechRow:
    """One figure.

    Parameters
    ----------
    name : str
        What was measured.
    state : RowState
        ``ok``, or why there is no figure.
    reason : str
        In words, or what else was found.
    value : float or None
        The figure.
    unit : str
        Of the figure.
    timing : Timing or None
        Of one run, where runs were timed.
    """

    name: str
    state: RowState
    reason: str = ""
    value: float | None = None
    unit: str = ""
    timing: Timing | None = None


def guarded(names: Sequence[str], measure: Callable[[], list[SpeechRow]]) -> list[SpeechRow]:
    """Measure, or say for each figure why there is none."""
    try:
        return measure()
    except Unavailable as error:
        state, reason = RowState.UNAVAILABLE, str(error)
    except ImportError as error:
        state, reason = RowState.UNAVAILABLE, f"{error.name} is not installed"
    except (AudiokitError, RuntimeError, MemoryError) as error:
        state, reason = RowState.FAILED, f"{type(error).__name__}: {error}"
    return [SpeechRow(name, state, reason) for name in names]


def talk_with_pauses(stretches: int, *, stretch_seconds: float = 12.0, pause_seconds: float = 4.0) -> Audio:
    """Let espeak-ng speak, with pauses that no chunk bridges.

    Raises
    ------
    LibraryUnavailable
        If espeak-ng is not installed.
    """
    said = talk(stretches * stretch_seconds).samples[0].reshape(stretches, -1)
    pause = np.zeros((stretches, round(pause_seconds * _RATE)), np.float32)
    return Audio(np.concatenate([pause, said], axis=1).ravel(), _RATE)


def speech_to_dataframe(rows: Sequence[SpeechRow]) -> pd.DataFrame:
    """One row for each figure; times of runs in milliseconds."""
    import pandas as pd

    table: list[dict[str, Any]] = [
        {
            "name": row.name,
            "state": str(row.state),
            "value": row.value,
            "unit": row.unit,
            "median_ms": None if row.timing is None else 1000 * row.timing.median_seconds,
            "reason": row.reason,
        }
        for row in rows
    ]
    return pd.DataFrame(table)
