"""How words stand in the text: with the capitals and points of their passages, where these are word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError
from audiokit.speech.scoring import normalised

if TYPE_CHECKING:
    from audiokit.results import Segment
    from audiokit.speech.transcript import Passage, Transcript, Word

__all__ = ["EDITED", "Written", "homes", "rewritten", "written"]

EDITED = "edited by hand"
"""The note of a transcript that was."""


@dataclass(frozen=True, slots=True)
class Written:
    """A word in the text.

    Parameters
    ----------
    text : str
        The word as its passage writes it, or as the engine gave it.
    passage : int
        Which passage holds it; -1 where none does.
    """

    text: str
    passage: int


def written(transcript: Transcript) -> tuple[Written, ...]:
    """Find each word in the text.

    Parameters
    ----------
    transcript : Transcript
        With words.

    Returns
    -------
    tuple of Written
        One for each word. A word belongs to the passage that holds its middle; it is written as there if the passage
        has the same words in the same order.

    Examples
    --------
    >>> from audiokit.speech import Passage, Transcript, Word
    >>> words, passages = (Word(0.0, 0.4, "ten"), Word(0.5, 0.9, "metres")), (Passage(0.0, 0.9, "Ten metres."),)
    >>> [word.text for word in written(Transcript(words, "Ten metres.", "en", "", "draft", 1.0, passages=passages))]
    ['Ten', 'metres.']
    """
    places_of = homes(transcript.words, transcript.passages)
    texts = [word.text for word in transcript.words]
    held: list[list[int]] = [[] for _ in transcript.passages]
    for i, home in enumerate(places_of):
        if home >= 0:
            held[home].append(i)
    for passage, places in zip(transcript.passages, held, strict=True):
        tokens = passage.text.split()
        if [normalised(t) for t in tokens] == [normalised(texts[i]) for i in places]:
            for i, token in zip(places, tokens, strict=True):
                texts[i] = token
    return tuple(Written(text, home) for text, home in zip(texts, places_of, strict=True))


def homes(words: Sequence[Word], passages: Sequence[Passage | Segment]) -> list[int]:
    """Find for each word the passage that holds its middle, or -1; both in order of time."""
    found, number = [], 0
    for word in words:
        middle = (word.start_seconds + word.end_seconds) / 2
        while number < len(passages) and passages[number].end_seconds <= middle:
            number += 1
        inside = number < len(passages) and passages[number].start_seconds <= middle
        found.append(number if inside else -1)
    return found


def rewritten(transcript: Transcript, texts: Mapping[int, str]) -> Transcript:
    """Put other texts in place of words, or of passages where there are no words.

    Parameters
    ----------
    transcript : Transcript
        What was edited.
    texts : mapping of int to str
        By the place of the word (or passage); an empty text takes it away.

    Returns
    -------
    Transcript
        A note says that it was edited. Times stay; the text and the passages follow, with the other words' capitals and
        points. What was edited has no confidence, and its passage no measures of the engine's.

    Raises
    ------
    ParameterError
        If there is no such word or passage.

    Examples
    --------
    >>> from audiokit.speech import Transcript, Word
    >>> words = (Word(0.0, 0.4, "den", 0.3), Word(0.5, 0.9, "metres", 0.8))
    >>> Transcript(words, "den metres", "en", "example 1.0", "draft", 4.0).with_texts({0: "ten"}).text
    'ten metres'
    """
    units = transcript.words or transcript.passages
    wrong = [i for i in texts if not 0 <= i < len(units)]
    if wrong:
        raise ParameterError(
            f"There is no {'word' if transcript.words else 'passage'} {wrong[0]}.", cure=f"There are {len(units)}."
        )
    changed = {i: " ".join(text.split()) for i, text in texts.items()}
    if transcript.words:
        stands = written(transcript)
        changed = {i: text for i, text in changed.items() if text != stands[i].text}
    else:
        changed = {i: text for i, text in changed.items() if text != transcript.passages[i].text}
    if not changed:
        return transcript
    words, passages = transcript.words, transcript.passages
    if words:
        passages = _passages(transcript, stands, changed)
        words = tuple(
            replace(word, text=changed[i], confidence=None) if i in changed else word
            for i, word in enumerate(words)
            if changed.get(i, "-")
        )
    else:
        passages = tuple(
            _by_hand(passage, changed[i]) if i in changed else passage
            for i, passage in enumerate(passages)
            if changed.get(i, "-")
        )
    text = " ".join(part.text for part in passages or words)
    notes = transcript.notes if EDITED in transcript.notes else (*transcript.notes, EDITED)
    return replace(transcript, words=words, passages=passages, text=text, notes=notes)


def _passages(transcript: Transcript, stands: tuple[Written, ...], changed: Mapping[int, str]) -> tuple[Passage, ...]:
    touched: dict[int, list[str]] = {stands[i].passage: [] for i in changed if stands[i].passage >= 0}
    for i, word in enumerate(stands):
        if word.passage in touched:
            touched[word.passage].append(changed.get(i, word.text))
    kept = []
    for number, passage in enumerate(transcript.passages):
        if number not in touched:
            kept.append(passage)
        elif text := " ".join(part for part in touched[number] if part):
            kept.append(_by_hand(passage, text))
    return tuple(kept)


def _by_hand(passage: Passage, text: str) -> Passage:
    """The same time with another text: what the engine measured of its own is gone."""
    from audiokit.speech.transcript import Passage

    return Passage(passage.start_seconds, passage.end_seconds, text)
