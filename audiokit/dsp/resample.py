"""Change the sample rate, by soxr."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_rate, checked_samples
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["QUALITIES", "resample"]

QUALITIES = ("soxr_vhq", "soxr_hq", "soxr_mq", "soxr_lq", "soxr_qq")
"""librosa's names for soxr's recipes, best first."""


def resample(
    samples: ArrayLike, source_rate: int, target_rate: int, *, quality: str = "soxr_hq"
) -> NDArray[np.floating[Any]]:
    """Resample along time; equal to ``librosa.resample(samples, orig_sr=..., target_sr=..., res_type=quality)``.

    soxr rounds the output length; librosa trims or zero-pads it to ``ceil(time * (target_rate / source_rate))``,
    and so does this.

    Parameters
    ----------
    samples : array_like, shape (time,) or (channels, time)
        Floating-point.
    source_rate, target_rate : int
        In Hz.
    quality : {"soxr_vhq", "soxr_hq", "soxr_mq", "soxr_lq", "soxr_qq"}
        HQ keeps the passband and removes aliases below the 16-bit noise floor at nearly the cost of the lower ones.

    Returns
    -------
    ndarray, float32
        Same number of dimensions. When the rates are equal and the input is float32 it is returned as it is, not
        copied.

    Raises
    ------
    ParameterError
        For another quality, a rate that is not a positive whole number, or an array of another shape or type.

    Examples
    --------
    >>> resample(np.zeros(44100), 44100, 16000).shape
    (16000,)
    """
    array = checked_samples(samples, wanted_by="resample")
    source = checked_rate(source_rate, name="source_rate")
    target = checked_rate(target_rate, name="target_rate")
    if quality not in QUALITIES:
        raise ParameterError(f"Unknown resampling quality {quality!r}.", cure=f"Use one of {', '.join(QUALITIES)}.")
    array = array.astype(np.float32, copy=False)
    if source == target:
        return array
    import soxr

    # Floating point on purpose: librosa's length is this product, rounding and all.
    length = ceil(array.shape[-1] * (float(target) / source))
    if array.ndim == 1 or len(array) == 1:
        row = np.ascontiguousarray(array if array.ndim == 1 else array[0])
        converted: NDArray[np.float32] = soxr.resample(row, source, target, quality=quality)[:length]
        if len(converted) < length:  # by one sample, in every other short file: numpy.pad is slow
            converted, shorter = np.empty(length, np.float32), converted
            converted[: len(shorter)] = shorter
            converted[len(shorter) :] = 0
        return converted.reshape(*array.shape[:-1], length)
    rows = np.atleast_2d(array)
    out = np.zeros((rows.shape[0], length), dtype=np.float32)
    for row, into in zip(rows, out, strict=True):
        # One channel at a time: each is contiguous already, where soxr's (time, channels) would need two transposes.
        converted = soxr.resample(np.ascontiguousarray(row), source, target, quality=quality)[:length]
        into[: len(converted)] = converted
    return out.reshape(*array.shape[:-1], length)
