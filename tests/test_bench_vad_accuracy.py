"""Frames of voice activity detection against labels: what is counted, and that no recordings give no figure."""

from __future__ import annotations

import math

import numpy as np
import pytest
import soundfile

from audiokit.bench.equality import RowState
from audiokit.bench.vad_accuracy import _frames, accuracies, labelled_speech, measure_vad_accuracy


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "vad"
    (folder / "ami").mkdir(parents=True)
    for name in ("ami/dev00.wav", "count.wav", "cobra_sample.wav"):
        soundfile.write(folder / name, np.zeros(32_000), 16_000)
    (folder / "ami" / "debug.development.rttm").write_text(
        "SPEAKER dev00 1 0.500 1.000 <NA> <NA> A <NA> <NA>\nSPEAKER dev01 1 0.000 9.000 <NA> <NA> B <NA> <NA>\n"
    )
    (folder / "ami" / "debug.development.uem").write_text("dev00 NA 0.000 1.000\ndev01 NA 0.000 30.000\n")
    (folder / "count.segments").write_text("0.0\t0.2\tsilence\n0.2\t0.7\tspeech\n0.7\t2.0\tsilence\n")
    (tmp_path / "MANIFEST.csv").write_text('path\nvad/cobra_sample.wav,"frames [10,20) [30,35), rest"\n')
    return tmp_path


def test_labels_are_read(small):
    ami, count, cobra = labelled_speech(small)
    assert (ami.spans, ami.end_seconds) == (((0.5, 1.5),), 1.0)
    assert (count.spans, count.end_seconds) == (((0.2, 0.7),), math.inf)
    assert cobra.spans == ((0.32, 0.64), (0.96, 1.12))
    assert labelled_speech(small / "vad") == []


def test_frames_are_counted_by_their_middles():
    inside = _frames([(0.012, 0.03), (0.05, 9.0)], 0.08)
    assert inside.tolist() == [False, True, True, False, False, True, True, True]


def test_silence_is_missed_speech(small):
    pytest.importorskip("onnxruntime")
    ami, count, cobra = accuracies(small)
    assert ami.right == pytest.approx(0.5)
    assert count.right == pytest.approx(0.75)
    assert (ami.recall, cobra.recall) == (0.0, 0.0)
    said = measure_vad_accuracy(small)
    assert said.state is RowState.OK
    assert "count.wav 75.0% (recall 0.0%" in said.reason


def test_without_recordings_there_is_no_figure():
    row = measure_vad_accuracy(None)
    assert row.state is RowState.UNAVAILABLE
    assert "AUDIOKIT_CORPUS" in row.reason


@pytest.mark.corpus
def test_recordings_that_people_labelled(corpus):
    pytest.importorskip("onnxruntime")
    rows = accuracies(corpus)
    assert len(rows) == 3
    for row in rows:  # turns of AMI hold short pauses, which Silero calls none
        assert row.right > 0.7, row
        assert row.precision > 0.75, row
