"""The embedded emotion expert: what it says, when it says nothing, and what it refuses."""

from __future__ import annotations

import importlib
import json
import shutil

import numpy as np
import pytest
from augmentation_checks import voice

from audiokit import read
from audiokit.activity.prepare import mono_at
from audiokit.errors import ModelRefused, ParameterError
from audiokit.experts.evaluation import unweighted_average_recall
from audiokit.experts.recordings import EMOTIONS, emotional_speech
from audiokit.tagging.embedded_emotion import EmbeddedEmotion

embedded_module = importlib.import_module("audiokit.models.embedded")  # its package shows the function of that name
pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def expert():
    return EmbeddedEmotion()


def test_what_it_says_of_itself(expert):
    assert expert.labels == EMOTIONS == ("angry", "happy", "neutral", "sad")
    assert expert.origin == "embedded expert, acted German speech"
    assert 0.4 <= expert.threshold < 1
    assert expert.model.card["measured"]["uar"] > 0.5


def test_probabilities_of_any_windows(expert, rng):
    windows = [voice(1.0)[0], voice(3.0, seed=2)[0], np.zeros(16000, np.float32), np.zeros(0, np.float32),
               np.full(16000, np.nan, np.float32), 0.1 * rng.standard_normal(700).astype(np.float32), voice(9.0)[0]]  # fmt: skip
    got = expert(windows)
    assert got.shape == (len(windows), 4)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got.sum(axis=1), 1, atol=1e-5)
    for silent in (2, 3, 4, 5):
        np.testing.assert_allclose(got[silent], 0.25)
    np.testing.assert_allclose(got[6], expert([voice(9.0)[0][:48000]])[0], atol=1e-5)
    assert expert([]).shape == (0, 4)


def test_one_by_one_is_all_at_once_and_level_changes_nothing(expert):
    windows = [voice(1.5, seed=seed)[0] for seed in range(4)]
    together = expert(windows)
    np.testing.assert_allclose(np.concatenate([expert([window]) for window in windows]), together, atol=1e-5)
    np.testing.assert_allclose(expert([window * 0.02 for window in windows]), together, atol=0.02)


@pytest.mark.parametrize("window", [np.zeros((2, 100), np.float32), np.zeros(100, np.int16)])
def test_other_arrays_are_refused(expert, window):
    with pytest.raises(ParameterError, match="window"):
        expert([window])


@pytest.mark.parametrize(
    "change", [{"features": ["pitch"]}, {"labels": ["a", "b"]}, {"threshold": 2.0}, {"threshold": None}]
)
def test_a_card_that_does_not_fit_is_refused(tmp_path, monkeypatch, change):
    shutil.copy(embedded_module.WEIGHTS / "emotion_emodb.onnx", tmp_path)
    card = json.loads((embedded_module.WEIGHTS / "emotion_emodb.json").read_text(encoding="utf-8"))
    (tmp_path / "emotion_emodb.json").write_text(json.dumps(card | change), encoding="utf-8")
    monkeypatch.setattr(embedded_module, "WEIGHTS", tmp_path)
    with pytest.raises(ModelRefused):
        EmbeddedEmotion()


@pytest.mark.corpus
def test_it_knows_its_own_world(expert, corpus):
    clips = emotional_speech(corpus)
    found = expert([clip.samples for clip in clips]).argmax(axis=1)
    assert unweighted_average_recall(np.array([EMOTIONS.index(clip.label) for clip in clips]), found) > 0.85


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["speech/jfk.flac", *(f"speech/ljspeech/LJ001-000{n}.wav" for n in range(1, 10))])
def test_it_says_nothing_of_ordinary_speech(expert, corpus, name):
    samples, _ = mono_at(read(corpus / name), 16000)
    windows = [samples[first : first + 48000] for first in range(0, max(samples.size - 24000, 1), 48000)]
    assert (expert(windows).max(axis=1) < expert.threshold).mean() >= 0.75
