"""What voice activity detection would say of a recording, made by hand."""

from __future__ import annotations

import math

import numpy as np

from audiokit.activity import VadSettings
from audiokit.activity.vad import VadResult

RATE = 16_000


def spoken(*spans, seconds):
    """Somebody speaks in these spans of seconds."""
    probabilities = np.zeros(math.ceil(round(seconds * RATE) / 512), np.float32)
    for start, end in spans:
        probabilities[round(start * RATE / 512) : round(end * RATE / 512)] = 0.95
    made = VadResult((), probabilities, 0.032, RATE, round(seconds * RATE), "made", VadSettings(), seconds)
    return made.with_settings()
