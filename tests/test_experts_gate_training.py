"""The content gate's networks: interrupted they go on where they were, and processes give what one gives."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from audiokit.experts import content_training  # noqa: E402 - torch first, or skipped
from audiokit.experts.content_clips import KINDS  # noqa: E402
from audiokit.experts.content_judgement import set_thresholds  # noqa: E402
from audiokit.experts.content_network import gate_probabilities  # noqa: E402
from audiokit.experts.content_training import train_gate  # noqa: E402
from audiokit.experts.content_windows import Windows  # noqa: E402

OPTIONS = {"pictures": 1, "tables": 1, "epochs": 2, "widths": (8, 8, 8, 8)}


@pytest.fixture(scope="module")
def windows():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 120)
    mel = generator.standard_normal((120, 192, 48)) * 5 + labels[:, None, None] * np.linspace(0, 9, 48)
    statistics = generator.standard_normal((120, 95)) + labels[:, None]
    names = np.full(120, "speech"), np.full(120, "a")
    return Windows(mel.astype(np.float16), statistics.astype(np.float32), labels, *names, np.arange(120))


def test_an_interrupted_network_goes_on_after_its_last_pass(windows, tmp_path, monkeypatch):
    whole = train_gate(windows, 1, **OPTIONS)
    save, saved = torch.save, []

    def interrupted(state, path):
        save(state, path)
        saved.append(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_gate(windows, 1, keep=tmp_path / "gate", **OPTIONS)
    monkeypatch.undo()
    assert [path.name for path in saved] == ["gate-picture-0.begun"]
    again = train_gate(windows, 1, keep=tmp_path / "gate", **OPTIONS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gate-picture-0.pt", "gate-table-0.pt"]
    monkeypatch.setattr(content_training, "_fit", None)  # nothing is left to be done
    kept = train_gate(windows, 1, keep=tmp_path / "gate", **OPTIONS)
    wanted = gate_probabilities(whole, windows.mel, windows.statistics)
    for one in (again, kept):
        np.testing.assert_allclose(gate_probabilities(one, windows.mel, windows.statistics), wanted, atol=1e-5)


@pytest.mark.slow
def test_two_processes_give_what_one_gives(windows):
    one, two = (train_gate(windows, 1, workers=workers, **OPTIONS) for workers in (1, 2))
    first, second = (gate_probabilities(gate, windows.mel, windows.statistics) for gate in (one, two))
    np.testing.assert_allclose(first, second, atol=2e-3)  # threads add up in another order


def test_thresholds_keep_songs_away_and_let_speech_through():
    kinds = np.repeat(["speech", "chant", "song"], 60)
    labels = np.array([0 if KINDS[kind][0] == "speech" else 1 for kind in kinds])
    clips = np.arange(180) // 10
    sure = {"speech": 0.9, "chant": 0.66, "song": 0.2}
    probabilities = np.array([[sure[kind], 1 - sure[kind], 0.0] for kind in kinds], dtype=np.float32)
    windows = Windows(np.zeros((180, 1, 1), np.float16), np.zeros((180, 1), np.float32), labels, kinds, kinds, clips)
    found = set_thresholds(windows, probabilities, {})
    assert 0.66 < found.mood_speech <= 0.9
    assert found.mood_keep <= found.mood_speech
    levels = np.full(4, -20.0, dtype=np.float32)
    unsure = {"a": (np.tile(np.array([[0.7, 0.3, 0.0]], np.float32), (4, 1)), levels)}
    assert set_thresholds(windows, probabilities, unsure).mood_speech <= 0.7
