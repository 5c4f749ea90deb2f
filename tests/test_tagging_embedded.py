"""Tagging with what travels in the package: no hub, no network, and weights that cannot lie."""

import importlib
import shutil
import socket

import pytest

import audiokit
from audiokit.models.sessions import Sessions
from audiokit.report import built_in_sample
from audiokit.report.sample import sung_phrase
from audiokit.tagging.choose import EMBEDDED_EMOTION

weights = importlib.import_module("audiokit.models.embedded")
pytestmark = pytest.mark.skipif(
    not (weights.WEIGHTS / "content_gate.onnx").is_file() or not (weights.WEIGHTS / "emotion_emodb.onnx").is_file(),
    reason="the package's weights are not here",
)


@pytest.fixture(scope="module")
def sample():
    return built_in_sample()


@pytest.fixture(autouse=True)
def no_hub(monkeypatch, tmp_path):
    """Nothing of any hub on disk, and no way to a network."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    monkeypatch.setenv("AUDIOKIT_MODELS_FOLDER", str(tmp_path / "none"))

    def refused(*_arguments, **_options):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)


def test_the_sample_is_tagged_without_a_network(sample):
    result = audiokit.tag(sample.audio)
    found = result.to_dict()["audio_analysis"]
    assert found["voice_detected"] is True
    assert found["states"]["voice"] == "ok"
    assert found["states"]["mood"] in ("ok", "abstained")
    assert found["states"]["genre"] == "unavailable"  # there is music in it, and no expert
    assert "audiokit models pull" in found["errors"]["genre"]
    assert found["models_invoked"] == ["silero_vad", "content_gate", "emotion_emodb"]
    assert "embedded expert, acted German speech" in " ".join(result.mood.notes)
    kinds = {segment.label for segment in result.content_result.segments}
    assert {"speech", "music"} <= kinds


def test_a_song_has_a_voice_and_no_mood():
    result = audiokit.tag(sung_phrase())
    assert result.voice_detected
    assert result.voice_mood is None
    assert result.mood.status == "abstained"
    assert "emotion_emodb" not in result.models_invoked


def test_music_alone_has_neither(sample):
    part = sample.parts[1]
    piano = sample.audio.between(part.start_seconds, part.end_seconds)
    result = audiokit.tag(piano)
    assert result.voice_mood == "none"
    assert result.states["genre"] == "unavailable"
    assert result.models_invoked == ("silero_vad", "content_gate")


def damaged(tmp_path, monkeypatch, name):
    """The package's weights with one byte of one file flipped."""
    folder = tmp_path / "weights"
    shutil.copytree(weights.WEIGHTS, folder)
    data = bytearray((folder / f"{name}.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / f"{name}.onnx").write_bytes(data)
    monkeypatch.setattr(weights, "WEIGHTS", folder)


def test_one_flipped_byte_of_the_mood_expert_is_refused_and_the_rest_stands(sample, tmp_path, monkeypatch):
    damaged(tmp_path, monkeypatch, EMBEDDED_EMOTION)
    result = audiokit.tag(sample.audio, sessions=Sessions())
    assert result.states["voice"] == "ok"
    assert result.states["mood"] == "failed"
    assert "emotion_emodb" in result.errors["mood"]
    assert result.voice_mood is None
    assert result.content_result is not None


def test_one_flipped_byte_of_the_gate_leaves_voice_detection_alone(sample, tmp_path, monkeypatch):
    damaged(tmp_path, monkeypatch, "content_gate")
    result = audiokit.tag(sample.audio, sessions=Sessions())
    assert result.voice_detected is True
    assert result.states == {"voice": "ok", "mood": "failed", "genre": "failed"}
    assert all("content gate" in reason for reason in result.errors.values())


def test_many_at_once_are_the_same(sample):
    sounds = [sample.audio, sung_phrase(), sample.audio.between(0, 3)]
    many = list(audiokit.tag_many(sounds))
    alone = [audiokit.tag(sound) for sound in sounds]
    for one, other in zip(many, alone, strict=True):
        first, second = (r.to_dict()["audio_analysis"] for r in (one, other))
        assert first.pop("processing_time_ms") >= 0
        second.pop("processing_time_ms")
        assert first == second


@pytest.mark.corpus
def test_no_mood_on_music_and_the_world_around(corpus, manifest):
    checked = [row for row in manifest if row["category"] in ("music", "env")]
    assert checked
    for result in audiokit.tag_many([corpus / row["path"] for row in checked], genre=None):
        assert result.voice_mood in ("none", None), result.name
