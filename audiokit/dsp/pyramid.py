"""Lowest and highest samples at every zoom: a pyramid that is built once, block by block, and asked for any span."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.dsp.bins import FULL_SCALE, bin_edges, check_channel, enclosed, extremes
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PeakPyramid"]

_FAN = 4  # nodes of one level under a node of the next
_PAGE = 4096  # base bins whose clipped samples are counted in one array, which exists only if there are any


class PeakPyramid:
    """Minima and maxima of every 256 frames, of every 1024, and so on, at true amplitude.

    A sound is pushed once, in blocks of any size, and can be asked at any time, from any thread, for what has been
    pushed so far. Three hours of stereo at 44.1 kHz take 39.7 MB, and at most 3.8 MB more if samples clip everywhere.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    channels : int
        Of every block.
    base_bin : int
        Frames under one node of the lowest level.
    expected_frames : int
        How much will probably come; memory is laid out for it at once, and grown where more comes.

    Attributes
    ----------
    frames : int
        Pushed so far.
    peak : float
        The largest magnitude so far; 1.0 is full scale.
    not_finite : int
        Samples that were NaN or infinite; they are seen as 0 everywhere else.
    clipped_samples : int
        Samples at or beyond `audiokit.dsp.bins.FULL_SCALE`, over all channels.

    Raises
    ------
    ParameterError
        If a number is not a positive whole one.

    Examples
    --------
    >>> pyramid = PeakPyramid(8000, 1)
    >>> pyramid.push(np.float32([[0.0, 0.5, -1.0]]))
    >>> pyramid.finish()
    >>> pyramid.query(0, 256, 2).tolist(), pyramid.clipped_samples
    ([[-1.0, 0.5], [nan, nan]], 1)
    """

    def __init__(self, sample_rate: int, channels: int, base_bin: int = 256, *, expected_frames: int = 0) -> None:
        for name, value in (("channels", channels), ("base_bin", base_bin)):
            if isinstance(value, bool) or int(value) != value or value < 1:
                raise ParameterError(f"{name} must be a positive whole number, got {value!r}.")
        self.sample_rate = checked_rate(sample_rate)
        self.channels = int(channels)
        self.base_bin = int(base_bin)
        self.frames = 0
        self.peak = 0.0
        self.not_finite = 0
        self.clipped_samples = 0
        self._lock = threading.Lock()
        self._finished = False
        self._levels = [self._room(max(int(expected_frames), 0) // self.base_bin + 1)]
        self._nodes = [0]  # complete nodes of each level
        self._open = np.empty((self.channels, 0), dtype=np.float32)  # frames of the base bin that is not full yet
        self._pages: dict[int, NDArray[np.uint16]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes that its arrays hold."""
        with self._lock:
            return sum(level.nbytes for level in self._levels) + sum(page.nbytes for page in self._pages.values())

    def push(self, block: NDArray[np.float32]) -> None:
        """Take the next frames; they are not kept.

        Parameters
        ----------
        block : ndarray, shape (channels, any time), float32

        Raises
        ------
        ParameterError
            If it has another shape or type, or the pyramid is finished.
        """
        block = np.asarray(block)
        if block.ndim != 2 or block.shape[0] != self.channels or block.dtype != np.float32:
            raise ParameterError(
                f"The pyramid wants float32 blocks of shape ({self.channels}, time), got {block.dtype} "
                f"of shape {block.shape}."
            )
        if self._finished:
            raise ParameterError("The pyramid is finished; nothing can be added.", cure="Make another one.")
        with self._lock:
            at = 0
            if self._open.shape[1] and block.shape[1]:
                at = min(self.base_bin - self._open.shape[1], block.shape[1])
                self._open = np.concatenate([self._open, self._opened(block[:, :at], self.frames)], axis=1)
                if self._open.shape[1] == self.base_bin:
                    self._add(extremes(self._open, self.base_bin))
                    self._open = self._open[:, :0]
            whole = (block.shape[1] - at) // self.base_bin * self.base_bin
            if whole:
                self._add_block(block[:, at : at + whole], self.frames + at)
            if at + whole < block.shape[1]:
                self._open = self._opened(block[:, at + whole :], self.frames + at + whole).copy()
            self.frames += block.shape[1]

    def finish(self) -> None:
        """Say that nothing more will come; memory that was laid out for more is given back."""
        with self._lock:
            if self._open.shape[1]:
                self._add(extremes(self._open, self._open.shape[1]))
                self._open = self._open[:, :0]
            self._complete()
            for index, (level, nodes) in enumerate(zip(self._levels, self._nodes, strict=True)):
                if nodes < len(level):
                    self._levels[index] = level[:nodes].copy()
            self._finished = True

    def query(
        self, start_frame: float, frames_per_bin: float, bins: int, channel: int | None = None
    ) -> NDArray[np.float32]:
        """Lowest and highest sample of each bin.

        The borders are those of `audiokit.dsp.bins.bin_edges`. A bin's answer is the exact minimum and maximum of all
        base bins that it touches: it misses no sample of the bin, and it may include up to ``base_bin - 1`` frames
        before and after it.

        Parameters
        ----------
        start_frame, frames_per_bin, bins
            As `bin_edges`; `frames_per_bin` is at least `base_bin`.
        channel : int, optional
            Counted from 0; None encloses all.

        Returns
        -------
        ndarray, shape (bins, 2), float32
            Minimum and maximum; NaN for a bin that holds no frame of what has been pushed.

        """
        self._check(frames_per_bin)
        check_channel(channel, self.channels)
        edges = bin_edges(start_frame, frames_per_bin, bins)
        found = np.full((len(edges) - 1, self.channels, 2), (np.inf, -np.inf), dtype=np.float32)
        with self._lock:
            self._complete()
            first, last = self._touched(edges)
            if self._open.shape[1]:
                partly = np.flatnonzero((first < last) & (last > self._nodes[0]))
                _widen(found, partly, extremes(self._open, self._open.shape[1])[0])
            self._climb(found, np.minimum(first, self._nodes[0]), np.minimum(last, self._nodes[0]))
        answer = enclosed(found, channel)
        answer[answer[:, 0] > answer[:, 1]] = np.nan
        return answer

    def clipped(self, start_frame: float, frames_per_bin: float, bins: int) -> NDArray[np.uint32]:
        """Samples at or beyond full scale in each bin, over all channels.

        As in `query`, a bin counts all base bins that it touches, so that a mark stands wherever the outline reaches
        full scale; where a border cuts a base bin, both sides count it. `clipped_samples` is the exact sum.

        Parameters
        ----------
        start_frame, frames_per_bin, bins
            As `query`.

        Returns
        -------
        ndarray, shape (bins,), uint32
            0 outside of what has been pushed. A base bin with more than 65535 of them counts as that many, which takes
            more than 255 channels.
        """
        self._check(frames_per_bin)
        edges = bin_edges(start_frame, frames_per_bin, bins)
        found = np.zeros(len(edges) - 1, dtype=np.uint32)
        with self._lock:
            first, last = self._touched(edges)
            for number in sorted(self._pages):
                base = number * _PAGE
                # both sides grow with the bin, so the bins that touch this page stand together
                a, b = int(np.searchsorted(last, base, "right")), int(np.searchsorted(first, base + _PAGE, "left"))
                if a < b:
                    running = np.concatenate([[0], self._pages[number].cumsum(dtype=np.uint32)]).astype(np.uint32)
                    upto, before = (running[np.clip(side[a:b] - base, 0, _PAGE)] for side in (last, first))
                    found[a:b] += upto - before
        return found

    def _check(self, frames_per_bin: float) -> None:
        if not frames_per_bin >= self.base_bin:
            raise ParameterError(
                f"The pyramid answers from {self.base_bin} frames a bin on, got {frames_per_bin!r}.",
                cure="Below that, look at the samples themselves.",
            )

    def _touched(self, edges: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and one past the last base bin that each bin touches, within what has been pushed."""
        within = np.clip(edges, 0, self.frames)
        last = -(-within[1:] // self.base_bin)
        return np.where(within[:-1] < within[1:], within[:-1] // self.base_bin, last), last

    def _climb(self, found: NDArray[np.float32], first: NDArray[np.int64], last: NDArray[np.int64]) -> None:
        """Cover each range of base bins with the fewest nodes: ragged ends on a level, the rest on the next."""
        for level in self._levels:
            for _ in range(_FAN - 1):
                ragged = np.flatnonzero((first < last) & (first % _FAN != 0))
                _widen(found, ragged, level[first[ragged]])
                first[ragged] += 1
                ragged = np.flatnonzero((first < last) & (last % _FAN != 0))
                last[ragged] -= 1
                _widen(found, ragged, level[last[ragged]])
            if not (first < last).any():
                return
            first //= _FAN
            last //= _FAN

    def _add_block(self, block: NDArray[np.float32], frame: int) -> None:
        """Add whole base bins; what is clipped or not finite shows in their extremes, and is counted only then."""
        found = extremes(block, self.base_bin)
        with np.errstate(invalid="ignore"):
            usual = (found[..., 0] > -FULL_SCALE) & (found[..., 1] < FULL_SCALE)  # not so for NaN
        unusual = np.flatnonzero(~usual.all(axis=1))
        for some in np.array_split(unusual, math.ceil(len(unusual) * self.channels / _PAGE) or 1):
            parts = block.reshape(self.channels, -1, self.base_bin)[:, some]
            seen = self._seen(parts, frame // self.base_bin + some)
            found[some] = np.stack([seen.min(axis=2).T, seen.max(axis=2).T], axis=2)
        self._add(found)

    def _seen(self, parts: NDArray[np.float32], numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Samples (channels, bins, frames) of some base bins as they are shown; counts the clipped and not finite."""
        finite = np.isfinite(parts)
        if not finite.all():
            self.not_finite += int(parts.size - np.count_nonzero(finite))
            parts = np.where(finite, parts, np.float32(0))
        counts = (np.abs(parts) >= FULL_SCALE).sum(axis=(0, 2))
        hit = np.flatnonzero(counts)
        self.clipped_samples += int(counts.sum())
        for number in np.unique(numbers[hit] // _PAGE).tolist():
            here = hit[numbers[hit] // _PAGE == number]
            if number not in self._pages:
                self._pages[number] = np.zeros(_PAGE, dtype=np.uint16)
            page, within = self._pages[number], numbers[here] % _PAGE
            page[within] = np.minimum(page[within] + counts[here], np.iinfo(np.uint16).max)
        return parts

    def _opened(self, part: NDArray[np.float32], frame: int) -> NDArray[np.float32]:
        seen = self._seen(part[:, np.newaxis], np.array([frame // self.base_bin]))[:, 0]
        self.peak = max(self.peak, float(np.abs(seen).max()))
        return seen

    def _add(self, found: NDArray[np.float32]) -> None:
        """Append nodes (count, channels, 2) to the lowest level."""
        self.peak = max(self.peak, float(np.abs(found).max()))
        self._append(0, found)

    def _complete(self) -> None:
        """Build the nodes above those that were added since the last time: when asked, not with every small block."""
        index = 0
        while self._nodes[index] >= _FAN:
            if index + 1 == len(self._levels):
                self._levels.append(self._room(len(self._levels[index]) // _FAN + 1))
                self._nodes.append(0)
            have, upto = self._nodes[index + 1], self._nodes[index] // _FAN
            under = self._levels[index][have * _FAN : upto * _FAN].reshape(upto - have, _FAN, self.channels, 2)
            self._append(index + 1, np.stack([under[..., 0].min(axis=1), under[..., 1].max(axis=1)], axis=-1))
            index += 1

    def _append(self, index: int, nodes: NDArray[np.float32]) -> None:
        level, count = self._levels[index], self._nodes[index]
        if count + len(nodes) > len(level):
            larger = self._room(max(count + len(nodes), len(level) * 3 // 2))
            larger[:count] = level[:count]
            self._levels[index] = level = larger
        level[count : count + len(nodes)] = nodes
        self._nodes[index] = count + len(nodes)

    def _room(self, nodes: int) -> NDArray[np.float32]:
        return np.empty((nodes, self.channels, 2), dtype=np.float32)


def _widen(found: NDArray[np.float32], where: NDArray[np.int64], by: NDArray[np.float32]) -> None:
    found[where, :, 0] = np.minimum(found[where, :, 0], by[..., 0])
    found[where, :, 1] = np.maximum(found[where, :, 1], by[..., 1])
