"""A sound, spans and an inspector of both, for the tests of lanes and of what is made of them."""

import numpy as np

from audiokit import Segment
from audiokit_widgets import Inspector

RATE = 8000
TONE = (0.4 * np.sin(np.arange(RATE * 4) * 0.2)).astype(np.float32)
SPANS = [Segment(0.5, 1.0, "a", 0.9), Segment(1.0, 2.5, "<b>b</b>"), Segment(2.0, 3.0, "a")]
EVIL = '<img src=x onerror="alert(1)">'


class Held:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def inspector(lanes=None, **options):
    return Inspector(TONE, {"spans": SPANS} if lanes is None else lanes, sample_rate=RATE, **options)
