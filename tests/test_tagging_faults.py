"""What goes wrong in one branch leaves the others alone, is told, and ends in time."""

import threading

import numpy as np
import pytest
from tagging_parts import Gate, Genres, Moods, analysis, gate_in_place, tagged, tone

import audiokit
from audiokit import Segment, errors
from audiokit.results import Status
from audiokit.speech import speak
from audiokit.tagging.outcomes import Deadline, outcome_of


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard, and then another one.")


@pytest.fixture
def gate(monkeypatch):
    """Put a gate in the place of the real one; give it back to be changed."""
    return gate_in_place(monkeypatch)


def test_a_branch_that_raises_leaves_the_others_complete(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk, emotion=Moods(error=RuntimeError("the weights are odd")))
    found = analysis(result)
    assert found["states"] == {"voice": "ok", "mood": "failed", "genre": "ok"}
    assert found["errors"] == {"mood": "RuntimeError: the weights are odd"}
    assert found["music_genre"] == "electronic"
    assert "fake_moods" not in found["models_invoked"]


def test_both_raise_and_both_reasons_are_there(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    found = analysis(tagged(talk, emotion=Moods(error=ZeroDivisionError("by zero")), genre=Genres(error=MemoryError())))
    assert found["states"] == {"voice": "ok", "mood": "failed", "genre": "failed"}
    assert found["errors"]["mood"] == "ZeroDivisionError: by zero"
    assert found["errors"]["genre"].startswith("Out of memory")
    assert found["voice_detected"] is True
    assert found["models_invoked"] == ["silero_vad", "content_gate"]


def test_a_failed_voice_detector_is_not_an_absence_of_speech(talk, gate, monkeypatch):
    def broken(*_args, **_options):
        raise errors.ModelUnavailable("Silero's file is not here.", cure="Fetch it.")

    monkeypatch.setattr("audiokit.activity.vad.detect_speech", broken)
    gate.gate = Gate("music")
    found = analysis(tagged(talk))
    assert found["voice_detected"] is found["voice_segments_seconds"] is found["voice_mood"] is None
    assert found["states"] == {"voice": "unavailable", "mood": "unavailable", "genre": "ok"}
    assert found["errors"]["voice"] == "Silero's file is not here. Fetch it."
    assert "Silero's file is not here" in found["errors"]["mood"]
    assert found["models_invoked"] == ["content_gate", "fake_genres"]


def test_a_failed_gate_gives_no_mood_and_no_genre(talk, gate):
    gate.gate = Gate(error=OSError("disk"))
    found = analysis(tagged(talk))
    assert found["states"] == {"voice": "ok", "mood": "failed", "genre": "failed"}
    assert all("OSError: disk" in reason for reason in found["errors"].values())
    assert found["voice_detected"] is True


def test_no_expert_on_the_machine_is_unavailable_with_the_cure(gate, monkeypatch):
    def none(_choice):
        raise errors.ModelUnavailable("There is no genre expert.", cure="`audiokit models pull x` brings one.")

    monkeypatch.setattr("audiokit.tagging.pipeline.genre_expert", none)
    gate.gate = Gate("music")
    found = analysis(audiokit.tag(tone(4), emotion=Moods()))
    assert found["states"]["genre"] == "unavailable"
    assert "audiokit models pull" in found["errors"]["genre"]


@pytest.mark.parametrize("answer", [(0.1, 0.2), (np.nan, 0.5, 0.2, 0.3), (5.0, 0.0, 0.0, 0.0)])
def test_an_answer_that_is_no_probabilities_is_a_failure(talk, gate, answer):
    result = tagged(talk, emotion=Moods(answer))
    assert result.mood.status is Status.FAILED
    assert analysis(result)["voice_mood"] is None


class Slow(Moods):
    def __init__(self):
        super().__init__()
        self.go = threading.Event()

    def __call__(self, windows):
        self.go.wait(20)
        return super().__call__(windows)


def test_a_deadline_gives_back_what_is_done(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    tagged(talk)  # libraries are loaded
    slow = Slow()
    result = tagged(talk, emotion=slow, deadline_seconds=3.0)
    slow.go.set()
    found = analysis(result)
    assert found["states"] == {"voice": "ok", "mood": "failed", "genre": "ok"}
    assert "deadline of 3 s" in found["errors"]["mood"]


def test_a_deadline_that_has_passed_stops_what_has_not_begun():
    now = iter([0.0, 1.0, 5.0, 5.0])
    deadline = Deadline(2.0, clock=lambda: next(now))
    assert deadline.left_seconds == 1.0
    with pytest.raises(TimeoutError, match="The mood was not done"):
        deadline.check("The mood")
    assert Deadline(None).left_seconds is None
    assert outcome_of(MemoryError("4 GB")).reason.startswith("Out of memory: 4 GB")


def test_the_branches_run_side_by_side(talk, gate):
    """Each waits until the other has begun: one after the other would never end."""
    begun = threading.Barrier(2, timeout=20)

    class Together(Moods):
        def __call__(self, windows):
            begun.wait()
            return super().__call__(windows)

    class TogetherToo(Genres):
        def __call__(self, windows):
            begun.wait()
            return super().__call__(windows)

    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    assert tagged(talk, emotion=Together(), genre=TogetherToo()).states == dict.fromkeys(
        ("voice", "mood", "genre"), "ok"
    )
