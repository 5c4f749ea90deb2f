"""What a live session gives: frames, and where the time went."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SessionFrame", "Waterfall"]


@dataclass(frozen=True, slots=True, eq=False)
class SessionFrame:
    """A frame that came out.

    Parameters
    ----------
    index : int
        Number of the video frame, from 0.
    sample : Fraction
        Its time, in samples of the sound at 16 kHz since the session began; exact.
    picture : ndarray, shape (H, W, 3 or 4), uint8
        The face.
    """

    index: int
    sample: Fraction
    picture: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where the time goes.

    Parameters
    ----------
    stages : dict of str to float
        Milliseconds a frame, on average: ``mel``, ``encoder``, ``generator``, ``paste``.
    look_ahead_ms : float
        How long a frame has to wait for sound that comes after it, at most; no computer makes it less.
    p50_ms, p99_ms : float or None
        From the moment at which a frame's last sample was pushed to its coming out; None before the first one.
    frames, dropped_chunks : int
        Frames that came out; pieces of sound that `offer` could not take.
    """

    stages: dict[str, float]
    look_ahead_ms: float
    p50_ms: float | None
    p99_ms: float | None
    frames: int
    dropped_chunks: int
