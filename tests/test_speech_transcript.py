"""Words, phrases and word errors."""

from __future__ import annotations

import sys

import pytest

from audiokit import Segment, Status
from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.speech import Transcript, Word, word_errors
from audiokit.speech.scoring import normalised


def made(*words):
    return Transcript(tuple(words), " ".join(w.text for w in words), "en", "example 1.0", "draft", 10.0)


def test_words_closer_than_half_a_second_make_a_phrase():
    transcript = made(Word(0, 1, "go", 0.5), Word(1.4, 2.4, "forward", 1.0), Word(2.9, 3.0, "stop", 0.25))
    assert transcript.segments == (Segment(0, 2.4, "go forward", 0.75), Segment(2.9, 3.0, "stop", 0.25))
    assert len(transcript.phrases(min_pause_seconds=0.6)) == 1
    assert transcript.status is Status.OK
    assert str(transcript) == "go forward stop"


def test_confidence_may_be_missing():
    assert made(Word(0, 1, "go")).segments[0].score is None
    assert made(Word(0, 1, "go"), Word(1, 2, "on", 0.5)).segments[0].score == 0.5


def test_no_words():
    transcript = made()
    assert transcript.status is Status.ABSTAINED
    assert transcript.segments == ()
    table = transcript.to_dataframe()
    assert table.empty
    assert list(table.columns) == ["start_seconds", "end_seconds", "text", "confidence"]


def test_words_as_a_table():
    table = made(Word(0.1, 1, "go", 0.5), Word(1.4, 2.4, "forward")).to_dataframe()
    assert table["text"].tolist() == ["go", "forward"]
    assert table["start_seconds"].tolist() == [0.1, 1.4]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", "hello world"),
        ("don\u2019t 'quote' me", "don't quote me"),
        ("forty-two—lines", "forty two lines"),
        ("Grüße, Ærø", "grüße ærø"),
        (" ' ", ""),
    ],
)
def test_normalisation(text, expected):
    assert normalised(text) == expected


def edits(reference, hypothesis):
    """Fewest edits from one list of words to another: the textbook recurrence."""
    row = list(range(len(hypothesis) + 1))
    for i, said in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, heard in enumerate(hypothesis, 1):
            previous, row[j] = row[j], min(previous + (said != heard), row[j] + 1, row[j - 1] + 1)
    return row[-1]


@pytest.mark.parametrize(
    ("reference", "heard"),
    [("a b c d", "a x c"), ("a b c", ""), ("one two", "one one two two two"), ("same words", "Same, words.")],
)
def test_errors_equal_the_edit_distance(reference, heard):
    pytest.importorskip("jiwer")
    found = word_errors(reference, heard)
    distance = edits(normalised(reference).split(), normalised(heard).split())
    assert found.substitutions + found.deletions + found.insertions == distance
    assert found.rate == distance / found.reference_words


def test_an_empty_reference_is_refused():
    with pytest.raises(ParameterError, match="no words"):
        word_errors("...", "something")


def test_without_jiwer(monkeypatch):
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(LibraryUnavailable, match="pip install jiwer"):
        word_errors("a", "b")
