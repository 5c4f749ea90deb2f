"""Long sounds piece by piece: the very samples of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit import Audio
from audiokit.activity import blocks
from audiokit.activity.blocks import mono_blocks, what_is_done
from audiokit.activity.prepare import mono_at


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 384000])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_equal_to_the_whole(monkeypatch, rate, channels):
    monkeypatch.setattr(blocks, "_BLOCK", 7001)
    samples = np.random.default_rng(rate).standard_normal((channels, 50_003)).astype(np.float32) * 0.1
    samples[0, 5], samples[-1, 20000], samples[0, 30000] = np.nan, np.inf, -np.inf
    audio = Audio(samples, rate)
    whole, notes = mono_at(audio, 16000)
    pieces = np.concatenate(list(mono_blocks(audio, 16000)))
    length, said = what_is_done(audio, 16000)
    assert said == notes
    assert pieces.size == whole.size == length
    np.testing.assert_allclose(pieces, whole, atol=2e-6)


def test_nothing_gives_nothing():
    assert sum(part.size for part in mono_blocks(Audio(np.zeros((2, 0)), 44100), 16000)) == 0
