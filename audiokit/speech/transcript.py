"""What was said, when, and how sure the engine is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from audiokit.results import Segment, Status

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.annotations import Annotations
    from audiokit.speech.coverage import Coverage

__all__ = ["Passage", "Transcript", "Word"]


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


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text as the engine gave it, with what it knows about it.

    Parameters
    ----------
    start_seconds, end_seconds : float
        Seconds from the first sample of the audio; the end is exclusive.
    text : str
        What was said.
    confidence : float, optional
        0 to 1: for Whisper the geometric mean of its tokens' probabilities, else the mean of the words'.
    decoder : str
        How it came about: ``"batched"``, ``"sequential"`` (a repair), or ``""`` where there is only one way.
    log_probability, compression_ratio, no_speech_probability, temperature : float, optional
        Whisper's own measures; the first is the mean over tokens.
    reason : str
        For a passage that was refused: why.
    """

    start_seconds: float
    end_seconds: float
    text: str
    confidence: float | None = None
    decoder: str = ""
    log_probability: float | None = None
    compression_ratio: float | None = None
    no_speech_probability: float | None = None
    temperature: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Transcript:
    """The words of a recording.

    Parameters
    ----------
    words : tuple of Word
        In order of time; empty where the engine was not asked for word times.
    text : str
        All that was said, in one line.
    language : str
        ISO 639-1 code of what the engine listened for, or heard.
    engine : str
        Name and version of what ran.
    quality : {"draft", "full", "random"}
        ``draft``: good for finding a place in a recording, not for quoting it. ``random``: weights without training.
    audio_seconds : float
        Length of the recording.
    notes : tuple of str
        What a reader should know.
    passages : tuple of Passage
        What the engine gave as one piece, in order of time.
    language_probability : float, optional
        0 to 1, where the engine detected the language; None where it was told, or knows only one.
    coverage : Coverage, optional
        What became of every second of speech; None where no voice activity detection ran.
    rejected : tuple of Passage
        What the engine wrote and a check refused, each with its reason: nothing is thrown away unseen.
    punctuation : {"none", "engine", "pauses", "model"}
        Where capitals and full stops come from: ``pauses`` means that they were set where the speaker paused, ``model``
        that a network of punctuation set them.
    task : {"transcribe", "translate"}
        ``translate``: the text is English, whatever the language.
    choice : str
        Why this engine ran.
    processing_seconds : float, optional
        How long it took, as measured. Not compared.

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
    passages: tuple[Passage, ...] = ()
    language_probability: float | None = None
    coverage: Coverage | None = None
    rejected: tuple[Passage, ...] = ()
    punctuation: str = "none"
    task: str = "transcribe"
    choice: str = ""
    processing_seconds: float | None = field(default=None, compare=False)

    @property
    def status(self) -> Status:
        """``ok``; ``abstained`` where nothing was said; ``failed`` where all speech failed."""
        if self.text:
            return Status.OK
        failed = self.coverage is not None and self.coverage.seconds() > 0 and self.coverage.seconds("failed") > 0
        return Status.FAILED if failed else Status.ABSTAINED

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The passages; without them phrases: words with less than half a second between them. Label: the text."""
        if self.passages:
            return tuple(Segment(p.start_seconds, p.end_seconds, p.text, p.confidence) for p in self.passages)
        return self.phrases()

    @property
    def real_time_factor(self) -> float | None:
        """Seconds taken for each second of sound, as measured."""
        return self.processing_seconds / self.audio_seconds if self.processing_seconds and self.audio_seconds else None

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
        """Words as a table; the passages where there are no words.

        Returns
        -------
        pandas.DataFrame
            Columns ``start_seconds``, ``end_seconds``, ``text``, ``confidence``.
        """
        import pandas as pd

        columns = ["start_seconds", "end_seconds", "text", "confidence"]
        rows = [(w.start_seconds, w.end_seconds, w.text, w.confidence) for w in self.words or self.passages]
        return pd.DataFrame(rows, columns=columns)

    def to_annotations(self) -> Annotations:
        """Two tiers, ``segments`` and ``words`` (which is left out where there are none)."""
        from audiokit.annotations import Annotations, Tier

        tiers = [Tier("segments", self.segments)]
        if self.words:
            words = tuple(Segment(w.start_seconds, w.end_seconds, w.text, w.confidence) for w in self.words)
            tiers.append(Tier("words", words))
        return Annotations(tuple(tiers), self.audio_seconds)

    def with_annotations(self, edited: Annotations) -> Transcript:
        """Take over what was edited.

        Parameters
        ----------
        edited : Annotations
            With a tier ``segments`` or ``words``, or both; a tier that is not there stays as it is. An edit of the
            segments decides the text, else that of the words.

        Returns
        -------
        Transcript
            A note says that it was edited. Measures of passages whose text or times are no longer the engine's are
            gone; a label without text is dropped.

        Raises
        ------
        ParameterError
            If there is neither tier.
        """
        from audiokit.speech.transcript_edits import edited_transcript

        return edited_transcript(self, edited)

    def with_texts(self, texts: Mapping[int, str]) -> Transcript:
        """Put other texts in place of words, or of passages: see `audiokit.speech.transcript_texts.rewritten`."""
        from audiokit.speech.transcript_texts import rewritten

        return rewritten(self, texts)

    def export(self, format: str = "txt", *, recording: str = "") -> str:  # noqa: A002 - the word that everyone uses
        """Return the content of a file.

        Parameters
        ----------
        format : {"txt", "srt", "vtt", "json", "tsv", "textgrid", "ctm"}
            What each holds: see `audiokit.speech.transcript_files`.
        recording : str
            Its name, for CTM.

        Raises
        ------
        ParameterError
            If there is no such format; or for CTM, which is made of words, where there are none.
        """
        from audiokit.speech.transcript_files import exported

        return exported(self, format, recording=recording)

    def save(
        self,
        path: str | os.PathLike[str],
        format: str = "auto",  # noqa: A002 - as above
        *,
        overwrite: bool = True,
    ) -> None:
        """Write a file; ``auto`` goes by its ending.

        Raises
        ------
        ParameterError
            As `export`, or if the ending tells no format.
        OutputUnwritable
            If it cannot be written.
        OutputExists
            If there is a file and ``overwrite`` is False.
        """
        from audiokit.speech.transcript_files import save

        save(self, path, format, overwrite=overwrite)

    @classmethod
    def from_json(cls, text: str) -> Transcript:
        """Read back what ``export("json")`` gave, number for number.

        Raises
        ------
        MalformedAnnotations
            If it is something else.
        """
        from audiokit.speech.transcript_files import from_json

        return from_json(text)

    def noted(self, *notes: str) -> Transcript:
        """Return the same, with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def __str__(self) -> str:
        return self.text


def _mean(words: list[Word]) -> float | None:
    known = [(w.confidence, w.end_seconds - w.start_seconds) for w in words if w.confidence is not None]
    total = sum(seconds for _, seconds in known)
    return sum(value * seconds for value, seconds in known) / total if total > 0 else None
