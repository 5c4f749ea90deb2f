"""The phase vocoder of `audiokit.training.augment.phase_vocoder`, step by step, on whole tensors.

For a GPU: no loop over frames, no double precision, and the processor is asked for a number only once, how many peaks
there are. Where gradients are asked for it runs on the CPU too; the rotations are constants to them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from audiokit.training.augment.phase_locking import AS_STRONG, ONSET_POWER_RATIO, PEAK_REACH, TINY
from audiokit.training.augment.phase_vocoder import (
    OVERLAP,
    WINDOWS_SUM,
    analysis_starts,
    first_hop_gain,
    frame_length,
    hann,
    stretched_frames,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["stretch_rows"]

_TINY_ROOT = math.sqrt(TINY)


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
    before = size // 2 + hop
    starts = np.minimum(starts, batch.shape[1] + before)
    padded = torch.nn.functional.pad(batch, (before, int(starts.max()) + hop + size - batch.shape[1]))
    every = padded.unfold(1, size, 1)
    rows = torch.arange(len(batch), device=device)[:, None]
    place = torch.from_numpy(starts).to(device)
    window = torch.from_numpy(hann(size)).to(device)
    framed = every[rows, place + hop] * window
    now = torch.fft.rfft(framed)
    with torch.no_grad():
        earlier = torch.fft.rfft(every[rows, place] * window)
        rate = torch.tensor(list(rates), dtype=torch.float32, device=device)
        rotations = _rotations(now, earlier, _delays(framed, rate), size)
    grains = torch.fft.irfft(now * rotations, size) * (window / WINDOWS_SUM)
    added = _overlap_add(grains, hop)[:, size // 2 : size // 2 + max(after)]
    first = torch.from_numpy(first_hop_gain(hann(size))).to(device)[: added.shape[1]]
    out = torch.cat((added[:, :hop] * first, added[:, hop:]), dim=1)
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


def _rotations(now: torch.Tensor, earlier: torch.Tensor, delay: torch.Tensor, size: int) -> torch.Tensor:
    """As `PhaseLock.rotations`, (items, frames, bins): since its onset a bin has turned by one product over another."""
    import torch

    _, count, bins = now.shape
    strength = now.abs()
    onset = strength > math.sqrt(ONSET_POWER_RATIO) * earlier.abs() + _TINY_ROOT
    onset[:, 0] = True
    step = torch.ones_like(now)
    step[:, 1:] = now[:, :-1] * earlier[:, 1:].conj()
    length = step.abs()
    step = torch.where(length > TINY, step / length.clamp(min=TINY), torch.ones_like(step))
    product = step.cumprod(1).reshape(-1)
    order = torch.arange(count, dtype=torch.int32, device=now.device)[None, :, None]
    begun = torch.where(onset, order, torch.zeros_like(order)).cummax(1).values.reshape(-1)
    wide = torch.nn.functional.pad(strength, (0, PEAK_REACH), value=-1.0)
    places = _peaks(wide.view(-1))
    frame = places // wide.shape[2]
    bin_ = places - frame * wide.shape[2]
    peak = frame * bins + bin_
    since = begun[peak].long()
    there = peak + (since - frame % count) * bins
    turned = product[peak] * product[there].conj()
    start = delay.reshape(-1)[frame - frame % count + since] * bin_ * (-2.0 * math.pi / size)
    turned = turned / turned.abs() * torch.polar(torch.ones_like(start), start)
    counts = _counts(places, wide.shape[0] * count, wide.shape[2])
    return turned.repeat_interleave(counts, output_size=wide.numel()).view(wide.shape)[:, :, :bins]


def _peaks(row: torch.Tensor) -> torch.Tensor:
    """As `phase_locking` does it: frames end to end, with a gap of values below nought after each."""
    import torch

    is_peak = torch.ones_like(row, dtype=torch.bool)
    least = row * AS_STRONG
    for reach in range(1, PEAK_REACH + 1):
        is_peak[:-reach] &= row[:-reach] >= least[reach:]
        is_peak[reach:] &= row[reach:] >= least[:-reach]
    is_peak[-PEAK_REACH:] = False
    return is_peak.nonzero().view(-1)


def _counts(peaks: torch.Tensor, frames: int, width: int) -> torch.Tensor:
    import torch

    ends = peaks.new_zeros(peaks.numel() + 1)
    ends[1:-1] = (peaks[:-1] + peaks[1:] + 2) // 2
    borders = torch.arange(frames + 1, device=peaks.device) * width
    ends[torch.searchsorted(peaks, borders)] = borders
    return ends.diff()


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
        return rows.square().sum(1) / torch.tensor(list(counts), dtype=torch.float32, device=rows.device)

    has, wants = power(out, after), power(batch, lengths)
    heard = has > 0.0
    # A root has no slope at nought: silence keeps out of it, for the gradients' sake
    gain = torch.where(heard, wants / torch.where(heard, has, 1.0), 1.0)
    return torch.where(heard & (wants > 0.0), gain, 1.0).sqrt()[:, None]
