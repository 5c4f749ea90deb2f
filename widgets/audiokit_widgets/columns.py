"""Columns of a spectrogram, each the mean power of its windows, gathered while the samples go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit_widgets.bands import Bands

__all__ = ["Columns", "first_hop", "windows_in"]

_WINDOWS_PER_COLUMN = 64
_BATCH = 1 << 17  # samples transformed in one go: what a processor's cache holds
_FAINTEST = 1e-20  # stands for no power at all


def first_hop(sample_rate: int) -> int:
    """Frames per column at the finest level: 64 up to 24 kHz, and twice as many for each doubling of the rate.

    Examples
    --------
    >>> first_hop(16_000), first_hop(48_000), first_hop(96_000), first_hop(384_000)
    (64, 128, 256, 1024)
    """
    hop, upto = 64, 24_000
    while sample_rate > upto:
        hop, upto = hop * 2, upto * 2
    return hop


def windows_in(hop: int, n_fft: int) -> int:
    """Windows in a column: so many that they overlap by half or more, but at most 64."""
    return min(_WINDOWS_PER_COLUMN, max(1, -(-hop // (n_fft // 2))))


class Columns:
    """Columns ``first`` .. ``first + capacity - 1`` of the spectrogram at one hop.

    Column ``c`` covers the frames from ``c * hop`` on. Its value in a band is the mean power, over channels and over
    its windows, which are spaced evenly: window ``k`` of ``n`` is centred at ``(c + (k + 0.5) / n) * hop``. Zeros stand
    before and after the sound. Of a column that the end cuts, the windows count that are centred before the end; if
    none is, one that ends with the sound (or is centred on the column's beginning, where that is later).

    Parameters
    ----------
    bands : Bands
        Window and filters.
    hop : int
        Frames per column; a power of two of at least 64.
    first, capacity : int
        Which columns.
    widens : bool
        Whether, when more samples come than fit, pairs of columns are merged and the hop doubled; otherwise what is
        beyond is passed over. Only with ``first == 0``.
    """

    def __init__(self, bands: Bands, hop: int, *, first: int = 0, capacity: int, widens: bool = False) -> None:
        self.bands = bands
        self.hop = hop
        self.first = first
        self.widened = False
        self._widens = widens
        self._sums = np.zeros((capacity, bands.count))
        self._counts = np.zeros(capacity, dtype=np.int64)
        self._next = first * self._windows  # counted from the first window of the sound

    @property
    def _windows(self) -> int:
        return windows_in(self.hop, self.bands.n_fft)

    @property
    def sampled(self) -> float:
        """The part of the sound that lies under the windows, 1 where they touch or overlap."""
        return min(1.0, self._windows * self.bands.n_fft / self.hop)

    @property
    def from_frame(self) -> int:
        """The first frame that may be needed; before the sound where negative."""
        return self.first * self.hop - self.bands.n_fft // 2

    @property
    def upto_frame(self) -> int:
        """The frame after the last that may be needed."""
        return (self.first + len(self._counts)) * self.hop + self.bands.n_fft // 2

    def take(self, at_frame: int, samples: NDArray[np.float32], *, ends: bool = False) -> None:
        """Add the windows that lie wholly within these samples, and were not there yet.

        Parameters
        ----------
        at_frame : int
            Where in the sound the samples begin: no later than the first window that is still wanting, that is,
            `n_fft` frames before the end of the samples given last.
        samples : ndarray, shape (channels, time), float32
            Finite.
        ends : bool
            Whether they are the last of the sound.
        """
        n_fft, frames = self.bands.n_fft, at_frame + samples.shape[1]
        if ends:
            samples = np.pad(samples, ((0, 0), (0, n_fft)))
        while True:
            spacing = self.hop // self._windows
            reach = frames if ends else frames - n_fft // 2 + 1  # a window's centre lies before it
            ready = -(-(reach - spacing // 2) // spacing)
            room = (self.first + len(self._counts)) * self._windows
            self._add(min(ready, room), at_frame, samples)
            if not self._widens or ready <= room:
                break
            self._widen()
        last = (frames - 1) // self.hop - self.first
        if ends and 0 <= last < len(self._counts) and not self._counts[last]:
            column = (self.first + last) * self.hop
            start = max(column, frames - n_fft // 2) - n_fft // 2 - at_frame
            self._counts[last] = 1
            self._sums[last] = self.bands.sums(self._power(samples, start, 1, 1).astype(np.float64))[0]

    def decibels(self) -> NDArray[np.float32]:
        """What is there so far.

        Returns
        -------
        ndarray, shape (bands, capacity), float32
            dBFS, at least -200, row 0 the highest band; -inf where there is nothing yet, and where the sound has ended.
        """
        counts = self._counts[:, np.newaxis]
        mean = np.maximum(self._sums / np.maximum(counts, 1), _FAINTEST)
        return np.where(counts > 0, 10.0 * np.log10(mean), -np.inf)[:, ::-1].T.astype(np.float32)

    def _add(self, upto: int, at_frame: int, samples: NDArray[np.float32]) -> None:
        windows, n_fft = self._windows, self.bands.n_fft
        spacing = self.hop // windows
        while self._next < upto:
            count = min(upto - self._next, max(1, _BATCH // n_fft))
            start = self._next * spacing + spacing // 2 - n_fft // 2 - at_frame
            columns = np.arange(self._next, self._next + count) // windows - self.first
            power = self._power(samples, start, count, spacing)
            which, starts = np.unique(columns, return_index=True)
            # Sums in float64, so that it does not matter where one batch ends and another begins
            self._sums[which] += self.bands.sums(np.add.reduceat(power, starts, axis=0, dtype=np.float64))
            self._counts[which] += np.diff(starts, append=count)
            self._next += count

    def _power(self, samples: NDArray[np.float32], start: int, count: int, spacing: int) -> NDArray[np.float32]:
        """Mean over the channels of the power in `count` windows, the first of which begins at `start`."""
        total = np.zeros((count, self.bands.n_fft // 2 + 1), dtype=np.float32)
        for channel in samples:
            every = np.lib.stride_tricks.sliding_window_view(channel, self.bands.n_fft)
            total += self.bands.power(every[start : start + (count - 1) * spacing + 1 : spacing])
        return total / np.float32(len(samples))

    def _widen(self) -> None:
        half = len(self._counts) // 2
        for values in (self._sums, self._counts):
            values[:half] = values[0::2] + values[1::2]
            values[half:] = 0
        self.hop *= 2
        self.widened = True
        self._next = half * self._windows
