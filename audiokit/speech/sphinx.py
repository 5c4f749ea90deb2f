"""Speech to text by PocketSphinx, whose English model travels inside its wheel. Draft quality, but always there."""

from __future__ import annotations

import importlib.metadata
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable
from audiokit.speech.chunks import stretches_of
from audiokit.speech.coverage import Covered, claims_by_words
from audiokit.speech.engine import SAMPLE_RATE, Written
from audiokit.speech.transcript import Word

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore
    from audiokit.speech.engine import Heard
    from audiokit.speech.options import Options

__all__ = ["LONGEST_SECONDS", "PAD_SECONDS", "SphinxEngine", "decoder_files", "pcm_of"]

_CURE = "`pip install pocketsphinx`."
_FRAMES_PER_SECOND = 100
# PocketSphinx estimates the noise from what precedes the first word: half a second of it costs little time and saves
# nearly one error in five on read speech against 0.2 s.
PAD_SECONDS = 0.5
LONGEST_SECONDS = 30.0
# Digital silence has no logarithm: unheard noise of two 16-bit steps (-84 dBFS) keeps the decoder from taking the edge
# of an absolute silence for a sound. On clean synthetic speech it saves three errors in ten; recordings do not change.
_DITHER = 2 / 32768
_DITHER_SEED = 0
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")  # <s>, <sil>, [NOISE], ++UH++
_VARIANT = re.compile(r"\(\d+\)$")  # "the(2)": the second pronunciation of "the"


class SphinxEngine:
    """PocketSphinx, stretch of speech by stretch of speech; without voice activity detection in pieces of 30 s.

    Confidences are the decoder's posterior probabilities.
    """

    name = "pocketsphinx"
    options: frozenset[str] = frozenset()
    needs = (("pocketsphinx", _CURE),)

    def write(
        self,
        heard: Heard,
        options: Options,  # noqa: ARG002 - it honours none beyond the common ones
        *,
        place: Path,
        title: str,  # noqa: ARG002 - the wheel's version says more
        device: str,  # noqa: ARG002 - there is but the CPU
        store: ModelStore,
    ) -> Written:
        """Write down what is said; see `SpeechEngine`."""
        decoder_class, version = _library()
        spans = stretches_of(heard, longest_seconds=LONGEST_SECONDS, pad_seconds=PAD_SECONDS)
        words: list[Word] = []
        claims: list[Covered] = []
        if spans:
            with _decoder(decoder_class, place, store) as decoder:
                for start, end in spans:
                    first = round(start * SAMPLE_RATE) / SAMPLE_RATE
                    said = [_shifted(word, first, heard) for word in _decoded(decoder, heard.between(start, end))]
                    words += said
                    claims += claims_by_words(said, (start, end), "PocketSphinx found no word here")
        return Written(
            label=f"pocketsphinx {version} (en-us)",
            quality="draft",
            language="en",
            words=tuple(words),
            claims=tuple(claims),
        )


@dataclass(frozen=True)
class _Kept:
    """A decoder takes as long to load as a second of speech to decode: it is kept, for one recording at a time."""

    decoder: Any
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def _decoder(decoder_class: Any, place: Path, store: ModelStore) -> Iterator[Any]:
    """A decoder that has heard nothing yet."""

    def load(_: str = "cpu") -> _Kept:
        return _Kept(decoder_class(**decoder_files(place), samprate=SAMPLE_RATE, loglevel="FATAL"))

    with store.lease(("pocketsphinx", str(place)), load, device="cpu") as kept:
        if not kept.lock.acquire(blocking=False):
            yield load().decoder  # another thread has it
            return
        try:
            kept.decoder.reinit_feat()  # forgets the level and channel of the recording before
            yield kept.decoder
        finally:
            kept.lock.release()


def decoder_files(place: Path) -> dict[str, str]:
    """Acoustic model, language model and dictionary, as the wheel lays them out."""
    names = {"hmm": "en-us", "lm": "en-us.lm.bin", "dict": "cmudict-en-us.dict"}
    return {option: str(place / name) for option, name in names.items()}


def _library() -> tuple[Any, str]:
    try:
        import pocketsphinx
    except ImportError as error:
        raise LibraryUnavailable(
            "pocketsphinx, which carries its English model, is not installed.", cure=_CURE
        ) from error
    return pocketsphinx.Decoder, importlib.metadata.version("pocketsphinx")


def pcm_of(samples: NDArray[np.float32]) -> bytes:
    """Samples as 16-bit PCM, with the noise that nobody hears: what the decoder is given."""
    dithered = samples + _DITHER * np.random.default_rng(_DITHER_SEED).standard_normal(samples.size)
    return np.rint(np.clip(dithered, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def _decoded(decoder: Any, samples: NDArray[np.float32]) -> Iterator[Word]:
    """Words of one stretch, in seconds from its beginning."""
    decoder.start_utt()
    decoder.process_raw(pcm_of(samples), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return
    for entry in decoder.seg():
        if not _FILLER.match(entry.word):
            start, end = entry.start_frame, entry.end_frame + 1  # the last frame belongs to the word
            yield Word(
                start / _FRAMES_PER_SECOND,
                end / _FRAMES_PER_SECOND,
                _VARIANT.sub("", entry.word),
                min(max(float(entry.prob), 0.0), 1.0),  # the lattice may sum to a hair more than one
            )


def _shifted(word: Word, by_seconds: float, heard: Heard) -> Word:
    start, end = (heard.clamped(time + by_seconds) for time in (word.start_seconds, word.end_seconds))
    return replace(word, start_seconds=start, end_seconds=end)
