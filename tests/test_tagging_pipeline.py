"""One sound through the branches: states, isolation, the published schema, and what runs when."""

import json
import pickle
import sys
import threading
from types import SimpleNamespace

import jsonschema
import numpy as np
import pytest
import soundfile
from tagging_parts import Gate, Genres, Moods, silence, tone

import audiokit
from audiokit import Audio, Segment, errors
from audiokit.activity import detect_speech
from audiokit.results import Status
from audiokit.speech import speak
from audiokit.tagging import TagOptions, result_schema, tags_table
from audiokit.tagging.outcomes import Deadline, outcome_of

KEYS = [
    "voice_detected", "voice_mood", "voice_mood_confidence", "voice_segments_seconds", "music_genre",
    "music_genre_confidence", "music_subgenres", "processing_time_ms", "models_invoked", "states", "errors",
]  # fmt: skip


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard, and then another one.")


@pytest.fixture
def gate(monkeypatch):
    """Put a gate in the place of the real one; give it back to be changed."""
    held = SimpleNamespace(gate=Gate())

    def classify_content(audio, **options):
        return held.gate(audio, **options)

    monkeypatch.setitem(sys.modules, "audiokit.activity.content", SimpleNamespace(classify_content=classify_content))
    return held


def analysis(result):
    """The result as a dict, after the schema took it."""
    found = result.to_dict()
    jsonschema.Draft202012Validator(result_schema()).validate(found)
    assert json.loads(result.to_json()) == found
    assert list(found) == ["audio_analysis"]
    assert list(found["audio_analysis"]) == KEYS
    return found["audio_analysis"]


def tagged(source, **options):
    return audiokit.tag(source, **{"emotion": Moods(), "genre": Genres(), "min_music_seconds": 1.6, **options})


# what the states say


def test_speech_has_a_mood_and_no_genre(talk, gate):
    result = tagged(talk)
    found = analysis(result)
    assert found["voice_detected"] is True
    assert (found["voice_mood"], found["voice_mood_confidence"]) == ("happy", 0.7)
    assert found["states"] == {"voice": "ok", "mood": "ok", "genre": "abstained"}
    assert found["music_genre"] is found["music_genre_confidence"] is found["music_subgenres"] is None
    assert found["errors"] == {}
    assert found["models_invoked"] == ["silero_vad", "content_gate", "fake_moods"]
    assert found["voice_segments_seconds"] == [
        [round(s.start_seconds, 3), round(s.end_seconds, 3)] for s in result.segments
    ]


def test_music_has_a_genre_with_its_subgenres(gate):
    gate.gate = Gate("music")
    found = analysis(tagged(tone(12)))
    assert found["voice_detected"] is False
    assert (found["voice_mood"], found["voice_mood_confidence"]) == ("none", 1.0)
    assert (found["music_genre"], found["music_genre_confidence"]) == ("electronic", 0.8)
    assert found["music_subgenres"] == ["house", "techno"]
    assert found["states"] == {"voice": "ok", "mood": "abstained", "genre": "ok"}
    assert found["models_invoked"] == ["silero_vad", "content_gate", "fake_genres"]


def test_without_speech_no_mood_expert_is_even_looked_for(gate, monkeypatch):
    asked = []
    monkeypatch.setattr("audiokit.tagging.pipeline.mood_expert", asked.append)
    monkeypatch.setattr("audiokit.tagging.pipeline.genre_expert", asked.append)
    gate.gate = Gate("noise")
    found = analysis(audiokit.tag(tone(3)))
    assert asked == []
    assert found["voice_mood"] == "none"
    assert found["voice_segments_seconds"] == []


def test_too_unsure_is_no_mood(talk, gate):
    result = tagged(talk, emotion=Moods((0.3, 0.4, 0.2, 0.1)))
    found = analysis(result)
    assert found["voice_mood"] is found["voice_mood_confidence"] is None
    assert found["states"]["mood"] == "abstained"
    assert "happy has 0.40, and 0.50 is wanted" in result.mood.reason
    assert result.mood.value.probabilities["happy"] == pytest.approx(0.4)  # what it would have said can be looked at
    assert "fake_moods" in found["models_invoked"]  # it did run
    sure = tagged(talk, emotion=Moods((0.3, 0.4, 0.2, 0.1)), mood_threshold=0.3)
    assert sure.voice_mood == "happy"


def test_too_unsure_is_no_genre(gate):
    gate.gate = Gate("music")
    result = tagged(tone(5), genre=Genres((0.39, 0.31, 0.0)), genre_threshold=0.5)
    found = analysis(result)
    assert found["music_genre"] is found["music_subgenres"] is None
    assert found["states"]["genre"] == "abstained"
    assert "rock has 0.39" in result.genre.reason


def test_a_voice_that_sings_has_no_mood(talk, gate):
    gate.gate = Gate("music")
    experts = Moods()
    result = tagged(talk, emotion=experts)
    found = analysis(result)
    assert found["voice_detected"] is True
    assert found["voice_mood"] is None
    assert found["states"]["mood"] == "abstained"
    assert experts.calls == []
    assert "free of music" in result.mood.reason


def test_without_the_gate_the_song_gets_its_mood(talk, gate):
    gate.gate = Gate("music")
    result = tagged(talk, content_gate=False)
    assert analysis(result)["voice_mood"] == "happy"
    assert gate.gate.calls == 0


def test_what_is_not_asked_for_is_not_run(talk, gate):
    result = tagged(talk, emotion=None, genre=None)
    found = analysis(result)
    assert found["states"] == {"voice": "ok", "mood": "abstained", "genre": "abstained"}
    assert gate.gate.calls == 0
    assert found["models_invoked"] == ["silero_vad"]


def test_little_music_has_no_genre(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 1.5, "music"), Segment(1.5, 4, "speech")])
    assert "1.5 s of music" in tagged(talk).genre.reason
    assert tagged(talk, min_music_seconds=1.0).music_genre == "electronic"


# what goes wrong


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


# what is heard


def test_the_mood_expert_hears_at_most_three_seconds_of_speech(talk, gate):
    expert = Moods()
    result = tagged(talk, emotion=expert)
    (call,) = expert.calls
    assert len(call) == 1
    assert 0.5 * 16_000 <= call[0] <= 3.0 * 16_000
    (window,) = result.mood.value.windows
    assert any(s.start_seconds <= window.start_seconds < s.end_seconds for s in result.segments)
    assert any("1 window" in note for note in result.mood.notes)  # the count is shown
    more = Moods()
    tagged(talk, emotion=more, mood_windows=4)
    assert len(more.calls[0]) > 1


def test_the_genre_expert_hears_music_at_its_own_rate(gate, tmp_path):
    gate.gate = Gate(spans=[Segment(0, 4, "noise"), Segment(4, 24, "music")])
    expert = Genres()
    sound = tone(24, 44_100)
    result = tagged(sound, genre=expert)
    assert [w.start_seconds for w in result.genre.value.windows] == [4.0, 14.0]
    assert expert.calls == [[220_500, 220_500]]
    soundfile.write(tmp_path / "a.wav", sound.samples.T, 44_100, subtype="FLOAT")
    again = Genres()
    assert tagged(tmp_path / "a.wav", genre=again).music_genre == "electronic"
    assert again.calls == expert.calls


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100])
def test_voice_is_what_the_voice_detector_says(talk, gate, tmp_path, rate):
    from audiokit.dsp import resample

    samples = resample(talk.samples, talk.sample_rate, rate)
    soundfile.write(tmp_path / "talk.wav", samples.T, rate, subtype="FLOAT")
    wanted = detect_speech(audiokit.read(tmp_path / "talk.wav")).segments
    for source in (tmp_path / "talk.wav", (tmp_path / "talk.wav").read_bytes(), Audio(samples, rate)):
        found = tagged(source).segments
        assert [s.start_seconds for s in found] == pytest.approx([s.start_seconds for s in wanted])
        assert [s.end_seconds for s in found] == pytest.approx([s.end_seconds for s in wanted], abs=1e-4)


@pytest.mark.parametrize(
    "sound",
    [
        silence(3),
        silence(0.1),
        Audio(np.zeros((1, 0), np.float32), 16_000),
        Audio(np.full(16_000, 0.5, np.float32), 16_000, name="DC"),
        Audio(np.array([np.nan, np.inf, -np.inf] * 5000, np.float32), 16_000),
        Audio(np.zeros((6, 48_000), np.float32), 48_000),
        tone(0.01),
    ],
)
def test_sounds_with_nothing_in_them(sound, gate):
    gate.gate = Gate("silence")
    found = analysis(tagged(sound))
    assert found["voice_detected"] is False
    assert found["voice_mood"] == "none"
    assert found["states"]["genre"] == "abstained"


@pytest.mark.slow
def test_three_hours(gate):
    hours = Audio(np.zeros((1, 3 * 3600 * 16_000), np.float32), 16_000)
    gate.gate = Gate("silence")
    result = tagged(hours)
    assert result.voice_detected is False
    assert result.audio_seconds == 10_800


# what is refused


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"emotion": 5}, "emotion wants"),
        ({"mood_windows": 0}, "mood_windows"),
        ({"mood_windows": True}, "mood_windows"),
        ({"mood_threshold": 1.5}, "mood_threshold"),
        ({"genre_threshold": -1}, "genre_threshold"),
        ({"min_music_seconds": np.nan}, "min_music_seconds"),
        ({"deadline_seconds": 0}, "deadline_seconds"),
        ({"vad_threshold": 2}, "threshold"),
    ],
)
def test_options_that_do_not_fit(options, message):
    with pytest.raises(errors.ParameterError, match=message):
        TagOptions(**options)
    with pytest.raises(errors.ParameterError, match=message):
        audiokit.tag(silence(1), **options)


def test_a_name_that_nobody_knows_is_refused_before_anything_runs(gate):
    with pytest.raises(errors.ParameterError, match="no model"):
        audiokit.tag(silence(1), emotion="wav2vec3")
    assert gate.gate.calls == 0


def test_what_is_no_source(gate, tmp_path):
    with pytest.raises(errors.ParameterError, match="sample rate"):
        audiokit.tag(np.zeros(16_000))
    with pytest.raises(errors.SourceNotFound):
        audiokit.tag(tmp_path / "none.wav")


# what is shown


def test_a_result_is_a_row_and_a_page(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    table = tags_table([result, tagged(silence(1), genre=Genres(error=OSError("x")))])
    assert len(table) == 2
    assert table["voice_mood"].tolist() == ["happy", "none"]
    assert table["music_subgenres"].tolist()[0] == "house; techno"
    assert len(result.to_dataframe()) == 1
    assert list(tags_table([]).columns) == list(table.columns)
    page = result._repr_html_()
    for said in ("happy", "electronic", "a fake for tests", 'role="img"', "<svg"):
        assert said in page
    assert str(result).splitlines()[1].startswith("voice  Somebody speaks")


def test_the_page_escapes(talk, gate):
    evil = Moods()
    evil.labels = ("<b>", "<script>alert(1)</script>", "c", "d")
    named = Audio(talk.samples, talk.sample_rate, name="<img onerror=x>")
    page = tagged(named, emotion=evil)._repr_html_()
    assert "<script>" not in page
    assert "<img" not in page


def test_the_waterfall_has_every_stage(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    table = result.stages_dataframe()
    assert {"decode", "voice detection", "content gate", "fake_moods", "fake_genres"} <= set(table["stage"])
    assert (table["duration_ms"] >= 0).all()
    assert table["end_ms"].max() <= result.processing_ms
    assert result.to_dict()["audio_analysis"]["processing_time_ms"] == round(result.processing_ms)


def test_lanes_are_what_has_a_place_in_time(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    lanes = tagged(talk).lanes
    assert list(lanes) == ["voice", "content", "mood", "genre"]
    assert {s.label for s in lanes["mood"]} == {"happy"}


def test_the_source_is_kept_where_it_can_be_heard_again(talk, gate, tmp_path):
    soundfile.write(tmp_path / "a.wav", talk.samples.T, talk.sample_rate)
    assert tagged(tmp_path / "a.wav").source == tmp_path / "a.wav"
    assert tagged(talk).source is talk
    with (tmp_path / "a.wav").open("rb") as handle:
        assert tagged(handle).source is None


def test_a_result_goes_to_another_process_and_back(talk, gate):
    gate.gate = Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
    result = tagged(talk)
    again = pickle.loads(pickle.dumps(result))
    assert again.to_dict() == result.to_dict()
    assert again.lanes == result.lanes


def test_a_result_cannot_be_changed(gate):
    result = tagged(silence(1))
    with pytest.raises(AttributeError):
        result.name = "other"


def test_the_schema_refuses_what_is_not_a_result(talk, gate):
    good = tagged(talk).to_dict()
    check = jsonschema.Draft202012Validator(result_schema())
    jsonschema.Draft202012Validator.check_schema(result_schema())
    for change in (
        {"voice_mood_confidence": 1.2},
        {"states": {"voice": "ok", "mood": "ok"}},
        {"states": {"voice": "ok", "mood": "failed", "genre": "ok"}},  # with a mood, and no reason
        {"voice_mood": "none"},
        {"models_invoked": ["a", "a"]},
        {"extra": 1},
        {"processing_time_ms": 1.5},
        {"voice_segments_seconds": [[1.0]]},
    ):
        bad = {"audio_analysis": {**good["audio_analysis"], **change}}
        assert not check.is_valid(bad), change
