"""The comparison of augmentations: whoever does something else gets no ratio."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.bench import augmentations as bench
from audiokit.bench.equality import RowState


@pytest.fixture(scope="module")
def comparison():
    return bench.compare_augmentations(seconds=1.0, batch_size=2, repeats=1)


def test_ours_means_what_it_says_alone_and_batched(comparison):
    operations = {row.operation for row in comparison.rows}
    assert operations == {"time-stretch", "pitch-shift", "gain", "white noise", "room"}
    for row in comparison.rows:
        if row.name.startswith("audiokit"):
            assert row.state is RowState.OK, (row.operation, row.name, row.reason)
            assert row.ratio is not None
    assert all(row.ratio == 1.0 for row in comparison.rows if row.name == "audiokit")


def test_who_is_missing_or_different_has_no_ratio(comparison):
    for row in comparison.rows:
        assert (row.ratio is not None) == (row.state is RowState.OK)
        assert bool(row.reason) == (row.state is not RowState.OK)
    table = comparison.to_dataframe()
    assert len(table) == len(comparison.rows)
    assert table["median_ms"].notna().sum() == sum(row.timing is not None for row in comparison.rows)


def test_the_checks_find_what_is_wrong():
    time = np.arange(16_000) / 16_000
    tone = (0.3 * np.sin(2 * np.pi * 440.0 * time)).astype(np.float32)
    sharp = (0.3 * np.sin(2 * np.pi * 442.0 * time)).astype(np.float32)
    same = {"rate": 1.0, "semitones": 0.0}
    assert bench._check_tone(tone, tone, 16_000, **same) == ""
    assert "cents" in bench._check_tone(tone, sharp, 16_000, **same)
    assert "samples instead" in bench._check_tone(tone, tone[:-1], 16_000, **same)
    assert "dB" in bench._check_tone(tone, tone * 1.1, 16_000, **same)
    assert "gain" in bench._check_gain(tone, tone, 16_000)
    assert "ratio" in bench._check_noise(tone, tone * 1.5, 16_000)
    assert "convolution" in bench._check_room(tone, tone, 16_000, room=np.float32([0.5]))
