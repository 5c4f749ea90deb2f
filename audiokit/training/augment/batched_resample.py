"""Resampling, each row of a batch by a factor of its own: a filter in the spectrum, then a polynomial between points.

The spectrum is filtered, padded with nought and turned back, which gives eight points for each sample; between them
runs a polynomial through six. A windowed sinc costs a hundred multiplications for each sample in place of six, and soxr
does not run on a GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["MARGIN", "PASSED", "POINTS", "fit", "padded_size", "resample_rows"]

POINTS = 8
"""For each sample of the input: the polynomial's error at the upper end of the band is then 95 dB down."""

PASSED = 0.91
"""Share of the lower of both half rates that is left as it is; from there a raised cosine falls to nought at 1."""

MARGIN = 512
"""Silence before and after, in samples: what the filter lets ring is 100 dB down within it."""

_VALUES_AT_ONCE = 1 << 25


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
        On the same device.
    """
    import torch

    at_once = max(1, _VALUES_AT_ONCE // (POINTS * padded_size(batch.shape[1])))
    parts = [
        _resample(batch[first : first + at_once], list(factors[first : first + at_once]), frames)
        for first in range(0, len(batch), at_once)
    ]
    return torch.cat(parts)


def padded_size(frames: int) -> int:
    """How many samples are transformed for a row of so many: with both margins, and quick to transform."""
    import scipy.fft

    return int(scipy.fft.next_fast_len(frames + 2 * MARGIN, real=True))


def fit(batch: torch.Tensor, frames: int) -> torch.Tensor:
    """Cut the last axis, or fill it with nought, to `frames`."""
    import torch

    missing = frames - batch.shape[-1]
    return torch.nn.functional.pad(batch, (0, missing)) if missing > 0 else batch[..., :frames]


def _resample(batch: torch.Tensor, factors: list[float], frames: int) -> torch.Tensor:
    import torch

    device, size = batch.device, padded_size(batch.shape[1])
    factor = torch.tensor(factors, dtype=torch.float64, device=device)[:, None]
    spectrum = torch.fft.rfft(torch.nn.functional.pad(batch, (MARGIN, size - MARGIN - batch.shape[1])))
    share = torch.arange(spectrum.shape[1], dtype=torch.float64, device=device) / (size / 2)
    stopped = 1.0 / factor.clamp(min=1.0)
    falling = ((share - PASSED * stopped) / ((1.0 - PASSED) * stopped)).clamp(0.0, 1.0)
    kept = (0.5 + 0.5 * torch.cos(torch.pi * falling)).float()
    fine = torch.fft.irfft(spectrum * kept, size * POINTS) * POINTS
    # Places need more digits than a float32 has after a minute
    place = torch.arange(frames, dtype=torch.float64, device=device) * factor
    inside = place < batch.shape[1] + MARGIN - 8
    place = (place + MARGIN) * POINTS
    whole = place.floor()
    beside = (place - whole).float()
    first = (whole.long() - 2).clamp(max=fine.shape[1] - 6)
    made = torch.zeros_like(beside)
    for point in range(6):
        made = made + _lagrange(beside, point) * fine.gather(1, first + point)
    return made * inside


def _lagrange(beside: torch.Tensor, point: int) -> torch.Tensor:
    """Weight of one of six points, at -2 to 3, for a value between 0 and 1."""
    import torch

    weight = torch.ones_like(beside)
    for other in range(6):
        if other != point:
            weight = weight * ((beside - (other - 2)) / (point - other))
    return weight
