"""The coverage ledger: what became of every second in which voice activity detection heard speech."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from audiokit.errors import ParameterError
from audiokit.speech.spans import Span, intersection, length, remainder, union

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATES", "Coverage", "Covered", "claims_by_words", "ledger", "share_covered"]

STATES = ("transcribed", "rejected", "failed")
"""What can become of speech: there are words; what the engine wrote was refused; no answer came."""


class HasTimes(Protocol):
    """A word, a passage, a segment."""

    @property
    def start_seconds(self) -> float:
        """Where it begins."""
        ...

    @property
    def end_seconds(self) -> float:
        """Where it ends."""
        ...


UNANSWERED = "the engine wrote nothing here and gave no reason"


@dataclass(frozen=True, slots=True)
class Covered:
    """A span of speech and what became of it.

    Parameters
    ----------
    start_seconds, end_seconds : float
        Seconds from the first sample; the end is exclusive.
    state : {"transcribed", "rejected", "failed"}
        See `STATES`.
    reason : str
        Why, where it is not transcribed.
    """

    start_seconds: float
    end_seconds: float
    state: Literal["transcribed", "rejected", "failed"]
    reason: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ParameterError(f"Speech cannot be {self.state!r}.", cure=f"It is one of {', '.join(STATES)}.")
        if not self.start_seconds <= self.end_seconds:
            raise ParameterError(f"A span ends after its start, got {self.start_seconds} .. {self.end_seconds} s.")

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of the speech of a recording, second by second.

    Parameters
    ----------
    entries : tuple of Covered
        In order, apart from one another; together they are the speech that was found, no more and no less.
    model : str
        Which network found the speech.

    Examples
    --------
    >>> held = ledger([(0.0, 4.0)], [Covered(0.0, 3.0, "transcribed")], model="silero_vad")
    >>> held.seconds("transcribed"), held.seconds("failed"), held.complete
    (3.0, 1.0, False)
    """

    entries: tuple[Covered, ...]
    model: str = ""

    def seconds(self, state: str | None = None) -> float:
        """Seconds in a state, or in all of them."""
        return sum(entry.duration_seconds for entry in self.entries if state in {None, entry.state})

    @property
    def complete(self) -> bool:
        """Whether all speech is transcribed or rejected with a reason; nothing failed."""
        return all(entry.state != "failed" for entry in self.entries)

    @property
    def share_transcribed(self) -> float:
        """Transcribed seconds for each second of speech; 1 where there is no speech."""
        total = self.seconds()
        return self.seconds("transcribed") / total if total > 0 else 1.0

    def to_dataframe(self) -> pd.DataFrame:
        """Entries as a table: ``start_seconds``, ``end_seconds``, ``state``, ``reason``."""
        import pandas as pd

        rows = [(entry.start_seconds, entry.end_seconds, entry.state, entry.reason) for entry in self.entries]
        return pd.DataFrame(rows, columns=["start_seconds", "end_seconds", "state", "reason"])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "entries": [
                {"start_seconds": e.start_seconds, "end_seconds": e.end_seconds, "state": e.state, "reason": e.reason}
                for e in self.entries
            ],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Coverage:
        """Read back what `to_dict` gave."""
        return cls(tuple(Covered(**entry) for entry in values["entries"]), values["model"])

    def __str__(self) -> str:
        parts = [f"{self.seconds(state):.1f} s {state}" for state in STATES if self.seconds(state) > 0]
        return f"{self.seconds():.1f} s of speech: {', '.join(parts) or 'nothing to transcribe'}"


def ledger(speech: Iterable[Span], claims: Sequence[Covered], *, model: str = "") -> Coverage:
    """Write down what became of the speech.

    Parameters
    ----------
    speech : iterable of (float, float)
        Where speech was found.
    claims : sequence of Covered
        What is said of spans of time, inside speech or not; where two overlap, ``transcribed`` counts before
        ``rejected``, and that before ``failed``; of two of a kind, the first.
    model : str
        Which network found the speech.

    Returns
    -------
    Coverage
        Speech that no claim mentions is ``failed``: nothing is left out.
    """
    spoken = union(speech)
    left = spoken
    entries: list[Covered] = []
    for state in STATES:
        for claim in claims:
            if claim.state == state:
                span = [(claim.start_seconds, claim.end_seconds)]
                reason = "" if state == "transcribed" else claim.reason
                entries += (Covered(start, end, claim.state, reason) for start, end in intersection(left, span))
                left = remainder(left, span)
    entries += (Covered(start, end, "failed", UNANSWERED) for start, end in left)
    return Coverage(tuple(_joined(sorted(entries, key=lambda entry: entry.start_seconds))), model)


def claims_by_words(
    written: Iterable[HasTimes], decoded: Span, reason: str, *, bridge_seconds: float = 1.0, margin_seconds: float = 0.3
) -> list[Covered]:
    """Say of a span that was decoded: transcribed where something was written, rejected elsewhere.

    Parameters
    ----------
    written : iterable of Word or Passage
        What was written within it.
    decoded : (float, float)
        The span in seconds.
    reason : str
        Why there is nothing elsewhere.
    bridge_seconds : float
        Pauses between what was written, up to this, count as transcribed.
    margin_seconds : float
        Voice activity begins before a word and ends after it: this much around what was written counts too.
    """
    spans = [
        (item.start_seconds - margin_seconds, item.end_seconds + margin_seconds)
        for item in written
        if item.start_seconds < item.end_seconds
    ]
    inside = intersection([decoded], union(spans, bridge_seconds=bridge_seconds))
    found = [Covered(start, end, "transcribed") for start, end in inside]
    return [*found, *(Covered(start, end, "rejected", reason) for start, end in remainder([decoded], inside))]


def share_covered(speech: Iterable[Span], written: Iterable[Span], *, bridge_seconds: float) -> float:
    """Return which part of the speech lies within what was written; 1 where there is no speech.

    Parameters
    ----------
    speech, written : iterable of (float, float)
        Spans.
    bridge_seconds : float
        Gaps between written spans up to this count as written: pauses between words.
    """
    spoken = union(speech)
    total = length(spoken)
    return length(intersection(spoken, union(written, bridge_seconds=bridge_seconds))) / total if total > 0 else 1.0


def _joined(entries: list[Covered]) -> list[Covered]:
    joined: list[Covered] = []
    for entry in entries:
        last = joined[-1] if joined else None
        if last and (last.end_seconds, last.state, last.reason) == (entry.start_seconds, entry.state, entry.reason):
            joined[-1] = Covered(last.start_seconds, entry.end_seconds, entry.state, entry.reason)
        else:
            joined.append(entry)
    return joined
