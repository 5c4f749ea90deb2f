"""What happened, where: the states of a result, and spans of time with a label."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audiokit.errors import ModelRefused, ParameterError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Outcome", "Segment", "Status", "segments_table", "state_of"]


class Status(enum.StrEnum):
    """What a result says about itself.

    Examples
    --------
    >>> Status.OK == "ok"
    True
    """

    OK = "ok"
    ABSTAINED = "abstained"  # looked; nothing to say
    UNAVAILABLE = "unavailable"  # no weights or library; the reason names the cure
    FAILED = "failed"  # and the reason says why


def state_of(error: BaseException) -> Status:
    """Return the state of what ended with an error.

    Weights that are here and were refused are a failure, although they inherit from what is absent: nothing is missing,
    something is wrong.

    Examples
    --------
    >>> from audiokit.errors import ModelUnavailable
    >>> state_of(ModelUnavailable("absent")).value, state_of(ModelRefused("damaged")).value, state_of(OSError()).value
    ('unavailable', 'failed', 'failed')
    """
    is_absent = isinstance(error, Unavailable) and not isinstance(error, ModelRefused)
    return Status.UNAVAILABLE if is_absent else Status.FAILED


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of time with a label.

    Parameters
    ----------
    start_seconds, end_seconds : float
        Seconds from the first sample of the audio; the end is exclusive.
    label : str
        What the span is, for example ``"speech"``.
    score : float, optional
        0 to 1; None where the method gives none.

    Raises
    ------
    ParameterError
        If the span ends before it starts, or a bound is not a finite number.

    Examples
    --------
    >>> Segment(0.5, 2.0, "speech", 0.93).duration_seconds
    1.5
    """

    start_seconds: float
    end_seconds: float
    label: str = ""
    score: float | None = None

    def __post_init__(self) -> None:
        finite = abs(self.start_seconds) != float("inf") and abs(self.end_seconds) != float("inf")
        if not (finite and self.start_seconds <= self.end_seconds):  # also refuses NaN
            raise ParameterError(
                f"A segment needs finite bounds with start <= end, got {self.start_seconds} .. {self.end_seconds} s."
            )

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """One branch of a pipeline: its state, its value if there is one, and the reason if there is none.

    Parameters
    ----------
    status : Status
        What happened.
    value : object
        The result; None unless the status is ``ok`` or ``abstained``.
    reason : str
        Why there is nothing to say, what is missing and its cure, or what went wrong.
    """

    status: Status
    value: Any = None
    reason: str = ""
    notes: tuple[str, ...] = field(default=())


def segments_table(segments: Iterable[Segment]) -> pd.DataFrame:
    """Segments as a DataFrame.

    Parameters
    ----------
    segments : iterable of Segment
        In the order in which the rows shall stand.

    Returns
    -------
    pandas.DataFrame
        Columns ``start_seconds``, ``end_seconds``, ``duration_seconds``, ``label``, ``score``.

    Examples
    --------
    >>> segments_table([Segment(0.5, 2.0, "speech")])["duration_seconds"].tolist()
    [1.5]
    """
    import pandas as pd

    columns = ["start_seconds", "end_seconds", "duration_seconds", "label", "score"]
    rows = [(s.start_seconds, s.end_seconds, s.duration_seconds, s.label, s.score) for s in segments]
    return pd.DataFrame(rows, columns=columns)
