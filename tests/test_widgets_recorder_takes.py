"""What Python gets of a take: states, callbacks, notes, sound, and what is refused."""

import html.parser
import json
import math

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from recorder_line import RATE, Page, noise

import audiokit
from audiokit import Audio
from audiokit.errors import ParameterError
from audiokit_widgets import AudioPlayer, Recorder


@pytest.fixture
def recorder():
    made = Recorder(title="take")
    yield made
    made.close()


def test_states_are_told_and_the_end_says_why(recorder):
    page = Page(recorder, noise(4000))
    page.say("state", state="asking", message="")
    page.piece(0)
    page.say("state", state="paused", message="")
    assert recorder.state == "paused"
    page.say("state", state="recording", message="")
    page.piece(1)
    answer = page.end(reason="maximum")
    assert page.states == ["asking", "recording", "paused", "recording", "stopped"]
    assert (
        recorder.message
        == answer["message"]
        == "The take reached its maximum length of 10:00.00 and stopped by itself."
    )
    page.say("state", state="failed", message="No microphone was found.")
    assert (recorder.state, recorder.message) == ("failed", "No microphone was found.")
    assert recorder.audio is not None  # the last take stays


def test_callbacks_hear_of_each_take_and_one_that_fails_harms_nothing(recorder, caplog):
    heard = []

    def fails(_):
        raise RuntimeError("mine")

    recorder.on_recorded(fails)
    recorder.on_recorded(heard.append)
    assert Page(recorder, noise(100)).all()["kind"] == "done"
    assert "RuntimeError: mine" in caplog.text
    assert heard == [recorder.audio]
    recorder.on_recorded(fails, remove=True)
    recorder.on_recorded(heard.append, remove=True)
    Page(recorder, noise(200), key="two").all()
    assert len(heard) == 1


def test_a_new_take_replaces_the_last_and_lets_go_of_it(recorder):
    Page(recorder, noise(4000)).all()
    first, player = recorder.audio, recorder.player
    assert isinstance(player, AudioPlayer)
    page = Page(recorder, noise(2000, seed=1), key="two")
    page.piece(0)
    assert recorder.audio is None  # it is being replaced
    assert player.comm is None
    assert player.sound.comm is None
    page.end()
    assert recorder.audio is not first
    assert recorder.take == {"key": "two", "seconds": 0.25}


def test_a_sound_that_others_show_is_not_closed_with_the_take(recorder):
    Page(recorder, noise(4000)).all()
    mine = AudioPlayer(recorder.audio)
    sound = mine.sound
    assert sound is recorder.player.sound
    page = Page(recorder, noise(100), key="two")
    page.piece(0)
    assert sound.comm is not None
    mine.close()
    sound.close()


def test_discarding_leaves_nothing(recorder):
    page = Page(recorder, noise(4000))
    page.all()
    before = len(_instances)
    page.say("discard", take="another")
    assert recorder.audio is not None
    page.say("discard")
    assert (recorder.audio, recorder.player, recorder.state, recorder.seconds) == (None, None, "idle", 0.0)
    assert len(_instances) == before - 2


def test_python_can_end_a_take_and_the_page_is_told(recorder):
    samples = noise(6000)
    page = Page(recorder, samples)
    page.piece(0)
    page.piece(2)
    audio = recorder.finish()
    assert page.heard[-1]["kind"] == "done"
    assert "from Python" in recorder.message
    expected = samples.copy()
    expected[:, 2000:4000] = 0
    np.testing.assert_array_equal(audio.samples, expected)
    assert page.piece(1)["kind"] == "done"
    np.testing.assert_array_equal(recorder.audio.samples, expected)  # too late
    assert recorder.finish() is recorder.audio


def test_a_take_without_sound_is_none(recorder):
    page = Page(recorder, noise(100))
    page.pieces = []
    page.frames = 0
    assert page.end()["kind"] == "done"
    assert (recorder.audio, recorder.state) == (None, "idle")
    assert "before any sound" in recorder.message


def test_saving(recorder, tmp_path):
    samples = noise(4000, 2)
    Page(recorder, samples).all()
    exact = recorder.save(tmp_path / "a.wav", subtype="FLOAT")
    again = audiokit.read(exact)
    np.testing.assert_array_equal(again.samples, samples)
    assert again.sample_rate == RATE
    assert audiokit.read(recorder.save(tmp_path / "a.flac")).frames == 4000


def test_the_take_is_an_audio_with_a_name():
    recorder = Recorder()
    Page(recorder, noise(100)).all()
    assert isinstance(recorder.audio, Audio)
    assert recorder.audio.name == "recording"
    recorder.close()


@pytest.mark.parametrize("channels", [0, 33, -1])
def test_channels_out_of_range_are_refused(channels):
    with pytest.raises(ParameterError, match=f"1 to 32, got {channels}"):
        Recorder(channels=channels)


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf])
def test_a_maximum_out_of_range_is_refused(seconds):
    with pytest.raises(ParameterError, match="maximum_seconds must be"):
        Recorder(maximum_seconds=seconds)


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_where_no_script_runs_there_is_a_sentence_or_the_take():
    recorder = Recorder(title="a <b>")
    data, _ = recorder._repr_mimebundle_()
    assert data["text/plain"] == "Recorder('a <b>', idle, no take)"
    assert "Recording needs a live notebook" in data["text/html"]
    assert "a &lt;b&gt;" in data["text/html"]
    Page(recorder, noise(4000)).all(reason="lost")
    data, _ = recorder._repr_mimebundle_()
    tags = Tags(data["text/html"]).tags
    assert [a["src"][:11] for tag, a in tags if tag == "audio"] == ["data:audio/"]
    assert [a["src"][:14] for tag, a in tags if tag == "img"] == ["data:image/png"]
    assert "<b>" not in data["text/html"]
    for part in ("stopped", "0.500 s", "mono", "8 kHz", "device went away"):
        assert part in data["text/plain"]
    recorder.close()


def test_the_saved_state_is_small(recorder):
    Page(recorder, noise(30 * RATE)).all()
    state = recorder.get_state()
    assert len(state.pop("_esm")) <= 25_000
    assert len(state.pop("_css")) < 12_000
    assert len(json.dumps(state, allow_nan=False)) < 2500
