"""Recordings for `AudioDecoder`, and a count of its decodings."""

from __future__ import annotations

import numpy as np
import pytest

from audiokit.decode import decoder as decoder_module
from audiokit.decode.read import read

RATE = 8000
FRAMES = 12_345


def write(path, samples, rate=RATE, **options):
    import soundfile

    soundfile.write(path, samples.T, rate, **options)
    return path


@pytest.fixture
def calls(monkeypatch):
    """Every call of `read`, which works as ever."""
    made = []

    def counted(source, **options):
        made.append(options)
        return read(source, **options)

    monkeypatch.setattr(decoder_module, "read", counted)
    return made


def plain(path, **options) -> np.ndarray:
    """What decoding without any cache gives, in librosa's shape."""
    samples = read(path, **options).samples
    return samples[0] if len(samples) == 1 else samples
