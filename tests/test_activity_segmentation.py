"""Probabilities to segments: equal to Silero's own function for every track and setting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audiokit.activity.segmentation import VadSettings, speech_spans
from audiokit.errors import ParameterError


@pytest.fixture(scope="module")
def silero():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    module = pytest.importorskip("silero_vad")
    torch.set_num_threads(threads)  # importing it leaves torch on one thread
    return module


@st.composite
def tracks(draw):
    """Runs of levels, as speech makes them, with noise around the thresholds."""
    levels = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.02, 0.3, 0.349, 0.36, 0.49, 0.5, 0.51, 0.95]))
    runs = draw(st.lists(st.tuples(levels, st.integers(1, 25)), max_size=25))
    track = np.concatenate([np.full(n, level, np.float32) for level, n in runs] or [np.zeros(0, np.float32)])
    if draw(st.booleans()):
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        track = np.clip(track + rng.normal(0, 0.2, track.size), 0, 1).astype(np.float32)
    return track


options = st.builds(
    VadSettings,
    threshold=st.floats(0, 1),
    neg_threshold=st.none() | st.floats(0, 1),
    min_speech_ms=st.sampled_from([0, 32, 250, 500.5]) | st.floats(0, 2000),
    max_speech_seconds=st.just(math.inf) | st.floats(0.05, 8),
    min_silence_ms=st.sampled_from([0, 100, 128, 2000]) | st.floats(0, 2000),
    speech_pad_ms=st.sampled_from([0, 30, 400]) | st.floats(0, 500),
    min_silence_at_max_speech_ms=st.sampled_from([0, 98, 250]) | st.floats(0, 400),
    cut_at_longest_pause=st.booleans(),
)


# A frame that is speech by one threshold and silence by the other, which nobody sets on purpose
CROSSED = VadSettings(
    threshold=0.25,
    neg_threshold=1.0,
    min_speech_ms=0,
    max_speech_seconds=0.25,
    speech_pad_ms=0,
    min_silence_at_max_speech_ms=0,
    cut_at_longest_pause=False,
)


@settings(max_examples=400, deadline=None)
@example(np.array([0, 0.34, 0, 0, 0, 0.3, 0, 0, 0], np.float32), CROSSED, 8000, 0)
@given(track=tracks(), option=options, rate=st.sampled_from([8000, 16000]), missing=st.integers(0, 255))
def test_equal_to_silero(silero, track, option, rate, missing):
    window = {8000: 256, 16000: 512}[rate]
    frames = max(track.size * window - missing, 0)
    theirs = silero.get_speech_timestamps_from_probs(
        track.tolist(),
        sampling_rate=rate,
        threshold=option.threshold,
        neg_threshold=option.neg_threshold,
        min_speech_duration_ms=option.min_speech_ms,
        max_speech_duration_s=option.max_speech_seconds,
        min_silence_duration_ms=option.min_silence_ms,
        speech_pad_ms=option.speech_pad_ms,
        min_silence_at_max_speech=option.min_silence_at_max_speech_ms,
        use_max_poss_sil_at_max_speech=option.cut_at_longest_pause,
        audio_length_samples=frames,
    )
    ours = speech_spans(track, option, sample_rate=rate, frame_length=window, frames=frames)
    assert ours == [(span["start"], span["end"]) for span in theirs]


@pytest.mark.parametrize("longest", [True, False])
def test_overlong_speech_is_cut_at_a_pause(longest):
    # speech 1 s, pause 0.2 s, speech 1 s, pause 0.16 s, speech 3 s
    track = np.concatenate([np.full(n, p, np.float32) for n, p in [(31, 1), (7, 0), (31, 1), (5, 0), (94, 1)]])
    option = VadSettings(max_speech_seconds=3, min_silence_ms=500, speech_pad_ms=0, cut_at_longest_pause=longest)
    spans = speech_spans(track, option, sample_rate=16000, frame_length=512, frames=track.size * 512)
    assert spans[0] == (0, (31 if longest else 69) * 512)
    assert all(end - start <= 3 * 16000 for start, end in spans)


def test_uncut_speech_is_one_span():
    track = np.ones(100, np.float32)
    spans = speech_spans(track, VadSettings(), sample_rate=16000, frame_length=512, frames=51000)
    assert spans == [(0, 51000)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 1.5},
        {"threshold": math.nan},
        {"neg_threshold": -0.1},
        {"min_speech_ms": -1},
        {"speech_pad_ms": math.inf},
        {"max_speech_seconds": 0},
        {"max_speech_seconds": math.nan},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        VadSettings(**wrong)
