"""How far a transcript is from what was said: word errors."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from audiokit.errors import LibraryUnavailable, ParameterError

__all__ = ["WordErrors", "normalised", "word_errors"]


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Word errors of a transcript.

    Parameters
    ----------
    substitutions, deletions, insertions : int
        Words that are wrong, missing, and too many.
    reference_words : int
        Words that were said.
    """

    substitutions: int
    deletions: int
    insertions: int
    reference_words: int

    @property
    def rate(self) -> float:
        """WER: errors for each word that was said. More than 1 is possible."""
        return (self.substitutions + self.deletions + self.insertions) / self.reference_words


def normalised(text: str) -> str:
    """Lower case, without punctuation, one space between words; apostrophes inside words stay.

    Examples
    --------
    >>> normalised("Don't -- say Forty-two,  please.")
    "don't say forty two please"
    """
    text = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")  # the typographic apostrophe
    kept = "".join(c if c.isalnum() or c == "'" or unicodedata.combining(c) else " " for c in text)
    return " ".join(word.strip("'") for word in kept.split() if word.strip("'"))


def word_errors(reference: str, transcript: str) -> WordErrors:
    """Count word errors by jiwer, after the same `normalised` on both sides.

    Parameters
    ----------
    reference : str
        What was said.
    transcript : str
        What was written down.

    Returns
    -------
    WordErrors
        Counts, and `WordErrors.rate`.

    Raises
    ------
    ParameterError
        If the reference holds no words.
    LibraryUnavailable
        If jiwer is not installed.

    Examples
    --------
    >>> word_errors("Ten of clubs.", "ten of the clubs").insertions
    1
    """
    said, heard = normalised(reference), normalised(transcript)
    if not said:
        raise ParameterError("The reference holds no words.", cure="Give the text that was said.")
    try:
        import jiwer
    except ImportError as error:
        raise LibraryUnavailable(
            "jiwer, which aligns the words, is not installed.", cure="`pip install jiwer`."
        ) from error
    counts = jiwer.process_words(said, heard)
    return WordErrors(counts.substitutions, counts.deletions, counts.insertions, len(said.split()))
