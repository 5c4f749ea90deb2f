"""Speech found while the sound comes: the segments of the whole, whatever the chunks; and nothing piles up."""

from __future__ import annotations

import itertools
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiokit import Audio, Status
from audiokit.activity import StreamingVad, VadSettings, detect_speech
from audiokit.errors import ParameterError
from audiokit.models import wheels

pytest.importorskip("onnxruntime")
if wheels.file_in_wheel("silero_vad", "data/silero_vad.onnx") is None:
    pytest.skip("no silero-vad", allow_module_level=True)

CORPUS = os.environ.get("AUDIOKIT_CORPUS")


def samples_of(result):
    rate = result.sample_rate
    return [(round(s.start_seconds * rate), round(s.end_seconds * rate)) for s in result.segments]


def stream_through(samples, rate, sizes, **options):
    stream, events, first = StreamingVad(rate, **options), [], 0
    for size in sizes:
        events += stream.push(samples[..., first : first + size])
        first += size
        if first >= samples.shape[-1]:
            break
    events += stream.push(samples[..., first:])
    events += stream.flush()
    return stream, events


def same(stream, events, whole):
    found = stream.result()
    assert samples_of(found) == samples_of(whole)
    assert [s.start_seconds for s in found.segments] == [s.start_seconds for s in whole.segments]
    np.testing.assert_allclose([s.score for s in found.segments], [s.score for s in whole.segments], atol=2e-6)
    assert (found.audio_seconds, found.frames, found.model, found.notes, found.sample_rate) == (
        whole.audio_seconds, whole.frames, whole.model, whole.notes, whole.sample_rate,
    )  # fmt: skip
    assert [event.kind for event in events] == ["speech_start", "speech_end"] * len(found.segments)
    starts = [event.seconds for event in events if event.kind == "speech_start"]
    assert [event.segment for event in events if event.kind == "speech_end"] == list(found.segments)
    np.testing.assert_allclose(starts, [s.start_seconds for s in found.segments])


class Scripted:
    """A network that says what it is told, frame by frame, through either export."""

    def __init__(self, track):
        self.track, self.largest = track, 0

    def get(self, _):
        return self

    def run(self, names, inputs):
        if "state" in inputs:
            at = int(inputs["state"].flat[0])
            return np.array([[self.track[at]]], np.float32), inputs["state"] + 1
        count, at = len(inputs["input"]), int(inputs["h"].flat[0])
        self.largest = max(self.largest, count)
        return np.asarray(self.track[at : at + count], np.float32), inputs["h"] + count, inputs["c"]


@st.composite
def tracks(draw):
    levels = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.02, 0.3, 0.349, 0.36, 0.49, 0.5, 0.51, 0.95]))
    runs = draw(st.lists(st.tuples(levels, st.integers(1, 25)), max_size=25))
    track = np.concatenate([np.full(n, level, np.float32) for level, n in runs] or [np.zeros(0, np.float32)])
    if draw(st.booleans()):
        noise = np.random.default_rng(draw(st.integers(0, 2**32 - 1))).normal(0, 0.2, track.size)
        track = np.clip(track + noise, 0, 1).astype(np.float32)
    return track


options = st.fixed_dictionaries(
    {},
    optional={
        "threshold": st.floats(0, 1),
        "neg_threshold": st.floats(0, 1),
        "min_speech_ms": st.sampled_from([0, 32, 250, 500.5]) | st.floats(0, 2000),
        "max_speech_seconds": st.floats(0.05, 8),
        "min_silence_ms": st.sampled_from([0, 100, 128, 2000]) | st.floats(0, 2000),
        "speech_pad_ms": st.sampled_from([0, 30, 400]) | st.floats(0, 500),
        "min_silence_at_max_speech_ms": st.sampled_from([0, 98, 250]) | st.floats(0, 400),
        "cut_at_longest_pause": st.booleans(),
    },
)


@settings(max_examples=300, deadline=None)
@given(
    track=tracks(),
    option=options,
    rate=st.sampled_from([8000, 16000]),
    missing=st.integers(0, 255),
    sizes=st.lists(st.integers(0, 9000), max_size=30),
)
def test_any_probabilities_settings_and_chunks(track, option, rate, missing, sizes):
    frame = {8000: 256, 16000: 512}[rate]
    sound = np.zeros(max(track.size * frame - missing, 0), np.float32)
    padded = np.concatenate([track, np.zeros(2, np.float32)])
    whole = detect_speech(Audio(sound, rate), sessions=Scripted(padded), **option)
    stream, events = stream_through(sound, rate, sizes, sessions=Scripted(padded), **option)
    same(stream, events, whole)


def test_the_last_frame_may_reach_beyond_the_sound():
    """Speech that is long enough only with what is filled in behind the last sample is no segment."""
    track = np.concatenate([np.zeros(4), np.full(8, 0.6), np.zeros(2)]).astype(np.float32)
    for missing in (47, 48, 49):
        sound = np.zeros(12 * 256 - missing, np.float32)
        whole = detect_speech(Audio(sound, 8000), sessions=Scripted(track))
        assert len(whole.segments) == (missing < 48)
        same(*stream_through(sound, 8000, [1000], sessions=Scripted(track)), whole)


def voice_like(seconds, rate):
    rng = np.random.default_rng(7)
    time = np.arange(int(seconds * rate)) / rate
    pitch = 120 + 25 * np.sin(2 * np.pi * 2.1 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = np.stack([600 + 250 * np.sin(2 * np.pi * 1.3 * time), 1500 + 600 * np.sin(2 * np.pi * 0.9 * time)])
    sound = np.zeros(time.size)
    for harmonic in range(1, 30):
        gain = sum(np.exp(-(((harmonic * pitch - centre) / 180) ** 2)) for centre in formants) + 0.02
        sound += gain * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * time) + 0.4, 0, 1) * (np.sin(2 * np.pi * 0.5 * time) > -0.3)
    return (0.1 * sound * syllables + 0.001 * rng.standard_normal(time.size)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    channels=st.integers(1, 3),
    cut=st.integers(0, 4000),
    bad=st.booleans(),
    sizes=st.lists(st.integers(0, 20000), max_size=40),
)
def test_the_real_network_at_any_rate_channels_and_chunks(rate, channels, cut, bad, sizes):
    sound = voice_like(3.0, rate)[cut:]
    rows = np.stack([sound * (1 - 0.2 * channel) for channel in range(channels)])
    if bad:
        rows[0, 5000:5003] = [np.nan, np.inf, -np.inf]
    whole = detect_speech(Audio(rows, rate), min_speech_ms=100)
    assert whole.segments
    stream, events = stream_through(rows, rate, sizes, keep_probabilities=True, min_speech_ms=100)
    same(stream, events, whole)
    np.testing.assert_array_equal(stream.result().probabilities, whole.probabilities)  # to the bit
    assert samples_of(stream.result().with_settings(threshold=0.3)) == samples_of(whole.with_settings(threshold=0.3))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="AUDIOKIT_CORPUS is not set")
@pytest.mark.parametrize(
    "name",
    [
        "vad/silero_test.wav",
        "speech/jfk.flac",
        "speech/multirate/sample1_8kHz.wav",
        "speech/multirate/sample1_48kHz.wav",
    ],
)
@pytest.mark.parametrize("model", ["auto", "silero_vad_stepwise"])
def test_recordings_in_chunks_of_20_ms(name, model):
    import soundfile

    samples, rate = soundfile.read(Path(CORPUS) / name, dtype="float32", always_2d=True)
    whole = detect_speech(Audio(samples.T, rate), model=model)
    assert whole.segments
    same(*stream_through(samples.T, rate, itertools.repeat(rate // 50), model=model), whole)


def test_events_come_while_the_sound_does():
    """Speech from 1 s to 2 s: its start is told soon after, its end before the stream ends."""
    track = np.concatenate([np.zeros(31), np.ones(31), np.zeros(62)]).astype(np.float32)
    stream, told = StreamingVad(16000, sessions=Scripted(track)), {}
    for frame in range(track.size):
        for event in stream.push(np.zeros(512, np.float32)):
            told[event.kind] = (frame + 1) * 0.032
    assert told["speech_start"] == pytest.approx(31 * 0.032 + 0.25, abs=0.064)
    assert told["speech_end"] == pytest.approx(62 * 0.032 + 0.1, abs=0.064)


@pytest.mark.parametrize(
    ("pattern", "option"),
    [
        ([0.0], {}),
        ([1.0], {}),
        ([1.0] * 40 + [0.0] * 10, {}),
        ([1.0] * 40 + [0.0] * 10, {"max_speech_seconds": 20, "min_silence_ms": 3000}),
        ([0.9] * 3 + [0.1] * 2, {"speech_pad_ms": 400}),
    ],
)
def test_an_hour_keeps_little(pattern, option):
    track = np.resize(np.asarray(pattern, np.float32), 112_500 + 40)
    network = Scripted(track)
    stream = StreamingVad(16000, sessions=network, **option)
    longest = 0.0
    for _ in range(3600 // 16):
        stream.push(np.zeros(16 * 16000, np.float32))
        longest = max(longest, stream.look_back_seconds)
    assert network.largest <= 512
    assert longest <= max(option.get("max_speech_seconds", 0) + 3.1, 3.0)
    assert stream.result().probabilities.size == 0
    assert samples_of(stream.result()) is not None
    stream.flush()
    whole = detect_speech(
        Audio(np.broadcast_to(np.float32(0), 3600 * 16000), 16000), sessions=Scripted(track), **option
    )
    assert samples_of(stream.result()) == samples_of(whole)


def test_every_setting_is_a_parameter():
    given_settings = {
        "threshold": 0.6,
        "neg_threshold": 0.2,
        "min_speech_ms": 10,
        "max_speech_seconds": 3.0,
        "min_silence_ms": 5,
    }
    given_settings |= {"speech_pad_ms": 1, "min_silence_at_max_speech_ms": 2, "cut_at_longest_pause": False}
    assert StreamingVad(16000, **given_settings).result().settings == VadSettings(**given_settings)
    assert StreamingVad(16000).result().settings == VadSettings()


def test_nothing_and_silence_abstain():
    stream = StreamingVad(44100)
    assert stream.flush() == stream.flush() == ()
    assert (stream.result().status, stream.result().audio_seconds) == (Status.ABSTAINED, 0.0)
    whole = detect_speech(Audio(np.zeros(300, np.float32), 44100))
    stream, events = stream_through(np.zeros(300, np.float32), 44100, [1] * 300)
    same(stream, events, whole)


@pytest.mark.parametrize(
    "samples", [np.zeros(3, np.int16), np.zeros((1, 2, 3), np.float32), np.float32(0), np.zeros((0, 5), np.float32)]
)
def test_samples_of_another_kind_are_refused(samples):
    with pytest.raises(ParameterError, match="float samples"):
        StreamingVad(16000).push(samples)


def test_a_stream_is_one_stream():
    stream = StreamingVad(16000)
    stream.push(np.zeros((2, 100), np.float32))
    with pytest.raises(ParameterError, match=r"began with 2 channel"):
        stream.push(np.zeros(100, np.float32))
    stream.flush()
    with pytest.raises(ParameterError, match="flushed"):
        stream.push(np.zeros((2, 100), np.float32))
    with pytest.raises(ParameterError, match="keep_probabilities"):
        stream.result().with_settings(threshold=0.1)
    for wrong in ({"threshold": 2}, {"colour": 1}, {"model": "v9"}):
        with pytest.raises(ParameterError):
            StreamingVad(16000, **wrong)
    with pytest.raises(ParameterError):
        StreamingVad(0)
    assert math.isinf(StreamingVad(16000).result().settings.max_speech_seconds)
