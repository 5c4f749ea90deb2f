"""Whisper at work on spans of a recording: several at once, or one with all its safeguards. Times leave it clamped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audiokit.speech.transcript import Passage, Word

if TYPE_CHECKING:
    from audiokit.speech.engine import Heard
    from audiokit.speech.options import Options
    from audiokit.speech.spans import Span

__all__ = ["Decoded", "Decoder"]

_BATCH_SIZES = {"cuda": 16}
_BATCH_ON_A_CPU = 8
_BEYOND = "it begins where the sound has ended"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came of one span.

    Parameters
    ----------
    passages : tuple of Passage
        In order of time, within the span.
    words : tuple of Word
        Where they were asked for.
    error : str
        Why there is nothing, where decoding failed.
    set_aside : tuple of Passage
        Passages that were refused already, each with its reason.
    """

    passages: tuple[Passage, ...] = ()
    words: tuple[Word, ...] = ()
    error: str = ""
    set_aside: tuple[Passage, ...] = ()


class Decoder:
    """One recording under one Whisper.

    Parameters
    ----------
    model : faster_whisper.WhisperModel
        Under a lease.
    heard : Heard
        The sound.
    options : Options
        What is asked.
    """

    def __init__(self, model: Any, heard: Heard, options: Options) -> None:
        self._model = model
        self._heard = heard
        self._options = options
        self._language = options.language
        self._probability: float | None = None
        device = str(model.model.device)
        self.batch_size: int = (
            _BATCH_SIZES.get(device, _BATCH_ON_A_CPU) if options.batch_size == "auto" else options.batch_size
        )

    @property
    def language(self) -> tuple[str, float | None]:
        """Code, and its probability where it was detected; ``"und"`` before anything was decoded."""
        return self._language or "und", self._probability

    def batched(self, chunks: Sequence[Span]) -> list[Decoded]:
        """Decode several chunks at once: fast, and without fallbacks.

        Parameters
        ----------
        chunks : sequence of (float, float)
            None longer than 30 s.

        Returns
        -------
        list of Decoded
            One for each.
        """
        from faster_whisper import BatchedInferencePipeline

        options = self._options
        clips = [{"start": start, "end": end} for start, end in chunks]
        try:
            segments, info = BatchedInferencePipeline(self._model).transcribe(
                self._heard.samples,
                **self._common(),
                temperature=options.temperatures[0],
                batch_size=self.batch_size,
                without_timestamps=False,  # where a passage ends is what coverage is judged by
                clip_timestamps=clips,
                vad_filter=False,
            )
            self._remember(info)
            # a passage carries the frame at which its chunk begins
            by_chunk: dict[int, list[Any]] = {}
            for segment in segments:
                by_chunk.setdefault(segment.seek, []).append(segment)
        except RuntimeError as error:  # of CTranslate2, for example memory: one by one may still do
            return [Decoded(error=_failure(error)) for _ in chunks]
        per_second = self._model.frames_per_second
        rate = self._model.feature_extractor.sampling_rate
        keys = [int(int(start * rate) / rate * per_second) for start, _ in chunks]
        return [
            self._decoded(by_chunk.get(key, ()), 0.0, chunk, "batched") for key, chunk in zip(keys, chunks, strict=True)
        ]

    def sequential(self, chunk: Span) -> Decoded:
        """Decode one span, of any length, with fallbacks to higher temperatures and without earlier text.

        Parameters
        ----------
        chunk : (float, float)
            Start and end in seconds.
        """
        options = self._options
        try:
            segments, info = self._model.transcribe(
                self._heard.between(*chunk),
                **self._common(),
                temperature=list(options.temperatures),
                condition_on_previous_text=False,
                vad_filter=False,
            )
            self._remember(info)
            held = list(segments)
        except RuntimeError as error:
            return Decoded(error=_failure(error))
        return self._decoded(held, chunk[0], chunk, "sequential")

    def _common(self) -> dict[str, Any]:
        options = self._options
        return {
            "language": self._language,
            "task": options.task,
            "beam_size": options.beam_size,
            "initial_prompt": options.initial_prompt,
            "hotwords": options.hotwords,
            "word_timestamps": options.word_timestamps,
            "max_new_tokens": options.max_new_tokens,
            "log_prob_threshold": options.log_probability_threshold,
            "compression_ratio_threshold": options.compression_ratio_threshold,
            "no_speech_threshold": options.no_speech_threshold,
        }

    def _remember(self, info: Any) -> None:
        if self._language is None:
            self._language = str(info.language)
            detected = self._model.model.is_multilingual
            self._probability = float(info.language_probability) if detected else None

    def _decoded(self, segments: Iterable[Any], offset: float, chunk: Span, decoder: str) -> Decoded:
        last = min(chunk[1], self._heard.audio_seconds)

        def within(seconds: Any) -> float:  # numpy's floats, and beyond the end where the network says so
            return min(max(float(seconds) + offset, chunk[0]), last)

        passages: list[Passage] = []
        words: list[Word] = []
        beyond: list[Passage] = []
        for segment in segments:
            if not segment.text.strip():
                continue
            start = within(segment.start)
            passage = _passage(segment, start, max(within(segment.end), start), decoder)
            if float(segment.start) + offset >= last:
                beyond.append(replace(passage, reason=_BEYOND))
                continue
            passages.append(passage)
            for word in segment.words or ():
                begins = within(word.start)
                sureness = min(max(float(word.probability), 0.0), 1.0)
                if word.word.strip():
                    words.append(Word(begins, max(within(word.end), begins), word.word.strip(), sureness))
        order = sorted(passages, key=lambda passage: (passage.start_seconds, passage.end_seconds))
        ordered = tuple(sorted(words, key=lambda word: word.start_seconds))
        return Decoded(tuple(order), ordered, set_aside=tuple(beyond))


def _passage(segment: Any, start_seconds: float, end_seconds: float, decoder: str) -> Passage:
    sure = float(segment.avg_logprob)
    return Passage(
        start_seconds,
        end_seconds,
        " ".join(segment.text.split()),
        min(math.exp(sure), 1.0),
        decoder,
        sure,
        float(segment.compression_ratio),
        float(segment.no_speech_prob),
        None if segment.temperature is None else float(segment.temperature),
    )


def _failure(error: BaseException) -> str:
    return f"decoding failed: {(str(error).strip().splitlines() or [type(error).__name__])[0]}"
