"""Made speech is checked: each fault is found, the score falls with it, and the round trip hears the text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audiokit import Audio
from audiokit.errors import ModelUnavailable, ParameterError
from audiokit.models.wheels import file_in_wheel
from audiokit.speech import check_voice, speak

pytest.importorskip("pyloudnorm")
pytest.importorskip("jiwer")
pytestmark = pytest.mark.skipif(file_in_wheel("espeakng_loader", "__init__.py") is None, reason="no espeakng-loader")
needs_recogniser = pytest.mark.skipif(
    not (
        file_in_wheel("pocketsphinx", "model/en-us/en-us.lm.bin")
        and file_in_wheel("silero_vad", "data/silero_vad.onnx")
    ),
    reason="no pocketsphinx or no silero-vad",
)
TEXT = "The weather will be fine tomorrow morning, and the road is dry."
SENTENCES = (
    "The weather will be fine tomorrow morning.", "Please close the door behind you.", "She reads a book in the garden.",
    "We have a long way to go today.", "The train leaves at seven in the evening.", "My brother works in the city.",
    "There is a letter on the table.", "He opened the window and looked outside.", "The children play in the street.",
    "I would like a cup of coffee.", "The water in the river is cold.", "They bought a new house last year.",
    "The night was dark and very quiet.", "Can you help me with this problem?", "The story has a happy ending.",
    "Snow covered the fields and the trees.", "He told us the truth about it.", "The music was loud and beautiful.",
    "You should see a doctor tomorrow.", "We will meet again next summer.",
)  # fmt: skip


@pytest.fixture(scope="module")
def voice():
    return speak(TEXT, "en-us")


def changed(voice, samples):
    return replace(voice, samples=np.asarray(samples, np.float32))


def test_good_speech_is_ok(voice):
    found = check_voice(voice, TEXT, recogniser=None)
    assert (found.status, found.reasons) == ("ok", ())
    assert found.score == pytest.approx(5.0)
    assert 8 < found.letters_per_second < 22
    assert found.word_error_rate is None
    assert found.recogniser == "not asked for"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda x, _: np.zeros_like(x), "it is silent"),
        (lambda x, _: x[:, :0], "it is silent"),
        (lambda x, _: x * 0.004, "very quiet"),
        (lambda x, _: np.clip(x * 20, -1, 1), "samples are clipped"),
        (lambda x, rate: np.concatenate([x[:, :rate], x[:, :1] * np.zeros(3 * rate), x[:, rate:]], 1), "silent for"),
        (lambda x, _: x[:, ::3], "letters a second"),
        (lambda x, _: np.repeat(x, 4, axis=1), "letters a second"),
    ],
)
def test_each_fault_is_named_and_costs(voice, fault, reason):
    found = check_voice(changed(voice, fault(voice.samples, voice.sample_rate)), TEXT, recogniser=None)
    assert found.status == "suspect"
    assert any(reason in said for said in found.reasons)
    assert found.score < 5.0


@needs_recogniser
def test_twenty_sentences_come_back_within_a_band():
    """espeak-ng heard by PocketSphinx: a machine voice to a draft recogniser. Measured: 78 of 135 words are wrong."""
    from audiokit.speech import transcribe, word_errors

    errors = words = 0
    for sentence in SENTENCES:
        found = word_errors(sentence, transcribe(speak(sentence, "en-us"), "pocketsphinx").text)
        errors += found.substitutions + found.deletions + found.insertions
        words += found.reference_words
    assert words == 135
    assert 0.4 < errors / words < 0.72


@needs_recogniser
def test_another_text_is_suspect(voice):
    right = check_voice(voice, TEXT)
    other = check_voice(voice, "Yesterday a green bicycle fell into seven quiet lakes.")
    assert right.status == "ok"
    assert "pocketsphinx" in right.recogniser
    assert right.word_error_rate < 0.8 < other.word_error_rate
    assert any("something else" in reason for reason in other.reasons)
    assert other.score < right.score
    assert right.score == pytest.approx(5 * (1 - right.word_error_rate))
    assert check_voice(voice, TEXT, max_word_error_rate=0.0).status == (
        "ok" if not right.word_error_rate else "suspect"
    )


def test_a_language_without_a_recogniser_is_no_fault(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    german = speak("Guten Morgen, wie geht es Ihnen heute?", "de")
    found = check_voice(german, "Guten Morgen, wie geht es Ihnen heute?", language="de")
    assert found.status == "ok"
    assert found.word_error_rate is None
    assert found.recogniser.startswith("no recogniser could be used")
    with pytest.raises(ModelUnavailable):
        check_voice(german, "Guten Morgen", recogniser="large-v3")


def test_what_cannot_be_compared(voice):
    with pytest.raises(ParameterError, match="no letter"):
        check_voice(voice, "...")
    with pytest.raises(ParameterError, match="max_word_error_rate"):
        check_voice(voice, TEXT, max_word_error_rate=-1)
    assert check_voice(voice, "今日は天気がいい", recogniser=None).letters_per_second is None
    assert check_voice(Audio(np.zeros((2, 0)), 16000), TEXT, recogniser=None).score == 0
