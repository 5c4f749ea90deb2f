"""One sound through the branches: what the states say, what each expert hears, and what is refused."""

import numpy as np
import pytest
import soundfile
from tagging_parts import Gate, Genres, Moods, analysis, gate_in_place, silence, tagged, tone

import audiokit
from audiokit import Audio, Segment, errors
from audiokit.activity import detect_speech
from audiokit.speech import speak
from audiokit.tagging import TagOptions


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard, and then another one.")


@pytest.fixture
def gate(monkeypatch):
    """Put a gate in the place of the real one; give it back to be changed."""
    return gate_in_place(monkeypatch)


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
