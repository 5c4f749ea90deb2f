"""What was said, when, and how sure the engine is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audiokit.results import Segment, Status

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Transcript", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word in time.

    Parameters
    ----------
    start_seconds, end_seconds : float
        Seconds from the first sample of the audio; the end is exclusive.
    text : str
        The word.
    confidence : float, optional
        0 to 1, as the engine gives it; None where it gives none.
    """

    start_seconds: float
    end_seconds: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True)
class Transcript:
    """The words of a recording.

    Parameters
    ----------
    words : tuple of Word
        In order of time.
    text : str
        The words in one line.
    language : str
        ISO 639-1 code of what the engine listened for.
    engine : str
        Name and version of what ran.
    quality : {"draft", "full"}
        ``draft``: good for finding a place in a recording, not for quoting it.
    audio_seconds : float
        Length of the recording.
    notes : tuple of str
        What a reader should know.

    Examples
    --------
    >>> words = (Word(0.0, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres", 0.8), Word(3.0, 3.4, "stop", 0.6))
    >>> transcript = Transcript(words, "ten metres stop", "en", "example 1.0", "draft", 4.0)
    >>> [segment.label for segment in transcript.segments]
    ['ten metres', 'stop']
    """

    words: tuple[Word, ...]
    text: str
    language: str
    engine: str
    quality: str
    audio_seconds: float
    notes: tuple[str, ...] = field(default=())

    @property
    def status(self) -> Status:
        """``ok``, or ``abstained`` where there are no words."""
        return Status.OK if self.words else Status.ABSTAINED

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Phrases: words with less than half a second between them; the label is the text."""
        return self.phrases()

    def phrases(self, *, min_pause_seconds: float = 0.5) -> tuple[Segment, ...]:
        """Words joined to phrases.

        Parameters
        ----------
        min_pause_seconds : float
            A pause of this length begins a new phrase.

        Returns
        -------
        tuple of Segment
            Label: the words. Score: the mean of their confidences, weighted by length.
        """
        groups: list[list[Word]] = []
        for word in self.words:
            if groups and word.start_seconds - groups[-1][-1].end_seconds < min_pause_seconds:
                groups[-1].append(word)
            else:
                groups.append([word])
        return tuple(
            Segment(group[0].start_seconds, group[-1].end_seconds, " ".join(w.text for w in group), _mean(group))
            for group in groups
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Words as a table.

        Returns
        -------
        pandas.DataFrame
            Columns ``start_seconds``, ``end_seconds``, ``text``, ``confidence``.
        """
        import pandas as pd

        columns = ["start_seconds", "end_seconds", "text", "confidence"]
        rows = [(w.start_seconds, w.end_seconds, w.text, w.confidence) for w in self.words]
        return pd.DataFrame(rows, columns=columns)

    def __str__(self) -> str:
        return self.text


def _mean(words: list[Word]) -> float | None:
    known = [(w.confidence, w.end_seconds - w.start_seconds) for w in words if w.confidence is not None]
    total = sum(seconds for _, seconds in known)
    return sum(value * seconds for value, seconds in known) / total if total > 0 else None
