"""Training's input: augmentations that can be replayed, and features of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.training.augment import AddNoise as AddNoise
    from audiokit.training.augment import Augmentation as Augmentation
    from audiokit.training.augment import CodecDegradation as CodecDegradation
    from audiokit.training.augment import Compose as Compose
    from audiokit.training.augment import Drawn as Drawn
    from audiokit.training.augment import FrequencyMask as FrequencyMask
    from audiokit.training.augment import ImpulseResponse as ImpulseResponse
    from audiokit.training.augment import PitchShift as PitchShift
    from audiokit.training.augment import SpeedPerturbation as SpeedPerturbation
    from audiokit.training.augment import TimeMask as TimeMask
    from audiokit.training.augment import TimeStretch as TimeStretch
    from audiokit.training.augment import VolumeAdjust as VolumeAdjust
    from audiokit.training.augment import apply_batch as apply_batch
    from audiokit.training.augment import describe as describe
    from audiokit.training.augment import replay as replay
    from audiokit.training.features import features_for as features_for
    from audiokit.training.randomness import item_generator as item_generator

__all__ = [
    "AddNoise",
    "Augmentation",
    "CodecDegradation",
    "Compose",
    "Drawn",
    "FrequencyMask",
    "ImpulseResponse",
    "PitchShift",
    "SpeedPerturbation",
    "TimeMask",
    "TimeStretch",
    "VolumeAdjust",
    "apply_batch",
    "describe",
    "features_for",
    "item_generator",
    "replay",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AddNoise": ".augment",
        "Augmentation": ".augment",
        "CodecDegradation": ".augment",
        "Compose": ".augment",
        "Drawn": ".augment",
        "FrequencyMask": ".augment",
        "ImpulseResponse": ".augment",
        "PitchShift": ".augment",
        "SpeedPerturbation": ".augment",
        "TimeMask": ".augment",
        "TimeStretch": ".augment",
        "VolumeAdjust": ".augment",
        "apply_batch": ".augment",
        "augment": "",
        "describe": ".augment",
        "features": "",
        "features_for": ".features",
        "item_generator": ".randomness",
        "replay": ".augment",
    },
)
