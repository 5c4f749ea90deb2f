"""Resampling by a windowed sinc, each row of a batch by a factor of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

__all__ = ["fit", "resample_rows"]

_ZERO_CROSSINGS = 48  # each side
_ROLL_OFF = 0.946  # of half the lower rate: the transition ends there, with this many crossings and this window
_KAISER_BETA = 10.0  # side lobes about 100 dB down
_STEPS = 512  # of the table between two zero crossings; read with a straight line between them, 110 dB down
_VALUES_AT_ONCE = 1 << 23


def resample_rows(batch: torch.Tensor, factors: Sequence[float], frames: int) -> torch.Tensor:
    """Play each row `factor` times as fast.

    Parameters
    ----------
    batch : Tensor, shape (items, time), float32
        Silence before and after is understood.
    factors : sequence of float
        One for each row; sample ``n`` of the result stands at ``n * factor``.
    frames : int
        How many samples to make of each row.

    Returns
    -------
    Tensor, shape (items, frames), float32
        On the same device. The method is that of J. O. Smith, "Digital Audio Resampling"
        (ccrma.stanford.edu/~jos/resample): a sinc under a Kaiser window, from a table.
    """
    import torch

    device = batch.device
    table = torch.from_numpy(_table()).to(device)
    # Positions need more digits than a float32 has after a minute
    factor = torch.tensor(list(factors), dtype=torch.float64, device=device)[:, None]
    cutoff = (_ROLL_OFF / factor.clamp(min=1.0)).float()
    reach = math.ceil(_ZERO_CROSSINGS / float(cutoff.min()))
    after = max(0, math.ceil(frames * max(factors)) + reach + 2 - batch.shape[1])
    padded = torch.nn.functional.pad(batch, (reach, after))
    taps = torch.arange(-reach, reach + 1, device=device)
    out = torch.empty((len(batch), frames), dtype=torch.float32, device=device)
    step = max(1, _VALUES_AT_ONCE // (len(batch) * len(taps)))
    for first in range(0, frames, step):
        places = torch.arange(first, min(first + step, frames), device=device) * factor
        whole = places.floor()
        beside = (taps - (places - whole)[..., None]).float().abs() * cutoff[:, :, None]
        weights = _read(table, beside) * cutoff[:, :, None]
        index = (whole.long()[..., None] + taps + reach).reshape(len(batch), -1)
        near = padded.gather(1, index).view(weights.shape)
        out[:, first : first + step] = (weights * near).sum(-1)
    return out


def fit(batch: torch.Tensor, frames: int) -> torch.Tensor:
    """Cut the last axis, or fill it with nought, to `frames`."""
    import torch

    return torch.nn.functional.pad(batch, (0, max(0, frames - batch.shape[-1])))[..., :frames]


def _read(table: torch.Tensor, crossings: torch.Tensor) -> torch.Tensor:
    place = crossings.clamp(max=float(_ZERO_CROSSINGS)) * _STEPS
    below = place.long()
    left = table[below]
    return left + (table[below + 1] - left) * (place - below)


@lru_cache(maxsize=1)
def _table() -> NDArray[Any]:
    """One side of the kernel: the sinc under its window, `_STEPS` values for each crossing, nought at the end."""
    place = np.arange(_ZERO_CROSSINGS * _STEPS + 2) / _STEPS
    inside = np.sqrt(np.clip(1.0 - (place / _ZERO_CROSSINGS) ** 2, 0.0, None))
    window = np.where(place < _ZERO_CROSSINGS, np.i0(_KAISER_BETA * inside) / np.i0(_KAISER_BETA), 0.0)
    return (np.sinc(place) * window).astype(np.float32)
