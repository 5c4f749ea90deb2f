"""An avatar without weights: its mouth is as light as its window is loud, so that a test knows each frame."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from audiokit.lipsync import Avatar, Box


class LoudEncoder:
    """The mean of each window, in every number."""

    def __init__(self, calls=None):
        self.calls = [] if calls is None else calls

    def own(self):
        return LoudEncoder(self.calls)

    def __call__(self, windows):
        self.calls.append(len(windows))
        return np.repeat(windows.mean(axis=(1, 2, 3))[:, np.newaxis], 512, axis=1).astype(np.float32)


class GreyGenerator:
    """A mouth of one grey; memory is used again, as the real one's is."""

    def __init__(self, wait=None):
        self._memory = np.zeros((0, 3, 8, 8), np.float32)
        self._wait = wait

    def own(self):
        return GreyGenerator(self._wait)

    def __call__(self, visual, audio):
        if self._wait is not None:
            self._wait()
        assert visual.shape[1:] == (6, 8, 8)
        if len(audio) > len(self._memory):
            self._memory = np.zeros((len(audio), 3, 8, 8), np.float32)
        out = self._memory[: len(audio)]
        out[:] = ((audio.mean(axis=1) + 4) / 8)[:, np.newaxis, np.newaxis, np.newaxis]
        return out


def plain_avatar(offset=Fraction(-1, 10), wait=None, size=(16, 24)):
    face = np.zeros((*size, 4), np.uint8)
    face[..., 3] = 255
    return Avatar(
        name="plain",
        pictures=[face],
        choose=lambda seconds: 0,
        box=Box(4, 8, 8, 8),
        mask=np.ones((8, 8), np.float32),
        visual=np.zeros((1, 6, 8, 8), np.float32),
        encoder=LoudEncoder(),
        generator=GreyGenerator(wait),
        offset_seconds=offset,
    )


def greys(frames):
    """The mouth's grey in each frame."""
    return [int(frame[8, 12, 0]) for frame in frames]
