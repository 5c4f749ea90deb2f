"""Louder or quieter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.training.augment.augmentation import Augmentation, checked_range, uniform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["VolumeAdjust"]


@dataclass(frozen=True)
class VolumeAdjust(Augmentation):
    """Multiply all samples by one gain; nothing is clipped, floating-point samples may pass ±1.

    Parameters
    ----------
    low_db, high_db : float
        Between which the gain is drawn, evenly in dB. 6.02 dB doubles.
    probability : float
        How likely an item is changed.

    Examples
    --------
    >>> import numpy as np
    >>> made = VolumeAdjust(-6, -6)(np.ones((1, 1)), 16000, np.random.default_rng(0))
    >>> round(float(made[0, 0]), 4)
    0.5012
    """

    low_db: float = -6.0
    high_db: float = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_range("VolumeAdjust", "the gain in dB", self.low_db, self.high_db)

    def _draw(self, generator: np.random.Generator, sample_rate: int, frames: int, channels: int) -> dict[str, Any]:
        return {"gain_db": uniform(generator, self.low_db, self.high_db)}

    @classmethod
    def _render(
        cls, samples: NDArray[np.float32], sample_rate: int, parameters: Mapping[str, Any]
    ) -> NDArray[np.float32]:
        return samples * np.float32(10.0 ** (parameters["gain_db"] / 20.0))

    @classmethod
    def _describe(cls, parameters: Mapping[str, Any]) -> str:
        gain = parameters["gain_db"]
        return f"{abs(gain):.1f} dB {'louder' if gain >= 0 else 'quieter'}"
