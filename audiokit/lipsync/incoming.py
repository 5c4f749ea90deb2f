"""Frames of video that come in while sound does: each is for one frame that goes out, and none is waited for."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Literal

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ChannelOrder", "FrameCounts", "IncomingFrames"]

ChannelOrder = Literal["rgb", "bgr"]


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """What became of the frames that came in.

    Parameters
    ----------
    shown : int
        Frames that went out over one that came in for them.
    late : int
        Came when theirs had gone out already, and were dropped.
    missing : int
        Went out over an earlier one, or the avatar's own picture where there was none, since none had come in for them.
    replaced : int
        Were for the same frame as a later one, and gave way to it.
    """

    shown: int
    late: int
    missing: int
    replaced: int


class IncomingFrames:
    """Frames that wait for their turn: one thread puts them in, another takes them.

    Parameters
    ----------
    rate : Fraction
        Frames that go out, a second.
    sample_rate : int
        Of the clock that the frames' times are given in, in Hz.
    size : tuple of int
        Height and width that each must have.
    max_early : int
        How far ahead of the one that goes out next a frame may come; so many are held at most.
    channel_order : {"rgb", "bgr"}
        Of the frames; OpenCV's are "bgr". A picture does not tell.

    Raises
    ------
    ParameterError
        For a bound below 1 or another order.
    """

    def __init__(
        self,
        rate: Fraction,
        sample_rate: int,
        size: tuple[int, int],
        max_early: int = 32,
        channel_order: ChannelOrder = "rgb",
    ) -> None:
        if max_early < 1:
            raise ParameterError(f"At least 1 frame has to be let in, got max_early_frames={max_early}.")
        if channel_order not in ("rgb", "bgr"):
            raise ParameterError(f"Unknown order of channels {channel_order!r}.", cure='Use "rgb" or "bgr".')
        self._rate, self._sample_rate, self._size = rate, sample_rate, size
        self._max_early, self._order = max_early, channel_order
        self._changed = threading.Condition()
        self._waiting: dict[int, NDArray[np.uint8]] = {}
        self._held: set[int] = set()  # taken, and not asked for yet
        self._last: NDArray[np.uint8] | None = None
        self._next = 0
        self._shown = self._late = self._missing = self._replaced = 0

    @property
    def counts(self) -> FrameCounts:
        """What became of them so far."""
        with self._changed:
            return FrameCounts(self._shown, self._late, self._missing, self._replaced)

    def index(self, sample: float | Fraction) -> int:
        """Number of the outgoing frame that is nearest to a time in samples; of two the later one.

        Raises
        ------
        ParameterError
            For a time that is no finite number.
        """
        try:
            return floor(self._rate * Fraction(sample) / self._sample_rate + Fraction(1, 2))
        except (ValueError, OverflowError, TypeError):
            raise ParameterError(f"A frame's time is a number of samples, got {sample!r}.") from None

    def checked(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a copy in RGB or RGBA.

        Raises
        ------
        ParameterError
            For another shape or dtype; the message names both shapes.
        """
        height, width = self._size
        array = np.asarray(picture)
        if array.shape not in ((height, width, 3), (height, width, 4)) or array.dtype != np.uint8:
            first = array.ndim == 3 and array.shape[1:] == self._size and array.shape[0] in (3, 4)
            raise ParameterError(
                f"A frame of this session has shape ({height}, {width}, 3 or 4) in uint8, "
                f"got {array.shape} in {array.dtype}.",
                cure="Channels come last: frame.transpose(1, 2, 0)." if first else "Bring frames to the avatar's size.",
            )
        if self._order == "bgr":
            return np.ascontiguousarray(array[..., [2, 1, 0, 3][: array.shape[2]]])
        return array.copy()  # whoever films may write its buffer again

    def put(self, picture: NDArray[np.uint8], index: int, wait_seconds: float = 0.0) -> bool | None:
        """Put in a frame that `checked` gave.

        Parameters
        ----------
        picture : ndarray
            From `checked`.
        index : int
            From `index`.
        wait_seconds : float
            How long to wait while it comes too early.

        Returns
        -------
        bool or None
            Whether it is held for its turn, or came too late and was dropped. None where it still comes too early:
            nothing was done then.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: index < self._next + self._max_early, wait_seconds):
                return None
            if index < self._next:
                self._late += 1
                return False
            self._replaced += index in self._waiting
            self._waiting[index] = picture
            return True

    def take(self, index: int) -> NDArray[np.uint8] | None:
        """Take the picture of an outgoing frame, whose indices only go on.

        Where none came in for it, it is the one before; None where there is none either.
        """
        with self._changed:
            came = False
            for number in sorted(number for number in self._waiting if number <= index):
                self._last = self._waiting.pop(number)
                came = number == index
            self._next = index + 1
            self._shown += came
            if not came:
                self._missing += 1
                self._held.add(index)
            self._changed.notify_all()
            return self._last

    def was_held(self, index: int) -> bool:
        """Whether none came in for an outgoing frame that was taken; asked once for each."""
        with self._changed:
            held = index in self._held
            self._held.discard(index)
            return held
