"""Stretching and resampling a batch on the CPU: by NumPy, scipy and soxr, several rows at a time.

torch's own operations on single values take longer there than NumPy's, and its way to resample, made for a GPU, takes
many times as long as soxr. The rows are those of `Augmentation.apply`, to rounding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from audiokit.training.augment.phase_vocoder import as_strong_as, stretch_all, stretched_frames
from audiokit.training.augment.speed import resampled_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

__all__ = ["resample_arrays", "runs_on_arrays", "stretch_arrays"]

_Part = TypeVar("_Part")

_SIDE_BY_SIDE = 8  # rows that share each operation: more of them make blocks of few frames, and gain nothing


def runs_on_arrays(batch: torch.Tensor) -> bool:
    """Whether a batch lies on the CPU and wants no gradients: then it is NumPy's."""
    import torch

    return batch.device.type == "cpu" and not (batch.requires_grad and torch.is_grad_enabled())


def stretch_arrays(
    batch: torch.Tensor, lengths: Sequence[int], sample_rate: int, rates: Sequence[float]
) -> torch.Tensor:
    """Play each row at `rate` times its speed; see `audiokit.training.augment.batched_vocoder.stretch_rows`."""
    import torch

    after = [stretched_frames(length, rate) for length, rate in zip(lengths, rates, strict=True)]
    samples = batch.detach().numpy()
    out = np.zeros((len(batch), max(after)), dtype=np.float32)

    def stretch_some(rows: Sequence[int]) -> None:
        # Rows that end sooner go on in silence: what comes after its end changes nothing before it
        some = samples[rows, np.newaxis, : max(lengths[row] for row in rows)]
        longest = max(after[row] for row in rows)
        made = stretch_all(some, sample_rate, [rates[row] for row in rows], longest)
        for row, one in zip(rows, made, strict=True):
            out[row, : after[row]] = as_strong_as(one[:, : after[row]], samples[row : row + 1, : lengths[row]])[0]

    # Rows of one length share a call, so that little silence is stretched
    by_length = sorted(range(len(batch)), key=after.__getitem__)
    together = min(_SIDE_BY_SIDE, -(-len(batch) // torch.get_num_threads()))
    _for_each([by_length[first : first + together] for first in range(0, len(batch), together)], stretch_some)
    return torch.from_numpy(out)


def resample_arrays(
    batch: torch.Tensor, lengths: Sequence[int], factors: Sequence[float], after: Sequence[int]
) -> torch.Tensor:
    """Play each row `factor` times as fast, by soxr.

    Parameters
    ----------
    batch : Tensor, shape (items, time), float32
        On the CPU.
    lengths, after : sequence of int
        How many samples of each row count, and how many to make of them.
    factors : sequence of float
        One for each row.

    Returns
    -------
    Tensor, shape (items, longest), float32
        Nought after each row's end.
    """
    import torch

    samples = batch.detach().numpy()
    out = np.zeros((len(batch), max(after)), dtype=np.float32)

    def resample_one(row: int) -> None:
        made = resampled_by(samples[row : row + 1, : lengths[row]], factors[row], after[row])
        out[row, : after[row]] = made[0]

    _for_each(range(len(batch)), resample_one)
    return torch.from_numpy(out)


def _for_each(parts: Sequence[_Part], work: Callable[[_Part], None]) -> None:
    """Work on all parts, on as many threads as torch may use here: one in a worker of a DataLoader."""
    import torch

    threads = min(len(parts), torch.get_num_threads())
    if threads == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))
