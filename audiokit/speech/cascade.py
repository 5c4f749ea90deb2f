"""Where an engine was unsure, another is asked: stretch by stretch, with what that costs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audiokit.activity.prepare import mono_at
from audiokit.audio import Audio
from audiokit.errors import ParameterError
from audiokit.speech.coverage import Covered, ledger
from audiokit.speech.engine import SAMPLE_RATE
from audiokit.speech.spans import Span, intersection, remainder
from audiokit.speech.transcribing import transcribe

if TYPE_CHECKING:
    from audiokit.decode.source import SourceLike
    from audiokit.speech.transcript import Passage, Transcript, Word

__all__ = ["Cascade", "Retry", "transcribe_cascade"]

_PAD_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Retry:
    """A passage that another model was asked about.

    Parameters
    ----------
    before : Passage
        What stood there.
    after : tuple of Passage
        What the other model wrote, kept or not.
    model : str
        Which it was.
    kept : bool
        Whether its answer stands in the transcript.
    taken_seconds : float
        What it cost, as measured.
    """

    before: Passage
    after: tuple[Passage, ...]
    model: str
    kept: bool
    taken_seconds: float


@dataclass(frozen=True, slots=True)
class Cascade:
    """A transcript by several models.

    Parameters
    ----------
    transcript : Transcript
        The best of all.
    first : Transcript
        By the first model alone.
    retries : tuple of Retry
        In the order in which they were made.
    """

    transcript: Transcript
    first: Transcript
    retries: tuple[Retry, ...]

    @property
    def extra_seconds(self) -> float:
        """What the retries cost together, as measured."""
        return sum(retry.taken_seconds for retry in self.retries)


def transcribe_cascade(
    source: Audio | SourceLike,
    models: Sequence[str | os.PathLike[str]],
    *,
    min_confidence: float = 0.5,
    **options: Any,
) -> Cascade:
    """Transcribe with the first model, and ask the next ones about passages of low confidence.

    Parameters
    ----------
    source : Audio, path, bytes, binary file object or address
        As `audiokit.transcribe`.
    models : sequence of str or path
        At least two, the cheapest first. All must be there.
    min_confidence : float
        A passage below this is asked about; so is one without a confidence. An answer is kept where it is surer than
        what stood there. Confidences of different engines are not the same measure: this is a choice, no proof.
    **options
        As `audiokit.transcribe`, for all models.

    Returns
    -------
    Cascade
        With each retry and its cost.

    Raises
    ------
    ParameterError
        If there are fewer than two models, or the limit is not between 0 and 1.
    ModelUnavailable, LibraryUnavailable, InputError
        As `audiokit.transcribe`.
    """
    if isinstance(models, (str, os.PathLike)) or len(models) < 2:
        raise ParameterError("A cascade wants two models or more.", cure='models=["tiny", "small"]')
    if not 0 <= min_confidence <= 1:
        raise ParameterError(f"min_confidence must lie between 0 and 1, got {min_confidence!r}.")
    from audiokit.decode import read
    from audiokit.speech.choosing import choose
    from audiokit.speech.options import Options

    known = Options.__dataclass_fields__
    for model in models:  # what is missing is said before the first has worked
        choose(model, Options(**{k: v for k, v in options.items() if k in known}), device=options.get("device", "auto"))
    audio = source if isinstance(source, Audio) else read(source)
    first = transcribe(audio, models[0], **options)
    samples, _ = mono_at(audio, SAMPLE_RATE)
    sound = Audio(samples, SAMPLE_RATE)
    best, retries = first, []
    for model in models[1:]:
        for passage in best.passages:
            if passage.confidence is None or passage.confidence < min_confidence:
                retry, words = _asked_again(sound, passage, model, options)
                retries.append(retry)
                if retry.kept:
                    best = _with(best, passage, retry.after, words)
    kept = sum(retry.kept for retry in retries)
    note = f"{len(retries)} passage(s) below {min_confidence:g} asked about again, {kept} of the answers kept"
    if kept:
        best = replace(best, engine=" + ".join(dict.fromkeys([first.engine, *(r.model for r in retries if r.kept)])))
    return Cascade(best.noted(note), first, tuple(retries))


def _asked_again(
    sound: Audio, passage: Passage, model: str | os.PathLike[str], options: dict[str, Any]
) -> tuple[Retry, tuple[Word, ...]]:
    start = max(passage.start_seconds - _PAD_SECONDS, 0.0)
    begun = time.perf_counter()
    # where to listen is known already
    stretch = sound.between(start, passage.end_seconds + _PAD_SECONDS)
    settings = {**options, "vad": False, "gate": False, "batch_size": "auto"}
    settings.pop("speech", None)
    found = transcribe(stretch, model, **settings)
    taken = time.perf_counter() - begun
    passages = tuple(_moved(p, start) for p in found.passages)
    words = tuple(_moved(w, start) for w in found.words)
    sureness = [p.confidence for p in passages if p.confidence is not None]
    mean = sum(sureness) / len(sureness) if sureness else None
    kept = mean is not None and (passage.confidence is None or mean > passage.confidence)
    return Retry(passage, passages, found.engine, kept, taken), words


def _with(transcript: Transcript, passage: Passage, after: tuple[Passage, ...], words: tuple[Word, ...]) -> Transcript:
    """Put the answer where the passage was; speech in which it wrote nothing is rejected."""
    span: list[Span] = [(passage.start_seconds, passage.end_seconds)]
    passages = [held for held in transcript.passages if held is not passage] + list(after)
    others = [w for w in transcript.words if not intersection([(w.start_seconds, w.end_seconds)], span)]
    passages.sort(key=lambda held: held.start_seconds)
    all_words = tuple(sorted([*others, *words], key=lambda word: word.start_seconds))
    coverage = transcript.coverage
    if coverage is not None:
        gone = remainder(span, [(p.start_seconds - _PAD_SECONDS, p.end_seconds + _PAD_SECONDS) for p in after])
        claims = [Covered(*left, "rejected", "the model that was asked again wrote nothing here") for left in gone]
        kept = [
            replace(entry, start_seconds=begin, end_seconds=end)
            for entry in coverage.entries
            for begin, end in remainder([(entry.start_seconds, entry.end_seconds)], gone)
        ]
        speech = [(entry.start_seconds, entry.end_seconds) for entry in coverage.entries]
        coverage = ledger(speech, [*kept, *claims], model=coverage.model)
    return replace(
        transcript,
        passages=tuple(passages),
        words=all_words,
        text=" ".join(held.text for held in passages),
        coverage=coverage,
        rejected=(*transcript.rejected, replace(passage, reason="another model was surer")),
    )


def _moved(item: Any, seconds: float) -> Any:
    return replace(item, start_seconds=item.start_seconds + seconds, end_seconds=item.end_seconds + seconds)
