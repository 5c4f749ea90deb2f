"""The outline of a waveform: lowest and highest sample in each of a number of equal spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.dsp.arrays import checked_samples
from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["peaks"]


def peaks(samples: ArrayLike, bins: int) -> NDArray[np.float32]:
    """Lowest and highest sample of each bin, at true amplitude: nothing is normalised.

    Bin ``i`` covers the samples from ``i * time // bins`` up to, not including, ``(i + 1) * time // bins``. With
    fewer samples than bins some spans hold none; such a bin shows the sample at its start, so a bin is never empty.

    Parameters
    ----------
    samples : array_like, shape (time,) or (channels, time)
        Floating-point, at least one sample. NaN and infinite samples count as 0. With several channels the outline
        encloses them all.
    bins : int
        Number of spans, at least 1.

    Returns
    -------
    ndarray, shape (bins, 2), float32
        Column 0 is the minimum, column 1 the maximum.

    Raises
    ------
    ParameterError
        If there are no samples, `bins` is not a positive whole number, or the array has another shape or type.

    Examples
    --------
    >>> peaks(np.array([0.0, 0.5, -1.0, 0.25]), 2).tolist()
    [[0.0, 0.5], [-1.0, 0.25]]
    """
    array = checked_samples(samples, wanted_by="peaks")
    if isinstance(bins, bool) or int(bins) != bins or bins < 1:
        raise ParameterError(f"bins must be a positive whole number, got {bins!r}.")
    if array.size == 0:
        raise ParameterError(f"peaks wants at least one sample, got shape {array.shape}.")
    if array.ndim == 1:
        array = array[np.newaxis, :]
    starts = np.arange(int(bins), dtype=np.int64) * array.shape[1] // int(bins)
    outline = _outline(array, starts)
    # A NaN survives both reductions, +inf the maximum and -inf the minimum: look for them in the small result and
    # pay for a cleaned copy of the samples only when there are any.
    if not np.isfinite(outline).all():
        outline = _outline(np.where(np.isfinite(array), array, array.dtype.type(0)), starts)
    return outline.astype(np.float32)


def _outline(array: NDArray[np.floating[Any]], starts: NDArray[np.int64]) -> NDArray[np.floating[Any]]:
    # Where two neighbouring starts are equal, reduceat returns the sample at the start: what an empty bin shows.
    lowest = np.minimum.reduceat(array, starts, axis=1).min(axis=0)
    highest = np.maximum.reduceat(array, starts, axis=1).max(axis=0)
    return np.stack([lowest, highest], axis=1)
