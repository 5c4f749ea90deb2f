"""The same augmentations for a whole batch of tensors at once, on the CPU or a GPU.

What was drawn is the same; each result is held to that of `Augmentation.apply` by a test. Noise is drawn by NumPy on
the CPU from its seed, so that an item sounds the same whichever way it is made; the rest is computed where the batch
is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.augment.batched_arrays import resample_arrays, runs_on_arrays, stretch_arrays
from audiokit.training.augment.batched_resample import fit, resample_rows
from audiokit.training.augment.batched_vocoder import stretch_rows
from audiokit.training.augment.drawn import Drawn
from audiokit.training.augment.impulse import response_of
from audiokit.training.augment.masks import spans_within
from audiokit.training.augment.noise import SILENT_BELOW, block_frames, make_noise, noise_gain
from audiokit.training.augment.phase_vocoder import stretched_frames

if TYPE_CHECKING:
    import torch

__all__ = ["apply_batch", "can_apply_batch"]

_Parameters = Sequence[dict[str, Any]]


def can_apply_batch(drawn: Sequence[Drawn]) -> bool:
    """Whether `apply_batch` knows everything that was drawn for these items."""
    return all(
        can_apply_batch([Drawn.from_dict(step) for step in one.parameters.get("steps", ())])
        if one.name == "Compose"
        else one.name in _KERNELS
        for one in drawn
    )


def apply_batch(
    batch: torch.Tensor, lengths: Sequence[int], sample_rate: int, drawn: Sequence[Drawn]
) -> tuple[torch.Tensor, list[int]]:
    """Apply to each item what was drawn for it.

    Parameters
    ----------
    batch : Tensor, shape (items, time), float32
        Samples of one channel, filled up to the longest; for masks features, (items, bands, frames). Not written to.
    lengths : sequence of int
        How many samples (frames) of each item count.
    sample_rate : int
        In Hz.
    drawn : sequence of Drawn
        One for each item, all by the same augmentation.

    Returns
    -------
    batch : Tensor, same device, float32
        Nought beyond each item's length; as long as the longest item. The batch itself where nothing was to be done.
    lengths : list of int
        What `Augmentation.frames_after` says.

    Raises
    ------
    ParameterError
        If the numbers of items differ, items were drawn by different augmentations, one of the samples is not a finite
        number, or an augmentation has no batched form (codecs have none).
    """
    if not len(batch) == len(lengths) == len(drawn) or not len(batch):
        raise ParameterError(
            f"A batch wants one length and one Drawn for each item, got {len(batch)} items, {len(lengths)} lengths "
            f"and {len(drawn)} Drawn."
        )
    most = batch.shape[-1]
    if any(not 1 <= length <= most for length in lengths):
        raise ParameterError(f"Lengths in this batch lie between 1 and {most}, got {list(lengths)}.")
    kept = _cleared(batch.float(), lengths)
    # The least and the greatest are found in one pass, and are not finite if any value is not
    if kept.numel() and not all(bool(end.isfinite()) for end in kept.detach().aminmax()):
        raise ParameterError("A batch to augment wants finite numbers; there is another among them.")
    return _apply(kept, list(lengths), sample_rate, drawn)


def _apply(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, drawn: Sequence[Drawn]
) -> tuple[torch.Tensor, list[int]]:
    names = {one.name for one in drawn}
    if len(names) != 1:
        raise ParameterError(
            f"The items of a batch were drawn by different augmentations: {', '.join(sorted(names))}.",
            cure="Draw all of them from one Compose.",
        )
    chosen = [row for row, one in enumerate(drawn) if one.applied]
    if not chosen:
        return batch, lengths
    everyone = len(chosen) == len(drawn)
    some, their_lengths = batch if everyone else batch[chosen], [lengths[row] for row in chosen]
    parameters = [drawn[row].parameters for row in chosen]
    name = names.pop()
    if name == "Compose":
        made, new_lengths = _chain(some, their_lengths, sample_rate, parameters)
    elif name in _KERNELS:
        made, new_lengths = _KERNELS[name](some, their_lengths, sample_rate, parameters)
    else:
        raise ParameterError(
            f"{name} has no batched form.",
            cure="Apply it to single items (Augmentation.apply), in the workers that decode them.",
        )
    made = _cleared(made, new_lengths)
    if everyone:
        return fit(made, max(new_lengths)), new_lengths
    after = list(lengths)
    for row, length in zip(chosen, new_lengths, strict=True):
        after[row] = length
    out = fit(batch, max(after)).clone()
    out[chosen] = fit(made, max(after))
    return out, after


def _chain(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    steps = [[Drawn.from_dict(step) for step in one["steps"]] for one in parameters]
    for at_once in zip(*steps, strict=True):
        batch, lengths = _apply(batch, lengths, sample_rate, at_once)
    return batch, lengths


def _cleared(batch: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Nought beyond each length, whatever stood there (it may not even be a number)."""
    import torch

    if min(lengths) >= batch.shape[-1]:
        return batch
    ends = torch.tensor(list(lengths), dtype=torch.int32, device=batch.device).view(-1, *[1] * (batch.dim() - 1))
    return batch.masked_fill(torch.arange(batch.shape[-1], dtype=torch.int32, device=batch.device) >= ends, 0.0)


def _column(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.tensor(values, dtype=torch.float32, device=like.device)[:, None]


def _volume(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    return batch * _column([10.0 ** (one["gain_db"] / 20.0) for one in parameters], batch), lengths


def _stretch(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    rates = [one["rate"] for one in parameters]
    after = [stretched_frames(length, rate) for length, rate in zip(lengths, rates, strict=True)]
    return _stretched(batch, lengths, sample_rate, rates), after


def _stretched(batch: torch.Tensor, lengths: list[int], sample_rate: int, rates: list[float]) -> torch.Tensor:
    way = stretch_arrays if runs_on_arrays(batch) else stretch_rows
    return way(batch, lengths, sample_rate, rates)


def _resampled(batch: torch.Tensor, lengths: list[int], factors: list[float], after: list[int]) -> torch.Tensor:
    if runs_on_arrays(batch):
        return resample_arrays(batch, lengths, factors, after)
    return resample_rows(batch, factors, max(after))


def _pitch(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    factors = [2.0 ** (one["semitones"] / 12.0) for one in parameters]
    rates = [1.0 / factor for factor in factors]
    between = [stretched_frames(length, rate) for length, rate in zip(lengths, rates, strict=True)]
    return _resampled(_stretched(batch, lengths, sample_rate, rates), between, factors, lengths), lengths


def _speed(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    factors = [one["sample_rate"] / one["resampled_rate"] for one in parameters]
    after = [max(1, round(length / factor)) for length, factor in zip(lengths, factors, strict=True)]
    return _resampled(batch, lengths, factors, after), after


def _noise(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    import torch

    noise = np.zeros(tuple(batch.shape), dtype=np.float32)
    gains = []
    for row, (length, one) in enumerate(zip(lengths, parameters, strict=True)):
        made = make_noise(one, 1, length, sample_rate)
        gains.append(noise_gain(1.0, made, one))
        noise[row, :length] = made[0]
    active = torch.tensor([one["measured_over"] == "active" for one in parameters], device=batch.device)
    gain = torch.tensor(gains, dtype=torch.float64, device=batch.device)[:, None]
    power = _power(batch, lengths, sample_rate, active)
    # Silence stays out of the root, which has no slope there: gradients would be no numbers
    gain = gain * torch.where(power > 0, power, 1.0).sqrt() * (power > 0)
    return batch + torch.from_numpy(noise).to(batch.device) * gain.float(), lengths


def _power(batch: torch.Tensor, lengths: list[int], sample_rate: int, active: torch.Tensor) -> torch.Tensor:
    """As `noise.signal_power`, for each item, (items, 1), float64."""
    import torch

    block = block_frames(sample_rate)
    blocks = -(-batch.shape[1] // block)
    energies = fit(batch.square(), blocks * block).view(len(batch), blocks, block).sum(2).double()
    ends = torch.tensor(lengths, device=batch.device)[:, None]
    sizes = (ends - torch.arange(blocks, device=batch.device) * block).clamp(0, block).double()
    means = torch.where(sizes > 0, energies / sizes.clamp(min=1), torch.zeros_like(energies))
    counted = (means >= SILENT_BELOW * means.max(1, keepdim=True).values) | ~active[:, None]
    counted &= sizes > 0
    return (energies * counted).sum(1, keepdim=True) / (sizes * counted).sum(1, keepdim=True)


def _impulse(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    import scipy.fft
    import torch

    found = [response_of(one, sample_rate, 1) for one in parameters]
    longest = max(response.shape[1] for response, _ in found)
    padded = np.stack([np.pad(response[0], (0, longest - response.shape[1])) for response, _ in found])
    responses = torch.from_numpy(padded.astype(np.float32)).to(batch.device)
    size = scipy.fft.next_fast_len(batch.shape[1] + longest - 1, real=True)
    full = torch.fft.irfft(torch.fft.rfft(batch, size) * torch.fft.rfft(responses, size), size)
    after = [length + int(one.get("more_frames", 0)) for length, one in zip(lengths, parameters, strict=True)]
    before = torch.tensor([first for _, first in found], device=batch.device)[:, None]
    places = torch.arange(max(after), device=batch.device) + before
    return fit(full, int(places.max()) + 1).gather(1, places), after


def _time_mask(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    return _masked(batch, lengths, parameters, axis=2), lengths


def _frequency_mask(
    batch: torch.Tensor, lengths: list[int], sample_rate: int, parameters: _Parameters
) -> tuple[torch.Tensor, list[int]]:
    return _masked(batch, lengths, parameters, axis=1), lengths


def _masked(batch: torch.Tensor, lengths: list[int], parameters: _Parameters, *, axis: int) -> torch.Tensor:
    import torch

    hidden = np.zeros((len(batch), batch.shape[axis]), dtype=bool)
    for row, (length, one) in enumerate(zip(lengths, parameters, strict=True)):
        for start, end in spans_within(one, length if axis == 2 else batch.shape[1]):
            hidden[row, start:end] = True
    where = torch.from_numpy(hidden).to(batch.device)
    values = _column([float(length * batch.shape[1]) for length in lengths], batch)[:, 0]
    means = batch.double().sum((1, 2)) / values
    fixed = [0.0 if one["fill"] == "mean" else float(one["fill"]) for one in parameters]
    is_mean = torch.tensor([one["fill"] == "mean" for one in parameters], device=batch.device)
    fill = torch.where(is_mean, means.float(), _column(fixed, batch)[:, 0])
    return torch.where(where[:, None, :] if axis == 2 else where[:, :, None], fill[:, None, None], batch)


_KERNELS: dict[str, Callable[..., tuple[Any, list[int]]]] = {
    "AddNoise": _noise,
    "FrequencyMask": _frequency_mask,
    "ImpulseResponse": _impulse,
    "PitchShift": _pitch,
    "SpeedPerturbation": _speed,
    "TimeMask": _time_mask,
    "TimeStretch": _stretch,
    "VolumeAdjust": _volume,
}
