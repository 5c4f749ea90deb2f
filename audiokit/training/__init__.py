"""Training's input: files and labels in, batches out, the same every time; augmentations and features."""

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
    from audiokit.training.batch import Batch as Batch
    from audiokit.training.batch import collate as collate
    from audiokit.training.buckets import BucketBatchSampler as BucketBatchSampler
    from audiokit.training.cache import CacheReport as CacheReport
    from audiokit.training.cache import TrainingCache as TrainingCache
    from audiokit.training.dataset import AudioDataset as AudioDataset
    from audiokit.training.failures import Failure as Failure
    from audiokit.training.failures import Skipped as Skipped
    from audiokit.training.features import features_for as features_for
    from audiokit.training.index import FileIndex as FileIndex
    from audiokit.training.item import Item as Item
    from audiokit.training.loader.data_loader import AudioDataLoader as AudioDataLoader
    from audiokit.training.loader.plan import Plan as Plan
    from audiokit.training.loader.report import LoaderReport as LoaderReport
    from audiokit.training.manifest import index_of as index_of
    from audiokit.training.permutation import Permutation as Permutation
    from audiokit.training.randomness import item_generator as item_generator
    from audiokit.training.sampling import EpochSampler as EpochSampler

__all__ = [
    "AddNoise",
    "AudioDataLoader",
    "AudioDataset",
    "Augmentation",
    "Batch",
    "BucketBatchSampler",
    "CacheReport",
    "CodecDegradation",
    "Compose",
    "Drawn",
    "EpochSampler",
    "Failure",
    "FileIndex",
    "FrequencyMask",
    "ImpulseResponse",
    "Item",
    "LoaderReport",
    "Permutation",
    "PitchShift",
    "Plan",
    "Skipped",
    "SpeedPerturbation",
    "TimeMask",
    "TimeStretch",
    "TrainingCache",
    "VolumeAdjust",
    "apply_batch",
    "collate",
    "describe",
    "features_for",
    "index_of",
    "item_generator",
    "replay",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AddNoise": ".augment",
        "AudioDataLoader": ".loader.data_loader",
        "AudioDataset": ".dataset",
        "Augmentation": ".augment",
        "Batch": ".batch",
        "BucketBatchSampler": ".buckets",
        "CacheReport": ".cache",
        "CodecDegradation": ".augment",
        "Compose": ".augment",
        "Drawn": ".augment",
        "EpochSampler": ".sampling",
        "Failure": ".failures",
        "FileIndex": ".index",
        "FrequencyMask": ".augment",
        "ImpulseResponse": ".augment",
        "Item": ".item",
        "LoaderReport": ".loader.report",
        "Permutation": ".permutation",
        "PitchShift": ".augment",
        "Plan": ".loader.plan",
        "Skipped": ".failures",
        "SpeedPerturbation": ".augment",
        "TimeMask": ".augment",
        "TimeStretch": ".augment",
        "TrainingCache": ".cache",
        "VolumeAdjust": ".augment",
        "apply_batch": ".augment",
        "augment": "",
        "collate": ".batch",
        "describe": ".augment",
        "features": "",
        "features_for": ".features",
        "index_of": ".manifest",
        "item_generator": ".randomness",
        "loader": "",
        "replay": ".augment",
    },
)
