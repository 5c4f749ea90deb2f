"""Speech to text by PocketSphinx, whose English model travels inside its wheel. Draft quality, but always there."""

from __future__ import annotations

import importlib.metadata
import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.activity.prepare import mono_at
from audiokit.activity.vad import detect_speech
from audiokit.audio import Audio
from audiokit.errors import LibraryUnavailable
from audiokit.speech.transcript import Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from audiokit.activity.vad import VadResult
    from audiokit.results import Segment

__all__ = ["stretches", "transcribe"]

_SAMPLE_RATE = 16_000
_FRAMES_PER_SECOND = 100
# PocketSphinx estimates the noise from what precedes the first word: half a second of it costs little time and saves
# nearly one error in five on read speech against 0.2 s.
_PAD_SECONDS = 0.5
_LONGEST_SECONDS = 30.0
# Digital silence has no logarithm: unheard noise of two 16-bit steps (-84 dBFS) keeps the decoder from taking the edge
# of an absolute silence for a sound. On clean synthetic speech it saves three errors in ten; recordings do not change.
_DITHER = 2 / 32768
_DITHER_SEED = 0
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")  # <s>, <sil>, [NOISE], ++UH++
_VARIANT = re.compile(r"\(\d+\)$")  # "the(2)": the second pronunciation of "the"


def transcribe(audio: Audio, *, speech: VadResult | None = None) -> Transcript:
    """Transcribe English with PocketSphinx, stretch of speech by stretch of speech.

    Parameters
    ----------
    audio : Audio
        Any rate, channels and length.
    speech : VadResult, optional
        Where the speech is; found by `audiokit.activity.detect_speech` if not given.

    Returns
    -------
    Transcript
        Quality ``"draft"``. Confidences are the decoder's posterior probabilities.

    Raises
    ------
    LibraryUnavailable
        If pocketsphinx is not installed.
    """
    decoder_class, version = _library()
    samples, notes = mono_at(audio, _SAMPLE_RATE)
    heard = Audio(samples, _SAMPLE_RATE)
    speech = detect_speech(heard) if speech is None else speech
    speech = speech.with_settings(max_speech_seconds=_LONGEST_SECONDS - 2 * _PAD_SECONDS)
    spans = stretches(speech.segments, audio_seconds=audio.duration_seconds)
    words: list[Word] = []
    if spans:
        decoder = decoder_class(samprate=_SAMPLE_RATE, loglevel="FATAL")  # one each: a decoder learns as it listens
        for start, end in spans:
            stretch = heard.between(start, end)
            first = round(start * _SAMPLE_RATE) / _SAMPLE_RATE
            words += (_shifted(word, first, audio.duration_seconds) for word in _decoded(decoder, stretch.samples[0]))
    return Transcript(
        words=tuple(words),
        text=" ".join(word.text for word in words),
        language="en",
        engine=f"pocketsphinx {version} (en-us)",
        quality="draft",
        audio_seconds=audio.duration_seconds,
        notes=(*notes, f"speech found by {speech.model}: {speech.speech_seconds:.1f} s in {len(spans)} stretch(es)"),
    )


def stretches(
    segments: tuple[Segment, ...],
    *,
    audio_seconds: float,
    pad_seconds: float = _PAD_SECONDS,
    longest_seconds: float = _LONGEST_SECONDS,
) -> list[tuple[float, float]]:
    """Join segments of speech to stretches worth decoding in one go, with room around them.

    Parameters
    ----------
    segments : tuple of Segment
        In order; none longer than ``longest_seconds - 2 * pad_seconds``, if the limit is to hold.
    audio_seconds : float
        No stretch ends after this.
    pad_seconds : float
        Room before and after. Segments closer than twice this are joined, unless that would grow too long; then
        they meet in the middle of the gap, so that nothing is decoded twice.
    longest_seconds : float
        Limit of a stretch.

    Returns
    -------
    list of (float, float)
        Start and end in seconds, in order, not overlapping.

    Examples
    --------
    >>> from audiokit import Segment
    >>> stretches((Segment(1.0, 2.0), Segment(2.5, 3.0), Segment(8.0, 9.0)), audio_seconds=9.2)
    [(0.5, 3.5), (7.5, 9.2)]
    """
    joined: list[tuple[float, float]] = []
    for segment in segments:
        start, end = segment.start_seconds, segment.end_seconds
        near = bool(joined) and start - joined[-1][1] < 2 * pad_seconds
        if near and end - joined[-1][0] <= longest_seconds - 2 * pad_seconds:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    befores = [
        0.0,
        *((previous[1] + following[0]) / 2 for previous, following in itertools.pairwise(joined)),
    ]
    afters = [*befores[1:], audio_seconds]
    return [
        (max(start - pad_seconds, before), min(end + pad_seconds, after))
        for (start, end), before, after in zip(joined, befores, afters, strict=False)
    ]


def _library() -> tuple[Any, str]:
    try:
        import pocketsphinx
    except ImportError as error:
        raise LibraryUnavailable(
            "pocketsphinx, which carries its English model, is not installed.", cure="`pip install pocketsphinx`."
        ) from error
    return pocketsphinx.Decoder, importlib.metadata.version("pocketsphinx")


def _decoded(decoder: Any, samples: NDArray[np.float32]) -> Iterator[Word]:
    """Words of one stretch, in seconds from its beginning."""
    dithered = samples + _DITHER * np.random.default_rng(_DITHER_SEED).standard_normal(samples.size)
    pcm = np.rint(np.clip(dithered, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
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


def _shifted(word: Word, by_seconds: float, audio_seconds: float) -> Word:
    start, end = (min(time + by_seconds, audio_seconds) for time in (word.start_seconds, word.end_seconds))
    return replace(word, start_seconds=start, end_seconds=end)
