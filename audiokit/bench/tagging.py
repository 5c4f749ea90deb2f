"""Tagging beside what it is made of: voice detection beside Silero's own, many files beside one by one, and the rest.

Everything is made here, from a seed; where a figure needs speech, espeak-ng speaks it. Times are of warm networks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.equality import RowState
from audiokit.bench.memory import peak_memory
from audiokit.bench.sounds import ensemble
from audiokit.bench.timing import Timing, interleave
from audiokit.errors import AudiokitError, Unavailable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LARGE_EMOTION",
    "MANY",
    "NO_SPEECH",
    "PEAK",
    "TAG",
    "VAD",
    "TaggingRow",
    "measure_large_emotion",
    "measure_many",
    "measure_no_speech",
    "measure_peak",
    "measure_tag",
    "measure_vad",
    "tagging_to_dataframe",
    "talk",
]

VAD, TAG, NO_SPEECH = "voice detection, 60 s", "tag, 30 s, embedded experts", "no speech: tag without a genre"
MANY, PEAK = "tag_many of clips", "peak memory, a fresh process that tags 30 s"
LARGE_EMOTION = "mood of one window of 3 s by an int8 network as large as XLSR (random weights)"

_RATE = 16_000
_TEXT = (
    "Good morning and welcome. This is a sentence that goes on for a while, so that there is something to hear. "
    "After it comes another one, and then a third. That is all there is to say about it today."
)


@dataclass(frozen=True, slots=True)
class TaggingRow:
    """One figure.

    Parameters
    ----------
    name : str
        What was measured.
    state : RowState
        ``ok``, or why there is no figure.
    reason : str
        In words, or what else was found.
    timing : Timing or None
        Of one run.
    ratio : float or None
        Of its time to that of what it is beside.
    beside : str
        What that is.
    peak_bytes : int or None
        Of resident memory.
    """

    name: str
    state: RowState
    reason: str = ""
    timing: Timing | None = None
    ratio: float | None = None
    beside: str = ""
    peak_bytes: int | None = None

    @property
    def p95_seconds(self) -> float | None:
        """The time that one run in twenty exceeds; the slowest where there are fewer."""
        return None if self.timing is None else float(np.quantile(self.timing.seconds, 0.95, method="higher"))


def talk(seconds: float, *, sample_rate: int = _RATE) -> Audio:
    """Make speech of a length: espeak-ng's, again and again.

    Raises
    ------
    LibraryUnavailable
        If espeak-ng is not installed.
    """
    from audiokit.dsp import resample
    from audiokit.speech.espeak import speak

    said = speak(_TEXT, voice="en-us", words_per_minute=150)
    one = resample(said.samples[0], said.sample_rate, sample_rate)
    count = round(seconds * sample_rate)
    return Audio(np.resize(one, count).astype(np.float32), sample_rate, name=f"talk, {seconds:g} s")


def _guarded(name: str, measure: Callable[[], TaggingRow]) -> TaggingRow:
    try:
        return measure()
    except Unavailable as error:
        return TaggingRow(name, RowState.UNAVAILABLE, str(error))
    except ImportError as error:
        return TaggingRow(name, RowState.UNAVAILABLE, f"{error.name} is not installed")
    except (AudiokitError, RuntimeError, MemoryError) as error:
        return TaggingRow(name, RowState.FAILED, f"{type(error).__name__}: {error}")


def measure_vad(*, seconds: float = 60.0, repeats: int = 9, after_each: Callable[[], object] = int) -> TaggingRow:
    """Detect speech beside Silero's own fastest path, which is to find the same segments."""

    def measure() -> TaggingRow:
        import torch
        from silero_vad import load_silero_vad
        from silero_vad.sequence_vad import get_speech_timestamps_sequence

        from audiokit.activity.vad import detect_speech

        sound = talk(seconds)
        threads = torch.get_num_threads()  # its import sets them to one for the whole process
        network = load_silero_vad(onnx=True, sequence=True)
        torch.set_num_threads(threads)
        samples = torch.from_numpy(sound.samples[0].copy())

        def its() -> list[tuple[int, int]]:
            found = get_speech_timestamps_sequence(samples, network, sampling_rate=_RATE)
            return [(span["start"], span["end"]) for span in found]

        ours = [(round(s.start_seconds * _RATE), round(s.end_seconds * _RATE)) for s in detect_speech(sound).segments]
        if ours != its():
            return TaggingRow(VAD, RowState.DIFFERENT, f"{len(ours)} segments, and Silero's own are others")
        timed = interleave(
            {"audiokit": lambda: detect_speech(sound), "silero": its}, repeats=repeats, after_each=after_each
        )
        ratio = timed["audiokit"].times_of(timed["silero"])
        return TaggingRow(VAD, RowState.OK, f"{len(ours)} equal segments", timed["audiokit"], ratio, "Silero's own")

    return _guarded(VAD, measure)


def measure_tag(*, seconds: float = 30.0, repeats: int = 21, after_each: Callable[[], object] = int) -> TaggingRow:
    """Tag a file of speech and music, warm."""

    def measure() -> TaggingRow:
        import tempfile

        from audiokit.tagging import tag

        half = seconds / 2
        sound = np.concatenate([talk(half, sample_rate=44_100).samples[0], ensemble(half).samples.mean(axis=0)])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.flac"
            path.write_bytes(Audio(np.stack([sound, sound]), 44_100).encode("FLAC"))

            def run() -> Any:
                return tag(path, emotion="emotion_emodb")

            found = run()
            timed = interleave({TAG: run}, repeats=repeats, warmups=2, after_each=after_each)
        said = ", ".join(f"{branch} {state}" for branch, state in found.states.items())
        return _with_states(TaggingRow(TAG, RowState.OK, said, timed[TAG]), found)

    return _guarded(TAG, measure)


def _with_states(row: TaggingRow, found: Any) -> TaggingRow:
    """A figure of a tagging in which something failed is none; a genre may be unavailable."""
    for branch in ("voice", "mood"):
        if found.states[branch] in ("failed", "unavailable"):
            state = RowState.UNAVAILABLE if found.states[branch] == "unavailable" else RowState.FAILED
            return TaggingRow(row.name, state, f"{branch}: {found.errors[branch]}")
    return row


def measure_no_speech(*, seconds: float = 30.0, repeats: int = 9, after_each: Callable[[], object] = int) -> TaggingRow:
    """Tag a sound in which nobody speaks, beside voice detection and content gate alone."""

    def measure() -> TaggingRow:
        from audiokit.activity.content import classify_content
        from audiokit.activity.vad import detect_speech
        from audiokit.tagging import tag

        mono = ensemble(seconds, sample_rate=_RATE).mono()

        def gates() -> None:
            classify_content(mono, vad=detect_speech(mono))

        found = tag(mono, genre=None)
        if found.voice_detected:
            return TaggingRow(NO_SPEECH, RowState.FAILED, "speech was found in music made by code")
        timed = interleave(
            {"tag": lambda: tag(mono, genre=None), "gates": gates}, repeats=repeats, warmups=2, after_each=after_each
        )
        ratio = timed["tag"].times_of(timed["gates"])
        row = TaggingRow(NO_SPEECH, RowState.OK, "", timed["tag"], ratio, "voice detection and content gate")
        return _with_states(row, found)

    return _guarded(NO_SPEECH, measure)


def measure_many(
    folder: Path, *, clips: int = 100, seconds: float = 5.0, repeats: int = 3, after_each: Callable[[], object] = int
) -> TaggingRow:
    """Tag many clips together and one by one, with the same results."""

    def measure() -> TaggingRow:
        from audiokit.tagging import tag, tag_many

        paths = list(_clips(folder, clips, seconds))
        options: dict[str, Any] = {"emotion": "emotion_emodb", "genre": None}

        def together() -> list[Any]:
            return list(tag_many(paths, **options))

        def alone() -> list[Any]:
            return [tag(path, **options) for path in paths]

        many, single = together(), alone()
        if [_facts(one) for one in many] != [_facts(one) for one in single]:
            return TaggingRow(MANY, RowState.DIFFERENT, "one by one something else is found")
        timed = interleave({"many": together, "alone": alone}, repeats=repeats, warmups=0, after_each=after_each)
        ratio = timed["alone"].times_of(timed["many"])
        said = f"{clips} clips of {seconds:g} s; one by one takes {ratio:.2f} times as long"
        return _with_states(TaggingRow(MANY, RowState.OK, said, timed["many"], ratio, "one by one over this"), many[0])

    return _guarded(MANY, measure)


def _facts(result: Any) -> dict[str, Any]:
    found = dict(result.to_dict()["audio_analysis"])
    del found["processing_time_ms"]
    return found


def _clips(folder: Path, count: int, seconds: float) -> Iterator[Path]:
    """Write clips of speech and of music, in turns."""
    folder.mkdir(parents=True, exist_ok=True)
    speech, music = talk(seconds * 4, sample_rate=22_050), ensemble(seconds * 4, sample_rate=22_050)
    generator = np.random.default_rng(0)
    for index in range(count):
        start = float(generator.uniform(0.0, 3 * seconds))
        path = folder / f"clip{index:03}.flac"
        path.write_bytes((music if index % 2 else speech).between(start, start + seconds).encode("FLAC"))
        yield path


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

    return _guarded(PEAK, measure)


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
        return _with_states(TaggingRow(LARGE_EMOTION, RowState.OK, said, timed["window"]), found)

    return _guarded(LARGE_EMOTION, measure)


def tagging_to_dataframe(rows: Sequence[TaggingRow]) -> pd.DataFrame:
    """One row for each figure; times in milliseconds, memory in millions of bytes."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "name": row.name,
                "state": str(row.state),
                "median_ms": None if row.timing is None else 1000 * row.timing.median_seconds,
                "p95_ms": None if row.p95_seconds is None else 1000 * row.p95_seconds,
                "ratio": row.ratio,
                "beside": row.beside,
                "peak_mb": None if row.peak_bytes is None else row.peak_bytes / 1e6,
                "reason": row.reason,
            }
            for row in rows
        ]
    )
