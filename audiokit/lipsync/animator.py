"""From 16 kHz sound, piece by piece, to the frames of a speaking face."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.clock import WindowClock
from audiokit.lipsync.compositor import paste_mouth, resized
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
    picture_at : callable, optional
        Takes the number of a frame and gives the picture over which its mouth is laid, in the avatar's size, or None
        for the avatar's own; asked once for each frame, in order, when its mouth is made.

    Attributes
    ----------
    seconds : defaultdict of str to float
        Time spent, by stage: ``mel``, ``encoder``, ``generator``, ``paste``.
    """

    def __init__(
        self,
        avatar: Avatar,
        frames_per_second: float | str | Fraction = 25,
        *,
        picture_at: Callable[[int], NDArray[np.uint8] | None] | None = None,
    ) -> None:
        self.avatar = avatar
        self.clock = WindowClock(frames_per_second, offset_seconds=avatar.offset_seconds)
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._mel = StreamingMel(dtype=np.float32)
        self._windows = WindowStream(self.clock)
        self._picture_at = picture_at
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
            pictures = [self._picture(self._frames + place) for place in range(len(part))]
            mouths = self.avatar.generator(self._visual(pictures), audio).copy()  # a view holds until the next call
            self.seconds["encoder"] += encoded - began
            self.seconds["generator"] += time.perf_counter() - encoded
            for picture, mouth in zip(pictures, mouths, strict=True):
                yield self._frame(picture, mouth)

    def _picture(self, index: int) -> NDArray[np.uint8]:
        if self._picture_at is not None:
            picture = self._picture_at(index)
            if picture is not None:
                return picture
        avatar = self.avatar
        shown = avatar.choose(index / self.clock.rate)
        if not 0 <= shown < len(avatar.pictures):
            raise ParameterError(f"{avatar.name} chose picture {shown} of {len(avatar.pictures)}.")
        return avatar.pictures[shown]

    def _visual(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """What the generator sees: the avatar's reference, and each picture with its mouth hidden."""
        avatar = self.avatar
        visual = np.broadcast_to(avatar.visual, (len(pictures), *avatar.visual.shape[1:]))
        if self._picture_at is None or avatar.hidden is None:
            return visual
        visual, box = visual.copy(), avatar.box
        for seen, picture in zip(visual, pictures, strict=True):
            part = picture[box.top : box.top + box.height, box.left : box.left + box.width, :3]
            seen[3:] = resized(part, *seen.shape[1:]).transpose(2, 0, 1) / np.float32(255.0)
            seen[3:, avatar.hidden] = 0.0
        return visual

    def _frame(self, picture: NDArray[np.uint8], mouth: NDArray[np.float32]) -> NDArray[np.uint8]:
        began = time.perf_counter()
        frame = paste_mouth(picture, mouth, self.avatar.box, self.avatar.mask)
        self._frames += 1
        self.seconds["paste"] += time.perf_counter() - began
        return frame
