"""Measured against the peers: which loader is fast, what importing costs, whether a loader feeds a training loop.

A row counts only when its output equals the others'; times are medians of interleaved repeats, and what is compared
are ratios within one run. Speed is asserted by ``python -m audiokit.bench`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.bench.augmentations import compare_augmentations as compare_augmentations
    from audiokit.bench.decoders import DecodeComparison as DecodeComparison
    from audiokit.bench.decoders import compare_decoders as compare_decoders
    from audiokit.bench.drive import Drive as Drive
    from audiokit.bench.drive import open_loader as open_loader
    from audiokit.bench.drive import settle as settle
    from audiokit.bench.files import write_codecs as write_codecs
    from audiokit.bench.floor import compare_with_floor as compare_with_floor
    from audiokit.bench.imports import import_times as import_times
    from audiokit.bench.loader import compare_loaders as compare_loaders
    from audiokit.bench.machine import describe_machine as describe_machine
    from audiokit.bench.many import compare_many as compare_many
    from audiokit.bench.spans import compare_spans as compare_spans
    from audiokit.bench.threads import compare_threads as compare_threads
    from audiokit.bench.timing import Timing as Timing
    from audiokit.bench.timing import interleave as interleave
    from audiokit.bench.training_files import TrainingFiles as TrainingFiles
    from audiokit.bench.training_files import find_clips as find_clips
    from audiokit.bench.training_files import write_training_files as write_training_files
    from audiokit.bench.tuning import measure_plans as measure_plans
    from audiokit.bench.tuning import measure_tuner as measure_tuner

__all__ = [
    "DecodeComparison",
    "Drive",
    "Timing",
    "TrainingFiles",
    "compare_augmentations",
    "compare_decoders",
    "compare_loaders",
    "compare_many",
    "compare_spans",
    "compare_threads",
    "compare_with_floor",
    "describe_machine",
    "find_clips",
    "import_times",
    "interleave",
    "measure_plans",
    "measure_tuner",
    "open_loader",
    "settle",
    "write_codecs",
    "write_training_files",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DecodeComparison": ".decoders",
        "Drive": ".drive",
        "Timing": ".timing",
        "TrainingFiles": ".training_files",
        "charts": "",
        "compare_augmentations": ".augmentations",
        "compare_decoders": ".decoders",
        "compare_loaders": ".loader",
        "compare_many": ".many",
        "compare_spans": ".spans",
        "compare_threads": ".threads",
        "compare_with_floor": ".floor",
        "decode_charts": "",
        "describe_machine": ".machine",
        "find_clips": ".training_files",
        "import_times": ".imports",
        "interleave": ".timing",
        "measure_plans": ".tuning",
        "measure_tuner": ".tuning",
        "open_loader": ".drive",
        "settle": ".drive",
        "loader_charts": "",
        "sounds": "",
        "write_codecs": ".files",
        "write_training_files": ".training_files",
    },
)
