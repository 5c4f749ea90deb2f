"""Somebody's lip-sync mel: whether it is the reference's, and if not, what was done differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.lipsync.deviations import DEVIATIONS, deviating_mel
from audiokit.lipsync.frames import RECIPE
from audiokit.lipsync.mel import mel_spectrogram, one_channel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from audiokit.audio import Audio

__all__ = ["RIGHT", "Diagnosis", "diagnose_mel"]

RIGHT = "as the reference"
_SAME = 1e-4  # mean: rounding to float32 is 1e-6 of it, the smallest deviation, a symmetric window, 9e-4


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `diagnose_mel` finds.

    Parameters
    ----------
    name : str
        ``"as the reference"``, a name of `DEVIATIONS`, or ``"unknown"`` if the mel is none of these.
    nearest : str
        The one that comes nearest, also where it is not near enough to be it.
    mean, largest : float
        Absolute differences from that one; the range of a mel is 8.
    distances : dict of str to float
        Mean absolute difference from each, nearest first.
    notes : tuple of str
        What was seen besides: a transposed array, frames that are too many or too few.
    """

    name: str
    nearest: str
    mean: float
    largest: float
    distances: dict[str, float]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = self.name
        if self.name == "unknown":
            said = f"unknown; nearest is {self.nearest!r}, off by {self.mean:.2g} on average"
        return "; ".join([said, *self.notes])


def diagnose_mel(mel: ArrayLike, samples: ArrayLike | Audio) -> Diagnosis:
    """Say which deviation somebody's mel of known samples has.

    It is compared with the right mel and with each known wrong one. For excerpts of seconds.

    Parameters
    ----------
    mel : array_like, shape (frames, 80) or (80, frames)
        As another program computed it.
    samples : array_like, shape (time,) or (1, time), or Audio
        What it was computed from; at 16 kHz, full scale ±1. Speech tells more than a tone; in silence all are alike.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ParameterError
        For an array without an axis of 80, or without a single frame in common.

    Examples
    --------
    >>> noise = np.random.default_rng(0).uniform(-1, 1, 8000)
    >>> diagnose_mel(mel_spectrogram(noise).T + 1.6, noise).notes
    ('transposed: (80, frames)',)
    """
    array, notes = _upright(np.asarray(mel, dtype=np.float64))
    signal = one_channel(samples).astype(np.float64)
    right = mel_spectrogram(signal)
    candidates = {RIGHT: right}
    candidates |= {name: deviating_mel(signal, name, trimmed=False) for name in DEVIATIONS}
    if len(array) != len(right):
        notes.append(f"{len(array)} frames, where {len(right)} are right")
    # The number of frames tells too: one that is as long goes before one that is as near
    found = {
        name: (abs(len(one) - len(array)), _difference(one, array)) for name, one in candidates.items() if len(one)
    }
    if not len(array):
        raise ParameterError("There is no frame to compare.")
    order = sorted(found, key=lambda name: float(np.abs(found[name][1]).mean()) + 1e-9 * found[name][0])
    nearest = order[0]
    difference = np.abs(found[nearest][1])
    mean = float(difference.mean())
    name = nearest if mean <= _SAME else "unknown"
    distances = {one: float(np.abs(found[one][1]).mean()) for one in order}
    return Diagnosis(name, nearest, mean, float(difference.max()), distances, tuple(notes))


def _upright(array: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[str]]:
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or RECIPE.n_mels not in array.shape:
        raise ParameterError(
            f"A lip-sync mel has shape (frames, {RECIPE.n_mels}), got {array.shape}.",
            cure="Other numbers of bands belong to other models.",
        )
    if array.shape[1] != RECIPE.n_mels:
        return array.T, ["transposed: (80, frames)"]
    return array, []


def _difference(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    count = min(len(one), len(other))
    return np.asarray(other[:count] - one[:count])
