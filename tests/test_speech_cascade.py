"""A cascade asks about what is unsure and nothing else, keeps what is surer, and says what that cost."""

from __future__ import annotations

import numpy as np
import pytest
from made_speech import spoken

from audiokit import Audio
from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.speech import cascade, transcribe_cascade
from audiokit.speech.coverage import Covered, ledger
from audiokit.speech.transcript import Passage, Transcript, Word

SOUND = Audio(np.zeros(16000 * 12), 16000)


def transcript(passages, engine, seconds, speech=()):
    words = tuple(Word(p.start_seconds, p.end_seconds, p.text, p.confidence) for p in passages)
    coverage = ledger(speech, [Covered(*span, "transcribed") for span in speech], model="made") if speech else None
    return Transcript(
        words,
        " ".join(p.text for p in passages),
        "en",
        engine,
        "full",
        seconds,
        passages=tuple(passages),
        coverage=coverage,
    )


@pytest.fixture
def engines(monkeypatch):
    """A cheap model that is unsure in the middle, and a dear one with a given answer."""
    asked = []
    speech = [(1.0, 3.0), (4.0, 7.0), (8.0, 11.0)]

    def use(answer):
        def transcribe(audio, model, **options):
            asked.append((model, audio.duration_seconds, options))
            if model == "cheap":
                texts = (("first", 0.9), ("secant", 0.2), ("third", 0.8))
                passages = [Passage(*span, text, sure) for span, (text, sure) in zip(speech, texts, strict=True)]
                return transcript(passages, "cheap 1", 12.0, speech)
            return transcript(answer, "dear 1", audio.duration_seconds)

        monkeypatch.setattr(cascade, "transcribe", transcribe)
        monkeypatch.setattr("audiokit.speech.choosing.choose", lambda *_, **__: None)
        return asked

    return use


def test_only_what_is_unsure_is_asked_about(engines):
    asked = engines([Passage(0.3, 3.3, "second", 0.95)])
    found = transcribe_cascade(SOUND, ["cheap", "dear"], speech=spoken((1, 3), seconds=12.0))
    assert [model for model, *_ in asked] == ["cheap", "dear"]
    assert asked[1][1] == pytest.approx(3.6)  # the passage and 0.3 s on both sides
    assert asked[1][2]["vad"] is asked[1][2]["gate"] is False  # where to listen is known already
    assert "speech" not in asked[1][2]
    assert found.transcript.text == "first second third"
    assert found.first.text == "first secant third"
    assert [word.text for word in found.transcript.words] == ["first", "second", "third"]
    assert (found.transcript.passages[1].start_seconds, found.transcript.passages[1].end_seconds) == (4.0, 7.0)
    assert found.transcript.engine == "cheap 1 + dear 1"
    assert [(p.text, p.reason) for p in found.transcript.rejected] == [("secant", "another model was surer")]
    assert "1 passage(s) below 0.5 asked about again, 1 of the answers kept" in found.transcript.notes
    (retry,) = found.retries
    assert retry.kept
    assert found.extra_seconds == retry.taken_seconds > 0
    assert found.transcript.coverage.seconds() == pytest.approx(8.0)
    assert found.transcript.coverage.complete


def test_options_reach_all_models(engines):
    asked = engines([Passage(0.3, 3.3, "second", 0.95)])
    options = {"language": "en", "hotwords": "secant", "beam_size": 2, "denoise": True, "gate": True}
    transcribe_cascade(SOUND, ["cheap", "dear"], **options)
    assert asked[0][2] == options
    assert {name: asked[1][2][name] for name in options} == {**options, "gate": False}


def test_an_answer_that_is_less_sure_is_not_kept(engines):
    engines([Passage(0.3, 3.3, "seconds", 0.1)])
    found = transcribe_cascade(SOUND, ["cheap", "dear"])
    assert found.transcript.text == "first secant third"
    assert [retry.kept for retry in found.retries] == [False]
    assert found.transcript.engine == "cheap 1"


def test_no_answer_changes_nothing(engines):
    engines([])
    assert transcribe_cascade(SOUND, ["cheap", "dear"]).transcript.text == "first secant third"


def test_speech_that_the_answer_leaves_out_is_in_the_ledger(engines):
    engines([Passage(0.3, 1.3, "sec", 0.95)])
    coverage = transcribe_cascade(SOUND, ["cheap", "dear"]).transcript.coverage
    assert coverage.seconds() == pytest.approx(8.0)
    assert coverage.seconds("rejected") == pytest.approx(1.7)
    assert coverage.complete


def test_the_limit_decides(engines):
    asked = engines([Passage(0.3, 3.3, "second", 0.95)])
    transcribe_cascade(SOUND, ["cheap", "dear"], min_confidence=0.1)
    assert len(asked) == 1
    transcribe_cascade(SOUND, ["cheap", "dear"], min_confidence=0.85)
    assert len(asked) == 1 + 3


def test_what_does_not_fit():
    for models in ("tiny", ["tiny"], []):
        with pytest.raises(ParameterError, match="two models"):
            transcribe_cascade(SOUND, models)
    with pytest.raises(ParameterError, match="min_confidence"):
        transcribe_cascade(SOUND, ["tiny", "small"], min_confidence=2)
    with pytest.raises(ModelUnavailable):  # before anything has worked
        transcribe_cascade(SOUND, ["pocketsphinx", "whispr"])
