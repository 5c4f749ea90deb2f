"""Augmentations: changes to sound that leave its label true.

Each draws its parameters from a generator, then applies them; what was drawn is plain JSON and can be replayed. None of
them needs torch; `apply_batch` does the same to a batch of tensors, on a GPU if they are there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.training.augment.augmentation import AUGMENTATIONS as AUGMENTATIONS
    from audiokit.training.augment.augmentation import Augmentation as Augmentation
    from audiokit.training.augment.augmentation import describe as describe
    from audiokit.training.augment.augmentation import replay as replay
    from audiokit.training.augment.batched import apply_batch as apply_batch
    from audiokit.training.augment.batched import can_apply_batch as can_apply_batch
    from audiokit.training.augment.codec import CodecDegradation as CodecDegradation
    from audiokit.training.augment.compose import Compose as Compose
    from audiokit.training.augment.drawn import Drawn as Drawn
    from audiokit.training.augment.impulse import ImpulseResponse as ImpulseResponse
    from audiokit.training.augment.masks import FrequencyMask as FrequencyMask
    from audiokit.training.augment.masks import TimeMask as TimeMask
    from audiokit.training.augment.noise import AddNoise as AddNoise
    from audiokit.training.augment.speed import SpeedPerturbation as SpeedPerturbation
    from audiokit.training.augment.stretch import PitchShift as PitchShift
    from audiokit.training.augment.stretch import TimeStretch as TimeStretch
    from audiokit.training.augment.volume import VolumeAdjust as VolumeAdjust

__all__ = [
    "AUGMENTATIONS",
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
    "can_apply_batch",
    "describe",
    "replay",
]

_HOMES = {
    "AUGMENTATIONS": ".augmentation",
    "AddNoise": ".noise",
    "Augmentation": ".augmentation",
    "CodecDegradation": ".codec",
    "Compose": ".compose",
    "Drawn": ".drawn",
    "FrequencyMask": ".masks",
    "ImpulseResponse": ".impulse",
    "PitchShift": ".stretch",
    "SpeedPerturbation": ".speed",
    "TimeMask": ".masks",
    "TimeStretch": ".stretch",
    "VolumeAdjust": ".volume",
    "apply_batch": ".batched",
    "can_apply_batch": ".batched",
    "describe": ".augmentation",
    "replay": ".augmentation",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES)


def load_all() -> None:
    """Import every module that defines an augmentation, so that the registry knows them; none imports torch."""
    for home in sorted(set(_HOMES.values()) - {".batched"}):
        importlib.import_module(home, __name__)
