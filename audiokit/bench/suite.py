"""Everything that ``python -m audiokit.bench`` measures, section by section, with the sizes of each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.bench import bars as judged
from audiokit.bench.caching import CacheComparison, compare_cache_hits
from audiokit.bench.decoders import DecodeComparison, compare_decoders
from audiokit.bench.files import CODECS, write_codecs, write_hours_of_mp3, write_hours_of_wav
from audiokit.bench.floor import FloorRow, compare_with_floor, floors_to_dataframe
from audiokit.bench.fresh import FreshTimes, first_arrays
from audiokit.bench.imports import IMPORTS, ImportTimes, import_times
from audiokit.bench.many import ManyComparison, compare_many
from audiokit.bench.memory import MemoryRow, blocks_memory, memory_to_dataframe
from audiokit.bench.peers import PEERS
from audiokit.bench.sounds import write_clips
from audiokit.bench.spans import SpanComparison, compare_spans, spans_to_dataframe
from audiokit.bench.threads import ThreadComparison, compare_threads, thread_counts

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.bars import Bar

__all__ = ["QUICK", "SECTIONS", "Results", "Sizes", "planned_runs", "run"]

SECTIONS = ("imports", "first", "decode", "native", "floor", "lengths", "spans", "threads", "cache", "many", "blocks")
"""In the order in which they run."""

_POOLED_CODECS = ("FLAC", "MP3", "Opus")
_FILES_IN_A_POOL = 4
_LONG = 100.0  # seconds from which two rounds must do


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Parameters
    ----------
    seconds : float
        Length of the file on which the bars are.
    repeats : int
        Rounds of which the median is taken; a third of it where a run takes seconds.
    lengths : tuple of float
        Other lengths, in seconds.
    long_seconds : float
        Length of the file whose last second is asked for.
    cached_seconds : float
        Length of the longest array in the cache.
    clips : int
        Short files for `read_many`.
    hours : float
        Length of the files that are gone through in blocks.
    """

    seconds: float = 30.0
    repeats: int = 9
    lengths: tuple[float, ...] = (1.0, 300.0)
    long_seconds: float = 600.0
    cached_seconds: float = 300.0
    clips: int = 1000
    hours: float = 3.0

    @property
    def few(self) -> int:
        """Rounds where a run takes seconds."""
        return max(1, self.repeats // 3)


QUICK = Sizes(repeats=3, lengths=(1.0, 60.0), long_seconds=120.0, cached_seconds=60.0, clips=100, hours=0.1)
"""A run of a minute or so: what it finds is a hint."""


@dataclass(slots=True)
class Results:
    """What was measured; a section that did not run is None or empty."""

    imports: ImportTimes | None = None
    first: FreshTimes | None = None
    decode: dict[str, DecodeComparison] = field(default_factory=dict)
    native: dict[str, DecodeComparison] = field(default_factory=dict)
    floor: list[FloorRow] = field(default_factory=list)
    lengths: dict[float, dict[str, DecodeComparison]] = field(default_factory=dict)
    spans: list[SpanComparison] = field(default_factory=list)
    threads: dict[str, ThreadComparison] = field(default_factory=dict)
    cache: CacheComparison | None = None
    many: ManyComparison | None = None
    blocks: list[MemoryRow] = field(default_factory=list)

    def bars(self) -> list[Bar]:
        """Judge what was measured, and nothing else."""
        found: list[Bar] = []
        if self.imports:
            found += judged.import_bars(self.imports)
        if self.first:
            found += judged.first_array_bars(self.first.times)
        found += judged.decode_bars(self.decode)
        found += judged.span_bars(self.spans)
        if self.cache:
            found += judged.cache_bars(self.cache)
        if self.many:
            found += judged.many_bars(self.many)
        return found + judged.memory_bars(self.blocks)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return a table for each section that ran."""
        tables: dict[str, pd.DataFrame] = {}
        if self.imports:
            tables["imports"] = self.imports.to_dataframe()
        if self.first:
            tables["first"] = self.first.to_dataframe()
        if self.decode:
            tables["decode"] = _stacked("codec", self.decode)
        if self.native:
            tables["native"] = _stacked("codec", self.native)
        if self.floor:
            tables["floor"] = floors_to_dataframe(self.floor)
        if self.lengths:
            by_length = {seconds: _stacked("codec", found) for seconds, found in self.lengths.items()}
            tables["lengths"] = _joined("sound_seconds", by_length)
        if self.spans:
            tables["spans"] = spans_to_dataframe(self.spans)
        if self.threads:
            tables["threads"] = _stacked("codec", self.threads)
        if self.cache:
            tables["cache"] = self.cache.to_dataframe()
        if self.many:
            tables["many"] = self.many.to_dataframe()
        if self.blocks:
            tables["blocks"] = memory_to_dataframe(self.blocks)
        return tables

    def to_json(self, sizes: Sizes, machine: str) -> str:
        """Everything as text, with the bars; what has no value is null."""
        sections: dict[str, Any] = {
            name: json.loads(table.to_json(orient="records")) for name, table in self.tables().items()
        }
        found = {"machine": machine, "sizes": asdict(sizes), "bars": [asdict(bar) for bar in self.bars()], **sections}
        return json.dumps(found, indent=1, ensure_ascii=False)


def _stacked(column: str, found: Mapping[str, Any]) -> pd.DataFrame:
    return _joined(column, {name: one.to_dataframe() for name, one in found.items()})


def _joined(column: str, tables: Mapping[Any, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    for name, table in tables.items():
        table.insert(0, column, name)
    return pd.concat(tables.values(), ignore_index=True)


def planned_runs(sizes: Sizes) -> dict[str, int]:
    """About how many timed runs each section makes: for a progress bar."""
    codecs, peers, few = len(CODECS), len(PEERS), sizes.few
    return {
        "imports": len(IMPORTS) * (sizes.repeats + 1),
        "first": peers * (few + 3),
        "decode": codecs * (peers * sizes.repeats + 1),
        "native": codecs * peers * sizes.repeats,
        "floor": codecs * 5 * (sizes.repeats + 1),
        "lengths": sum(codecs * (peers * _rounds(sizes, seconds) + 1) for seconds in sizes.lengths),
        "spans": codecs * (peers + 3) * few,
        "threads": len(_POOLED_CODECS) * peers * len(thread_counts()) * few,
        "cache": 2 * (sizes.repeats + 1),
        "many": peers + 3 * few,
        "blocks": 4,
    }


def _rounds(sizes: Sizes, seconds: float) -> int:
    return min(2, sizes.few) if seconds >= _LONG else sizes.repeats


def run(
    folder: str | Path,
    sizes: Sizes,
    *,
    only: Iterable[str] = SECTIONS,
    begin: Callable[[str], object] = str,
    step: Callable[[], object] = int,
) -> Results:
    """Measure; files are written where they are needed first, and long ones are deleted when done with.

    Parameters
    ----------
    folder : path
        For the files.
    sizes : Sizes
        How much.
    only : iterable of str
        Some of `SECTIONS`.
    begin : callable
        Called with the name of each section before it.
    step : callable
        Called after each timed run.

    Returns
    -------
    Results
    """
    found = Results()
    folder = Path(folder)
    files: dict[str, Path] = {}

    def usual() -> dict[str, Path]:
        if not files:
            files.update(write_codecs(folder, seconds=sizes.seconds, after_each=step))
        return files

    def compared(paths: Mapping[str, Path], repeats: int, **options: Any) -> dict[str, DecodeComparison]:
        return {
            codec: compare_decoders(path, repeats=repeats, after_each=step, **options) for codec, path in paths.items()
        }

    def imports() -> None:
        found.imports = import_times(repeats=sizes.repeats, after_each=step)

    def first() -> None:
        found.first = first_arrays(usual()["FLAC"], repeats=sizes.few, after_each=step)

    def decode() -> None:
        found.decode = compared(usual(), sizes.repeats)

    def native() -> None:
        found.native = compared(usual(), sizes.repeats, sample_rate=None)

    def floor() -> None:
        found.floor = [
            compare_with_floor(path, codec, repeats=sizes.repeats, after_each=step) for codec, path in usual().items()
        ]

    def lengths() -> None:
        for seconds in sizes.lengths:
            with _Scratch(folder / f"{seconds:g}s") as place:
                paths = write_codecs(place, seconds=seconds, after_each=step)
                found.lengths[seconds] = compared(paths, _rounds(sizes, seconds))

    def spans() -> None:
        with _Scratch(folder / "long") as place:
            for codec, path in write_codecs(place, seconds=sizes.long_seconds, after_each=step).items():
                found.spans.append(compare_spans(path, codec, repeats=sizes.few, after_each=step))

    def threads() -> None:
        for codec in _POOLED_CODECS:
            path = usual()[codec]
            copies = [
                path,
                *(Path(shutil.copy(path, folder / f"copy{n}_{path.name}")) for n in range(_FILES_IN_A_POOL - 1)),
            ]
            found.threads[codec] = compare_threads(copies, repeats=sizes.few, after_each=step)

    def cache() -> None:
        with _Scratch(folder / "cached") as place:
            path = write_codecs(place, seconds=sizes.cached_seconds, codecs=["FLAC"])["FLAC"]
            lengths = (1.0, sizes.cached_seconds)
            found.cache = compare_cache_hits(path, lengths=lengths, repeats=sizes.repeats, after_each=step)

    def many() -> None:
        with _Scratch(folder / "clips") as place:
            clips = write_clips(place, count=sizes.clips, formats=("FLAC", "WAV", "MP3"))
            found.many = compare_many(clips, repeats=sizes.few, after_each=step)

    def blocks() -> None:
        for write, name in ((write_hours_of_wav, "hours.wav"), (write_hours_of_mp3, "hours.mp3")):
            path = write(folder / name, hours=sizes.hours)
            step()
            found.blocks.append(blocks_memory(path))
            step()
            path.unlink()

    chosen = set(only)
    for section in (imports, first, decode, native, floor, lengths, spans, threads, cache, many, blocks):
        if section.__name__ in chosen:
            begin(section.__name__)
            section()
    return found


class _Scratch:
    """A folder that is there for a while."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Path:
        self.folder.mkdir(parents=True)
        return self.folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
