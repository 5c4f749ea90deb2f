"""Words beside words: the kinds add up to the errors, and every error has a place to listen to."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.speech import Passage, Transcript, Word, align, word_errors

pytest.importorskip("jiwer")
words = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8)


def made(*held):
    return Transcript(tuple(held), " ".join(w.text for w in held), "en", "engine 1.0", "draft", 10.0)


@given(words.filter(bool), words)
def test_the_alignment_reads_back_as_both_texts(said, heard):
    found = align(" ".join(said), " ".join(heard))
    assert [w.said for w in found.words if w.kind != "inserted"] == said
    assert [w.heard for w in found.words if w.kind != "missing"] == heard
    counts = word_errors(" ".join(said), " ".join(heard))
    assert found.errors == counts
    kinds = [w.kind for w in found.words]
    assert (kinds.count("substituted"), kinds.count("missing"), kinds.count("inserted")) == (
        counts.substitutions,
        counts.deletions,
        counts.insertions,
    )
    assert all((w.said == w.heard) == (w.kind == "equal") for w in found.words)
    assert found.word_error_rate == counts.rate


def test_times_come_from_the_transcript():
    transcript = made(Word(0.5, 0.9, "Ten"), Word(1.0, 1.5, "forty-two"), Word(3.0, 3.4, "clubs"))
    found = align("ten forty two big clubs please", transcript)
    assert str(found) == "ten forty two [-big] clubs [-please]"
    times = [(w.start_seconds, w.end_seconds) for w in found.words]
    assert times == [(0.5, 0.9), (1.0, 1.5), (1.0, 1.5), (1.5, 3.0), (3.0, 3.4), (3.4, 3.4)]
    assert align("well ten", made(Word(0.5, 0.9, "ten"))).words[0].end_seconds == 0.5
    assert align("ten", "ten").words[0].start_seconds is None
    assert align("ten", made()).words[0].start_seconds is None
    table = found.to_dataframe()
    assert table["kind"].tolist() == ["equal", "equal", "equal", "missing", "equal", "missing"]


def test_characters_are_counted_too():
    assert align("abcd", "abxd").character_error_rate == 0.25
    assert align("abcd", "abcd").character_error_rate == 0
    assert align("abcd", "").character_error_rate == 1


def test_a_reference_of_another_recording_is_said():
    said = "the quick brown fox jumps over the lazy dog and goes home"
    assert align(said, said).mismatch == ""
    assert align(said, "the quick brown cat jumps over a lazy dog and stays").mismatch == ""
    other = align(said, "we shall meet again at nine in front of the old station")
    assert other.mismatch == ("0 of 12 words of the reference are in their place: is it the text of this recording?")
    assert other.word_error_rate > 0.9
    assert align(said, "").mismatch.startswith("0 of 12")
    assert align("yes please", "no thanks").mismatch == ""  # too short to tell


def test_what_cannot_be_aligned(monkeypatch):
    with pytest.raises(ParameterError, match="no words"):
        align("...", "something")
    monkeypatch.setitem(sys.modules, "jiwer", None)
    with pytest.raises(LibraryUnavailable, match="pip install jiwer"):
        align("a", "b")


def test_passages_give_their_times_where_words_have_none():
    passages = (Passage(0.5, 2.0, "ten of clubs"), Passage(3.0, 4.0, "please"))
    transcript = Transcript((), "ten of clubs please", "en", "engine 1.0", "draft", 10.0, passages=passages)
    found = align("ten big of clubs or please", transcript)
    assert str(found) == "ten [-big] of clubs [-or] please"
    times = [(w.start_seconds, w.end_seconds) for w in found.words]
    assert times == [(0.5, 2.0), (0.5, 2.0), (0.5, 2.0), (0.5, 2.0), (2.0, 3.0), (3.0, 4.0)]
