"""The player's traits, and what it is where no script runs."""

import base64
import html.parser
import io
import json
import re

import numpy as np
import pytest

from audiokit import Audio, Segment
from audiokit_widgets import AudioPlayer

RATE = 16_000
SEGMENTS = [Segment(0.1, 0.4, "speech", 0.9), Segment(0.5, 0.8, '<img src=x onerror="1">')]
VIEW = "application/vnd.jupyter.widget-view+json"


def tone(seconds=1.0, amplitude=0.5, rate=RATE):
    return (amplitude * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture(scope="module")
def player():
    return AudioPlayer(Audio(tone(), RATE, name="a <b> & c", warnings=("cut <short>",)), segments=SEGMENTS)


def bundle(widget):
    data, _ = widget._repr_mimebundle_()
    return data


def decoded(data):
    """Samples and rate of an encoded file."""
    import soundfile

    return soundfile.read(io.BytesIO(data), dtype="float32")


class Tags(html.parser.HTMLParser):
    """Every tag with its attributes, as a page would read them."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


def test_traits_say_what_the_sound_is(player):
    sound = player.sound
    assert (player.duration_seconds, sound.sample_rate, sound.channels) == (1.0, RATE, 1)
    samples, rate = decoded(sound.embedded().data)
    assert sound.embedded().mime_type == "audio/flac"
    assert rate == RATE
    np.testing.assert_allclose(samples, tone(), atol=1 / 32768)
    peaks = np.frombuffer(sound.outline, "<i2") * sound.outline_scale / 32767
    assert np.abs(peaks).max() == pytest.approx(0.5, abs=1e-3)
    assert (sound.peak, sound.clips) == (pytest.approx(0.5, abs=1e-3), b"")
    assert player.segments[0] == {"start": 0.1, "end": 0.4, "label": "speech", "score": 0.9}
    assert player.segments[1]["score"] is None


def test_state_is_small_and_plain_json(player):
    for widget, most_code in (
        (player, 20_000),
        (player.sound, 26_000),
        (player.stage_kit, 26_000),
        (player.deck_kit, 26_000),
    ):
        state = {k: v for k, v in widget.get_state().items() if not isinstance(v, bytes | memoryview)}
        code = len(state.pop("_esm")) + len(state.pop("_css", ""))
        assert code < most_code
        assert len(json.dumps(state, allow_nan=False, default=str)) < 5000
    state = player.sound.get_state()
    assert sum(len(v) for v in state.values() if isinstance(v, bytes)) < 200_000
    assert player.sound.embedded().data not in state.values()  # a notebook would hold it twice


def test_all_views_of_a_sound_share_it(player):
    audio = Audio(tone(), RATE, name="once")
    first, second = AudioPlayer(audio), AudioPlayer(audio, segments=SEGMENTS)
    assert first.sound is second.sound
    assert first.stage_kit is second.stage_kit is player.stage_kit
    second.position_seconds = 0.5
    assert first.position_seconds == first.sound.position_seconds == 0.5
    third = AudioPlayer(audio)
    assert third.position_seconds == 0.5  # a later view does not rewind
    first.playing = True
    assert second.playing
    first.playing = False


def player_code(name):
    from audiokit_widgets.modules import bundle

    return bundle(name)


def test_code_is_small_and_reaches_for_nothing():
    source = str(AudioPlayer._esm)
    assert len(source.encode()) <= 25_000
    style = str(AudioPlayer._css)
    for text in (source, style, str(player_code("sound.js")), player_code("stage_kit.js"), player_code("deck_kit.js")):
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text)
        assert not re.findall(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|import)\b", text)
    assert not re.findall(r"model\.(?!get|set|on|off|save_changes|send)\w+", source)


def test_every_name_that_the_view_asks_for_is_a_trait(player):
    asked = set(re.findall(r'\bget\("(\w+)"\)', str(AudioPlayer._esm) + player_code("deck_kit.js")))
    assert asked >= {"segments", "show_table", "selection", "view_seconds"}
    assert asked <= set(player.keys)
    asked = set(re.findall(r'\bget\("(\w+)"\)', player_code("sound.js")))
    assert asked >= {"outline", "position_seconds", "playing"}
    assert asked <= set(player.sound.keys)


def test_the_static_page_plays_the_very_bytes(player):
    data = bundle(player)
    assert data[VIEW]["model_id"] == player.model_id
    tags = Tags(data["text/html"])
    (audio,) = tags.all("audio")
    assert "controls" in audio
    assert audio["src"] == f"data:audio/flac;base64,{base64.b64encode(player.sound.embedded().data).decode()}"
    (image,) = tags.all("img")
    assert base64.b64decode(image["src"].removeprefix("data:image/png;base64,")) == player.picture()
    assert image["alt"]


def test_the_static_page_survives_the_sanitiser_and_holds_labels_as_text(player):
    page = bundle(player)["text/html"]
    tags = Tags(page)
    allowed = {
        "div",
        "strong",
        "small",
        "audio",
        "img",
        "details",
        "summary",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert {tag for tag, _ in tags.tags} <= allowed
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]
    assert "a &lt;b&gt; &amp; c" in page
    assert "cut &lt;short&gt;" in page
    assert "&lt;img src=x onerror=" in page
    assert len(tags.all("tr")) == 3


def test_the_table_can_be_left_out():
    player = AudioPlayer(tone(), sample_rate=RATE, segments=SEGMENTS, show_table=False)
    page = bundle(player)["text/html"]
    assert not Tags(page).all("table")
    assert "2 segments of" in Tags(page).all("img")[0]["alt"]


def test_text_says_what_it_is(player):
    text = bundle(player)["text/plain"]
    assert text == repr(player)
    for part in ("a <b> & c", "1.000 s", "mono", "16 kHz", "6.0 dBFS", "2 segments", "cut <short>"):
        assert part in text


def test_the_picture_is_a_small_palette_png(player):
    from PIL import Image

    noise = AudioPlayer(np.random.default_rng(0).normal(0, 0.3, 30 * RATE), sample_rate=RATE, segments=SEGMENTS)
    for one in (player, noise):
        data = one.picture()
        assert len(data) <= 120_000
        image = Image.open(io.BytesIO(data))
        assert image.mode == "P"
        assert image.width == 1640


def wave_rows(player):
    """For each column of the picture's waveform lane, the highest and the lowest row of its colour, from -1 to 1."""
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(player.picture())).convert("RGB")).astype(int)[16:216, 108:1616]
    wave = (np.abs(pixels - [37, 99, 200]).sum(axis=2) < 10).any(axis=1)
    rows = np.flatnonzero(wave)
    return 1 - rows.min() / 100, 1 - rows.max() / 100


@pytest.mark.parametrize("amplitude", [0.1, 0.5, 1.0])
def test_the_picture_shows_true_amplitude(amplitude):
    high, low = wave_rows(AudioPlayer(tone(amplitude=amplitude * 0.999), sample_rate=RATE))
    assert high == pytest.approx(amplitude, abs=0.04)
    assert low == pytest.approx(-amplitude, abs=0.04)


def test_clipping_is_counted_and_marked():
    player = AudioPlayer(np.clip(tone(amplitude=2.0), -1, 1), sample_rate=RATE)
    assert player.sound.clipped_samples > 1000
    assert len(player.sound.clips) > 0
    assert any("full scale" in note for note in player.sound.notes)


def test_what_is_not_finite_is_silence_and_is_told():
    samples = tone()
    samples[::100] = np.nan
    samples[50] = np.inf
    player = AudioPlayer(samples, sample_rate=RATE)
    assert any(note.startswith("161 samples not finite") for note in player.sound.notes)
    heard, _ = decoded(player.sound.embedded().data)
    assert heard[50] == 0
    assert heard[100] == 0
    assert 0 < player.sound.peak < 1
    assert player.sound.clipped_samples == 0


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.array([0.5]), 8000),
        (np.array([np.nan]), 8000),
        (np.full((16, 4800), 0.1), 48_000),
        (np.random.default_rng(0).normal(0, 1, 38_400), 384_000),
        (np.full(8000, 0.5), 8000),
        (np.sign(tone()), RATE),
        (np.zeros(100), 11_025),
    ],
    ids=["one sample", "one NaN", "16 channels", "384 kHz", "DC", "full-scale square", "silence"],
)
def test_extremes_have_sound_picture_and_text(samples, rate):
    player = AudioPlayer(samples, sample_rate=rate, segments=[Segment(0, 0), Segment(5, 9, "beyond the end")])
    assert len(decoded(player.sound.embedded().data)[0]) >= 1
    page = Tags(bundle(player)["text/html"])
    assert page.all("audio")
    assert page.all("img")
    for widget in (player, player.sound):
        state = {k: v for k, v in widget.get_state().items() if not isinstance(v, bytes | memoryview)}
        json.dumps(state, allow_nan=False, default=str)


def test_a_long_sound_is_a_small_preview():
    seconds = 120
    noise = np.random.default_rng(0).normal(0, 0.1, seconds * 8000)
    player = AudioPlayer(noise, sample_rate=8000)
    assert player.sound.embedded().mime_type == "audio/mpeg"
    assert "MP3 preview" in bundle(player)["text/plain"]
    assert len(player.sound.embedded().data) < noise.size  # under one byte for each sample
    assert len(player.sound.mel_overview) + len(player.sound.linear_overview) <= 110_000
    assert len(player.picture()) <= 120_000


def test_real_recordings(corpus):
    player = AudioPlayer(corpus / "speech" / "jfk.flac")
    assert player.duration_seconds == pytest.approx(11.0, abs=0.01)
    assert len(player.sound.mel_overview) <= 60_000
    assert len(player.picture()) <= 120_000
