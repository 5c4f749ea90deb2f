"""The last stretch of a stream of sound."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio, mean_of_channels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SoundBuffer"]


class SoundBuffer:
    """Samples of one channel, from some time on; what lies before is forgotten.

    Parameters
    ----------
    sample_rate : int
        In Hz.

    Examples
    --------
    >>> buffer = SoundBuffer(10)
    >>> buffer.push(np.zeros(20, np.float32)); buffer.push(np.ones((2, 10), np.float32))
    >>> buffer.forget_before(1.5)
    >>> buffer.start_seconds, buffer.end_seconds, buffer.between(2.5, 9.0).samples.tolist()
    (1.5, 3.0, [[1.0, 1.0, 1.0, 1.0, 1.0]])
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._first = self._end = 0

    @property
    def start_seconds(self) -> float:
        """Where the first sample that is kept stands."""
        return self._first / self._rate

    @property
    def end_seconds(self) -> float:
        """How much was pushed."""
        return self._end / self._rate

    def push(self, samples: ArrayLike) -> None:
        """Take samples, (time,) or (channels, time), of which the mean is kept."""
        rows = np.atleast_2d(np.asarray(samples, dtype=np.float32))
        block = np.array(mean_of_channels(rows))
        if block.size:
            self._blocks.append(block)
            self._end += block.size

    def forget_before(self, seconds: float) -> None:
        """Let go of what lies before."""
        wanted = min(max(round(seconds * self._rate), self._first), self._end)
        while self._blocks and wanted - self._first >= self._blocks[0].size:
            self._first += self._blocks.popleft().size
        if self._blocks and wanted > self._first:
            self._blocks[0] = self._blocks[0][wanted - self._first :].copy()
            self._first = wanted

    def between(self, start_seconds: float, end_seconds: float) -> Audio:
        """What is kept of a span; `Audio.start_seconds` says where it begins."""
        whole = np.concatenate([np.empty(0, np.float32), *self._blocks])
        first = min(max(round(start_seconds * self._rate), self._first), self._end)
        last = min(max(round(end_seconds * self._rate), first), self._end)
        return Audio(whole[first - self._first : last - self._first], self._rate, start_seconds=first / self._rate)
