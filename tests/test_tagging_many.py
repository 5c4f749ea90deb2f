"""Many sounds: the same as one by one, in order, with the experts asked about several at once."""

import itertools
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from tagging_parts import Gate, Genres, Moods, silence, tone

import audiokit
from audiokit import errors
from audiokit.speech import speak
from audiokit.tagging import TagResult


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard.")


@pytest.fixture
def gate(monkeypatch):
    """Speech is speech, and everything whose name says so is music."""

    def classify(audio, *, vad=None, sessions=None):
        return Gate("music" if audio.name.startswith("tone") else "speech")(audio, vad=vad)

    monkeypatch.setitem(sys.modules, "audiokit.activity.content", SimpleNamespace(classify_content=classify))


def without_times(result):
    found = result.to_dict()["audio_analysis"]
    return {name: value for name, value in found.items() if name != "processing_time_ms"}


def many(sources, **options):
    return audiokit.tag_many(sources, **{"emotion": Moods(), "genre": Genres(), **options})


def test_it_is_what_tag_finds_one_by_one(talk, gate):
    sounds = [talk, tone(3), silence(1), talk, tone(12), *[talk] * 20]
    found = list(many(iter(sounds)))
    assert all(isinstance(one, TagResult) for one in found)
    alone = [audiokit.tag(sound, emotion=Moods(), genre=Genres()) for sound in sounds[:5]]
    assert [without_times(one) for one in found[:5]] == [without_times(one) for one in alone]
    assert [one.lanes for one in found[:5]] == [one.lanes for one in alone]
    assert {one.voice_mood for one in found[5:]} == {"happy"}
    assert [one.source for one in found] == sounds


def test_the_experts_are_asked_about_several_files_at_once(talk, gate):
    moods, genres = Moods(), Genres()
    list(many([talk, tone(5)] * 10, emotion=moods, genre=genres))
    assert sum(map(len, moods.calls)) == sum(map(len, genres.calls)) == 10
    assert len(moods.calls) < 5
    assert max(map(len, moods.calls)) <= 16
    assert len(genres.calls) < 5


def test_each_file_gets_its_own_windows(talk, gate):
    """A mood that depends on the window: its loudness."""

    class Louder(Moods):
        def __call__(self, windows):
            rms = np.array([np.sqrt(np.mean(np.square(window))) for window in windows])
            found = np.zeros((len(windows), 4), np.float32)
            found[:, 0], found[:, 1] = np.clip(rms, 0, 1), 1 - np.clip(rms, 0, 1)
            return found

    sounds = [audiokit.Audio(talk.samples * gain, talk.sample_rate) for gain in (0.2, 1.0, 0.5, 0.8)]
    found = [one.mood.value.probabilities["angry"] for one in many(sounds, emotion=Louder(), mood_threshold=0)]
    alone = [
        audiokit.tag(s, emotion=Louder(), mood_threshold=0, genre=None).mood.value.probabilities["angry"]
        for s in sounds
    ]
    assert found == pytest.approx(alone)
    assert sorted(found) == [found[0], found[2], found[3], found[1]]


def test_one_bad_window_fails_alone(talk, gate):
    class Picky(Moods):
        def __call__(self, windows):
            if any(np.abs(window).max() > 0.9 for window in windows):
                raise MemoryError("too loud")
            return super().__call__(windows)

    loud = audiokit.Audio(np.clip(talk.samples * 50, -1, 1), talk.sample_rate)
    found = list(many([talk, loud, talk], emotion=Picky()))
    assert [one.states["mood"] for one in found] == ["ok", "failed", "ok"]
    assert "too loud" in found[1].errors["mood"]
    assert "fake_moods" not in found[1].models_invoked
    assert "fake_moods" in found[2].models_invoked


def test_an_expert_that_is_not_there_is_looked_for_once(talk, gate, monkeypatch):
    asked = []

    def none(choice):
        asked.append(choice)
        raise errors.ModelUnavailable("Not here.", cure="Get it.")

    monkeypatch.setattr("audiokit.tagging.many.mood_expert", none)
    found = list(audiokit.tag_many([talk] * 5, genre=None))
    assert [one.errors["mood"] for one in found] == ["Not here. Get it."] * 5
    assert asked == ["auto"]


@pytest.fixture
def files(talk, tmp_path):
    for name in ("a", "c"):
        soundfile.write(tmp_path / f"{name}.wav", talk.samples.T, talk.sample_rate)
    (tmp_path / "b.wav").write_text("Dear diary")
    return [tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "missing.wav", "", tmp_path / "c.wav"]


def test_what_becomes_of_files_that_cannot_be_read(files, gate):
    returned = list(many(files, on_error="return"))
    assert [type(one).__name__ for one in returned] == [
        "TagResult", "UnrecognisedFormat", "SourceNotFound", "SourceUnreadable", "TagResult",
    ] or isinstance(returned[3], errors.InputError)  # fmt: skip
    assert [one.name for one in many(files, on_error="skip")] == ["a.wav", "c.wav"]
    found = many(files)
    assert next(found).name == "a.wav"
    with pytest.raises(errors.UnrecognisedFormat):
        next(found)


def test_an_endless_source_is_taken_as_needed(talk, gate):
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            yield silence(0.2)

    found = many(endless(), max_workers=2)
    for _ in range(3):
        next(found)
    found.close()
    assert len(taken) < 60


def test_what_is_no_source_is_raised(gate):
    with pytest.raises(errors.ParameterError):
        list(many([5], on_error="skip"))


@pytest.mark.parametrize(
    ("sources", "options", "message"),
    [
        ([], {"on_error": "ignore"}, "on_error"),
        ([], {"max_workers": 0}, "max_workers"),
        ("one.wav", {}, "several sources"),
        ([], {"mood": "x"}, "does not know"),
        ([], {"mood_windows": 0}, "mood_windows"),
        ([], {"emotion": "no_such_model"}, "no model"),
    ],
)
def test_options_that_do_not_fit_are_refused_at_once(sources, options, message):
    with pytest.raises(errors.ParameterError, match=message):
        audiokit.tag_many(sources, **options)


def test_nothing_gives_nothing(gate):
    assert list(many([])) == []


def test_stages_add_up_to_the_time(talk, gate):
    for one in many([talk, tone(3)] * 4):
        assert one.processing_ms == pytest.approx(sum(stage.duration_ms for stage in one.stages))
        assert one.processing_ms > 0
