"""soxr fed block by block, and the places where a second stream may begin and still give the same bits."""

from __future__ import annotations

from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np

from audiokit.dsp.arrays import checked_rate
from audiokit.dsp.resample import QUALITIES
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SETTLE_SAMPLES", "ResampleStream", "resampled_length", "splitting_period"]

SETTLE_SAMPLES = 2000
"""Output samples after which a stream that began at a multiple of `splitting_period` has forgotten its beginning."""

# soxr (HQ) works through its filters by blocks, and its rounding depends on where a block begins. Two streams whose
# blocks coincide give the same bits. After so many periods of the ratio source:target, in lowest terms, they do;
# found by trying every multiple on noise (`tests/test_dsp_resample_stream.py` tries these again).
_PERIODS_BETWEEN_SPLITS = {
    (2, 1): 830, (3, 1): 1468, (4, 1): 820, (6, 1): 3488, (8, 1): 814, (12, 1): 1156,
    (3, 2): 734, (4, 3): 277, (2, 3): 734, (3, 4): 830, (1, 3): 1468,
    (441, 160): 496, (441, 320): 248, (441, 640): 820, (441, 80): 2920, (441, 40): 1552,
    (147, 80): 41, (147, 160): 820, (147, 40): 3352,
    (160, 147): 401, (320, 147): 401, (640, 147): 99, (320, 441): 41, (640, 441): 73,
}  # fmt: skip


def resampled_length(frames: int, source_rate: int, target_rate: int) -> int:
    """Length after resampling as librosa states it: ``ceil(frames * (target_rate / source_rate))``, in floating point.

    Examples
    --------
    >>> resampled_length(44100, 44100, 16000)
    16000
    """
    return frames if source_rate == target_rate else ceil(frames * (float(target_rate) / source_rate))


def splitting_period(source_rate: int, target_rate: int, quality: str = "soxr_hq") -> int | None:
    """Input samples between the places where a second stream may begin; None where none is known.

    Parameters
    ----------
    source_rate, target_rate : int
        In Hz.
    quality : str
        Known for ``soxr_hq`` only.

    Returns
    -------
    int or None
        A stream that begins a multiple of it after another one, and whose first `SETTLE_SAMPLES` outputs are thrown
        away, gives the other's bits from there on. 1 where the rates are equal.

    Examples
    --------
    >>> splitting_period(48_000, 16_000)
    4404
    """
    if source_rate == target_rate:
        return 1
    divisor = gcd(source_rate, target_rate)
    source, target = source_rate // divisor, target_rate // divisor
    periods = _PERIODS_BETWEEN_SPLITS.get((source, target)) if quality == "soxr_hq" else None
    return None if periods is None else periods * source


class ResampleStream:
    """Resample block by block; together the very samples that `audiokit.dsp.resample` gives for the whole.

    Parameters
    ----------
    source_rate, target_rate : int
        In Hz; equal rates pass every block on as it is.
    channels : int
        Rows of every block.
    quality : str
        One of librosa's ``soxr_*`` names.

    Raises
    ------
    ParameterError
        For another quality, or rates and channels that are no positive whole numbers.

    Examples
    --------
    >>> stream = ResampleStream(48_000, 16_000)
    >>> parts = [stream.push(np.zeros((1, 4800), np.float32)) for _ in range(10)] + [stream.finish()]
    >>> sum(part.shape[1] for part in parts)
    16000
    """

    def __init__(self, source_rate: int, target_rate: int, *, channels: int = 1, quality: str = "soxr_hq") -> None:
        self._source = checked_rate(source_rate, name="source_rate")
        self._target = checked_rate(target_rate, name="target_rate")
        if quality not in QUALITIES:
            raise ParameterError(f"Unknown resampling quality {quality!r}.", cure=f"Use one of {', '.join(QUALITIES)}.")
        if channels < 1:
            raise ParameterError(f"A stream wants at least one channel, got {channels}.")
        self._taken = self._given = 0
        self._streams = []
        if source_rate != target_rate:
            import soxr

            # One stream for each channel: rows are contiguous, where soxr's (time, channels) would need transposes.
            self._streams = [
                soxr.ResampleStream(source_rate, target_rate, 1, dtype="float32", quality=quality)
                for _ in range(channels)
            ]
        self._channels = channels

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take a block, shape (channels, time), float32; return what is ready, shape (channels, any length)."""
        self._taken += samples.shape[1]
        out = self._through(samples, last=False) if self._streams else samples
        self._given += out.shape[1]
        return out

    def finish(self, length: int | None = None) -> NDArray[np.float32]:
        """Return the rest.

        Parameters
        ----------
        length : int, optional
            Samples that all blocks together shall have given; librosa's length for what was taken if None. soxr
            rounds where librosa takes the next whole number, so the last sample may be an added zero.
        """
        if not self._streams:
            return np.empty((self._channels, 0), np.float32)
        wanted = resampled_length(self._taken, self._source, self._target) if length is None else length
        rest = self._through(np.empty((self._channels, 0), np.float32), last=True)[:, : max(wanted - self._given, 0)]
        missing = max(wanted - self._given - rest.shape[1], 0)
        return np.pad(rest, ((0, 0), (0, missing))) if missing else rest

    def _through(self, samples: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        rows = [
            stream.resample_chunk(np.ascontiguousarray(row), last=last)
            for stream, row in zip(self._streams, samples, strict=True)
        ]
        return rows[0][np.newaxis] if len(rows) == 1 else np.stack(rows)
