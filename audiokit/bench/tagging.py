"""Tagging beside what it is made of: voice detection beside Silero's own, many files beside one by one, and the rest.

Everything is made here, from a seed; where a figure needs speech, espeak-ng speaks it. Times are of warm networks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.equality import RowState
from audiokit.bench.sounds import ensemble
from audiokit.bench.tagging_rows import MANY, NO_SPEECH, TAG, VAD, TaggingRow, guarded, with_states
from audiokit.bench.timing import interleave

__all__ = ["measure_many", "measure_no_speech", "measure_tag", "measure_vad", "talk"]

_RATE = 16_000
_TEXT = (
    "Good morning and welcome. This is a sentence that goes on for a while, so that there is something to hear. "
    "After it comes another one, and then a third. That is all there is to say about it today."
)


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

    return guarded(VAD, measure)


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
        return with_states(TaggingRow(TAG, RowState.OK, said, timed[TAG]), found)

    return guarded(TAG, measure)


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
        return with_states(row, found)

    return guarded(NO_SPEECH, measure)


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
        return with_states(TaggingRow(MANY, RowState.OK, said, timed["many"], ratio, "one by one over this"), many[0])

    return guarded(MANY, measure)


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
