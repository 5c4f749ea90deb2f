"""Everything that ``python -m audiokit.bench`` measures, section by section."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.bench import bars as judged
from audiokit.bench.caching import CacheComparison, compare_cache_hits
from audiokit.bench.decoders import DecodeComparison, compare_decoders
from audiokit.bench.files import write_codecs, write_hours_of_mp3, write_hours_of_wav
from audiokit.bench.floor import FloorRow, compare_with_floor, floors_to_dataframe
from audiokit.bench.fresh import FreshTimes, first_arrays
from audiokit.bench.imports import ImportTimes, import_times
from audiokit.bench.lipsync import LipsyncComparison, compare_lipsync_mel, lipsync_bars
from audiokit.bench.lipsync_avatar import AvatarComparison, avatar_bars, compare_avatar
from audiokit.bench.many import ManyComparison, compare_many
from audiokit.bench.memory import MemoryRow, blocks_memory, memory_to_dataframe
from audiokit.bench.sizes import POOLED_CODECS, QUICK, SECTIONS, Sizes, planned_runs, rounds
from audiokit.bench.sounds import write_clips
from audiokit.bench.spans import SpanComparison, compare_spans, spans_to_dataframe
from audiokit.bench.speaking import SpeakingRow, compare_speaking, speaking_bars, speaking_to_dataframe
from audiokit.bench.speech_section import SpeechResults, SpeechSection
from audiokit.bench.tagging_section import TaggingSection
from audiokit.bench.threads import ThreadComparison, compare_threads
from audiokit.bench.training_sections import TrainingSections

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.bars import Bar

__all__ = ["QUICK", "SECTIONS", "Results", "Sizes", "planned_runs", "run"]

_FILES_IN_A_POOL = 4


@dataclass(slots=True)
class Results(SpeechResults):
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
    lipsync: LipsyncComparison | None = None
    avatar: AvatarComparison | None = None
    speaking: list[SpeakingRow] = field(default_factory=list)

    def bars(self) -> list[Bar]:
        """Judge what was measured, and nothing else."""
        found: list[Bar] = []
        if self.imports:
            found += judged.import_bars(self.imports)
        if self.first:
            found += judged.first_array_bars(self.first)
        found += judged.decode_bars(self.decode)
        found += judged.span_bars(self.spans)
        if self.cache:
            found += judged.cache_bars(self.cache)
        if self.many:
            found += judged.many_bars(self.many)
        found += judged.memory_bars(self.blocks) + self.training_bars() + self.tagging_bars() + self.speech_bars()
        found += lipsync_bars(self.lipsync) if self.lipsync else []
        found += avatar_bars(self.avatar) if self.avatar else []
        return found + speaking_bars(self.speaking)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return a table for each section that ran, in the order of `SECTIONS`."""
        by_length = {seconds: _stacked("codec", found) for seconds, found in self.lengths.items()}
        makers: dict[str, Callable[[], pd.DataFrame]] = {
            "decode": lambda: _stacked("codec", self.decode),
            "native": lambda: _stacked("codec", self.native),
            "floor": lambda: floors_to_dataframe(self.floor),
            "lengths": lambda: _joined("sound_seconds", by_length),
            "spans": lambda: spans_to_dataframe(self.spans),
            "threads": lambda: _stacked("codec", self.threads),
            "blocks": lambda: memory_to_dataframe(self.blocks),
            "speaking": lambda: speaking_to_dataframe(self.speaking),
            **self.training_tables(),
            **self.tagging_tables(),
            **self.speech_tables(),
        }
        tables = {}
        for section in SECTIONS:
            measured = getattr(self, section)
            if measured:
                make = makers.get(section) or measured.to_dataframe
                tables[section] = make()
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
    suite = _Suite(Path(folder), sizes, step)
    chosen = set(only)
    for section in SECTIONS:
        if section in chosen:
            begin(section)
            getattr(suite, section)()
    return suite.found


class _Suite(TrainingSections, TaggingSection, SpeechSection):
    """The sections, each a method of its name."""

    def __init__(self, folder: Path, sizes: Sizes, step: Callable[[], object]) -> None:
        self.folder, self.sizes, self.step = folder, sizes, step
        self.found: Results = Results()
        self._files: dict[str, Path] = {}

    def _usual(self) -> dict[str, Path]:
        if not self._files:
            self._files = write_codecs(self.folder, seconds=self.sizes.seconds, after_each=self.step)
        return self._files

    def _compared(self, paths: Mapping[str, Path], repeats: int, **options: Any) -> dict[str, DecodeComparison]:
        return {
            codec: compare_decoders(path, repeats=repeats, after_each=self.step, **options)
            for codec, path in paths.items()
        }

    def imports(self) -> None:
        self.found.imports = import_times(repeats=self.sizes.repeats, after_each=self.step)

    def first(self) -> None:
        self.found.first = first_arrays(self._usual()["FLAC"], repeats=self.sizes.few, after_each=self.step)

    def decode(self) -> None:
        self.found.decode = self._compared(self._usual(), self.sizes.repeats)

    def native(self) -> None:
        self.found.native = self._compared(self._usual(), self.sizes.repeats, sample_rate=None)

    def floor(self) -> None:
        for codec, path in self._usual().items():
            row = compare_with_floor(path, codec, repeats=self.sizes.repeats, after_each=self.step)
            self.found.floor.append(row)

    def lengths(self) -> None:
        for seconds in self.sizes.lengths:
            with _scratch(self.folder / f"{seconds:g}s") as place:
                paths = write_codecs(place, seconds=seconds, after_each=self.step)
                self.found.lengths[seconds] = self._compared(paths, rounds(self.sizes, seconds))

    def spans(self) -> None:
        with _scratch(self.folder / "long") as place:
            paths = write_codecs(place, seconds=self.sizes.long_seconds, after_each=self.step)
            for codec, path in paths.items():
                row = compare_spans(path, codec, repeats=self.sizes.few, after_each=self.step)
                self.found.spans.append(row)

    def threads(self) -> None:
        for codec in POOLED_CODECS:
            path = self._usual()[codec]
            names = [self.folder / f"copy{number}_{path.name}" for number in range(1, _FILES_IN_A_POOL)]
            copies = [path, *(Path(shutil.copy(path, name)) for name in names)]
            self.found.threads[codec] = compare_threads(copies, repeats=self.sizes.few, after_each=self.step)

    def cache(self) -> None:
        longest = self.sizes.cached_seconds
        with _scratch(self.folder / "cached") as place:
            path = write_codecs(place, seconds=longest, codecs=["FLAC"])["FLAC"]
            self.found.cache = compare_cache_hits(
                path, lengths=(1.0, longest), repeats=self.sizes.repeats, after_each=self.step
            )

    def many(self) -> None:
        with _scratch(self.folder / "clips") as place:
            clips = write_clips(place, count=self.sizes.clips, formats=("FLAC", "WAV", "MP3"))
            self.found.many = compare_many(clips, repeats=self.sizes.few, after_each=self.step)

    def blocks(self) -> None:
        for write, name in ((write_hours_of_wav, "hours.wav"), (write_hours_of_mp3, "hours.mp3")):
            path = write(self.folder / name, hours=self.sizes.hours)
            self.step()
            self.found.blocks.append(blocks_memory(path))
            self.step()
            path.unlink()

    def lipsync(self) -> None:
        self.found.lipsync = compare_lipsync_mel(repeats=self.sizes.repeats, after_each=self.step)

    def avatar(self) -> None:
        with _scratch(self.folder / "films") as place:
            self.found.avatar = compare_avatar(place, repeats=self.sizes.few, after_each=self.step)

    def speaking(self) -> None:
        self.found.speaking = compare_speaking(repeats=self.sizes.repeats, after_each=self.step)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Make a folder that is there for a while: the files of a section are too big to be kept."""
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
