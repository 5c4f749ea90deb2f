"""The section of ``python -m audiokit.bench`` that is about speech to text."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.bench.speech import measure_sphinx, measure_stream, measure_wordless
from audiokit.bench.speech_bars import speech_bars
from audiokit.bench.speech_rows import SpeechRow, guarded, speech_to_dataframe
from audiokit.bench.tagging_section import TaggingResults

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.bench.bars import Bar
    from audiokit.bench.sizes import Sizes

__all__ = ["SpeechResults", "SpeechSection"]


@dataclass(slots=True)
class SpeechResults(TaggingResults):
    """What was measured of speech to text, on top of tagging; empty if the section did not run."""

    speech: list[SpeechRow] = field(default_factory=list)

    def speech_bars(self) -> list[Bar]:
        """Judge what was measured, and nothing else."""
        return speech_bars(self.speech)

    def speech_tables(self) -> dict[str, Callable[[], pd.DataFrame]]:
        """Return what makes the table of the section."""
        return {"speech": lambda: speech_to_dataframe(self.speech)}


class SpeechSection:
    """The section, a method of its name."""

    folder: Path
    sizes: Sizes
    step: Callable[[], object]
    found: SpeechResults

    def speech(self) -> None:
        """Whisper beside faster-whisper, repairs, PocketSphinx beside itself, sounds without words, a stream."""
        step, quick = self.step, self.sizes.quick_speech
        place = self.folder / "random_whisper"
        try:
            self.found.speech = [
                *self._whisper(place),
                *measure_sphinx(quick=quick, after_each=step),
                *measure_stream(stretches=3 if quick else 6, rounds=1 if quick else 2, after_each=step),
            ]
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _whisper(self, place: Path) -> list[SpeechRow]:
        from audiokit.bench import speech_whisper as whisper

        sizes, step, quick = self.sizes, self.step, self.sizes.quick_speech

        def measure() -> list[SpeechRow]:
            with whisper.whisper_of_base_size(place, small=quick) as (model, store):
                return [
                    *whisper.measure_overhead(model, store, repeats=sizes.repeats, after_each=step),
                    *whisper.measure_repair(model, store, rounds=max(1, sizes.few - 1), after_each=step),
                    *measure_wordless(whisper=model, after_each=step),
                ]

        names = (whisper.IN_ONE_GO, whisper.BATCHES, *whisper.REPAIRS.values())
        found = guarded(names, measure)
        return found if len(found) > len(names) else [*found, *measure_wordless(after_each=step)]
