"""Pitch and tempo together, as a tape that runs faster or slower."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError
from audiokit.training.augment.augmentation import Augmentation, checked_range, uniform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from audiokit.training.augment.drawn import Drawn

__all__ = ["SpeedPerturbation", "resampled_by"]


@dataclass(frozen=True)
class SpeedPerturbation(Augmentation):
    """Play faster or slower by resampling: pitch and tempo change together.

    The factor is one for which the resampled rate is a whole number of Hz (at 16 kHz the nearest one is less than
    0.0035 % away), so that a loader can have it for nothing: decoding to `fused_rate` in place of the wanted rate is
    this augmentation, with one resampling in place of two.

    Parameters
    ----------
    low, high : float
        Between which the factor is drawn, evenly; above 1 is faster and higher.
    choices : sequence of float, optional
        Draw one of these instead, for example ``(0.9, 1.0, 1.1)``, the custom of speech recognition (T. Ko et al.,
        "Audio augmentation for speech recognition", Interspeech 2015).
    probability : float
        How likely an item is changed.

    Examples
    --------
    >>> SpeedPerturbation(choices=(1.25,))(np.zeros((1, 1000)), 16000, np.random.default_rng(0)).shape
    (1, 800)
    """

    low: float = 0.9
    high: float = 1.1
    choices: Sequence[float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("SpeedPerturbation", "the factor", self.low, self.high, above=0.0)
        if self.choices is not None:
            object.__setattr__(self, "choices", tuple(self.choices))
            if not self.choices:
                raise ParameterError("SpeedPerturbation: choices is empty.", cure="For example (0.9, 1.0, 1.1).")
            for factor in self.choices:
                checked_range("SpeedPerturbation", "a choice", factor, factor, above=0.0)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        if self.choices is None:
            factor = uniform(generator, self.low, self.high)
        else:
            factor = float(self.choices[int(generator.integers(len(self.choices)))])
        return {"resampled_rate": max(1, round(sample_rate / factor)), "sample_rate": sample_rate}

    @staticmethod
    def fused_rate(sample_rate: int, drawn: Drawn) -> int:
        """Give the rate to decode to, in Hz; the samples then count as `sample_rate`, and `apply` is left out.

        Equal to decoding to `sample_rate` and applying, but for the filters: between the two halves of the sample
        rates lies sound that two resamplings remove and one keeps.

        Parameters
        ----------
        sample_rate : int
            For which it was drawn, in Hz.
        drawn : Drawn
            From `draw`.

        Raises
        ------
        ParameterError
            If it was drawn by another augmentation or for another rate.

        Examples
        --------
        >>> speed = SpeedPerturbation(choices=(1.1,))
        >>> drawn = speed.draw(np.random.default_rng(0), sample_rate=16000, frames=1, channels=1)
        >>> speed.fused_rate(16000, drawn)
        14545
        """
        if drawn.name != "SpeedPerturbation":
            raise ParameterError(f"Only SpeedPerturbation can be fused into the resampling, got {drawn.name}.")
        if not drawn.applied:
            return sample_rate
        if drawn.parameters["sample_rate"] != sample_rate:
            raise ParameterError(
                f"The speed was drawn for {drawn.parameters['sample_rate']} Hz, not for {sample_rate} Hz."
            )
        return int(drawn.parameters["resampled_rate"])

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        factor = _factor(parameters)
        return resampled_by(samples, factor, cls._frames_after(parameters, samples.shape[1]))

    @classmethod
    def _frames_after(cls, parameters: Mapping[str, Any], frames: int) -> int:
        return max(1, round(frames / _factor(parameters)))

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        factor = _factor(parameters)
        return f"{factor:.3f} times as fast, pitch {12 * np.log2(factor):+.2f} semitones"


def _factor(parameters: Mapping[str, Any]) -> float:
    return float(parameters["sample_rate"] / parameters["resampled_rate"])


def resampled_by(samples: NDArray[np.float32], factor: float, frames: int) -> NDArray[np.float32]:
    """Resample (channels, time) so that it is `factor` times as fast, to exactly `frames` samples.

    soxr's high quality; its own length differs by one sample at most and is cut or filled with silence.
    """
    if factor == 1.0 and frames == samples.shape[1]:
        return samples
    import soxr

    out = np.zeros((samples.shape[0], frames), dtype=np.float32)
    for row, into in zip(samples, out, strict=True):
        # Only the ratio counts; contiguous rows spare soxr the transposing
        made = soxr.resample(np.ascontiguousarray(row), factor, 1.0, quality="soxr_hq")[:frames]
        into[: len(made)] = made
    return out
