"""Readable text for engines that know no punctuation: by a model of it, or by the speaker's pauses. Marked as such."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.speech.punctuator import find_punctuator
from audiokit.speech.transcript import Passage, Transcript

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore
    from audiokit.speech.engine import Written
    from audiokit.speech.options import Options
    from audiokit.speech.transcript import Word

__all__ = ["NOTE", "punctuated", "readable", "sentences"]

NOTE = "full stops and capitals stand where the speaker paused: they were not heard"
_FIRST_PERSON = re.compile(r"i('(m|ve|ll|d))?")
_ENDS = frozenset(".?!")
_ALONE = frozenset("-")  # a dash stands between spaces


def readable(written: Written, options: Options, *, device: str, store: ModelStore) -> Written:
    """Make sentences of the words of an engine that gave none, by a model or by pauses.

    Parameters
    ----------
    written : Written
        By the engine.
    options : Options
        Whether sentences are asked for, and by which model; see `find_punctuator`.
    device : str
        Where the model runs.
    store : ModelStore
        Where it is kept.

    Returns
    -------
    Written
        The same where there is nothing to do. Else with passages, with what the marks come from, and with that in words
        among the notes.

    Raises
    ------
    ModelUnavailable, ModelRefused, ParameterError, LibraryUnavailable
        As `find_punctuator` and `Punctuator.marks`.
    """
    if written.punctuation != "none" or not written.words or not options.readable:
        return written
    model = find_punctuator(options.punctuator, written.language)
    if model is None:
        passages, punctuation, note = sentences(written.words, language=written.language), "pauses", NOTE
    else:
        marks = model.marks([word.text for word in written.words], device=device, store=store)
        passages, punctuation = punctuated(written.words, marks, language=written.language), "model"
        note = f"punctuation by {model.title}, and capitals where it ends a sentence: they were not heard"
        note += "; its weights are random, and so are the marks" if model.random else ""
    return replace(written, passages=passages, punctuation=punctuation, notes=(*written.notes, note))


def punctuated(words: Sequence[Word], marks: Sequence[str], *, language: str) -> tuple[Passage, ...]:
    """Put marks after words; a sentence ends at a full stop, a question mark or an exclamation mark.

    Parameters
    ----------
    words : sequence of Word
        In order of time.
    marks : sequence of str
        One for each, empty for none.
    language : str
        In English, ``i`` becomes ``I``.

    Returns
    -------
    tuple of Passage
        One for each sentence, its first letter large; the last may have no mark at its end. Confidence as `sentences`.

    Examples
    --------
    >>> from audiokit.speech import Word
    >>> said = [Word(0.0, 0.2, "really"), Word(0.3, 0.6, "yes"), Word(0.7, 0.9, "i'm"), Word(0.9, 1.2, "sure")]
    >>> [sentence.text for sentence in punctuated(said, ["?", ",", "", "."], language="en")]
    ['Really?', "Yes, I'm sure."]
    """
    made: list[Passage] = []
    begun = 0
    for place, mark in enumerate(marks):
        if mark in _ENDS or place + 1 == len(words):
            part = [_as_written(word) if language == "en" else word for word in words[begun : place + 1]]
            texts = [_marked(word.text, sign) for word, sign in zip(part, marks[begun : place + 1], strict=True)]
            held = Transcript(tuple(part), "", language, "", "", 0.0).phrases(min_pause_seconds=float("inf"))[0]
            made.append(Passage(held.start_seconds, held.end_seconds, _begun_large(" ".join(texts)), held.score))
            begun = place + 1
    return tuple(made)


def sentences(words: Sequence[Word], *, language: str, min_pause_seconds: float = 0.5) -> tuple[Passage, ...]:
    """Make sentences of words by the pauses between them.

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
        Passage(s.start_seconds, s.end_seconds, f"{_begun_large(s.label)}.", s.score)
        for s in held.phrases(min_pause_seconds=min_pause_seconds)
    )


def _begun_large(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _marked(text: str, mark: str) -> str:
    return f"{text} {mark}" if mark in _ALONE else f"{text}{mark}"


def _as_written(word: Word) -> Word:
    return replace(word, text=word.text.capitalize()) if _FIRST_PERSON.fullmatch(word.text) else word
