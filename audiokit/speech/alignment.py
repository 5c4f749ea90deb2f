"""What was said beside what was written: every word with what became of it, and where to hear it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.speech.scoring import WordErrors, normalised
from audiokit.speech.transcript import Transcript

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AlignedWord", "Alignment", "align"]

_JUDGED_WORDS = 10
_LEAST_EQUAL = 0.2


@dataclass(frozen=True, slots=True)
class AlignedWord:
    """A place in the alignment.

    Parameters
    ----------
    kind : {"equal", "substituted", "missing", "inserted"}
        What became of it.
    said : str
        The word of the reference; empty for one that was inserted.
    heard : str
        The word of the transcript; empty for one that is missing.
    start_seconds, end_seconds : float or None
        Where the transcript has it: the word, or its passage where words have no times; for a missing word the gap
        between its neighbours. None where the transcript has no times.
    """

    kind: Literal["equal", "substituted", "missing", "inserted"]
    said: str
    heard: str
    start_seconds: float | None = None
    end_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Alignment:
    """A transcript beside its reference.

    Parameters
    ----------
    words : tuple of AlignedWord
        In order.
    errors : WordErrors
        Their count.
    character_error_rate : float
        CER: edits of characters, spaces among them, for each of the reference.
    """

    words: tuple[AlignedWord, ...]
    errors: WordErrors
    character_error_rate: float

    @property
    def word_error_rate(self) -> float:
        """WER."""
        return self.errors.rate

    @property
    def mismatch(self) -> str:
        """Why the reference may be of another recording: hardly a word of it is in its place; empty where it fits.

        Judged from ten words of the reference on: by chance a few short words of any two texts agree.
        """
        equal = sum(word.kind == "equal" for word in self.words)
        said = self.errors.reference_words
        if said < _JUDGED_WORDS or equal >= _LEAST_EQUAL * said:
            return ""
        return f"{equal} of {said} words of the reference are in their place: is it the text of this recording?"

    def to_dataframe(self) -> pd.DataFrame:
        """One row a word: ``kind``, ``said``, ``heard``, ``start_seconds``, ``end_seconds``."""
        import pandas as pd

        rows = [(w.kind, w.said, w.heard, w.start_seconds, w.end_seconds) for w in self.words]
        return pd.DataFrame(rows, columns=["kind", "said", "heard", "start_seconds", "end_seconds"])

    def __str__(self) -> str:
        marks = {"equal": "{said}", "substituted": "[{said}>{heard}]", "missing": "[-{said}]", "inserted": "[+{heard}]"}
        return " ".join(marks[word.kind].format(said=word.said, heard=word.heard) for word in self.words)


def align(reference: str, transcript: str | Transcript) -> Alignment:
    """Lay a transcript beside what was said, after the same `normalised` on both sides.

    Parameters
    ----------
    reference : str
        What was said.
    transcript : str or Transcript
        What was written; a `Transcript` brings the times of its words, or of its passages where it has no words.

    Returns
    -------
    Alignment
        With as few edits as possible, by jiwer.

    Raises
    ------
    ParameterError
        If the reference holds no words.
    LibraryUnavailable
        If jiwer is not installed.

    Examples
    --------
    >>> str(align("Ten of clubs, please.", "den of the clubs"))
    '[ten>den] of [+the] clubs [-please]'
    """
    said = normalised(reference).split()
    if not said:
        raise ParameterError("The reference holds no words.", cure="Give the text that was said.")
    heard = list(_tokens(transcript))
    try:
        import jiwer
    except ImportError as error:
        raise LibraryUnavailable(
            "jiwer, which aligns the words, is not installed.", cure="`pip install jiwer`."
        ) from error
    texts = [text for text, *_ in heard]
    found = jiwer.process_words(" ".join(said), " ".join(texts))
    letters = jiwer.process_characters(" ".join(said), " ".join(texts))
    counts = WordErrors(found.substitutions, found.deletions, found.insertions, len(said))
    return Alignment(tuple(_aligned(found.alignments[0], said, heard)), counts, float(letters.cer))


_Token = tuple[str, float | None, float | None]
_KINDS: dict[str, Literal["equal", "substituted", "missing", "inserted"]] = {
    "equal": "equal",
    "substitute": "substituted",
    "delete": "missing",
    "insert": "inserted",
}


def _tokens(transcript: str | Transcript) -> Iterator[_Token]:
    if isinstance(transcript, Transcript) and (transcript.words or transcript.passages):
        for part in transcript.words or transcript.passages:
            for text in normalised(part.text).split():
                yield text, part.start_seconds, part.end_seconds
        return
    for text in normalised(str(transcript)).split():
        yield text, None, None


def _aligned(chunks: Sequence[Any], said: list[str], heard: list[_Token]) -> Iterator[AlignedWord]:
    for chunk in chunks:
        kind = _KINDS[chunk.type]
        if kind == "missing":
            start, end = _gap(heard, chunk.hyp_start_idx)
            for text in said[chunk.ref_start_idx : chunk.ref_end_idx]:
                yield AlignedWord(kind, text, "", start, end)
            continue
        for step, (text, start, end) in enumerate(heard[chunk.hyp_start_idx : chunk.hyp_end_idx]):
            yield AlignedWord(kind, "" if kind == "inserted" else said[chunk.ref_start_idx + step], text, start, end)


def _gap(heard: list[_Token], place: int) -> tuple[float | None, float | None]:
    """Where a word is missing: from the end of the word before to the start of the one after."""
    if not heard or heard[0][1] is None:
        return None, None
    start = heard[place - 1][2] if place > 0 else 0.0
    end = heard[place][1] if place < len(heard) else start
    assert start is not None
    assert end is not None
    if end < start:  # both neighbours stand in one word or passage: somewhere there
        return end, start
    return start, end
