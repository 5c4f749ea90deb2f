"""Short tones, and how they go into a cache on disk."""

from __future__ import annotations

import numpy as np

from audiokit.audio import Audio
from audiokit.decode import arena_file
from audiokit.decode.arena import Arena
from audiokit.decode.cache_key import key_digest

FRAMES = 1000


def tone(number: int, frames: int = FRAMES) -> np.ndarray:
    return np.full((1, frames), number, np.float32) + np.arange(frames, dtype=np.float32) / 2048


FILE = arena_file.sound_bytes(Audio(tone(0), 8000), key_digest((0,)))  # of every tone of this length


def put(arena: Arena, number: int) -> bool:
    return arena.put((number,), tone(number), 8000)


def kept(arena: Arena, numbers) -> list[int]:
    """Which are there, without using them."""
    return [number for number in numbers if (arena.folder / (key_digest((number,)) + arena_file.SUFFIX)).exists()]
