"""Features: (mel) spectrograms and MFCC as torch modules, and the same in NumPy; equal to librosa's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.training.features.arrays import ArrayFeatures as ArrayFeatures
    from audiokit.training.features.module import FeatureModule as FeatureModule
    from audiokit.training.features.module import LogMel as LogMel
    from audiokit.training.features.module import Mel as Mel
    from audiokit.training.features.module import Mfcc as Mfcc
    from audiokit.training.features.module import Spectrogram as Spectrogram
    from audiokit.training.features.options import FeatureOptions as FeatureOptions
    from audiokit.training.features.registry import feature_options as feature_options
    from audiokit.training.features.registry import features_for as features_for

__all__ = [
    "ArrayFeatures",
    "FeatureModule",
    "FeatureOptions",
    "LogMel",
    "Mel",
    "Mfcc",
    "Spectrogram",
    "feature_options",
    "features_for",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "ArrayFeatures": ".arrays",
        "FeatureModule": ".module",
        "FeatureOptions": ".options",
        "LogMel": ".module",
        "Mel": ".module",
        "Mfcc": ".module",
        "Spectrogram": ".module",
        "feature_options": ".registry",
        "features_for": ".registry",
    },
)
