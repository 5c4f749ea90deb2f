"""What every function of this package asks of its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["checked_rate", "checked_samples"]


def checked_samples(samples: ArrayLike, *, wanted_by: str) -> NDArray[np.floating[Any]]:
    """Return the samples as a floating-point array of one or two dimensions, not copied if they are one.

    Parameters
    ----------
    samples : array_like, shape (time,) or (channels, time)
        Full scale is ±1.
    wanted_by : str
        The function's name, for the message.

    Returns
    -------
    ndarray
        The same samples.

    Raises
    ------
    ParameterError
        If the array is not floating-point, or has no or more than two dimensions.
    """
    array = np.asarray(samples)
    if array.ndim not in (1, 2):
        raise ParameterError(
            f"{wanted_by} wants samples of shape (time,) or (channels, time), got shape {array.shape}.",
            cure="Pass `audio.samples`.",
        )
    if array.dtype.kind != "f":
        cure = "Pass `audio.samples`."
        if array.dtype.kind == "i":
            cure = f"Divide by full scale first, for example samples / {np.iinfo(array.dtype).max + 1}."
        elif array.dtype.kind == "u":  # as in WAV files of 8 bits, silence is in the middle
            half = np.iinfo(array.dtype).max // 2 + 1
            cure = f"Bring it to full scale first, for example (samples - {half}.0) / {half}."
        raise ParameterError(
            f"{wanted_by} wants floating-point samples with full scale ±1, got {array.dtype}.", cure=cure
        )
    return array


def checked_rate(sample_rate: float, *, name: str = "sample_rate") -> int:
    """Return a sample rate as a positive int, or raise ParameterError."""
    if isinstance(sample_rate, bool):
        raise ParameterError(f"{name} must be a positive whole number of Hz, got {sample_rate!r}.")
    try:
        rate = int(sample_rate)
        exact = rate == sample_rate
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact or rate <= 0:
        raise ParameterError(f"{name} must be a positive whole number of Hz, got {sample_rate!r}.")
    return rate
