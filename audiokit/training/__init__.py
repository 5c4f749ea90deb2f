"""Training: files and labels in, batches out, the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.training.batch import Batch as Batch
    from audiokit.training.batch import collate as collate
    from audiokit.training.buckets import BucketBatchSampler as BucketBatchSampler
    from audiokit.training.cache import CacheReport as CacheReport
    from audiokit.training.cache import TrainingCache as TrainingCache
    from audiokit.training.dataset import AudioDataset as AudioDataset
    from audiokit.training.failures import Failure as Failure
    from audiokit.training.failures import Skipped as Skipped
    from audiokit.training.index import FileIndex as FileIndex
    from audiokit.training.item import Item as Item
    from audiokit.training.manifest import index_of as index_of
    from audiokit.training.permutation import Permutation as Permutation
    from audiokit.training.randomness import item_generator as item_generator
    from audiokit.training.sampling import EpochSampler as EpochSampler

__all__ = [
    "AudioDataset",
    "Batch",
    "BucketBatchSampler",
    "CacheReport",
    "EpochSampler",
    "Failure",
    "FileIndex",
    "Item",
    "Permutation",
    "Skipped",
    "TrainingCache",
    "collate",
    "index_of",
    "item_generator",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AudioDataset": ".dataset",
        "Batch": ".batch",
        "BucketBatchSampler": ".buckets",
        "CacheReport": ".cache",
        "EpochSampler": ".sampling",
        "Failure": ".failures",
        "FileIndex": ".index",
        "Item": ".item",
        "Permutation": ".permutation",
        "Skipped": ".failures",
        "TrainingCache": ".cache",
        "collate": ".batch",
        "index_of": ".manifest",
        "item_generator": ".randomness",
    },
)
