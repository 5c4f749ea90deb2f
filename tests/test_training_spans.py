"""A span of a recording is what stands there in the whole."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from audiokit.decode import info
from audiokit.training.lengths import FileLength, FileState, Lengths
from audiokit.training.spans import read_span, read_whole
from audiokit.training.workspace import Workspace

TARGET = 16_000
# Rates where the resampler can begin in the middle to the bit, and by how much others differ
ERRORS = {16_000: 0.0, 24_000: 0.0, 32_000: 0.0, 48_000: 0.0, 8_000: 1e-6, 22_050: 1e-6, 44_100: 1e-6, 11_025: 1e-6}


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spans")
    made = {}
    for rate in ERRORS:
        samples = np.random.default_rng(rate).uniform(-0.5, 0.5, (3 * rate + 17, 2)).astype(np.float32)
        path = str(folder / f"{rate}.flac")
        soundfile.write(path, samples, rate, subtype="PCM_24")
        made[rate] = (path, FileLength(len(samples), rate, 2), read_whole(path, TARGET, mono=True))
    return made


@given(st.sampled_from(sorted(ERRORS)), st.integers(0, 3 * TARGET), st.integers(1, 2 * TARGET))
def test_a_span_is_a_slice_of_the_whole(sounds, rate, first, frames):
    path, length, whole = sounds[rate]
    assert length.at(TARGET) == whole.shape[1]
    found = read_span(path, first, frames, length, TARGET, mono=True)
    expected = whole[:, first : first + frames]
    assert found.shape == expected.shape
    assert np.abs(found - expected).max(initial=0.0) <= ERRORS[rate]


@given(st.sampled_from(sorted(ERRORS)), st.integers(0, 3 * TARGET), st.sampled_from([14_545, 17_778, 16_001]))
def test_a_span_at_a_fused_rate_is_near_the_whole(sounds, rate, first, target):
    """Such rates have no common period to begin at: they begin within half a sample."""
    path, length, _ = sounds[rate]
    time = np.arange(length.frames) / rate
    tone = (0.5 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)
    tone_path = path.replace(".flac", "-tone.flac")
    soundfile.write(tone_path, tone, rate, subtype="PCM_24")
    whole = read_whole(tone_path, target, mono=True)
    found = read_span(tone_path, first, 5000, length._replace(channels=1), target, mono=True)
    expected = whole[:, first : first + 5000]
    assert abs(found.shape[1] - expected.shape[1]) <= 1
    shared = min(found.shape[1], expected.shape[1])
    half_a_sample = 0.5 * 2 * np.pi * 200 * 0.5 / target
    assert np.abs(found[:, :shared] - expected[:, :shared])[:, :-50].max(initial=0.0) <= half_a_sample + 1e-4


def test_little_more_than_the_span_is_read(sounds, monkeypatch):
    from audiokit.training import spans

    asked = []
    real = spans.read
    monkeypatch.setattr(spans, "read", lambda *args, **options: asked.append(options) or real(*args, **options))
    for rate, (path, length, _) in sounds.items():
        read_span(path, TARGET, TARGET // 2, length, TARGET, mono=True)
        assert asked[-1]["duration_seconds"] < 0.5 + 2 * 2000 / TARGET + spans._LONGEST_PERIOD_SECONDS + 0.01, rate


def test_lengths_are_found_once_and_again_when_the_file_changes(sounds, monkeypatch):
    from audiokit.training import lengths

    workspace, asked = Workspace(), []
    monkeypatch.setattr(lengths, "info", lambda *args, **options: asked.append(args) or info(*args, **options))
    path, length, _ = sounds[44_100]
    table = Lengths(workspace, 5)
    assert table.of(3, path, FileState(1, 2)) == length
    assert table.of(3, path, FileState(1, 2)) == length
    assert Lengths(workspace, 5).of(3, path, FileState(1, 2)) == length  # another worker
    assert len(asked) == 1
    table.of(3, path, FileState(1, 3))
    assert len(asked) == 2
    table._records[3]["frames"] += 1  # half written
    assert table.of(3, path, FileState(1, 3)) == length
    assert len(asked) == 3


def test_a_length_that_no_header_states_is_counted(tmp_path, monkeypatch):
    import dataclasses

    from audiokit.training import lengths

    path = str(tmp_path / "a.wav")
    soundfile.write(path, np.zeros(1234, np.float32), 8000)
    monkeypatch.setattr(
        lengths,
        "info",
        lambda path, exact=False: info(path, exact=True) if exact else dataclasses.replace(info(path), frames=None),
    )
    assert Lengths(Workspace(), 1).of(0, path, FileState(0, 0)) == (1234, 8000, 1)
