"""Sounds small enough to count a cache's bytes with."""

from __future__ import annotations

import os

import numpy as np

from audiokit.audio import Audio

SOAK = bool(os.environ.get("AUDIOKIT_SOAK"))
ENTRY = 1024  # bytes that an entry counts beside its samples


def sound_of(number: int, frames: int = 100, channels: int = 1) -> Audio:
    samples = np.full((channels, frames), number, np.float32)
    samples[:, :] += np.arange(frames, dtype=np.float32) / 1024
    return Audio(samples, 8000, name=str(number))
