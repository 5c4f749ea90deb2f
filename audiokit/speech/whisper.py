"""Speech to text by Whisper: in batches first, then the doubtful chunks again, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.speech.chunks import stretches
from audiokit.speech.coverage import Covered, claims_by_words
from audiokit.speech.engine import Written
from audiokit.speech.spans import Span, intersection
from audiokit.speech.whisper_checks import faults, refusal
from audiokit.speech.whisper_decoding import Decoded, Decoder
from audiokit.speech.whisper_model import (
    CURE,
    leased_whisper,
    named_languages,
    prompt_fits,
    version,
    weights_are_random,
)

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.models.store import ModelStore
    from audiokit.speech.engine import Heard
    from audiokit.speech.options import Options
    from audiokit.speech.transcript import Passage, Word

__all__ = ["WhisperEngine", "by_chunks", "chunks_of"]

_WINDOW_SECONDS = 30.0
_PAD_SECONDS = 0.4  # faster-whisper's own room around speech
_JOIN_SECONDS = 3.0  # a chunk costs the same however full it is, and a longer silence invites invention
_NO_SPEECH = "no speech was heard there"
_NO_TEXT = "Whisper was asked, and wrote nothing here"


class WhisperEngine:
    """faster-whisper on CTranslate2, from a folder or by the catalogue; 99 languages."""

    name = "faster_whisper"
    options = frozenset(
        {
            "task", "beam_size", "batch_size", "compute_type", "initial_prompt", "hotwords", "temperatures",
            "log_probability_threshold", "compression_ratio_threshold", "no_speech_threshold", "min_coverage", "repair",
            "max_new_tokens",
        }
    )  # fmt: skip
    needs = (("faster_whisper", CURE),)

    def write(
        self, heard: Heard, options: Options, *, place: Path, title: str, device: str, store: ModelStore
    ) -> Written:
        """Write down what is said; see `SpeechEngine`."""
        random = weights_are_random(place)
        label = f"faster-whisper {version()} ({title})"
        quality = "random" if random else "full"
        notes = ("random weights: the words mean nothing",) if random else ()
        with leased_whisper(place, compute_type=options.compute_type, device=device, store=store) as model:
            named_languages(model, options.language, title, place, translate=options.task == "translate")
            prompt_fits(model, options.initial_prompt, "initial_prompt")
            prompt_fits(model, options.hotwords, "hotwords")
            notes = (*notes, f"ran as {model.model.compute_type} on {model.model.device}")
            if heard.speech is not None and not heard.speech.segments:
                return Written(label, quality, options.language or "und", punctuation="engine", notes=notes)
            decoder = Decoder(model, heard, options)
            found = by_chunks(decoder, heard, options) if heard.cut else _in_one_go(decoder, heard, options)
        return replace(found, label=label, quality=quality, notes=(*notes, *found.notes))


def chunks_of(heard: Heard) -> list[Span]:
    """Where to cut: stretches of speech of 30 s at most, with room around them."""
    return stretches(
        heard.speech_segments(_WINDOW_SECONDS - 2 * _PAD_SECONDS),
        audio_seconds=heard.audio_seconds,
        pad_seconds=_PAD_SECONDS,
        longest_seconds=_WINDOW_SECONDS,
        join_seconds=_JOIN_SECONDS,
    )


def by_chunks(decoder: Decoder, heard: Heard, options: Options) -> Written:
    """Decode stretches of speech in batches, then, where `Options.repair` says so, the doubtful ones one by one."""
    chunks = chunks_of(heard)
    speech = heard.speech_spans()
    answers = decoder.batched(chunks)
    repaired: list[str] = []
    kept: list[Decoded] = []
    for chunk, answer in zip(chunks, answers, strict=True):
        doubts = (answer.error,) if answer.error else faults(answer.passages, speech, chunk, options)
        if doubts and options.repair:
            again = decoder.sequential(chunk)
            better = _better(answer, again, speech, chunk, options)
            repaired.append(f"{chunk[0]:.1f}-{chunk[1]:.1f} s: {', '.join(doubts)}")
            kept.append(better)
        else:
            kept.append(answer)
    found = _gathered(kept, chunks, decoder, options)
    told = f"{len(chunks)} chunk(s) in batches of {decoder.batch_size}"
    again_told = f"{len(repaired)} decoded again one by one" + (f" ({'; '.join(repaired)})" if repaired else "")
    return replace(found, notes=(told, again_told))


def _in_one_go(decoder: Decoder, heard: Heard, options: Options) -> Written:
    whole = (0.0, heard.audio_seconds)
    answer = decoder.sequential(whole)
    if heard.speech is not None:
        answer = _without_speech_set_aside(answer, heard.speech_spans())
    return _gathered([answer], [whole], decoder, options)


def _better(first: Decoded, second: Decoded, speech: list[Span], chunk: Span, options: Options) -> Decoded:
    """The repair, unless it failed or covers the speech no better and has more faults."""
    if second.error:
        return first if not first.error else second
    if first.error:
        return second
    one, two = (len(faults(answer.passages, speech, chunk, options)) for answer in (first, second))
    return first if one < two else second


def _gathered(answers: list[Decoded], chunks: list[Span], decoder: Decoder, options: Options) -> Written:
    words: list[Word] = []
    passages: list[Passage] = []
    rejected: list[Passage] = []
    claims: list[Covered] = []
    for answer, chunk in zip(answers, chunks, strict=True):
        if answer.error:
            claims.append(Covered(*chunk, "failed", answer.error))
            continue
        rejected += answer.set_aside
        kept: list[Passage] = []
        for passage in answer.passages:
            reason = refusal(passage, options)
            if reason:
                rejected.append(replace(passage, reason=reason))
                claims.append(Covered(passage.start_seconds, passage.end_seconds, "rejected", reason))
            else:
                kept.append(passage)
        claims += claims_by_words(kept, chunk, _NO_TEXT)
        passages += kept
        spans = [(p.start_seconds, p.end_seconds) for p in kept]
        refused = [p for p in answer.passages if p not in kept]
        words += [w for w in answer.words if not refused or intersection([(w.start_seconds, w.end_seconds)], spans)]
    language, probability = decoder.language
    return Written(
        label="",
        quality="",
        language=language,
        language_probability=probability,
        words=tuple(words),
        passages=tuple(passages),
        rejected=tuple(rejected),
        claims=tuple(claims),
        punctuation="engine",
    )


def _without_speech_set_aside(answer: Decoded, speech: list[Span]) -> Decoded:
    """Passages where nobody speaks are inventions: they and their words are set aside."""
    heard, set_aside = [], []
    for passage in answer.passages:
        if intersection([(passage.start_seconds, passage.end_seconds)], speech):
            heard.append(passage)
        else:
            set_aside.append(replace(passage, reason=_NO_SPEECH))
    spans = [(p.start_seconds, p.end_seconds) for p in set_aside]
    words = tuple(w for w in answer.words if not intersection([(w.start_seconds, w.end_seconds)], spans))
    return replace(answer, passages=tuple(heard), words=words, set_aside=(*answer.set_aside, *set_aside))
