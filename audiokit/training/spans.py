"""A span of a recording, counted in samples of the wanted rate: the very samples that stand there in the whole."""

from __future__ import annotations

from math import ceil, gcd
from typing import TYPE_CHECKING

import numpy as np

from audiokit.decode.read import read
from audiokit.dsp.resample_stream import SETTLE_SAMPLES, splitting_period

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.training.lengths import FileLength

__all__ = ["read_span", "read_whole"]

# As much more than is wanted is worth reading for the sake of exactness
_LONGEST_PERIOD_SECONDS = 0.25


def read_whole(path: str, target_sr: int, *, mono: bool) -> NDArray[np.float32]:
    """Decode a file, shape (channels, time)."""
    return read(path, sample_rate=target_sr, mono=mono, workers=1).samples


def read_span(
    path: str, first: int, frames: int, length: FileLength, target_sr: int, *, mono: bool
) -> NDArray[np.float32]:
    """Decode no more of a file than is wanted, and what the resampler needs around it.

    Parameters
    ----------
    path : str
        Of the file.
    first, frames : int
        The span, in samples of `target_sr`.
    length : FileLength
        Of the file.
    target_sr : int
        In Hz.
    mono : bool
        Mean of the channels.

    Returns
    -------
    ndarray of float32, shape (channels, time)
        ``whole[:, first:first + frames]``, shorter where the file ends. Bit for bit where
        `audiokit.dsp.resample_stream.splitting_period` is at most 0.25 s (from 48, 32 and 24 kHz to 16 kHz, for
        example), and else as near as two runs of soxr are (5e-6 of full scale). Where even the period of the ratio is
        longer (of rates without a common divisor), within half a sample in time.

    Raises
    ------
    InputError
        As `audiokit.read`.
    """
    rate = length.sample_rate
    if rate == target_sr:
        skipped, begin, end = 0, first, first + frames
    else:
        periods = (splitting_period(rate, target_sr), rate // gcd(rate, target_sr))
        period = next((found for found in periods if found and found <= _LONGEST_PERIOD_SECONDS * rate), 1)
        settled = first - SETTLE_SAMPLES
        begin = max(0, settled * rate // target_sr // period * period)
        skipped = first - round(begin * target_sr / rate)
        end = ceil((first + frames + SETTLE_SAMPLES) * rate / target_sr)
    end = min(end, max(length.frames, begin))
    if end <= begin:
        return np.zeros((1, 0), np.float32)
    # In the middle of a sample, so that no rounding of seconds leads to the one before.
    audio = read(
        path,
        sample_rate=target_sr,
        mono=mono,
        offset_seconds=(begin + 0.5) / rate if begin else 0.0,
        duration_seconds=(end - begin + 0.5) / rate,
        workers=1,
    )
    return audio.samples[:, skipped : skipped + frames]
