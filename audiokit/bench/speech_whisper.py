"""Whisper beside bare faster-whisper with the same settings, and what it costs to decode doubtful chunks again.

Weights are random, of the size of Whisper base, and made to write as many words as they may: what is measured does not
depend on what they mean.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from audiokit.bench.equality import RowState
from audiokit.bench.speech_rows import SpeechRow, guarded, talk_with_pauses
from audiokit.bench.tagging import talk
from audiokit.bench.timing import Timing, interleave
from audiokit.speech.whisper_decoding import Decoded, Decoder

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.models.store import ModelStore
    from audiokit.speech.engine import Heard

__all__ = ["BATCHES", "IN_ONE_GO", "REPAIRS", "measure_overhead", "measure_repair", "whisper_of_base_size"]

IN_ONE_GO = "Whisper in one go: audiokit's own time for 30 s of sound"
BATCHES = "Whisper in batches: audiokit's own time for 30 s of sound"
REPAIRS = {
    0.05: "5 % of the chunks decoded again: speed of pure batches",
    0.2: "20 % of the chunks decoded again: same",
}

_RATE = 16_000
_TOKENS = 64  # of which CTranslate2's Whisper writes half
_BATCH = 4
_SETTINGS: dict[str, Any] = {"language": "en", "beam_size": 1, "max_new_tokens": _TOKENS}
_NO_LIMIT: dict[str, Any] = {"log_probability_threshold": -math.inf, "compression_ratio_threshold": math.inf}


@dataclass
class _Clock:
    """Seconds inside the library's own calls, a value for each call."""

    seconds: list[float] = field(default_factory=list)

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Time a ``transcribe`` of faster-whisper: the call, and the segments that it makes while they are taken."""

        def timed(*arguments: Any, **options: Any) -> tuple[Any, Any]:
            begun = time.perf_counter()
            segments, info = call(*arguments, **options)
            self.seconds.append(time.perf_counter() - begun)
            return self._taken(segments), info

        return timed

    def _taken(self, segments: Any) -> Iterator[Any]:
        iterator = iter(segments)
        while True:
            begun = time.perf_counter()
            segment = next(iterator, None)
            self.seconds[-1] += time.perf_counter() - begun
            if segment is None:
                return
            yield segment


def measure_overhead(
    place: Path, store: ModelStore, *, repeats: int = 5, after_each: Callable[[], object] = int
) -> list[SpeechRow]:
    """Time what `audiokit.transcribe` adds to the library's own calls, whose arguments and words are the same.

    Parameters
    ----------
    place : Path
        A Whisper in CTranslate2's form that is in no need of repairs.
    store : ModelStore
        Where it is kept.
    repeats : int
        Rounds, of which the median counts.
    """

    def measure() -> list[SpeechRow]:
        from audiokit.speech.whisper_model import leased_whisper

        with leased_whisper(place, compute_type="auto", device="cpu", store=store) as model:
            return [
                _in_one_go(model, place, store, repeats, after_each),
                _in_batches(model, place, store, repeats, after_each),
            ]

    return guarded((IN_ONE_GO, BATCHES), measure)


def _in_one_go(model: Any, place: Path, store: ModelStore, repeats: int, after_each: Callable[[], object]) -> SpeechRow:
    from audiokit.speech import transcribe

    sound = talk(30.0)
    clock = _Clock()

    def ours() -> list[str]:
        with mock.patch.object(model, "transcribe", clock.around(model.transcribe)):
            options = {**_SETTINGS, **_NO_LIMIT, "vad": False, "temperatures": (0.0,), "store": store, "device": "cpu"}
            return [passage.text for passage in transcribe(sound, place, **options).passages]

    def bare() -> list[str]:
        segments, _ = model.transcribe(
            sound.samples[0], **_SETTINGS, temperature=[0.0], condition_on_previous_text=False,
            log_prob_threshold=-math.inf, compression_ratio_threshold=math.inf,
        )  # fmt: skip
        return [" ".join(segment.text.split()) for segment in segments]

    return _compared(IN_ONE_GO, ours, bare, clock, 30.0, repeats, after_each)


def _in_batches(
    model: Any, place: Path, store: ModelStore, repeats: int, after_each: Callable[[], object]
) -> SpeechRow:
    from faster_whisper import BatchedInferencePipeline

    from audiokit.activity.vad import detect_speech
    from audiokit.speech import transcribe

    sound = talk_with_pauses(_BATCH)
    speech = detect_speech(sound)
    clips = [{"start": start, "end": end} for start, end in _chunks(sound)]
    clock = _Clock()
    library = BatchedInferencePipeline.transcribe

    def ours() -> list[str]:
        def timed(pipeline: Any, *arguments: Any, **options: Any) -> tuple[Any, Any]:
            answer: tuple[Any, Any] = clock.around(library.__get__(pipeline))(*arguments, **options)
            return answer

        with mock.patch.object(BatchedInferencePipeline, "transcribe", timed):
            found = transcribe(
                sound, place, **_SETTINGS, **_NO_LIMIT, vad=True, speech=speech, repair=False, batch_size=_BATCH,
                store=store, device="cpu",
            )  # fmt: skip
        return [passage.text for passage in found.passages]

    def bare() -> list[str]:
        segments, _ = BatchedInferencePipeline(model).transcribe(
            sound.samples[0], **_SETTINGS, temperature=0.0, batch_size=_BATCH, without_timestamps=False,
            clip_timestamps=clips, vad_filter=False, log_prob_threshold=-math.inf, compression_ratio_threshold=math.inf,
        )  # fmt: skip
        return [" ".join(segment.text.split()) for segment in segments]

    return _compared(BATCHES, ours, bare, clock, sound.duration_seconds, max(1, repeats // 2), after_each)


def _compared(
    name: str, ours: Callable[[], list[str]], bare: Callable[[], list[str]], clock: _Clock, seconds: float,
    repeats: int, after_each: Callable[[], object],
) -> SpeechRow:  # fmt: skip
    if ours() != (texts := bare()):
        return SpeechRow(name, RowState.DIFFERENT, "bare faster-whisper writes something else")
    if not any(texts):
        return SpeechRow(name, RowState.FAILED, "nothing was written")
    clock.seconds.clear()
    timed = interleave({"audiokit": ours, "bare": bare}, repeats=repeats, warmups=0, after_each=after_each)
    each = 30.0 / seconds
    whole = timed["audiokit"].seconds
    own = Timing(name, tuple(each * (a - b) for a, b in zip(whole, clock.seconds, strict=True)))
    apart = np.median(np.subtract(whole, timed["bare"].seconds)) * each
    told = (
        f"same words; the library takes {1000 * each * timed['bare'].median_seconds:.0f} ms, and whole runs "
        f"are {1000 * apart:+.0f} ms apart by the clock"
    )
    return SpeechRow(name, RowState.OK, told, 1000 * own.median_seconds, "ms", timed["audiokit"])


class _Faulty(Decoder):
    """A decoder some of whose batched chunks fail a check, as those of a network that is unsure do."""

    faulty: frozenset[int] = frozenset()

    def batched(self, chunks: Sequence[tuple[float, float]]) -> list[Decoded]:
        """As the library does it; then some are marked as improbable."""
        return [
            replace(answer, passages=tuple(replace(p, log_probability=-100.0) for p in answer.passages))
            if index in self.faulty
            else answer
            for index, answer in enumerate(super().batched(chunks))
        ]


def measure_repair(
    place: Path, store: ModelStore, *, chunks: int = 20, rounds: int = 2, after_each: Callable[[], object] = int
) -> list[SpeechRow]:
    """Decode a talk of many chunks in batches, with none, 5 % and 20 % of them decoded again.

    Parameters
    ----------
    place : Path
        A Whisper in CTranslate2's form that is in no need of repairs.
    store : ModelStore
        Where it is kept.
    chunks : int
        Stretches of 12 s, with 4 s between them.
    rounds : int
        Of which the median counts.
    """
    return guarded(tuple(REPAIRS.values()), lambda: _repaired(place, store, chunks, rounds, after_each))


def _repaired(
    place: Path, store: ModelStore, chunks: int, rounds: int, after_each: Callable[[], object]
) -> list[SpeechRow]:
    from audiokit.speech.coverage import ledger
    from audiokit.speech.options import Options
    from audiokit.speech.whisper import by_chunks
    from audiokit.speech.whisper_model import leased_whisper

    heard = _heard(talk_with_pauses(chunks))
    options = Options(**{**_SETTINGS, "compression_ratio_threshold": math.inf, "log_probability_threshold": -50.0})
    spans = heard.speech_spans()
    with leased_whisper(place, compute_type="auto", device="cpu", store=store) as model:

        def run(share: float) -> Callable[[], Any]:
            wrong = frozenset(np.linspace(0, chunks - 1, round(share * chunks), dtype=int).tolist())

            def decode() -> Any:
                decoder = _Faulty(model, heard, options)
                decoder.faulty = wrong
                return by_chunks(decoder, heard, options)

            return decode

        plain, *others = (run(share)() for share in (0.0, *REPAIRS))
        timed = interleave(
            {"plain": run(0.0), **{name: run(share) for share, name in REPAIRS.items()}},
            repeats=rounds, warmups=0, after_each=after_each,
        )  # fmt: skip
    rows = []
    for (share, name), found in zip(REPAIRS.items(), others, strict=True):
        again = [p for p in found.passages if p.decoder == "sequential"]
        kept = {p.text for p in found.passages} - {p.text for p in again}
        coverage = ledger(spans, found.claims)
        uncovered = coverage.seconds() - coverage.seconds("transcribed")
        speed = timed["plain"].times_of(timed[name])
        told = f"{chunks} chunks, {len(again)} decoded again, at the first temperature; {uncovered:.1f} s uncovered"
        right = len(again) == round(share * chunks) and kept <= {p.text for p in plain.passages} and uncovered < 1e-6
        state = RowState.OK if right else RowState.DIFFERENT
        rows.append(SpeechRow(name, state, told, speed, "times", timed[name]))
    return rows


def _heard(sound: Audio) -> Heard:
    from audiokit.activity.vad import detect_speech
    from audiokit.speech.engine import Heard

    return Heard(sound.samples[0], sound.duration_seconds, detect_speech(sound).with_settings(), cut=True)


def _chunks(sound: Audio) -> list[tuple[float, float]]:
    from audiokit.speech.whisper import chunks_of

    return chunks_of(_heard(sound))


@contextlib.contextmanager
def whisper_of_base_size(folder: Path, *, small: bool = False) -> Iterator[tuple[Path, ModelStore]]:
    """Write random weights, and let go of what was loaded of them in the end.

    Parameters
    ----------
    folder : Path
        For 350 MB of files.
    small : bool
        Whether tiny ones must do: for a quick run.
    """
    from audiokit.bench.random_whisper import BASE, write_random_whisper
    from audiokit.models.store import ModelStore

    sizes: dict[str, Any] = {"words": 2000} if small else dict(BASE)
    store = ModelStore(devices=["cpu"])
    try:
        yield write_random_whisper(folder, **sizes, never_ends=True), store
    finally:
        store.close()
