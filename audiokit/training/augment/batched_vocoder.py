"""The phase vocoder of `audiokit.training.augment.phase_vocoder`, step by step, for a batch of tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from audiokit.training.augment.phase_vocoder import (
    ONSET_POWER_RATIO,
    OVERLAP,
    PEAK_REACH,
    TINY,
    analysis_starts,
    frame_length,
    hann,
    stretched_frames,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["stretch_rows"]


def stretch_rows(batch: torch.Tensor, lengths: Sequence[int], sample_rate: int, rates: Sequence[float]) -> torch.Tensor:
    """Play each row at `rate` times its speed, at the same pitch.

    Parameters
    ----------
    batch : Tensor, shape (items, time), float32
        Nought beyond each length.
    lengths : sequence of int
        Samples of each row that count.
    sample_rate : int
        In Hz.
    rates : sequence of float
        One for each row.

    Returns
    -------
    Tensor, shape (items, longest), float32
        ``round(length / rate)`` samples of each row count, nought after them.
    """
    import torch

    device = batch.device
    after = [stretched_frames(length, rate) for length, rate in zip(lengths, rates, strict=True)]
    size = frame_length(sample_rate)
    hop = size // OVERLAP
    # Rows that end sooner go on in silence: what comes after its end changes nothing before it
    starts = np.stack([analysis_starts(max(after), hop, rate) for rate in rates])
    starts = np.minimum(starts, batch.shape[1] + size)
    before = size // 2 + hop
    padded = torch.nn.functional.pad(batch, (before, int(starts.max()) + size + hop - batch.shape[1]))
    every = padded.unfold(1, size, 1)
    rows = torch.arange(len(batch), device=device)[:, None]
    place = torch.from_numpy(starts).to(device)
    window = torch.from_numpy(hann(size)).to(device)
    framed = every[rows, place + hop] * window
    rate = torch.tensor(list(rates), dtype=torch.float32, device=device)
    now = torch.fft.rfft(framed)
    angle = _angles(now, torch.fft.rfft(every[rows, place] * window), _delays(framed, rate), size)
    grains = torch.fft.irfft(now * torch.polar(torch.ones_like(angle), angle), size) * window
    covered = _overlap_add(window.square().expand(1, grains.shape[1], size), hop).clamp(min=1e-3)
    out = (_overlap_add(grains, hop) / covered)[:, size // 2 : size // 2 + max(after)]
    ends = torch.tensor(after, device=device)[:, None]
    out = out.masked_fill(torch.arange(out.shape[1], device=device) >= ends, 0.0)
    return out * _gain(out, after, batch, lengths)


def _delays(framed: torch.Tensor, rate: torch.Tensor) -> torch.Tensor:
    import torch

    size = framed.shape[2]
    power = framed.square()
    place = torch.arange(size, dtype=torch.float32, device=framed.device) - size // 2
    centre = (power @ place) / (power.sum(2) + TINY)
    return centre * (1.0 / rate - 1.0)[:, None]


def _angles(now: torch.Tensor, earlier: torch.Tensor, delay: torch.Tensor, size: int) -> torch.Tensor:
    import torch

    power = now.abs().square()
    step = torch.zeros(power.shape, dtype=torch.float64, device=now.device)
    step[:, 1:] = (now[:, :-1] * earlier[:, 1:].conj()).angle()
    total = step.cumsum(1)
    onset = power > ONSET_POWER_RATIO * earlier.abs().square() + TINY
    onset[:, 0] = True
    _, count, bins = power.shape
    order = torch.arange(count, device=now.device)[None, :, None]
    begun = torch.where(onset, order, torch.zeros_like(order)).cummax(1).values
    slope = (-2.0 * math.pi / size) * torch.arange(bins, dtype=torch.float64, device=now.device)
    moved = delay[:, :, None].expand(-1, -1, bins).gather(1, begun)
    turned = total - total.gather(1, begun) + moved * slope
    return turned.gather(2, _nearest_peaks(power)).float()


def _nearest_peaks(power: torch.Tensor) -> torch.Tensor:
    import torch

    bins = power.shape[2]
    strongest = torch.nn.functional.max_pool1d(power, 2 * PEAK_REACH + 1, stride=1, padding=PEAK_REACH)
    place = torch.arange(bins, device=power.device).expand(power.shape)
    peak = power >= strongest
    below = torch.where(peak, place, torch.full_like(place, -bins)).cummax(2).values
    above = torch.where(peak, place, torch.full_like(place, 2 * bins)).flip(2).cummin(2).values.flip(2)
    return torch.where(place - below <= above - place, below, above)


def _overlap_add(grains: torch.Tensor, hop: int) -> torch.Tensor:
    items, count, size = grains.shape
    parts = size // hop
    out = grains.new_zeros((items, count + parts - 1, hop))
    for part in range(parts):
        out[:, part : part + count] += grains[:, :, part * hop : (part + 1) * hop]
    return out.reshape(items, -1)


def _gain(out: torch.Tensor, after: Sequence[int], batch: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    import torch

    def power(rows: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
        return rows.double().square().sum(1) / torch.tensor(list(counts), device=rows.device)

    has, wants = power(out, after), power(batch, lengths)
    gain = torch.where(has > 0, (wants / has.clamp(min=1e-300)).sqrt(), torch.ones_like(has))
    return gain.float()[:, None]
