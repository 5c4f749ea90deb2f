"""Noise to make sounds of, and the size of their state."""

from __future__ import annotations

import json

import numpy as np

RATE = 16_000


def noise(seconds, rate=RATE, channels=1, seed=0):
    return (0.2 * np.random.default_rng(seed).standard_normal((channels, int(seconds * rate)))).astype(np.float32)


def state_bytes(sound):
    state = sound.get_state()
    text = json.dumps({k: v for k, v in state.items() if not isinstance(v, bytes | memoryview)}, allow_nan=False)
    return len(text) + sum(len(v) for v in state.values() if isinstance(v, bytes | memoryview))
