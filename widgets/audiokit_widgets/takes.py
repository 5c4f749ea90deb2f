"""`Take`: the numbered pieces of a recording, put in order as they come over a line that may lose or repeat them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.results import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Take"]

_MOST_ASKED = 64  # numbers in one answer; the rest is asked for in the next


class Take:
    """One take while it is being recorded.

    Parameters
    ----------
    key : str
        The page's name for it.
    sample_rate : int
        Hz.
    channels : int
        In each piece.

    Attributes
    ----------
    doubled, cut : int
        Pieces that came again, and pieces that were not whole; neither changes the sound.
    clock : list of tuple of (int, float, int)
        For each piece its first frame, the device's time of it in seconds, and the number of pauses before it.
    """

    def __init__(self, key: str, sample_rate: int, channels: int) -> None:
        self.key = key
        self.sample_rate = sample_rate
        self.channels = channels
        self.doubled = 0
        self.cut = 0
        self.clock: list[tuple[int, float, int]] = []
        self._placed: list[NDArray[np.float32]] = []
        self._frames = 0
        self._later: dict[int, tuple[int, NDArray[np.float32]]] = {}
        self._highest = -1

    @property
    def next_number(self) -> int:
        """The first piece that is not here: all before it are in their place."""
        return len(self._placed)

    @property
    def highest(self) -> int:
        """The highest number heard of, -1 before the first."""
        return self._highest

    @property
    def frames(self) -> int:
        """Samples in each channel up to the first piece that is missing."""
        return self._frames

    @property
    def seconds(self) -> float:
        """`frames` as a time."""
        return self._frames / self.sample_rate

    def lacks(self, pieces: int) -> list[int]:
        """All numbers below `pieces` that are not here."""
        return [n for n in range(self.next_number, pieces) if n not in self._later]

    def missing(self) -> list[int]:
        """Numbers up to the highest that are not here, at most 64 of them.

        Examples
        --------
        >>> take = Take("a", 8000, 1)
        >>> take.add(2, 2, 1, np.zeros(1, "<f4").tobytes()) is None, take.missing()
        (False, [0, 1])
        """
        gaps = (n for n in range(self.next_number, self._highest + 1) if n not in self._later)
        return [number for number, _ in zip(gaps, range(_MOST_ASKED), strict=False)]

    def add(self, number: int, start_frame: int, frames: int, data: bytes | memoryview) -> NDArray[np.float32] | None:
        """Take in one piece, in whatever order.

        Parameters
        ----------
        number : int
            From 0.
        start_frame, frames : int
            Where it stands, and how long it is.
        data : bytes
            float32, little-endian, shape (channels, frames).

        Returns
        -------
        ndarray, shape (channels, frames), or None
            The samples if they are new; None for what was here already, and for what was cut and stays missing.
        """
        if number < 0:
            return None
        self._highest = max(self._highest, number)
        if number < self.next_number or number in self._later:
            self.doubled += 1
            return None
        if frames < 1 or len(memoryview(data).cast("B")) != 4 * self.channels * frames:
            self.cut += 1
            return None
        samples = np.frombuffer(data, "<f4").reshape(self.channels, frames).astype(np.float32)
        if start_frame < self._frames or (number == self.next_number and start_frame != self._frames):
            self.cut += 1
            return None
        self._later[number] = (start_frame, samples)
        self._place()
        return samples

    def _place(self) -> None:
        while (entry := self._later.pop(self.next_number, None)) is not None:
            start, samples = entry
            if start != self._frames:  # it contradicts the pieces before it: asked for again
                self.cut += 1
                return
            self._placed.append(samples)
            self._frames += samples.shape[1]

    def finish(self, frames: int = 0) -> tuple[NDArray[np.float32], tuple[Segment, ...]]:
        """Put the pieces together, and let go of them.

        Parameters
        ----------
        frames : int
            How long the take was, as the page counted; what is missing at the end of it is silence too.

        Returns
        -------
        samples : ndarray, shape (channels, time), float32
            Silence stands where a piece is missing.
        lost : tuple of Segment
            Those spans, in seconds.
        """
        later = [self._later[number] for number in sorted(self._later)]
        self._later = {}
        end = max([frames, self._frames, *(start + part.shape[1] for start, part in later)])
        samples = np.zeros((self.channels, end), dtype=np.float32)
        at = 0
        self._placed.reverse()
        while self._placed:  # one by one, so that a long take never stands in memory twice
            part = self._placed.pop()
            samples[:, at : at + part.shape[1]] = part
            at += part.shape[1]
        lost = []
        for start, part in [*later, (end, samples[:, :0])]:
            if start > at:
                lost.append(Segment(at / self.sample_rate, start / self.sample_rate, "lost"))
            samples[:, start : start + part.shape[1]] = part
            at = max(at, start + part.shape[1])
        return samples, tuple(lost)
