"""What a transcript's diff shows: the aligned words on the wire, the errors in words, and their spans on the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.results import Segment
from audiokit_widgets.lanes import Spans
from audiokit_widgets.wording import counted

if TYPE_CHECKING:
    from audiokit.speech.alignment import AlignedWord, Alignment

__all__ = ["KINDS", "LETTERS", "NO_TIMES", "SIGNS", "context", "diff_facts", "error_spans", "errors_of", "summary"]

KINDS = {"substituted": "substitution", "missing": "deletion", "inserted": "insertion"}
"""Kinds of errors, and what the field calls one."""

SIGNS = {"substituted": "≠", "missing": "−", "inserted": "+"}
"""An error is told by its sign, never by a colour alone."""

LETTERS = {"substituted": "S", "missing": "D", "inserted": "I"}
"""The same in pictures, whose letters have no such signs."""

NO_TIMES = "The transcript has no times: its errors can be read, not heard."


def errors_of(alignment: Alignment) -> list[int]:
    """Places of all errors among the aligned words."""
    return [i for i, word in enumerate(alignment.words) if word.kind != "equal"]


def diff_facts(alignment: Alignment) -> tuple[dict[str, Any], bytes]:
    """Give what the page draws.

    Parameters
    ----------
    alignment : Alignment
        Of `audiokit.speech.align`.

    Returns
    -------
    dict
        ``count`` of the aligned words, ``vocabulary``, ``wer``, ``cer``, ``counts`` by kind, ``reference_words`` and
        ``notes``.
    bytes
        Little-endian: starts and ends of all words (float64, NaN for none), then the places of the reference's and of
        the transcript's words in the vocabulary (uint32; 0 is no word).
    """
    words = alignment.words
    vocabulary = {"": 0}
    for word in words:
        for text in (word.said, word.heard):
            vocabulary.setdefault(text, len(vocabulary))
    nothing = float("nan")
    times = [[nothing if t is None else t for t in (w.start_seconds, w.end_seconds)] for w in words]
    places = [[vocabulary[w.said], vocabulary[w.heard]] for w in words]
    errors = alignment.errors
    facts = {
        "count": len(words),
        "vocabulary": list(vocabulary),
        "wer": round(alignment.word_error_rate, 6),
        "cer": round(alignment.character_error_rate, 6),
        "counts": {
            "substituted": errors.substitutions,
            "missing": errors.deletions,
            "inserted": errors.insertions,
        },
        "reference_words": errors.reference_words,
        "notes": [NO_TIMES] if words and all(w.start_seconds is None for w in words) else [],
    }
    data = (
        np.array(times, dtype="<f8").reshape(-1, 2).T.tobytes()
        + np.array(places, dtype="<u4").reshape(-1, 2).T.tobytes()
    )
    return facts, data


def summary(alignment: Alignment) -> str:
    """Rates and counts in one line.

    Examples
    --------
    >>> from audiokit.speech import align
    >>> summary(align("Ten of clubs, please.", "den of the clubs"))
    'WER 75.0 % (1 substitution, 1 deletion, 1 insertion in 4 words), CER 52.6 %'
    """
    errors = alignment.errors
    counts = (errors.substitutions, errors.deletions, errors.insertions)
    told = ", ".join(counted(count, noun) for count, noun in zip(counts, KINDS.values(), strict=True))
    of = f"({told} in {counted(errors.reference_words, 'word')})"
    return f"WER {alignment.word_error_rate:.1%} {of}, CER {alignment.character_error_rate:.1%}".replace("%", " %")


def error_spans(words: Sequence[AlignedWord], hidden: Sequence[str] = ()) -> Spans:
    """Errors that have a time, each labelled by its letter; for pictures."""
    return Spans(
        tuple(
            Segment(w.start_seconds, w.end_seconds or w.start_seconds, LETTERS[w.kind])
            for w in words
            if w.kind != "equal" and w.kind not in hidden and w.start_seconds is not None
        ),
        {LETTERS["inserted"]: 0, LETTERS["substituted"]: 1, LETTERS["missing"]: 4},  # blue, orange, red: as in the page
    )


def context(words: Sequence[AlignedWord], place: int, *, most: int = 3) -> tuple[str, str]:
    """Words of the reference before and after an error."""
    before = [w.said for w in words[max(0, place - 2 * most) : place] if w.said][-most:]
    after = [w.said for w in words[place + 1 : place + 1 + 2 * most] if w.said][:most]
    return " ".join(before), " ".join(after)
