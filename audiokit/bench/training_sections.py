"""The sections of ``python -m audiokit.bench`` that are about training's input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.bench import loader_bars as judged
from audiokit.bench.bytes_read import ReadRow, measure_reading, reading_to_dataframe
from audiokit.bench.drive import open_loader
from audiokit.bench.loader import LoaderComparison, compare_loaders
from audiokit.bench.loader_augmented import compare_augmented_loaders
from audiokit.bench.overlap import OverlapComparison, compare_overlap
from audiokit.bench.training_files import TrainingFiles, write_training_files
from audiokit.bench.tuning import TunerRow, measure_tuner
from audiokit.training.augment import AddNoise, PitchShift, TimeStretch

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.bars import Bar
    from audiokit.bench.sizes import Sizes

__all__ = ["TrainingResults", "TrainingSections"]

_MFCC: dict[str, Any] = {"features": "mfcc", "n_mfcc": 40}


@dataclass(slots=True)
class TrainingResults:
    """What was measured of training's input; a section that did not run is None or empty."""

    loader: dict[str, LoaderComparison] = field(default_factory=dict)
    stretch: dict[str, LoaderComparison] = field(default_factory=dict)
    tuner: list[TunerRow] = field(default_factory=list)
    reading: list[ReadRow] = field(default_factory=list)
    overlap: OverlapComparison | None = None

    def training_bars(self) -> list[Bar]:
        """Judge what was measured, and nothing else."""
        found = judged.loader_bars(self.loader) + judged.stretch_bars(self.stretch)
        found += judged.tuner_bars(self.tuner) + judged.reading_bars(self.reading)
        return found + (judged.overlap_bars(self.overlap) if self.overlap else [])

    def training_tables(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """Return what makes the table of each section."""
        return {
            "loader": lambda: _by_kind(self.loader),
            "stretch": lambda: _by_kind(self.stretch),
            "tuner": lambda: _rows(self.tuner),
            "reading": lambda: reading_to_dataframe(self.reading),
        }


def _by_kind(found: dict[str, LoaderComparison]) -> pd.DataFrame:
    import pandas as pd

    tables = {kind: comparison.to_dataframe() for kind, comparison in found.items()}
    for kind, table in tables.items():
        table.insert(0, "kind", kind)
    return pd.concat(tables.values(), ignore_index=True)


def _rows(found: list[TunerRow]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([row.as_dict() for row in found])


class TrainingSections:
    """The sections, each a method of its name."""

    folder: Path
    sizes: Sizes
    step: Callable[[], object]
    found: TrainingResults

    def _training_files(self, kind: TrainingFiles) -> list[str]:
        """Write the files of a kind once; they are as good for one section as for another."""
        place = self.folder / "training" / str(kind).replace(" ", "")
        if place.is_dir():
            return sorted(map(str, place.iterdir()))
        return write_training_files(place, kind)

    def loader(self) -> None:
        """Race pipelines to MFCC."""
        for kind in self.sizes.training:
            files = self._training_files(kind)
            row = compare_loaders(files, kind, repeats=self.sizes.few, after_each=self.step)
            self.found.loader[str(kind)] = row

    def stretch(self) -> None:
        """Race pipelines that stretch and shift."""
        for kind in self.sizes.stretched:
            files = self._training_files(kind)
            row = compare_augmented_loaders(files, kind, repeats=self.sizes.few, after_each=self.step)
            self.found.stretch[str(kind)] = row

    def tuner(self) -> None:
        """Hold the tuner to the best fixed plan."""
        for kind in self.sizes.training:
            make = partial(open_loader, self._training_files(kind), batch_size=kind.batch_size, **_MFCC)
            self.found.tuner += measure_tuner(
                make, str(kind), seconds=self.sizes.steady_seconds, repeats=self.sizes.few, after_each=self.step
            )

    def reading(self) -> None:
        """Count what a second epoch reads."""
        for kind in self.sizes.cached:
            files = self._training_files(kind)
            whole = {"batch_size": kind.batch_size, "cache": "auto", "prefetch_next_epoch": False}
            make = partial(open_loader, files, **whole, **_MFCC)
            self.found.reading.append(measure_reading(make, files, str(kind)))
            self.step()

    def overlap(self) -> None:
        """Find what augmentation adds to a step."""
        kind = self.sizes.training[0]
        # An augmented clip is as long as any other: batches keep their shape.
        options = {"batch_size": kind.batch_size, "duration_seconds": kind.seconds, **_MFCC}
        self.found.overlap = compare_overlap(
            partial(open_loader, self._training_files(kind), **options),
            [TimeStretch(0.9, 1.1), PitchShift(-2, 2), AddNoise(20.0)],
            str(kind),
            seconds=self.sizes.steady_seconds,
            repeats=self.sizes.few,
            after_each=self.step,
        )
