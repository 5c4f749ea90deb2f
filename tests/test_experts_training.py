"""Each expert trained again in miniature: the script runs, what it packs loads, and beats chance."""

from __future__ import annotations

import csv
import importlib
import json

import numpy as np
import pytest
import soundfile

from audiokit import Audio
from audiokit.activity import classify_content
from audiokit.errors import ParameterError, SourceNotFound
from audiokit.experts.__main__ import main
from audiokit.experts.composition import compose
from audiokit.experts.content_clips import LABELS, draw_clip
from audiokit.experts.content_parts import Materials
from audiokit.experts.content_windows import Windows, make_windows, windows_of
from audiokit.experts.materials import MaterialSizes
from audiokit.experts.model_cards import write_model_card
from audiokit.experts.recordings import EMOTIONS, emotional_speech, ordinary_speech
from audiokit.experts.training_run import Sittings, TrainingRun

pytest.importorskip("torch")
embedded_module = importlib.import_module("audiokit.models.embedded")  # its package shows the function of that name
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
pytest.importorskip("espeakng_loader")

RATE = 16000
_MANNER = {
    "angry": (260, 7.0, 6.0, 0.6),
    "happy": (290, 9.0, 4.5, 1.2),
    "neutral": (150, 2.0, 4.0, 1.5),
    "sad": (120, 1.0, 2.2, 2.2),
}


def acted(emotion, speaker, take):
    """A caricature of an emotion: pitch, its swing, the pace of syllables, and how dull the voice is."""
    generator = np.random.default_rng([EMOTIONS.index(emotion), speaker, take])
    hertz, swing, pace, dull = _MANNER[emotion]
    time = np.arange(int(1.8 * RATE)) / RATE
    pitch = hertz * (0.9 + 0.1 * speaker) * 2 ** (swing / 12 * np.sin(2 * np.pi * 1.3 * time + take))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(n * phase) / n**dull for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * pace * time + speaker), 0, None) ** 0.5
    return (0.1 * tone * syllables + 0.002 * generator.standard_normal(time.size)).astype(np.float32)


@pytest.fixture(scope="module")
def small_corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    rows = []
    for speaker in (1, 2, 3):
        for emotion in EMOTIONS:
            for take in range(3):
                path = f"emotion_emodb/{speaker:02d}{emotion}{take}.wav"
                rows.append((path, acted(emotion, speaker, take), "CC0-1.0", f"{emotion}; speaker {speaker:02d}"))
    hum = np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32) * 0.05
    rows += [("speech/jfk.flac", hum, "Public domain", "transcript: none"), ("speech/forbidden.wav", hum, "CC-BY-SA-4.0", "x"),
             ("speech/ljspeech/a.wav", hum, "CC-BY-SA-4.0", "share-alike")]  # fmt: skip
    with (folder / "MANIFEST.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["path", "category", "source", "licence", "ground_truth"])
        for path, samples, licence, truth in rows:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(folder / path, samples, RATE)
            writer.writerow([path, path.split("/")[0], "made:here", licence, truth])
    return folder


def test_recordings_are_chosen_by_licence(small_corpus, tmp_path):
    assert {recording.group for recording in ordinary_speech(small_corpus)} == {"jfk"}
    clips = emotional_speech(small_corpus)
    assert {clip.group for clip in clips} == {"01", "02", "03"}
    assert len(emotional_speech(small_corpus, speakers=2, clips=1)) == 8
    with pytest.raises(ParameterError, match="two speakers"):
        emotional_speech(small_corpus, speakers=1)
    with pytest.raises(SourceNotFound, match=r"MANIFEST\.csv"):
        ordinary_speech(tmp_path)


def test_emotion_in_miniature(small_corpus, tmp_path, monkeypatch):
    from audiokit.experts.train_emotion import EmotionSettings, train_emotion
    from audiokit.tagging.embedded_emotion import EmbeddedEmotion

    settings = EmotionSettings(
        copies=2, ordinary_copies=1, members=2, epochs=12, width=24,
        sizes=MaterialSizes(soundfont_pieces=0, own_pieces=2, synthetic_utterances=4),
    )  # fmt: skip
    said = []
    card = train_emotion(TrainingRun(small_corpus, tmp_path, cache=tmp_path / "cache", say=said.append), settings)
    assert card["measured"]["uar"] > 0.5
    assert any("speaker 01" in line for line in said)
    monkeypatch.setattr(embedded_module, "WEIGHTS", tmp_path)
    expert = EmbeddedEmotion()
    found = expert([acted(emotion, 2, 7) for emotion in EMOTIONS]).argmax(axis=1)
    assert (found == np.arange(4)).mean() >= 0.5
    assert expert.threshold == card["threshold"]
    page = write_model_card(
        json.loads((tmp_path / "emotion_emodb.json").read_text(encoding="utf-8")), tmp_path / "cards"
    )
    text = page.read_text(encoding="utf-8")
    assert "Acted German" in text
    assert "| jfk: made | Public domain |" in text
    assert "our own instruments |" in text
    assert (tmp_path / "cards" / "emotion_emodb_confusion.svg").read_text(encoding="utf-8").startswith("<svg")


def test_content_in_miniature(tmp_path, monkeypatch):
    from audiokit.experts.train_content import ContentSettings, train_content

    settings = ContentSettings(
        clips=40, folds=2, pictures=1, tables=1, epochs=3,
        sizes=MaterialSizes(soundfont_pieces=0, own_pieces=6, synthetic_utterances=8),
    )  # fmt: skip
    run = TrainingRun(None, tmp_path, cache=tmp_path / "cache", say=lambda _: None)
    card = train_content(run, settings)
    assert (card["sittings"], card["parts_from_cache"]) == (1, False)
    assert card["measured"]["right"] > 0.5
    assert card["size_bytes"] < 2_000_000
    monkeypatch.setattr(embedded_module, "WEIGHTS", tmp_path)
    hiss = np.random.default_rng(0).standard_normal(6 * RATE).astype(np.float32) * 0.05
    result = classify_content(Audio(hiss, RATE))
    assert result.model == "content_gate 1"
    assert result.probabilities[:, LABELS.index("noise")].mean() > 0.34
    text = write_model_card(card, tmp_path / "cards").read_text(encoding="utf-8")
    assert "| a cappella |" in text
    assert "must never gate a transcription" in text


def test_windows_are_the_same_with_cache_and_workers(tmp_path):
    from augmentation_checks import voice

    from audiokit.experts.instruments import render_with_instruments

    generator = np.random.default_rng(0)
    materials = Materials(
        {"a": [voice(4.0, RATE, 1)[0]], "b": [voice(4.0, RATE, 2)[0]]},
        [(render_with_instruments(compose(generator, 12.0, "pop"), generator), 0.5)],
    )
    plain = make_windows(materials, 6, 3)
    first = make_windows(materials, 6, 3, cache=tmp_path, workers=2)
    again = make_windows(Materials({}, []), 6, 3, cache=tmp_path)  # from the cache: there is nothing to make it of
    for name in Windows.__slots__:
        np.testing.assert_array_equal(getattr(plain, name), getattr(first, name))
        np.testing.assert_array_equal(getattr(plain, name), getattr(again, name))
    assert len(set(plain.clips.tolist())) == 6


def test_a_window_of_a_clip_is_labelled_only_where_its_label_sounds():
    from dataclasses import replace

    materials = Materials({"a": [np.ones(RATE, np.float32)]}, [(np.ones(RATE, np.float32), 0.5)])
    clip = draw_clip("noise", materials, np.random.default_rng(0))
    half = replace(clip, active=np.arange(clip.active.size) < clip.active.size // 2)
    assert len(windows_of(half, 0, np.random.default_rng(0))) < len(windows_of(clip, 0, np.random.default_rng(0)))


def test_the_command_says_what_is_missing(tmp_path, capsys):
    assert main(["emotion", "--corpus", str(tmp_path), "--weights", str(tmp_path)]) == 2
    assert "MANIFEST.csv" in capsys.readouterr().err


def test_time_is_counted_over_all_sittings(tmp_path):
    first = Sittings(tmp_path, "content")
    spent = first.note()
    second = Sittings(tmp_path, "content")
    assert (first.count, second.count) == (1, 2)
    assert second.note() > spent
    assert not second.had_parts
    other = Sittings(tmp_path, "emotion")  # finds what the first has kept
    assert (other.count, other.had_parts) == (1, True)
    assert Sittings(None, "content").count == 1
