"""Which part of the mel belongs to which video frame, in exact arithmetic: after ten hours as true as at the start.

A model of Wav2Lip's family hears 16 mel frames, 200 ms, for each video frame. Video frame ``i`` at ``f`` frames a
second gets the window that begins at mel frame ``floor(80 i / f)``, at the picture's own time, so that the model
hears 200 ms ahead. In training, the reference took the window one video frame earlier; `offset_seconds` says
where a model's windows lie. Nothing is added up, so nothing drifts. Source: Wav2Lip's ``inference.py`` and
``wav2lip_train.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from audiokit.errors import ParameterError
from audiokit.lipsync.frames import RECIPE

__all__ = ["WINDOW_FRAMES", "WindowClock", "frame_rate"]

WINDOW_FRAMES = 16
"""Mel frames in a window."""

_MEL_RATE = Fraction(RECIPE.sample_rate, RECIPE.hop_length)  # 80 frames a second
_HALF = RECIPE.n_fft // 2
_FASTEST = 1000
# What people write, and the rate that is meant: those of NTSC are a thousandth slower than a whole number
_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "59.94": 60, "119.88": 120}


def frame_rate(frames_per_second: float | str | Fraction) -> Fraction:
    """Return a frame rate as an exact fraction.

    Parameters
    ----------
    frames_per_second : int, float, str or Fraction
        25, ``"30000/1001"``, 29.97. The roundings of NTSC's rates, which are called 23.976, 29.97, 59.94, are taken
        for these; any other number is taken as it is written.

    Raises
    ------
    ParameterError
        If it is no number above 0 and at most 1000.

    Examples
    --------
    >>> frame_rate(29.97), frame_rate("12.5")
    (Fraction(30000, 1001), Fraction(25, 2))
    """
    text = str(frames_per_second).strip()
    if text in _NTSC:
        return Fraction(_NTSC[text] * 1000, 1001)
    try:
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(0)
    if isinstance(frames_per_second, bool) or not 0 < found <= _FASTEST:
        raise ParameterError(
            f"A frame rate lies above 0 and not above {_FASTEST} a second, got {frames_per_second!r}.",
            cure="25, 29.97 or '30000/1001', for example.",
        )
    return found


class WindowClock:
    """Which window of 16 mel frames belongs to video frame `i`.

    Parameters
    ----------
    frames_per_second : int, float, str or Fraction, optional
        Of the video; see `frame_rate`. None gives a window to each mel frame (stride 1), 80 a second, as some designs
        have it: these are no video frames, and shown as such at 25 a second the mouth moves at 0.31 of its pace.
    offset_seconds : Fraction, int or str
        Where a window begins, from its video frame on. 0 is the reference's inference; ``Fraction(-1, 25)``, one video
        frame earlier, its training; below 0 the model also hears what was before, and has to wait less.

    Raises
    ------
    ParameterError
        For a rate or an offset that is no exact number.

    Examples
    --------
    >>> clock = WindowClock(25)
    >>> [clock.start(i) for i in range(6)], clock.frames_in(10_240)
    ([0, 3, 6, 9, 12, 16], 16)
    >>> WindowClock(29.97).start(36_000) - 80 * 36_000 * 1001 // 30_000
    0
    """

    def __init__(
        self, frames_per_second: float | str | Fraction | None = 25, *, offset_seconds: Fraction | str | int = 0
    ) -> None:
        self.rate = _MEL_RATE if frames_per_second is None else frame_rate(frames_per_second)
        try:
            exact = not isinstance(offset_seconds, (float, bool))
            self.offset_seconds = Fraction(offset_seconds)
        except (ValueError, TypeError, ZeroDivisionError):
            exact = False
        if not exact or abs(self.offset_seconds) > 1:
            raise ParameterError(
                f"offset_seconds is an exact number from -1 to 1, got {offset_seconds!r}.",
                cure="For example Fraction(-1, 25), or '-0.04'.",
            )

    @property
    def look_ahead_seconds(self) -> Fraction:
        """How much sound after a video frame's own time its window looks at, at most.

        15 frames of 12.5 ms, and the half window of 25 ms about the last: 212.5 ms and the offset. Because a window
        begins at a whole mel frame, it is up to 12.5 ms less.
        """
        return Fraction((WINDOW_FRAMES - 1) * RECIPE.hop_length + _HALF, RECIPE.sample_rate) + self.offset_seconds

    def start(self, index: int) -> int:
        """First mel frame of the window of video frame `index`; below 0 it begins before the sound."""
        return floor(_MEL_RATE * (index / self.rate + self.offset_seconds))

    def sample(self, index: int, sample_rate: int = RECIPE.sample_rate) -> Fraction:
        """Time of video frame `index` in samples; exact, so seldom whole."""
        return sample_rate * index / self.rate

    def ready_sample(self, index: int) -> int:
        """How many samples at 16 kHz must have come in before the window of video frame `index` is complete."""
        last = self.start(index) + WINDOW_FRAMES - 1
        return max(0, last * RECIPE.hop_length + _HALF)

    def ready_frames(self, mel_frames: int) -> int:
        """How many video frames have complete windows when so many mel frames are there."""
        # The first frame that is not ready is the first with start > mel_frames - 16
        room = mel_frames - WINDOW_FRAMES
        return max(0, ceil(self.rate * ((room + 1) / _MEL_RATE - self.offset_seconds)))

    def frames_in(self, samples: int, sample_rate: int = RECIPE.sample_rate) -> int:
        """How many video frames begin before the sound is over."""
        return ceil(self.rate * samples / sample_rate)

    def starts(self, count: int, first: int = 0) -> Iterator[int]:
        """Go through the starts of `count` windows, from that of video frame `first` on."""
        return (self.start(index) for index in range(first, first + count))
