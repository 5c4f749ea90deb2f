"""The built-in sample: the same every time, clean, and with known content that voice activity detection confirms."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.activity import detect_speech
from audiokit.errors import LibraryUnavailable
from audiokit.models.wheels import file_in_wheel
from audiokit.report.sample import built_in_sample, sung_phrase
from audiokit.speech import espeak


def test_without_espeak_it_says_so(monkeypatch):
    monkeypatch.setattr(espeak, "file_in_wheel", lambda *_: None)
    with pytest.raises(LibraryUnavailable, match="tts"):
        built_in_sample()


@pytest.fixture(scope="module")
def sample():
    if file_in_wheel("espeakng_loader", "__init__.py") is None:
        pytest.skip("no espeakng-loader")
    return built_in_sample()


def test_the_same_every_time(sample):
    again = built_in_sample()
    assert again.audio.samples.tobytes() == sample.audio.samples.tobytes()
    assert again.parts == sample.parts


def test_clean_stereo_of_about_twenty_seconds(sample):
    audio = sample.audio
    assert audio.channels == 2
    assert 18 <= audio.duration_seconds <= 23
    assert np.abs(audio.samples).max() < 10 ** (-1 / 20)
    assert not audio.warnings


def test_no_clicks_at_the_joints(sample):
    """Around each joint no step is larger than a fiftieth of full scale."""
    steps = np.abs(np.diff(sample.audio.samples, axis=1)).max(axis=0)
    for part in sample.parts:
        for time in (part.start_seconds, part.end_seconds):
            place = round(time * sample.audio.sample_rate)
            assert steps[max(place - 40, 0) : place + 40].max(initial=0) < 0.02


def test_parts_are_what_they_say(sample):
    assert [part.label for part in sample.parts] == ["speech", "music", "noise", "silence", "speech"]
    assert all(a.end_seconds <= b.start_seconds for a, b in zip(sample.parts, sample.parts[1:], strict=False))
    assert sample.parts[-1].end_seconds <= sample.audio.duration_seconds
    sounds = {part.label: sample.audio.between(part.start_seconds, part.end_seconds).samples for part in sample.parts}
    assert not sounds["silence"].any()
    level = {label: 20 * np.log10(np.sqrt((s.astype(float) ** 2).mean()) + 1e-9) for label, s in sounds.items()}
    assert all(-32 < level[label] < -12 for label in ("speech", "music", "noise"))
    left, right = sounds["music"]
    assert 0.3 < np.corrcoef(left, right)[0, 1] < 0.999  # panned, but one piece
    np.testing.assert_array_equal(*sounds["speech"])

    def flatness(sound):
        power = np.abs(np.fft.rfft(sound[0])) ** 2 + 1e-12
        return np.exp(np.log(power).mean()) / power.mean()

    assert flatness(sounds["noise"]) > 20 * flatness(sounds["music"])


def test_speech_is_found_in_the_speech_and_nowhere_else(sample):
    pytest.importorskip("onnxruntime")
    if file_in_wheel("silero_vad", "data/silero_vad.onnx") is None:
        pytest.skip("no silero-vad")
    found = detect_speech(sample.audio).segments
    spoken = [part for part in sample.parts if part.label == "speech"]
    for segment in found:
        assert any(
            p.start_seconds - 0.3 <= segment.start_seconds and segment.end_seconds <= p.end_seconds + 0.3
            for p in spoken
        )
    for part in spoken:
        inside = [s for s in found if s.start_seconds < part.end_seconds and s.end_seconds > part.start_seconds]
        assert abs(inside[0].start_seconds - part.start_seconds) < 0.3
        assert abs(inside[-1].end_seconds - part.end_seconds) < 0.3
        assert sum(s.duration_seconds for s in inside) > 0.8 * part.duration_seconds


def test_singing_fools_the_detector(sample):
    pytest.importorskip("onnxruntime")
    if file_in_wheel("silero_vad", "data/silero_vad.onnx") is None:
        pytest.skip("no silero-vad")
    sung = sung_phrase()
    assert np.abs(sung.samples).max() < 0.7
    assert sung.samples.tobytes() == sung_phrase().samples.tobytes()
    assert detect_speech(sung).speech_seconds > 0.3 * sung.duration_seconds
