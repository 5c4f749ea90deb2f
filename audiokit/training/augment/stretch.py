"""Slower or faster at the same pitch, higher or lower at the same speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audiokit.training.augment.augmentation import Augmentation, checked_range, uniform
from audiokit.training.augment.phase_vocoder import stretch, stretched_frames
from audiokit.training.augment.speed import resampled_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PitchShift", "TimeStretch"]


@dataclass(frozen=True)
class TimeStretch(Augmentation):
    """Change the speed, not the pitch, by the phase vocoder of `audiokit.training.augment.phase_vocoder`.

    Parameters
    ----------
    low_rate, high_rate : float
        Between which the rate is drawn, evenly; above 1 is faster. The result has ``round(frames / rate)`` frames,
        at least one.
    probability : float
        How likely an item is changed.

    Examples
    --------
    >>> import numpy as np
    >>> TimeStretch(1.25, 1.25)(np.zeros((2, 1000)), 16000, np.random.default_rng(0)).shape
    (2, 800)
    """

    low_rate: float = 0.8
    high_rate: float = 1.2

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("TimeStretch", "the rate", self.low_rate, self.high_rate, above=0.0)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        return {"rate": uniform(generator, self.low_rate, self.high_rate)}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        return stretch(samples, sample_rate, parameters["rate"])

    @classmethod
    def _frames_after(cls, parameters: Mapping[str, Any], frames: int) -> int:
        return stretched_frames(frames, parameters["rate"])

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        rate = parameters["rate"]
        return f"{rate:.2f} times as fast, same pitch"


@dataclass(frozen=True)
class PitchShift(Augmentation):
    """Change the pitch, not the speed: stretched by the phase vocoder, then resampled back to its length by soxr.

    Whatever is shifted beyond half the sample rate is gone; formants move along, as on a tape.

    Parameters
    ----------
    low_semitones, high_semitones : float
        Between which the shift is drawn, evenly; fractions too. 12 is an octave up.
    probability : float
        How likely an item is changed.

    Examples
    --------
    >>> import numpy as np
    >>> PitchShift(-2, 2)(np.zeros((1, 1000)), 16000, np.random.default_rng(0)).shape
    (1, 1000)
    """

    low_semitones: float = -2.0
    high_semitones: float = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("PitchShift", "the shift in semitones", self.low_semitones, self.high_semitones)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        return {"semitones": uniform(generator, self.low_semitones, self.high_semitones)}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        factor = 2.0 ** (parameters["semitones"] / 12.0)
        return resampled_by(stretch(samples, sample_rate, 1.0 / factor), factor, samples.shape[1])

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        shift = parameters["semitones"]
        return f"{abs(shift):.2f} semitones {'higher' if shift >= 0 else 'lower'}, same speed"
