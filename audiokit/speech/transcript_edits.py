"""Edits of a transcript come back from an annotation editor or file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError
from audiokit.speech.transcript import Passage, Transcript, Word
from audiokit.speech.transcript_texts import EDITED

if TYPE_CHECKING:
    from audiokit.annotations import Annotations
    from audiokit.results import Segment

__all__ = ["edited_transcript"]


def edited_transcript(transcript: Transcript, edited: Annotations) -> Transcript:
    """Return the transcript with what was edited in it; see `Transcript.with_annotations`.

    Raises
    ------
    ParameterError
        If there is neither a tier ``segments`` nor ``words``.
    """
    names = edited.names
    if "segments" not in names and "words" not in names:
        raise ParameterError(
            f"A transcript's edits stand in tiers 'segments' or 'words', got {', '.join(map(repr, names)) or 'none'}.",
            cure="Edit what transcript.to_annotations() gives.",
        )
    words, passages, text = transcript.words, transcript.passages, transcript.text
    was = transcript.to_annotations()
    if "words" in names:
        changed = edited.tier("words").segments
        if "words" not in was.names or changed != was.tier("words").segments:
            words = tuple(_word(segment) for segment in changed if segment.label.strip())
            text = " ".join(word.text for word in words)
            passages = () if "segments" not in names else passages
    if "segments" in names and edited.tier("segments").segments != was.tier("segments").segments:
        before = {(p.start_seconds, p.end_seconds, p.text): p for p in transcript.passages}
        passages = tuple(
            before.get((s.start_seconds, s.end_seconds, s.label)) or _passage(s)
            for s in edited.tier("segments").segments
            if s.label.strip()
        )
        text = " ".join(passage.text for passage in passages)
    if (words, passages, text) == (transcript.words, transcript.passages, transcript.text):
        return transcript
    notes = transcript.notes if EDITED in transcript.notes else (*transcript.notes, EDITED)
    return replace(transcript, words=words, passages=passages, text=text, notes=notes)


def _word(segment: Segment) -> Word:
    return Word(segment.start_seconds, segment.end_seconds, " ".join(segment.label.split()), segment.score)


def _passage(segment: Segment) -> Passage:
    return Passage(segment.start_seconds, segment.end_seconds, " ".join(segment.label.split()))
