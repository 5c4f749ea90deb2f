"""Punctuation by a network of transformers: the marks of its own pipeline, words untouched, windows of any length."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiokit import Audio
from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models import ModelStore, entry
from audiokit.speech import transcribe, transcribe_many, transcribing
from audiokit.speech.choosing import Choice
from audiokit.speech.engine import Written
from audiokit.speech.options import Options
from audiokit.speech.punctuator import LANGUAGES, Punctuator, find_punctuator, marks_of
from audiokit.speech.readable import punctuated, readable
from audiokit.speech.transcript import Word

TEXT = "so this is where we meet again and nobody told me that you would be here"
WORDS = TEXT.split()


def timed(texts):
    return tuple(Word(0.4 * place, 0.4 * place + 0.3, text, 0.8) for place, text in enumerate(texts))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    for name in ("transformers", "torch"):
        pytest.importorskip(name)
    from tiny_speech import tiny_punctuator

    return tiny_punctuator(tmp_path_factory.mktemp("punctuation") / "tiny")


@pytest.fixture(scope="module")
def store():
    with_room = ModelStore(max_bytes=200_000_000, devices=["cpu"])
    yield with_room
    with_room.close()


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


def test_the_same_marks_as_transformers_own_pipeline(checkpoint, store):
    """The slow way: every token labelled, and the last one of each word counts."""
    import transformers

    said = WORDS[:6]
    network = transformers.AutoModelForTokenClassification.from_pretrained(str(checkpoint))
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(checkpoint))
    tokens = transformers.pipeline("token-classification", model=network, tokenizer=tokenizer, ignore_labels=[])(
        " ".join(said)
    )
    ends = np.cumsum([len(word) + 1 for word in said]) - 1
    labels = [next(t["entity"] for t in tokens if t["end"] == end) for end in ends]
    found = Punctuator("tiny", checkpoint).marks(said, device="cpu", store=store)
    assert found == tuple("" if label == "0" else label for label in labels)
    assert len(set(found)) > 1


def test_long_texts_go_through_in_windows(checkpoint, store):
    """Where a window has room for all, there is one; the tiny network takes 40 tokens at a time."""
    found = Punctuator("tiny", checkpoint).marks(WORDS * 20, device="cpu", store=store)
    assert len(found) == len(WORDS) * 20
    assert Punctuator("tiny", checkpoint).marks([], device="cpu", store=store) == ()
    strange = ["x" * 500, "\u65e5\u672c\u8a9e", "", "ok"]
    assert len(Punctuator("tiny", checkpoint).marks(strange, device="cpu", store=store)) == 4


class Echo:
    """A network whose mark is the word itself and how far it was from the edges of its window."""

    def __init__(self, longest):
        self.longest_tokens, self.windows = longest, []

    def token_counts(self, words):
        return [len(word) for word in words]

    def window(self, words):
        self.windows.append(list(words))
        return [(word, min(place, len(words) - 1 - place)) for place, word in enumerate(words)]


@given(st.lists(st.sampled_from(["a", "bb", "ccccc", "dddddddddddddddd"]), max_size=200), st.integers(8, 120))
def test_every_word_is_judged_once_where_it_has_the_most_context(words, longest):
    numbered = [f"{word}{place:03}" for place, word in enumerate(words)]
    echo = Echo(longest)
    found = marks_of(numbered, echo)
    assert [word for word, _ in found] == numbered
    assert all(sum(map(len, window)) <= longest or len(window) == 1 for window in echo.windows)
    if len(echo.windows) == 1:
        return
    for place, (word, context) in enumerate(found):
        best = max(min(w.index(word), len(w) - 1 - w.index(word)) for w in echo.windows if word in w)
        assert context >= best - 1, place


@given(st.lists(st.tuples(st.sampled_from(["i", "i'm", "well", "no"]), st.sampled_from(["", ".", ",", "?", "-"]))))
def test_words_stay_and_sentences_end_at_their_marks(pairs):
    words, marks = timed([word for word, _ in pairs]), [mark for _, mark in pairs]
    passages = punctuated(words, marks, language="en")
    assert " ".join(p.text for p in passages).lower().translate(str.maketrans("", "", ".,?-")).split() == [
        word for word, _ in pairs
    ]
    assert all(p.text[-1] in ".?" for p in passages[:-1])
    assert all(p.text[0].isupper() for p in passages)
    ends = [place for place, mark in enumerate(marks) if mark in (".", "?") or place + 1 == len(marks)]
    assert [p.end_seconds for p in passages] == [words[place].end_seconds for place in ends]
    assert all(p.confidence == pytest.approx(0.8) for p in passages)


def test_a_dash_stands_between_spaces():
    assert punctuated(timed(["yes", "no"]), ["-", "."], language="en")[0].text == "Yes - no."


class Reciter:
    """An engine that writes the same words about every sound."""

    name, options, needs = "reciter", frozenset(), ()

    def write(self, heard, options, **_):
        return Written("reciter 1", "full", options.language or "en", words=timed(WORDS))


@pytest.fixture
def reciter(monkeypatch):
    monkeypatch.setattr(transcribing, "choose", lambda *_, **__: Choice(Reciter(), "x", Path(), "a test"))
    return Audio(np.zeros(16_000 * 8), 16_000)


def test_a_transcript_says_what_its_marks_come_from(checkpoint, store, reciter, nothing_here):
    found = transcribe(reciter, vad=False, punctuator=checkpoint, store=store)
    assert found.punctuation == "model"
    assert any("punctuation by tiny" in note and "weights are random" in note for note in found.notes)
    assert [word.text for word in found.words] == WORDS
    assert found.text == " ".join(passage.text for passage in found.passages)
    assert transcribe(reciter, vad=False, store=store).punctuation == "pauses"  # none of the catalogue's is here
    assert transcribe(reciter, vad=False, punctuator="pauses", store=store).punctuation == "pauses"


def test_auto_takes_the_catalogues_where_it_is_and_knows_the_language(checkpoint, store, reciter, nothing_here):
    (nothing_here / "fullstop_punctuation_large").symlink_to(checkpoint)
    found = transcribe(reciter, vad=False, store=store)
    assert found.punctuation == "model"
    assert any("by fullstop_punctuation_large" in note for note in found.notes)
    assert transcribe(reciter, vad=False, language="nl", store=store).punctuation == "pauses"
    (nothing_here / "fullstop_punctuation_base").symlink_to(checkpoint)
    assert find_punctuator("auto", "nl").title == "fullstop_punctuation_base"
    for name in LANGUAGES:
        assert (entry(name).task, entry(name).kind, entry(name).licence) == ("punctuation", "transformers", "MIT")


def test_what_cannot_be_done_is_said_before_anything_works(nothing_here, reciter, monkeypatch):
    monkeypatch.setattr(Reciter, "write", lambda *_, **__: pytest.fail("the engine worked"))
    with pytest.raises(ModelUnavailable) as caught:
        transcribe(reciter, vad=False, punctuator="fullstop_punctuation_base")
    with pytest.raises(ModelUnavailable):
        next(transcribe_many([reciter], punctuator="fullstop_punctuation_base"))
    assert "`audiokit models pull fullstop_punctuation_base`" in caught.value.cure
    with pytest.raises(ParameterError, match="no model of punctuation"):
        transcribe(reciter, vad=False, punctuator="silero_vad")
    with pytest.raises(ParameterError, match="'ja'"):
        transcribe(reciter, vad=False, language="ja", punctuator="fullstop_punctuation_base")
    with pytest.raises(ParameterError, match="readable=False"):
        transcribe(reciter, vad=False, readable=False, punctuator="pauses")


def test_a_checkpoint_that_labels_something_else_is_refused(tmp_path, checkpoint, store):
    from tiny_speech import tiny_punctuator

    names = tiny_punctuator(tmp_path / "names", labels=("O", "PER", "LOC"))
    with pytest.raises(ModelRefused, match=r"labels words \['LOC', 'PER'\]"):
        Punctuator("names", names).marks(["a"], device="cpu", store=store)
    (names / "tokenizer.json").unlink()
    config = json.loads((names / "config.json").read_text())
    (names / "config.json").write_text(json.dumps({**config, "id2label": {"0": "0", "1": ".", "2": ","}}))
    with pytest.raises(ModelRefused, match="tokenizer"):
        Punctuator("names", names).marks(["a"], device="cpu", store=store)


def test_an_engine_with_punctuation_is_left_alone(store):
    written = Written("whisper", "full", "en", words=timed(WORDS), punctuation="engine")
    assert readable(written, Options(), device="cpu", store=store) is written
