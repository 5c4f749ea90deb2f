"""Features that are computed later, for whole batches: the workers draw what will be done to them, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.training.features.options import FeatureOptions

__all__ = ["DeferredFeatures"]


class DeferredFeatures:
    """Stands in a dataset where features would; items keep their samples.

    Parameters
    ----------
    options : FeatureOptions
        Which feature will be computed.
    """

    is_deferred = True

    def __init__(self, options: FeatureOptions) -> None:
        self.options = options

    def __call__(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the samples."""
        return samples

    def shape_of(self, samples: int) -> tuple[int, int]:
        """Bands and frames that so many samples will have.

        Raises
        ------
        ParameterError
            If there is no frame in them.
        """
        return self.options.bands, self.options.checked_length(samples)

    @staticmethod
    def knows(augmentations: Any) -> bool:
        """Whether everything that is done to features can be done to batches."""
        from audiokit.training.augment import can_apply_batch
        from audiokit.training.chain import Chain

        generator = np.random.default_rng(0)
        drawn = [
            link.draw(generator, sample_rate=16_000, frames=100, channels=8)
            for link in Chain(augmentations).of_features
        ]
        return bool(can_apply_batch(drawn))
