"""A voice is said where it is justified: blips of voice activity detection in music are taken back, speech is not."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagging_parts import GateResult

import audiokit
from audiokit import Audio, Segment
from audiokit.activity import classify_content, detect_speech, justified_speech
from audiokit.activity.voice import LEAST_EVIDENCE_SECONDS, evidence_seconds
from audiokit.errors import ParameterError

pytest.importorskip("onnxruntime")
weights = importlib.import_module("audiokit.models.embedded")


@pytest.fixture(scope="module")
def nothing():
    """A result of voice activity detection to put segments into."""
    return detect_speech(Audio(np.zeros(16_000 * 60, np.float32), 16_000))


def with_segments(vad, *spans):
    from dataclasses import replace

    return replace(vad, segments=tuple(Segment(start, end, "speech", score) for start, end, score in spans))


def music(*spans, seconds=60.0):
    """Speech, with music in the spans."""
    edges, labels = [0.0], []
    for start, end in spans:
        edges += [start, end]
        labels += ["speech", "music"]
    edges, labels = [*edges, seconds], [*labels, "speech"]
    cut = zip(edges[:-1], edges[1:], labels, strict=True)
    return GateResult(tuple(Segment(a, b, label) for a, b, label in cut if b > a), seconds)


def test_a_blip_in_music_is_no_voice(nothing):
    vad = with_segments(nothing, (10.0, 11.3, 0.55))
    found = justified_speech(vad, music((0, 60)))
    assert found.segments == ()
    assert "1.3 s" in found.notes[-1]
    assert vad.segments  # what was given stays as it is


@pytest.mark.parametrize(
    ("spans", "where"),
    [
        ([(10.0, 11.3, 0.55)], (0, 11)),  # a part of it is speech by the gate
        ([(10.0, 11.3, 0.55)], (20, 60)),  # all of it is
        ([(10.0, 11.3, 0.75)], (0, 60)),  # surer: 1.3 s times 0.25
        ([(10.0, 10.4, 0.55), (12.0, 13.0, 0.8)], (0, 60)),  # beside something sure
        ([(10.0, 20.0, 0.53)], (0, 60)),  # unsure for long
    ],
)
def test_what_is_left_alone(nothing, spans, where):
    vad = with_segments(nothing, *spans)
    assert justified_speech(vad, music(where)) is vad


def test_passages_are_judged_each_by_itself(nothing):
    vad = with_segments(nothing, (1.0, 1.5, 0.6), (8.0, 10.0, 0.9), (20.0, 20.5, 0.6), (50.0, 50.5, 0.6))
    found = justified_speech(vad, music((0, 45)))
    assert [s.start_seconds for s in found.segments] == [8.0, 50.0]
    far = with_segments(nothing, *[(6.0 * n, 6.0 * n + 0.5, 0.6) for n in range(9)])
    assert justified_speech(far, music((0, 60))).segments == ()  # many blips far apart are still blips


@given(st.lists(st.tuples(st.floats(0.05, 4), st.floats(0, 9), st.floats(0.3, 1)), min_size=1, max_size=12))
def test_only_ever_fewer_and_none_of_them_changed(nothing, drawn):
    spans, at = [], 0.0
    for length, gap, score in drawn:
        spans.append((at + gap, at + gap + length, score))
        at += gap + length
    vad = with_segments(nothing, *spans)
    found = justified_speech(vad, music((0, at + 1), seconds=at + 2))
    assert set(found.segments) <= set(vad.segments)
    taken = [one for one in vad.segments if one not in found.segments]
    assert evidence_seconds(vad.segments) - evidence_seconds(taken) == pytest.approx(evidence_seconds(found.segments))
    for one in taken:
        assert evidence_seconds([one]) < LEAST_EVIDENCE_SECONDS
    assert justified_speech(vad, music((0, at + 1), seconds=at + 2), least_evidence_seconds=0.0) is vad


def test_negative_evidence_is_refused(nothing):
    with pytest.raises(ParameterError, match="least_evidence_seconds"):
        justified_speech(nothing, music(), least_evidence_seconds=-1.0)


@pytest.mark.corpus
def test_music_and_a_bird_have_no_voice_and_speech_keeps_all_of_its(corpus, manifest):
    if not (weights.WEIGHTS / "content_gate.onnx").is_file():
        pytest.skip("the package's weights are not here")
    for row in manifest:
        if row["category"] in {"music", "env"} and row["path"].endswith(".ogg"):
            found = audiokit.tag(corpus / row["path"], genre=None)
            assert found.voice_detected is False, row["path"]
            assert found.voice_mood == "none"
    for name in ("speech/jfk.flac", "speech/cards/001.wav", "vad/count.wav", "vad/cobra_sample.wav"):
        audio = audiokit.read(corpus / name)
        vad = detect_speech(audio)
        assert justified_speech(vad, classify_content(audio)).segments == vad.segments, name
