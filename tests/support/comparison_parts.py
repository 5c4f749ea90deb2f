"""Sounds to compare, and the messages of a page that does."""

import html.parser
import io

import numpy as np

from audiokit import Audio
from audiokit_widgets import Compare

RATE = 16_000
NAMES = ["the original", "the codec"]


def noise(amplitude=0.1, seconds=1.0, seed=0, channels=1):
    return (amplitude * np.random.default_rng(seed).standard_normal((channels, int(seconds * RATE)))).astype(np.float32)


def pair(**options):
    sounds = dict(zip(NAMES, (Audio(noise(), RATE), Audio(noise(0.05, seed=1), RATE)), strict=True))
    return Compare(sounds, **options)


class Page:
    """What a page would send and be sent."""

    def __init__(self, widget, monkeypatch):
        self.widget = widget
        self.sent = []
        monkeypatch.setattr(type(widget), "send", lambda _, content, buffers=None: self.sent.append((content, buffers)))

    def ask(self, **content):
        self.widget._handle_custom_msg({**content, "ask": "1"}, [])
        reply, buffers = self.sent.pop()
        assert reply["ask"] == "1"
        return reply, buffers


def decoded(data):
    import soundfile

    return soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0].T


def bundle(widget):
    return widget._repr_mimebundle_()[0]


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]
