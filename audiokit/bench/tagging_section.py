"""The section of ``python -m audiokit.bench`` that is about tagging."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.tagging import measure_many, measure_no_speech, measure_tag, measure_vad
from audiokit.bench.tagging_bars import tagging_bars
from audiokit.bench.tagging_heavy import measure_large_emotion, measure_peak
from audiokit.bench.tagging_rows import TaggingRow, tagging_to_dataframe
from audiokit.bench.training_sections import TrainingResults
from audiokit.bench.vad_accuracy import measure_vad_accuracy

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.bars import Bar
    from audiokit.bench.sizes import Sizes

__all__ = ["TaggingResults", "TaggingSection"]


@dataclass(slots=True)
class TaggingResults(TrainingResults):
    """What was measured of tagging, on top of training's input; empty if the section did not run."""

    tagging: list[TaggingRow] = field(default_factory=list)

    def tagging_bars(self) -> list[Bar]:
        """Judge what was measured, and nothing else."""
        return tagging_bars(self.tagging)

    def tagging_tables(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """Return what makes the table of the section."""
        return {"tagging": lambda: tagging_to_dataframe(self.tagging)}


class TaggingSection:
    """The section, a method of its name."""

    folder: Path
    sizes: Sizes
    step: Callable[[], object]
    found: TaggingResults

    def tagging(self) -> None:
        """Voice detection, a tag, a sound without speech, many clips, memory, and a large mood network."""
        sizes, step = self.sizes, self.step
        corpus = os.environ.get("AUDIOKIT_CORPUS")
        self.found.tagging = [
            measure_vad(repeats=sizes.repeats, after_each=step),
            measure_vad_accuracy(Path(corpus) if corpus else None),
            measure_tag(repeats=2 * sizes.repeats + 3, after_each=step),
            measure_no_speech(repeats=sizes.repeats, after_each=step),
            measure_many(self.folder / "tagged", clips=sizes.tagged, repeats=sizes.few, after_each=step),
            measure_peak(self.folder / "tagged"),
            measure_large_emotion(
                self.folder / "large_emotion", layers=sizes.emotion_layers, repeats=sizes.few + 2, after_each=step
            ),
        ]
