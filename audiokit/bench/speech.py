"""Speech to text beside what it is made of: bare PocketSphinx, events of a stream, and sounds that hold no words.

What is transcribed is recorded where ``AUDIOKIT_CORPUS`` names recordings with their text, else spoken by espeak-ng.
"""

from __future__ import annotations

import contextlib
import csv
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from audiokit.audio import Audio
from audiokit.bench.equality import RowState
from audiokit.bench.sounds import ensemble
from audiokit.bench.speech_rows import SpeechRow, guarded, talk_with_pauses
from audiokit.bench.tagging import talk

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore
    from audiokit.speech.stream_event import StreamEvent

__all__ = [
    "SPHINX_ERRORS",
    "SPHINX_TIME",
    "STREAM",
    "WORDLESS",
    "measure_sphinx",
    "measure_stream",
    "measure_wordless",
    "recordings",
]

SPHINX_ERRORS = "pocketsphinx: word error rate, transcribed English recordings"
SPHINX_TIME = "pocketsphinx: processor time over real time"
WORDLESS = "30 s of silence, noise, music or song: words"
STREAM = "voice events of a stream, after the chunk that decides: p95"

_RATE = 16_000
_TRANSCRIBED = re.compile(r"speech/(jfk\.|cards/|ljspeech/.*wav$)")
_QUICK_FILES = 6


def recordings(corpus: str | None = None) -> list[tuple[str, Audio]]:
    """Read the English recordings whose text is known: what was said, and the sound.

    Parameters
    ----------
    corpus : str, optional
        A folder with ``MANIFEST.csv``; by default ``AUDIOKIT_CORPUS``. Empty where there is none.
    """
    folder = Path(corpus or os.environ.get("AUDIOKIT_CORPUS", ""))
    if not str(corpus or os.environ.get("AUDIOKIT_CORPUS", "")) or not (folder / "MANIFEST.csv").is_file():
        return []
    from audiokit.decode import read

    found = []
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            said = re.match(r"transcript: (.*?)( ; .*)?$", row["ground_truth"])
            if said and _TRANSCRIBED.match(row["path"]):
                found.append((said[1], read(folder / row["path"])))
    return found


def measure_sphinx(*, quick: bool = False, after_each: Callable[[], object] = int) -> list[SpeechRow]:
    """Transcribe recordings by PocketSphinx, beside a bare decoder that is given the same stretches.

    Parameters
    ----------
    quick : bool
        Whether the first six recordings must do.
    """

    def measure() -> list[SpeechRow]:
        from audiokit.models.store import ModelStore
        from audiokit.speech import transcribe, word_errors

        known = recordings()
        sounds = known or [("", talk(10.0))]
        sounds = sounds[:_QUICK_FILES] if quick else sounds
        with contextlib.closing(ModelStore(devices=["cpu"])) as store:
            transcribe(talk(2.0), "pocketsphinx", store=store)  # everything is loaded
            bare_decoder = _Bare()
            ours = bare = clock = 0.0
            errors = words = 0
            for said, sound in sounds:
                seconds, begun = time.process_time(), time.perf_counter()
                found = transcribe(sound, "pocketsphinx", store=store)
                ours, clock = ours + time.process_time() - seconds, clock + time.perf_counter() - begun
                heard = bare_decoder.hears(sound)
                seconds = time.process_time()
                plain = bare_decoder.words(heard)
                bare += time.process_time() - seconds
                if plain != [word.text for word in found.words]:
                    reason = "a bare decoder writes other words about the same stretches"
                    return [SpeechRow(name, RowState.DIFFERENT, reason) for name in (SPHINX_ERRORS, SPHINX_TIME)]
                if said:
                    counts = word_errors(said, found.text)
                    errors += counts.substitutions + counts.deletions + counts.insertions
                    words += counts.reference_words
                after_each()
        total = sum(sound.duration_seconds for _, sound in sounds)
        what = f"{len(sounds)} recordings" if known else "espeak-ng's voice"
        told = (
            f"{what}, {total:.0f} s; {ours / bare:.2f} times a bare decoder, same words; {clock / total:.2f} by clock"
        )
        timed = SpeechRow(SPHINX_TIME, RowState.OK, told, ours / total, "times")
        if not known:
            absent = "AUDIOKIT_CORPUS names no recordings with their text"
            return [SpeechRow(SPHINX_ERRORS, RowState.UNAVAILABLE, absent), timed]
        said = f"{errors} of {words} words"
        return [SpeechRow(SPHINX_ERRORS, RowState.OK, said, 100 * errors / words, "%"), timed]

    return guarded((SPHINX_ERRORS, SPHINX_TIME), measure)


class _Bare:
    """pocketsphinx by hand, on the stretches that audiokit gives to it."""

    def __init__(self) -> None:
        import pocketsphinx

        from audiokit.models.places import find
        from audiokit.speech.sphinx import decoder_files

        files = decoder_files(find("pocketsphinx").path)
        self._decoder = pocketsphinx.Decoder(**files, samprate=_RATE, loglevel="FATAL")

    @staticmethod
    def hears(sound: Audio) -> list[bytes]:
        """PCM of each stretch."""
        from audiokit.speech.chunks import stretches_of
        from audiokit.speech.hearing import hear
        from audiokit.speech.options import Options
        from audiokit.speech.sphinx import LONGEST_SECONDS, PAD_SECONDS, pcm_of

        heard, _ = hear(sound, Options(), None, writes_anything=True)
        spans = stretches_of(heard, longest_seconds=LONGEST_SECONDS, pad_seconds=PAD_SECONDS)
        return [pcm_of(heard.between(*span)) for span in spans]

    def words(self, stretches: Sequence[bytes]) -> list[str]:
        """What the decoder writes, without its marks for silence and for second pronunciations."""
        self._decoder.reinit_feat()
        said: list[str] = []
        for pcm in stretches:
            self._decoder.start_utt()
            self._decoder.process_raw(pcm, full_utt=True)
            self._decoder.end_utt()
            if self._decoder.hyp() is not None:
                said += [entry.word.split("(")[0] for entry in self._decoder.seg() if entry.word[0] not in "<[+"]
        return said


def measure_wordless(*, whisper: Path | None = None, after_each: Callable[[], object] = int) -> list[SpeechRow]:
    """Count the words that are written about sounds in which nothing is said.

    Parameters
    ----------
    whisper : Path, optional
        A Whisper to ask beside PocketSphinx; its weights may be random.
    """

    def measure() -> list[SpeechRow]:
        from audiokit.models.store import ModelStore
        from audiokit.speech import transcribe

        seconds = 30.0
        noise = 0.05 * np.random.default_rng(0).standard_normal(round(seconds * _RATE))
        sounds = {
            "silence": Audio(np.zeros(round(seconds * _RATE), np.float32), _RATE),
            "noise": Audio(noise.astype(np.float32), _RATE),
            "music": ensemble(seconds, sample_rate=_RATE),
            "song": _song(seconds),
        }
        told: list[str] = []
        count = 0
        with contextlib.closing(ModelStore(devices=["cpu"])) as store:
            for engine in ("pocketsphinx", whisper):
                for name, sound in sounds.items():
                    if engine is None or (engine is whisper and name == "song"):  # Whisper is asked about songs
                        continue
                    found = transcribe(sound, engine, store=store, max_new_tokens=16 if engine is whisper else None)
                    written = len(found.text.split())
                    count += written
                    if written:
                        told.append(f"{found.engine} writes {written} about {name}")
                    after_each()
        asked = "pocketsphinx" + (", a Whisper of random weights" if whisper is not None else "")
        return [SpeechRow(WORDLESS, RowState.OK, "; ".join(told) or asked, float(count), "words")]

    return guarded((WORDLESS,), measure)


def _song(seconds: float) -> Audio:
    """The voice of espeak-ng, made to sing: voice detection takes it for speech."""
    from audiokit.experts.singing import sing
    from audiokit.experts.tonality import Tonality
    from audiokit.experts.vocoder import analyse

    major = Tonality(3, (0, 2, 4, 5, 7, 9, 11))
    return Audio(sing(analyse(talk(10.0).samples[0]), seconds, major, np.random.default_rng(0), style="pop"), _RATE)


def measure_stream(
    *, stretches: int = 6, rounds: int = 3, store: ModelStore | None = None, after_each: Callable[[], object] = int
) -> list[SpeechRow]:
    """Push a talk in chunks of 32 ms; the events must be where voice detection of the whole puts them."""

    def measure() -> list[SpeechRow]:
        from audiokit.activity.vad import detect_speech
        from audiokit.speech import StreamingTranscriber

        sound = talk_with_pauses(stretches, stretch_seconds=2.5, pause_seconds=1.5)
        chunk = round(0.032 * _RATE)
        taken: list[float] = []
        for _ in range(rounds):
            events: list[StreamEvent] = []
            stream = StreamingTranscriber(
                _RATE, "pocketsphinx", partial_seconds=None, on_event=events.append, store=store
            )
            for first in range(0, sound.frames, chunk):
                stream.push(sound.samples[:, first : first + chunk])
            stream.flush()
            taken += [event.taken_seconds for event in events if event.kind in ("speech_start", "speech_end")]
            after_each()
        whole = detect_speech(sound, max_speech_seconds=28.0, min_silence_ms=400)
        starts = [event.seconds for event in events if event.kind == "speech_start"]
        if not np.allclose(starts, [segment.start_seconds for segment in whole.segments], atol=1e-6):
            return [SpeechRow(STREAM, RowState.DIFFERENT, "the whole has other segments than the stream")]
        p95 = 1000 * float(np.quantile(taken, 0.95, method="higher"))
        told = f"{len(taken)} events, the slowest {1000 * max(taken):.1f} ms; the words follow after decoding"
        return [SpeechRow(STREAM, RowState.OK, told, p95, "ms")]

    return guarded((STREAM,), measure)
