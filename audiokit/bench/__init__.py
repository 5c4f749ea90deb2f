"""Measured against the peers: which loader is fast, what importing costs, how many workers feed a training loop.

A row counts only when its output equals the others'; times are medians of interleaved repeats, and what is compared
are ratios within one run. Speed is asserted by ``python -m audiokit.bench`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.bench.clips import FolderClips as FolderClips
    from audiokit.bench.clips import check_clips as check_clips
    from audiokit.bench.clips import find_clips as find_clips
    from audiokit.bench.decoders import DecodeComparison as DecodeComparison
    from audiokit.bench.decoders import compare_decoders as compare_decoders
    from audiokit.bench.imports import import_times as import_times
    from audiokit.bench.loader import measure_workers as measure_workers
    from audiokit.bench.machine import describe_machine as describe_machine
    from audiokit.bench.timing import Timing as Timing
    from audiokit.bench.timing import interleave as interleave

__all__ = [
    "DecodeComparison",
    "FolderClips",
    "Timing",
    "check_clips",
    "compare_decoders",
    "describe_machine",
    "find_clips",
    "import_times",
    "interleave",
    "measure_workers",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "DecodeComparison": ".decoders",
        "FolderClips": ".clips",
        "Timing": ".timing",
        "charts": "",
        "check_clips": ".clips",
        "compare_decoders": ".decoders",
        "describe_machine": ".machine",
        "find_clips": ".clips",
        "import_times": ".imports",
        "interleave": ".timing",
        "measure_workers": ".loader",
        "sounds": "",
    },
)
