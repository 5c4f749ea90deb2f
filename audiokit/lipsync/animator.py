"""From 16 kHz sound, piece by piece, to the frames of a speaking face."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.clock import WindowClock
from audiokit.lipsync.compositor import paste_mouth
from audiokit.lipsync.streaming import StreamingMel
from audiokit.lipsync.windows import WindowStream

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

    from audiokit.audio import Audio
    from audiokit.lipsync.avatar import Avatar

__all__ = ["Animator"]

_MOST_WINDOWS = 32  # in one call: what a piece of seconds brings is done in several, so that memory stays flat


class Animator:
    """Frames of an avatar for sound that comes in; the same frames for any pieces.

    Parameters
    ----------
    avatar : Avatar
        Which face. Give each animator its `Avatar.own`, if several run at a time.
    frames_per_second : int, float, str or Fraction
        See `clock.frame_rate`.

    Attributes
    ----------
    seconds : defaultdict of str to float
        Time spent, by stage: ``mel``, ``encoder``, ``generator``, ``paste``.
    """

    def __init__(self, avatar: Avatar, frames_per_second: float | str | Fraction = 25) -> None:
        self.avatar = avatar
        self.clock = WindowClock(frames_per_second, offset_seconds=avatar.offset_seconds)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._mel = StreamingMel(dtype=np.float32)
        self._windows = WindowStream(self.clock)
        self._frames = 0

    @property
    def frames(self) -> int:
        """How many frames have been given out."""
        return self._frames

    def push(self, samples: ArrayLike | Audio) -> Iterator[NDArray[np.uint8]]:
        """Take samples at 16 kHz, one channel; give the frames whose sound is complete.

        A sample that is no number is taken for silence: a mouth has no way to show it.

        Parameters
        ----------
        samples : array_like, shape (time,) or (1, time), or Audio
            Full scale ±1, any number of them.

        Yields
        ------
        ndarray, shape (H, W, 3 or 4), uint8
            Frame `frames`, then the next.

        Raises
        ------
        ParameterError
            As `StreamingMel.push`.
        """
        began = time.perf_counter()
        windows = self._windows.push(np.nan_to_num(self._mel.push(samples), nan=-4.0))
        self.seconds["mel"] += time.perf_counter() - began
        return self._drawn(windows)

    def flush(self) -> Iterator[NDArray[np.uint8]]:
        """End the sound, and give the frames that are missing to cover it."""
        began = time.perf_counter()
        samples = self._mel.samples
        complete = self._windows.push(np.nan_to_num(self._mel.flush(), nan=-4.0))
        rest = self._windows.flush(max(self.clock.frames_in(samples), self._windows.given))
        self.seconds["mel"] += time.perf_counter() - began
        return self._drawn(np.concatenate([complete, rest]))

    def _drawn(self, windows: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
        for first in range(0, len(windows), _MOST_WINDOWS):
            part = windows[first : first + _MOST_WINDOWS]
            began = time.perf_counter()
            audio = self.avatar.encoder(part)
            encoded = time.perf_counter()
            visual = np.broadcast_to(self.avatar.visual, (len(part), *self.avatar.visual.shape[1:]))
            mouths = self.avatar.generator(visual, audio).copy()  # a view holds only until the next call
            self.seconds["encoder"] += encoded - began
            self.seconds["generator"] += time.perf_counter() - encoded
            for mouth in mouths:
                yield self._frame(mouth)

    def _frame(self, mouth: NDArray[np.float32]) -> NDArray[np.uint8]:
        began = time.perf_counter()
        avatar = self.avatar
        shown = avatar.choose(self._frames / self.clock.rate)
        if not 0 <= shown < len(avatar.pictures):
            raise ParameterError(f"{avatar.name} chose picture {shown} of {len(avatar.pictures)}.")
        frame = paste_mouth(avatar.pictures[shown], mouth, avatar.box, avatar.mask)
        self._frames += 1
        self.seconds["paste"] += time.perf_counter() - began
        return frame
