"""The tag card: what it says of each state, how little it stores, what stays without script."""

import io
import json
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from tagging_parts import Gate, Genres, Moods, tone

import audiokit
from audiokit import Audio, Segment, errors
from audiokit.results import Outcome, Status
from audiokit.speech import speak
from audiokit_widgets import TagCard, show
from audiokit_widgets.tag_facts import card_facts

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def talk():
    return speak("Good morning. This is a sentence that is long enough to be heard.")


@pytest.fixture
def make(talk, monkeypatch):
    """Results of a sound that is speech for 3 s and music after that."""

    def made(sound=talk, *, gate=None, **options):
        found = gate or Gate(spans=[Segment(0, 3, "speech"), Segment(3, 60, "music")])
        monkeypatch.setitem(sys.modules, "audiokit.activity.content", SimpleNamespace(classify_content=found))
        return audiokit.tag(sound, **{"emotion": Moods(), "genre": Genres(), "min_music_seconds": 0.1, **options})

    return made


def branches(result):
    return {branch["name"]: branch for branch in card_facts(result)["branches"]}


def test_the_card_says_what_was_found(make):
    found = branches(make())
    assert [found[name]["word"] for name in ("mood", "genre")] == ["happy", "electronic"]
    assert found["voice"]["word"].endswith(" s of speech")
    assert {branch["state"] for branch in found.values()} == {"ok"}
    assert found["mood"]["scores"][0] == ["happy", 0.7]
    assert found["mood"]["threshold"] == 0.5
    assert found["genre"]["below"] == "house, techno"
    assert found["genre"]["sentence"].startswith("80% sure. By fake_genres")
    assert [name for name, _ in found["voice"]["scores"]] == ["speech", "music", "noise", "silence"]
    assert sum(share for _, share in found["voice"]["scores"]) == pytest.approx(1, abs=0.01)


def test_each_state_has_its_word_and_mark(make):
    unsure = branches(make(emotion=Moods((0.4, 0.3, 0.2, 0.1)), genre=Genres(error=OSError("disk"))))
    assert (unsure["mood"]["state"], unsure["mood"]["mark"], unsure["mood"]["word"]) == (
        "abstained", "–", "nothing to say",
    )  # fmt: skip
    assert unsure["mood"]["scores"][0] == ["angry", 0.4]  # what it would have said is seen, below the mark
    assert (unsure["genre"]["state"], unsure["genre"]["mark"], unsure["genre"]["word"]) == ("failed", "✗", "failed")
    assert "OSError: disk" in unsure["genre"]["sentence"]
    nobody = branches(make(tone(2)))
    assert (nobody["voice"]["word"], nobody["mood"]["word"]) == ("nobody speaks", "none")


def test_a_mood_that_is_not_given_is_not_drawn(make):
    card = TagCard(make(emotion=Moods((0.4, 0.3, 0.2, 0.1))))
    assert [s.label for s in card.lanes["mood"].segments] == ["unsure"]
    assert "angry" not in repr(card).split("\n")[2].split(".")[0]


def test_show_picks_it(make, talk):
    result = make()
    assert isinstance(show(result), TagCard)
    assert isinstance(show(Outcome(Status.OK, result)), TagCard)
    assert show(result).sound is show(result, audio=talk).sound  # one sound in a notebook
    assert isinstance(show(result, audio=talk.samples[0], sample_rate=talk.sample_rate), TagCard)


def test_without_a_sound_it_asks_for_one(make, talk):
    import soundfile

    held = io.BytesIO()
    soundfile.write(held, talk.samples.T, talk.sample_rate, format="WAV")
    held.seek(0)
    result = make(held)
    with pytest.raises(errors.ParameterError, match="no sound was given"):
        TagCard(result)
    assert TagCard(result, talk).duration_seconds == talk.duration_seconds
    with pytest.raises(errors.ParameterError, match="got dict"):
        TagCard({})


def test_it_stores_little_and_only_what_json_has(make):
    card = TagCard(make())
    state = {k: v for k, v in card.get_state().items() if k not in ("_esm", "_css", "layout", "lane_bytes")}
    text = json.dumps(state, allow_nan=False)
    assert len(text) < 6000
    assert len(card._esm.encode()) <= 25_000
    assert len(card.lane_bytes) < 2000


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_static_view_holds_all_of_it_and_names_are_text(make, talk):
    expert = Moods()
    expert.labels = (EVIL, "b", "c", "d")
    expert.probabilities = (0.7, 0.1, 0.1, 0.1)
    expert.origin = EVIL
    named = Audio(talk.samples, talk.sample_rate, name=EVIL, warnings=(EVIL,))
    card = TagCard(make(named, emotion=expert))
    bundle = card._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    page = bundle["text/html"]
    tags = Tags()
    tags.feed(page)
    assert all("onerror" not in attrs for _, attrs in tags.tags)
    assert page.count("&lt;img src=x") >= 4
    assert any(tag == "audio" for tag, _ in tags.tags)
    (image,) = [attrs for tag, attrs in tags.tags if tag == "img"]
    assert "Mood: " in image["alt"]
    for said in ("✓ ok", "Where each millisecond went", "silero_vad", "voice detection"):
        assert said in page
    text = bundle["text/plain"]
    assert text.startswith(f"TagCard({EVIL!r}, 3.")
    assert "Genre ✓ electronic (ok)" in text


def test_the_picture_holds_the_lanes(make):
    from PIL import Image

    card = TagCard(make())
    whole = np.asarray(Image.open(io.BytesIO(card.picture())))
    bare = np.asarray(Image.open(io.BytesIO(TagCard(make(emotion=None, genre=None)).picture())))
    assert whole.shape[1] == 1640
    assert whole.shape[0] > bare.shape[0] + 100
