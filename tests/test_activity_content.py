"""The content gate: covers every sound, in blocks, on whatever comes; and what it is for, on real recordings."""

from __future__ import annotations

import importlib
import json
import shutil
import tracemalloc

import numpy as np
import pytest

from audiokit import Audio, Status, read
from audiokit.activity import classify_content, content_cells, detect_speech
from audiokit.activity import content as content_module
from audiokit.activity.content_cells import HOP_SECONDS, cell_inputs
from audiokit.errors import ModelRefused, ParameterError
from audiokit.results import Segment

embedded_module = importlib.import_module("audiokit.models.embedded")  # its package shows the function of that name
pytest.importorskip("onnxruntime")
LABELS = {"speech", "music", "noise", "silence"}


def chord(seconds, rate=16000):
    time = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * hertz * n * time) / n for hertz in (220, 277.2, 329.6) for n in range(1, 6))
    return (0.05 * tone * np.exp(-2 * (time % 0.5))).astype(np.float32)


def hiss(seconds, rate=16000, level=0.05):
    return level * np.random.default_rng(0).standard_normal(round(seconds * rate)).astype(np.float32)


def covers(result, seconds):
    assert result.segments[0].start_seconds == 0
    assert result.segments[-1].end_seconds == pytest.approx(seconds, abs=1e-6)
    for one, other in zip(result.segments[:-1], result.segments[1:], strict=True):
        assert one.end_seconds == other.start_seconds
        assert one.label != other.label
    assert {segment.label for segment in result.segments} <= LABELS
    assert sum(result.seconds_of(label) for label in LABELS) == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000, 192000, 384000])
def test_any_rate_and_channels(rate):
    audio = Audio(np.stack([chord(4, rate)] * 2), rate)
    result = classify_content(audio)
    covers(result, audio.duration_seconds)
    assert result.seconds_of("music") > 3
    assert np.isfinite(result.probabilities).all()
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("seconds", [0.0001, 0.1, 0.5, 0.512, 1.0, 3.0, 3.1, 33.0, 70.0])
def test_any_length(seconds):
    audio = Audio(hiss(seconds), 16000)
    result = classify_content(audio)
    covers(result, audio.duration_seconds)
    assert len(result.probabilities) == len(result.levels_dbfs) == -(-audio.frames // 8192)
    assert result.seconds_of("speech") == 0


def test_nothing_silence_and_a_constant():
    empty = classify_content(Audio(np.zeros(0), 16000))
    assert empty.segments == ()
    assert empty.status == Status.ABSTAINED
    silence = classify_content(Audio(np.zeros(50_000), 16000))
    assert [segment.label for segment in silence.segments] == ["silence"]
    assert silence.segments[0].score is None
    assert silence.status == Status.ABSTAINED
    constant = classify_content(Audio(np.full(50_000, 0.3), 16000))
    assert constant.seconds_of("speech") == 0


def test_samples_that_are_no_numbers_are_noted():
    samples = chord(4)
    samples[1000], samples[20000] = np.nan, np.inf
    result = classify_content(Audio(samples, 16000))
    assert np.isfinite(result.probabilities).all()
    assert any("no finite number" in note for note in result.notes)
    assert result.seconds_of("music") > 3


def test_level_changes_nothing_above_silence():
    played = chord(6) + hiss(6, level=0.003)
    loud, quiet = (classify_content(Audio(played * gain, 16000)) for gain in (1.0, 0.1))
    np.testing.assert_allclose(loud.probabilities, quiet.probabilities, atol=0.05)
    gone = classify_content(Audio(chord(6) * 1e-4, 16000))
    assert gone.seconds_of("silence") == pytest.approx(6)


def test_blocks_hear_what_one_piece_hears(monkeypatch):
    audio = Audio(np.concatenate([chord(9), hiss(8), np.zeros(16000 * 5, np.float32), chord(7)]), 16000)
    whole = classify_content(audio)
    monkeypatch.setattr(content_cells, "_BLOCK_CELLS", 7)
    pieces = classify_content(audio)
    # the path of the pitch begins anew in each block
    np.testing.assert_allclose(pieces.probabilities, whole.probabilities, atol=0.12)
    assert np.abs(pieces.probabilities - whole.probabilities).mean() < 0.01
    np.testing.assert_allclose(pieces.levels_dbfs, whole.levels_dbfs, atol=1e-3)


def test_memory_does_not_grow_with_length():
    class Sound(Audio):
        pass

    def peak(seconds):
        sound = Sound(np.resize(hiss(3), round(16000 * seconds)), 16000)
        tracemalloc.start()
        for _ in cell_inputs(sound):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(180) < 1.25 * peak(70)


def test_thresholds_decide_again_without_the_network(monkeypatch):
    result = classify_content(Audio(np.concatenate([chord(6), hiss(6)]), 16000))
    monkeypatch.setattr(content_module, "cell_inputs", None)
    strict = result.with_thresholds(speech=0.0)
    assert strict.seconds_of("speech") == pytest.approx(12)
    assert strict.with_thresholds(speech=result.thresholds.speech).segments == result.segments
    with pytest.raises(ParameterError, match="threshold"):
        result.with_thresholds(volume=1.0)
    with pytest.raises(ParameterError):
        result.seconds_of("laughter")
    assert list(result.to_dataframe()["label"]) == [segment.label for segment in result.segments]


def test_mood_wants_both_voice_activity_and_gate():
    result = classify_content(Audio(chord(10), 16000)).with_thresholds(mood_speech=0.0, speech=0.0)
    vad = detect_speech(Audio(chord(10), 16000))
    object.__setattr__(vad, "segments", (Segment(1.0, 3.0, "speech", 0.9), Segment(5.0, 5.1, "speech", 0.9)))
    assert result.mood_spans(vad) == (Segment(1.0, 3.0, "speech", 0.9),)
    assert result.with_thresholds(mood_speech=1.0).mood_spans(vad) == ()


def test_far_from_any_voice_nothing_is_speech():
    audio = Audio(chord(12), 16000)
    vad = detect_speech(audio)
    object.__setattr__(vad, "segments", (Segment(0.0, 1.0, "speech", 0.9),))
    result = classify_content(audio, vad=vad)
    far = result.probabilities[round(4 / HOP_SECONDS) :]
    assert not far[:, 0].any()
    np.testing.assert_allclose(far.sum(axis=1), 1, atol=1e-4)


def test_the_voice_may_be_told_afterwards():
    audio = Audio(np.concatenate([chord(8), hiss(5)]), 16000)
    vad = detect_speech(audio)
    object.__setattr__(vad, "segments", (Segment(2.0, 3.0, "speech", 0.9),))
    at_once, later = classify_content(audio, vad=vad), classify_content(audio).near_voice(vad)
    np.testing.assert_array_equal(at_once.probabilities, later.probabilities)
    assert (at_once.segments, at_once.notes) == (later.segments, later.notes)


def test_one_flipped_byte_or_other_labels_are_refused(tmp_path, monkeypatch):
    for ending in (".onnx", ".json"):
        shutil.copy(embedded_module.WEIGHTS / f"content_gate{ending}", tmp_path)
    monkeypatch.setattr(embedded_module, "WEIGHTS", tmp_path)
    card = json.loads((tmp_path / "content_gate.json").read_text(encoding="utf-8"))
    (tmp_path / "content_gate.json").write_text(json.dumps({**card, "labels": ["a", "b", "c"]}), encoding="utf-8")
    with pytest.raises(ModelRefused, match="gives"):
        classify_content(Audio(chord(1), 16000))
    (tmp_path / "content_gate.json").write_text(json.dumps(card), encoding="utf-8")
    data = bytearray((tmp_path / "content_gate.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "content_gate.onnx").write_bytes(data)
    with pytest.raises(ModelRefused):
        classify_content(Audio(chord(1), 16000))


def test_no_torch_is_needed():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np\n"
        "sys.modules['torch'] = None\n"
        "from audiokit import Audio\n"
        "from audiokit.activity import classify_content\n"
        "print(len(classify_content(Audio(np.ones(9000) * 0.1, 16000)).segments))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1", done.stderr


@pytest.mark.corpus
def test_instrumental_music_and_a_bird_have_no_mood(corpus, manifest):
    for row in manifest:
        if row["category"] in {"music", "env"} and row["path"].endswith(".ogg"):
            audio = read(corpus / row["path"])
            result = classify_content(audio)
            assert result.mood_spans(detect_speech(audio)) == (), row["path"]
            assert result.seconds_of("speech") <= 0.03 * audio.duration_seconds, row["path"]


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["speech/jfk.flac", "speech/ljspeech/LJ001-0001.wav", "speech/multilingual.mp3",
                                  "speech/5703-47212-0000.ogg", "vad/silero_test.wav"])  # fmt: skip
def test_speech_may_be_judged(corpus, name):
    audio = read(corpus / name)
    vad = detect_speech(audio)
    heard = sum(span.duration_seconds for span in classify_content(audio).mood_spans(vad))
    assert heard >= 0.9 * vad.speech_seconds
