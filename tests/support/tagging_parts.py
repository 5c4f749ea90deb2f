"""Experts and gates that say what a test wants, and sounds whose content is known."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import jsonschema
import numpy as np

import audiokit
from audiokit import Audio, Segment
from audiokit.tagging import result_schema
from audiokit.tagging.taxonomy import Taxonomy

RATE = 16_000
KEYS = [
    "voice_detected", "voice_mood", "voice_mood_confidence", "voice_segments_seconds", "music_genre",
    "music_genre_confidence", "music_subgenres", "processing_time_ms", "models_invoked", "states", "errors",
]  # fmt: skip


def tone(seconds, rate=RATE, hz=220.0, name="tone"):
    """Not speech, and not silence."""
    time = np.arange(round(seconds * rate)) / rate
    return Audio((0.3 * np.sin(2 * np.pi * hz * time)).astype(np.float32), rate, name=name)


def silence(seconds, rate=RATE):
    return Audio(np.zeros(round(seconds * rate), np.float32), rate, name="silence")


class Gate:
    """Stands for the content gate: says one label for everything, or what it is told; counts its calls."""

    def __init__(self, label="speech", spans=None, error=None):
        self.label, self.spans, self.error, self.calls = label, spans, error, 0

    def __call__(self, audio, *, vad=None, sessions=None, **thresholds):
        self.calls += 1
        if self.error is not None:
            raise self.error
        spans = self.spans if self.spans is not None else [Segment(0.0, audio.duration_seconds, self.label)]
        end = audio.duration_seconds
        inside = [Segment(s.start_seconds, min(s.end_seconds, end), s.label) for s in spans if s.start_seconds < end]
        return GateResult(tuple(inside), end)


@dataclass
class GateResult:
    segments: tuple
    audio_seconds: float
    model: str = "content_gate 1"
    classes: tuple = ("speech", "music", "noise", "silence")
    hop_seconds: float = 0.5
    notes: tuple = ()
    probabilities: np.ndarray = field(default_factory=lambda: np.zeros((1, 4), np.float32))

    def seconds_of(self, label):
        return sum(s.duration_seconds for s in self.segments if s.label == label)

    def near_voice(self, vad):
        return self

    def mood_spans(self, vad):
        found = []
        for one in vad.segments:
            for other in self.segments:
                start = max(one.start_seconds, other.start_seconds)
                end = min(one.end_seconds, other.end_seconds)
                if other.label == "speech" and start < end:
                    found.append(Segment(start, end, "speech"))
        return tuple(found)


class Moods:
    """A mood expert that says what it is told, for each window; remembers what it heard."""

    name = "fake_moods"
    labels = ("angry", "happy", "neutral", "sad")
    origin = "a fake for tests"
    threshold = 0.5
    calibrated = True

    def __init__(self, probabilities=(0.1, 0.7, 0.1, 0.1), error=None, most_windows=1):
        self.probabilities, self.error, self.most_windows = probabilities, error, most_windows
        self.calls = []

    def __call__(self, windows):
        self.calls.append([len(window) for window in windows])
        if self.error is not None:
            raise self.error
        return np.tile(np.array(self.probabilities, np.float32), (len(windows), 1))


class Genres:
    """A genre expert that says what it is told."""

    name = "fake_genres"
    origin = "a fake for tests"
    threshold = 0.4
    sample_rate = 22_050
    window_seconds = 10.0
    taxonomy = Taxonomy.of_labels(["Rock", "Electronic---House", "Electronic---Techno"])

    def __init__(self, scores=(0.2, 0.5, 0.3), error=None):
        self.scores, self.error, self.calls = scores, error, []

    def __call__(self, windows):
        self.calls.append([len(window) for window in windows])
        if self.error is not None:
            raise self.error
        return np.tile(np.array(self.scores, np.float32), (len(windows), 1))


def gate_in_place(monkeypatch):
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
