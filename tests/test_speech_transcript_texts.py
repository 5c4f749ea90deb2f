"""Words as the text writes them, and texts that were put in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit.errors import ParameterError
from audiokit.speech import Passage, Transcript, Word
from audiokit.speech.readable import sentences
from audiokit.speech.transcript_edits import edited_transcript
from audiokit.speech.transcript_texts import EDITED, written

WORDS = (Word(0.1, 0.4, "ten", 0.9), Word(0.5, 0.9, "metres", 0.2), Word(3.0, 3.4, "stop", 0.6))


def made(words=WORDS, passages=None, **more):
    passages = sentences(words, language="en") if passages is None else passages
    return Transcript(words, " ".join(p.text for p in passages), "en", "e", "draft", 9.0, passages=passages, **more)


def test_words_are_written_as_their_passages_write_them():
    found = written(made())
    assert [(w.text, w.passage) for w in found] == [("Ten", 0), ("metres.", 0), ("Stop.", 1)]


def test_where_a_passage_has_other_words_they_stay_as_the_engine_gave_them():
    other = (Passage(0.0, 1.0, "10 metres."), Passage(5.0, 6.0, "Stop."))
    found = written(made(passages=other))
    assert [(w.text, w.passage) for w in found] == [("ten", 0), ("metres", 0), ("stop", -1)]
    assert [w.text for w in written(made(passages=()))] == ["ten", "metres", "stop"]


def test_an_edit_changes_one_word_and_its_passage():
    measured = Passage(0.0, 1.0, "Ten metres.", 0.5, "batched", log_probability=-0.3)
    before = made(passages=(measured, Passage(3.0, 3.4, "Stop.", 0.6)), coverage=None)
    after = before.with_texts({1: " meters. "})
    assert [w.text for w in after.words] == ["ten", "meters.", "stop"]
    assert [w.confidence for w in after.words] == [0.9, None, 0.6]
    assert after.words[1].start_seconds == 0.5
    assert after.passages == (Passage(0.0, 1.0, "Ten meters."), before.passages[1])
    assert after.text == "Ten meters. Stop."
    assert after.notes == (EDITED,)
    assert after.with_texts({0: "Two"}).notes == (EDITED,)


def test_an_empty_text_takes_a_word_away_and_a_passage_with_its_last():
    before = made()
    assert before.with_texts({0: ""}).text == "metres. Stop."
    after = before.with_texts({2: "  "})
    assert after.text == "Ten metres."
    assert len(after.passages) == 1
    assert [w.text for w in after.words] == ["ten", "metres"]
    assert before.with_texts({0: "", 1: "", 2: ""}).text == ""


def test_what_is_as_before_is_no_edit():
    before = made()
    assert before.with_texts({}) is before
    assert before.with_texts({0: "Ten", 2: "Stop."}) is before


def test_without_words_the_passages_are_edited():
    before = made((), (Passage(0, 1, "ten metres", 0.4), Passage(3, 4, "stop")))
    after = before.with_texts({0: "two metres"})
    assert after.passages == (Passage(0, 1, "two metres"), Passage(3, 4, "stop"))
    assert after.text == "two metres stop"
    assert before.with_texts({0: ""}).passages == before.passages[1:]


@pytest.mark.parametrize("place", [-1, 3])
def test_a_word_that_is_not_there_is_refused(place):
    with pytest.raises(ParameterError, match=f"no word {place}"):
        made().with_texts({place: "x"})
    with pytest.raises(ParameterError, match="no passage 0"):
        made((), ()).with_texts({0: "x"})


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b'c", "d"]), st.floats(0.01, 2.0)), min_size=1, max_size=12),
    st.dictionaries(st.integers(0, 11), st.sampled_from(["", "x", "two words", "Y."]), max_size=6),
)
def test_edits_in_any_order_say_what_edits_of_the_words_say(drawn, texts):
    words, at = [], 0.0
    for text, pause in drawn:
        words.append(Word(at, at + 0.3, text, 0.5))
        at += 0.3 + pause
    before = made(tuple(words))
    texts = {i: text for i, text in texts.items() if i < len(words)}
    after = before.with_texts(texts)
    kept = [texts.get(i, word.text) for i, word in enumerate(written(before))]
    assert after.text == " ".join(text for text in kept if text)
    assert len(after.words) == sum(bool(text) for text in kept)
    assert " ".join(p.text for p in after.passages) == after.text
    if len(after.words) == len(words):  # beside the way by an annotation editor, which knows no passages
        annotations = after.to_annotations()
        other = edited_transcript(made(tuple(words)), annotations)
        assert [w.text for w in other.words] == [w.text for w in after.words]
