"""The bars that ``python -m audiokit.bench`` asserts, apart from the measuring so that they can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.bench.equality import TOLERANCE, RowState
from audiokit.bench.many import READ_MANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from audiokit.bench.caching import CacheComparison
    from audiokit.bench.decoders import DecodeComparison
    from audiokit.bench.fresh import FreshTimes
    from audiokit.bench.imports import ImportTimes
    from audiokit.bench.many import ManyComparison
    from audiokit.bench.memory import MemoryRow
    from audiokit.bench.spans import SpanComparison

__all__ = [
    "FASTER_THAN",
    "Bar",
    "cache_bars",
    "decode_bars",
    "first_array_bars",
    "import_bars",
    "many_bars",
    "memory_bars",
    "span_bars",
]

LONGEST_IMPORT = 1.5
"""``import audiokit`` takes at most this many times what ``import numpy`` takes."""

FASTER_THAN = {
    "torchcodec": {"MP3": 1.5, "FLAC": 1.5, "WAV": 1.5, "Vorbis": 1.1, "Opus": 0.95, "AAC": 0.9},
    "soundfile + soxr": {"MP3": 1.4, "FLAC": 1.3, "WAV": 1.0},
    "librosa": {"MP3": 2.4, "FLAC": 2.2, "WAV": 3.0, "Opus": 2.4, "Vorbis": 2.0},
}
"""At least this many times as long as audiokit takes the loader, on two cores: 30 s of stereo to 16 kHz mono."""

SPAN_TIMES_FASTER = 20.0
"""The last second of ten minutes, over decoding them all."""

FRESH_TIMES_LIBROSA = 6.0
"""From nothing to the first array, librosa takes at least this many times as long."""

LARGEST_CACHE_GROWTH = 2.0
"""A hit for 300 s takes at most this many times what a hit for 1 s takes: nothing is copied."""

MANY_TIMES_PEER = 1.2
"""The best peer in a pool of threads takes at least this many times as long as `read_many`."""

LARGEST_BLOCKS_MB = 150.0
"""Peak of a process that goes through hours in blocks, in millions of bytes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One assertion about speed.

    Parameters
    ----------
    name : str
        What it says, bar included.
    holds : bool or None
        Whether it does; None where that could not be measured, because what it is measured against is not here.
    found : str
        What was measured, or why nothing was.
    """

    name: str
    holds: bool | None
    found: str


def import_bars(times: ImportTimes) -> list[Bar]:
    """Check that ``import audiokit`` is light, in time and in what it loads."""
    ratio = times.ratio("audiokit")
    loaded = times.loaded["audiokit"]
    return [
        Bar(
            f"import audiokit takes at most {LONGEST_IMPORT} times import numpy",
            ratio <= LONGEST_IMPORT,
            f"{ratio:.2f} times",
        ),
        Bar("import audiokit loads no heavy library", not loaded, ", ".join(loaded) or "none"),
    ]


def first_array_bars(first: FreshTimes) -> list[Bar]:
    """Check how long librosa takes from nothing to the first array."""
    claim = f"fresh process to first array: librosa takes at least {FRESH_TIMES_LIBROSA:g} times as long"
    if "librosa" in first.absent:
        return [Bar(claim, holds=None, found=f"librosa: {first.left_out['librosa']}")]
    if "librosa" not in first.times.timings:
        return [Bar(claim, holds=False, found=f"librosa: {first.left_out.get('librosa', 'not run')}")]
    ratio = first.times.ratio("librosa", "audiokit")
    return [Bar(claim, ratio >= FRESH_TIMES_LIBROSA, f"{ratio:.1f} times")]


def decode_bars(comparisons: Mapping[str, DecodeComparison]) -> list[Bar]:
    """Check the ratios of `FASTER_THAN`, for the codecs that were compared.

    The bar of a peer that is not on this machine, or was left out, is not measured. One that is here and fails, or
    gives other samples, has no ratio either, and its bar does not hold.
    """
    bars = []
    for peer, wanted in FASTER_THAN.items():
        for codec, least in wanted.items():
            if codec not in comparisons:
                continue
            claim = f"{codec}: {peer} takes at least {least:g} times as long"
            try:
                row = comparisons[codec][peer]
            except KeyError:
                bars.append(Bar(claim, holds=None, found="not compared"))
                continue
            if row.state is RowState.UNAVAILABLE:
                bars.append(Bar(claim, holds=None, found=row.reason))
            elif row.ratio is None:
                bars.append(Bar(claim, holds=False, found=f"{row.state}: {row.reason}"))
            else:
                note = f" ({row.reason})" if row.reason else ""
                bars.append(Bar(claim, row.ratio >= least, f"{row.ratio:.2f} times{note}"))
    return bars


def span_bars(spans: Iterable[SpanComparison]) -> list[Bar]:
    """Check that the last second is quick, and the same samples as in the whole."""
    bars = []
    for span in spans:
        claim = f"{span.codec}: the last second is at least {SPAN_TIMES_FASTER:g} times as quick as the whole"
        same = span.max_difference <= TOLERANCE
        found = f"{span.times_faster:.1f} times in {span.file_seconds:.0f} s"
        if not same:
            found += f"; but differs from the whole by up to {span.max_difference:.2g}"
        bars.append(Bar(claim, same and span.times_faster >= SPAN_TIMES_FASTER, found))
    return bars


def cache_bars(cache: CacheComparison) -> list[Bar]:
    """Check that a hit does not cost more for a longer array."""
    claim = f"a cache hit for the longest sound takes at most {LARGEST_CACHE_GROWTH:g} times that for the shortest"
    return [Bar(claim, cache.growth <= LARGEST_CACHE_GROWTH, f"{cache.growth:.2f} times")]


def many_bars(many: ManyComparison) -> list[Bar]:
    """Check `read_many` against the best peer of those that are on this machine; the others are named."""
    claim = f"{many.files} short files: the best peer takes at least {MANY_TIMES_PEER:g} times as long as read_many"
    ours, best = many.rows[0], many.best_peer
    if ours.state is not RowState.OK:
        return [Bar(claim, holds=False, found=f"{READ_MANY} {ours.state}: {ours.reason}")]
    away = [row for row in many.rows[1:] if row.state is RowState.UNAVAILABLE]
    if away and len(away) == len(many.rows) - 1:
        return [Bar(claim, holds=None, found="; ".join(f"{row.name}: {row.reason}" for row in away))]
    if best is None or best.ratio is None:
        return [Bar(claim, holds=False, found="no peer gave the same samples")]
    found = f"{best.name} {best.ratio:.2f} times, {many.threads} thread(s)"
    if away:
        found += f"; without {', '.join(row.name for row in away)}: not available here"
    return [Bar(claim, best.ratio >= MANY_TIMES_PEER, found)]


def memory_bars(rows: Iterable[MemoryRow]) -> list[Bar]:
    """Check the peak of each file that was gone through."""
    bars = []
    for row in rows:
        claim = f"blocks over {row.name} stay below {LARGEST_BLOCKS_MB:g} MB"
        if row.peak_bytes is None or row.sound_seconds is None:
            bars.append(Bar(claim, holds=False, found=f"{row.state}: {row.reason}"))
            continue
        peak = row.peak_bytes / 1e6
        bars.append(Bar(claim, peak < LARGEST_BLOCKS_MB, f"{peak:.0f} MB for {row.sound_seconds / 3600:.2f} h"))
    return bars
