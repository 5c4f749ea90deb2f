"""What tagging takes in memory, and what a mood network as large as wav2vec2 XLSR takes in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from audiokit.bench.equality import RowState
from audiokit.bench.memory import peak_memory
from audiokit.bench.tagging import talk
from audiokit.bench.tagging_rows import LARGE_EMOTION, PEAK, TaggingRow, guarded, with_states
from audiokit.bench.timing import interleave

__all__ = ["measure_large_emotion", "measure_peak"]

_RATE = 16_000
_TAG_ONCE = """
import audiokit
result = audiokit.tag({file!r}, genre=None, emotion="emotion_emodb")
print(result.states["mood"])
"""


def measure_peak(folder: Path, *, seconds: float = 30.0) -> TaggingRow:
    """Tag a file in a process of its own, and say how much memory that took."""

    def measure() -> TaggingRow:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "peak.flac"
        path.write_bytes(talk(seconds).encode("FLAC"))
        peak, printed = peak_memory(_TAG_ONCE.format(file=str(path)))
        return TaggingRow(PEAK, RowState.OK, f"mood {printed.strip().splitlines()[-1]}", peak_bytes=peak)

    return guarded(PEAK, measure)


def measure_large_emotion(
    folder: Path, *, layers: int = 24, repeats: int = 5, after_each: Callable[[], object] = int
) -> TaggingRow:
    """Tag with a mood expert of the size of wav2vec2 XLSR large, int8 on the CPU; its weights are random, and marked.

    Parameters
    ----------
    folder : Path
        For 1.3 GB of weights, and what is exported of them; deleted afterwards.
    layers : int
        Of the transformer; the large one has 24.
    """

    def measure() -> TaggingRow:
        import shutil

        from audiokit.bench.random_emotion import write_random_emotion
        from audiokit.models.export_cache import ExportCache
        from audiokit.models.store import ModelStore
        from audiokit.tagging import HubEmotion, tag

        store = ModelStore(devices=["cpu"])
        try:
            place = write_random_emotion(folder / "random_xlsr", layers=layers)
            exports = ExportCache([folder / "exports"])
            expert = HubEmotion(place, optimization="int8", threshold=0.0, store=store, exports=exports)
            sound = talk(30.0)
            window = sound.samples[0][: 3 * _RATE].copy()
            began = time.perf_counter()
            expert([window])
            first = time.perf_counter() - began
            runs = {"window": lambda: expert([window]), "tag": lambda: tag(sound, emotion=expert, genre=None)}
            found = tag(sound, emotion=expert, genre=None)
            timed = interleave(runs, repeats=repeats, after_each=after_each)
        finally:
            store.close()
            shutil.rmtree(folder, ignore_errors=True)
        whole = f"the whole tag of 30 s {1000 * timed['tag'].median_seconds:.0f} ms"
        said = "; ".join([f"{layers} layers", whole, f"made ready in {first:.0f} s", *expert.notes])
        return with_states(TaggingRow(LARGE_EMOTION, RowState.OK, said, timed["window"]), found)

    return guarded(LARGE_EMOTION, measure)
