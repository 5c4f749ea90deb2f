"""Readable text for engines that know no punctuation: sentences end where the speaker paused. Marked as such."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.speech.transcript import Passage, Transcript

if TYPE_CHECKING:
    from audiokit.speech.transcript import Word

__all__ = ["NOTE", "sentences"]

NOTE = "full stops and capitals stand where the speaker paused: they were not heard"
_FIRST_PERSON = re.compile(r"i('(m|ve|ll|d))?")


def sentences(words: Sequence[Word], *, language: str, min_pause_seconds: float = 0.5) -> tuple[Passage, ...]:
    """Make sentences of words.

    Parameters
    ----------
    words : sequence of Word
        In order of time, without punctuation.
    language : str
        In English, ``i`` becomes ``I``.
    min_pause_seconds : float
        A pause of this length ends a sentence.

    Returns
    -------
    tuple of Passage
        One for each sentence: first letter large, a full stop at its end. Confidence: the mean of the words', weighted
        by length. The words themselves stay as the engine gave them.

    Examples
    --------
    >>> from audiokit.speech import Word
    >>> said = [Word(0.0, 0.2, "i'm"), Word(0.3, 0.6, "here"), Word(2.0, 2.4, "come")]
    >>> [sentence.text for sentence in sentences(said, language="en")]
    ["I'm here.", 'Come.']
    """
    if language == "en":
        words = [_as_written(word) for word in words]
    held = Transcript(tuple(words), "", language, "", "", 0.0)
    return tuple(
        Passage(s.start_seconds, s.end_seconds, f"{s.label[:1].upper()}{s.label[1:]}.", s.score)
        for s in held.phrases(min_pause_seconds=min_pause_seconds)
    )


def _as_written(word: Word) -> Word:
    return replace(word, text=word.text.capitalize()) if _FIRST_PERSON.fullmatch(word.text) else word
