"""Short-time Fourier magnitudes, block by block."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import DTypeLike, NDArray

__all__ = ["hann_window", "magnitude_blocks", "pad_centre"]

_BLOCK_VALUES = 1 << 20  # samples in flight at once: a few MB, near the cache, whatever the length of the recording


def hann_window(win_length: int) -> NDArray[np.float64]:
    """Return a periodic Hann window: its period is `win_length`, so its last sample is not zero.

    Examples
    --------
    >>> hann_window(4).round(6).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(win_length) / win_length)


def pad_centre(signal: NDArray[Any], amount: int, *, mode: str) -> NDArray[Any]:
    """Zeros ("constant") or the mirrored signal ("reflect"), `amount` samples of it before and after a 1-D signal."""
    if mode == "reflect":
        return np.pad(signal, amount, mode="reflect")
    padded = np.zeros(signal.size + 2 * amount, signal.dtype)  # np.pad takes ten times as long for a second of sound
    padded[amount : amount + signal.size] = signal
    return padded


@functools.lru_cache(maxsize=16)
def _window(n_fft: int, win_length: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the window in the middle of a frame, zeros around it; not to be written to."""
    window = np.zeros(n_fft, dtype=dtype)
    start = (n_fft - win_length) // 2
    window[start : start + win_length] = hann_window(win_length)
    window.flags.writeable = False
    return window


def magnitude_blocks(
    padded: NDArray[Any], frames: int, *, n_fft: int, win_length: int, hop_length: int, dtype: DTypeLike = np.float64
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield ``(first_frame, magnitudes)`` with magnitudes of shape (block, 1 + n_fft // 2).

    Parameters
    ----------
    padded : ndarray, shape (time,), float32 or float64
        At least ``(frames - 1) * hop_length + n_fft`` samples.
    frames : int
        How many frames to compute.
    n_fft, win_length, hop_length : int
        In samples; a window shorter than `n_fft` sits in its middle, zeros around it.
    dtype : dtype
        Precision of the transform, and of what is yielded. A float32 transform is faster; beside a loud bin it is
        1e-3 off in a bin 80 dB below, which float64 is not.
    """
    import scipy.fft

    window = _window(n_fft, win_length, np.dtype(dtype))
    padded = np.ascontiguousarray(padded)
    if padded.size < (frames - 1) * hop_length + n_fft:
        raise ValueError(f"{padded.size} samples, and {frames} frames want {(frames - 1) * hop_length + n_fft}")
    # Overlapping views, as `sliding_window_view` makes them, in a twentieth of its time
    item = padded.itemsize
    every = np.ndarray((frames, n_fft), padded.dtype, padded, 0, (hop_length * item, item))
    block = max(1, _BLOCK_VALUES // n_fft)
    for first in range(0, frames, block):
        windowed = np.multiply(every[first : min(first + block, frames)], window, dtype=dtype)
        yield first, np.abs(scipy.fft.rfft(windowed, axis=-1, overwrite_x=True))
