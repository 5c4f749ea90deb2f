"""Speech to text while the sound is coming: where speech begins and ends, what is heard so far, what was said."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from audiokit.activity.prepare import mono_at
from audiokit.activity.streaming import StreamingVad
from audiokit.errors import AudiokitError, ParameterError
from audiokit.models.store import default_store
from audiokit.speech.agreement import StablePrefix
from audiokit.speech.choosing import WRITES_ANYTHING, choose
from audiokit.speech.content_gate import AROUND_SECONDS, other_content
from audiokit.speech.coverage import Covered, ledger
from audiokit.speech.doubtful import ALONE_SECONDS, doubtful
from audiokit.speech.engine import SAMPLE_RATE, Heard, Written
from audiokit.speech.options import Options
from audiokit.speech.punctuator import find_punctuator
from audiokit.speech.readable import readable
from audiokit.speech.sound_buffer import SoundBuffer
from audiokit.speech.spans import remainder
from audiokit.speech.stream_event import StreamEvent
from audiokit.speech.transcript import Passage, Transcript, Word

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from audiokit.models.store import ModelStore
    from audiokit.results import Segment

__all__ = ["StreamingTranscriber"]

_BEFORE_SECONDS = 0.4
_VAD_PAD_SECONDS = 0.03
_OUT_OF_PLACE = frozenset({"vad", "denoise", "batch_size"})  # they want the whole


class StreamingTranscriber:
    """Write down what is said while the sound is coming.

    Only speech is given to the engine, each stretch when it has ended, and every `partial_seconds` while it lasts. Kept
    is the sound of the running stretch and what the detector has not decided yet; for the content gate 10 s before it.

    Parameters
    ----------
    sample_rate : int
        Of the stream, in Hz.
    model : str or path
        As `audiokit.transcribe`.
    device : str
        As `audiokit.transcribe`.
    partial_seconds : float or None
        How much more speech makes another partial result; each hears the stretch from its beginning. None: no partial
        results.
    min_silence_ms : float
        A stretch ends after this much silence: less of it is quicker, more gives the engine more to go by.
    max_speech_seconds : float
        Longer speech is cut, at a pause where there is one.
    on_event : callable, optional
        Called with each event the moment it is known, before `push` returns: with the end of speech before its text.
    store : ModelStore, optional
        Where loaded models are kept.
    **options
        ``language``, ``task``, ``beam_size``, ``hotwords`` and so on, as `audiokit.transcribe`; ``vad``, ``denoise``
        and ``batch_size`` have no place here.

    Raises
    ------
    ParameterError, ModelUnavailable, LibraryUnavailable
        As `audiokit.transcribe`, at once.

    Notes
    -----
    One stream at a time, from one thread at a time. ``push`` returns when all that it decides is known: with partial
    results that is as long as the engine takes.
    """

    def __init__(
        self,
        sample_rate: int,
        model: str | os.PathLike[str] = "auto",
        *,
        device: str = "auto",
        partial_seconds: float | None = 1.0,
        min_silence_ms: float = 400,
        max_speech_seconds: float = 28.0,
        on_event: Callable[[StreamEvent], None] | None = None,
        store: ModelStore | None = None,
        **options: Any,
    ) -> None:
        if partial_seconds is not None and not partial_seconds > 0:
            raise ParameterError(f"partial_seconds must be above 0 or None, got {partial_seconds!r}.")
        if not 1 <= max_speech_seconds <= 29:
            raise ParameterError(f"max_speech_seconds must lie between 1 and 29, got {max_speech_seconds!r}.")
        strange = sorted((set(options) - set(Options.__dataclass_fields__)) | (set(options) & _OUT_OF_PLACE))
        if strange:
            raise ParameterError(f"A stream has no option {strange[0]!r}.", cure="See StreamingTranscriber.")
        if "temperatures" in options:
            options["temperatures"] = tuple(options["temperatures"])
        self._options = Options(**options)
        self._choice = choose(model, self._options, device=device)
        find_punctuator(self._options.punctuator, self._options.language or "und")  # one that is absent is said at once
        self._doubts = self._choice.engine.name in WRITES_ANYTHING
        self._gates = self._options.gate is True or (self._options.gate == "auto" and self._doubts)
        self._device = device
        self._store = store or default_store()
        self._partial_seconds = partial_seconds
        self._vad = StreamingVad(sample_rate, max_speech_seconds=max_speech_seconds, min_silence_ms=min_silence_ms)
        # this much after an end is silence for certain, however the stream is cut into chunks
        self._after_seconds = max(min_silence_ms / 1000 - 2 * _VAD_PAD_SECONDS, 0.0)
        self._on_event = on_event
        self._finished_seconds = 0.0  # nothing before is heard again
        self._sure_until = -math.inf
        self._sound = SoundBuffer(sample_rate)
        self._start: float | None = None  # of the speech that is running
        self._next_partial = 0.0
        self._prefix = StablePrefix()
        self._written: list[Written] = []
        self._finals: list[StreamEvent] = []
        self._claims: list[Covered] = []
        self._busy_seconds = self._begun = 0.0

    def push(self, samples: ArrayLike) -> tuple[StreamEvent, ...]:
        """Take the next samples.

        Parameters
        ----------
        samples : array_like, shape (time,) or (channels, time), float
            Any number of them.

        Returns
        -------
        tuple of StreamEvent
            What became known by them, in order. An engine that fails for a stretch makes a ``final`` event with an
            error; the stream goes on.

        Raises
        ------
        ParameterError
            As `audiokit.activity.StreamingVad.push`.
        """
        self._begun = time.perf_counter()
        heard = self._vad.push(samples)
        self._sound.push(samples)
        events = self._follow(heard)
        if self._partial_seconds is not None and self._start is not None:
            now = self._sound.end_seconds
            if now >= self._next_partial:
                events.append(self._told(self._partial(self._start, now)))
                self._next_partial = now + self._partial_seconds
        self._forget()
        self._busy_seconds += time.perf_counter() - self._begun
        return tuple(events)

    def flush(self) -> tuple[StreamEvent, ...]:
        """End the stream: what its end makes known."""
        self._begun = time.perf_counter()
        events = self._follow(self._vad.flush())
        self._busy_seconds += time.perf_counter() - self._begun
        return tuple(events)

    def result(self) -> Transcript:
        """Return all final results as one transcript; after `flush`, of the whole stream."""
        speech = self._vad.result()
        words = tuple(word for event in self._finals for word in event.words)
        passages = tuple(passage for event in self._finals for passage in event.passages)
        first = next((written for written in self._written if written.language != "und"), None)
        spans = [(segment.start_seconds, segment.end_seconds) for segment in speech.segments]
        told = f"speech found by {speech.model}: {speech.speech_seconds:.1f} s in {len(spans)} segment(s)"
        notes = [note for written in self._written for note in written.notes]
        return Transcript(
            words=words,
            text=" ".join(passage.text for passage in passages),
            language=first.language if first else self._options.language or "und",
            engine=self._written[0].label if self._written else f"{self._choice.title} (was not asked)",
            quality=self._written[0].quality if self._written else "full",
            audio_seconds=speech.audio_seconds,
            notes=tuple(dict.fromkeys([*speech.notes, told, *notes])),
            passages=passages,
            language_probability=first.language_probability if first else None,
            coverage=ledger(spans, self._claims, model=speech.model),
            rejected=tuple(passage for written in self._written for passage in written.rejected),
            punctuation=self._written[0].punctuation if self._written else "none",
            task=self._options.task,
            choice=self._choice.why,
            processing_seconds=self._busy_seconds,
        )

    def _follow(self, heard: Any) -> list[StreamEvent]:
        events: list[StreamEvent] = []
        for event in heard:
            events.append(self._told(StreamEvent(event.kind, event.seconds, taken_seconds=self._taken())))
            if event.kind == "speech_start":
                self._start = event.seconds
                self._prefix = StablePrefix()
                self._next_partial = event.seconds + (self._partial_seconds or 0.0)
            elif event.segment is not None:
                events.append(self._told(self._ended(event.segment)))
                self._finished_seconds = event.segment.end_seconds + self._after_seconds
                self._start = None
        return events

    def _told(self, event: StreamEvent) -> StreamEvent:
        if self._on_event is not None:
            self._on_event(event)
        return event

    def _ended(self, segment: Segment) -> StreamEvent:
        """Text of a stretch, unless it is a short sound of which the detector is unsure, or music or noise."""
        start, end = segment.start_seconds, segment.end_seconds
        claims = doubtful([segment]) if self._doubts else ()
        if claims and start - self._sure_until >= ALONE_SECONDS:
            self._claims += claims
            return StreamEvent("final", start, taken_seconds=self._taken())
        if not claims:
            self._sure_until = end
        other = self._other_content(segment)
        if other and not remainder([(start, end)], [(claim.start_seconds, claim.end_seconds) for claim in other]):
            self._claims += other
            return StreamEvent("final", start, taken_seconds=self._taken())
        return self._final(start, end)

    def _other_content(self, segment: Segment) -> list[Covered]:
        """What the content gate takes for music or noise in it, on the clock of the stream."""
        if not self._gates:
            return []
        sound = self._sound.between(segment.start_seconds - AROUND_SECONDS, segment.end_seconds + self._after_seconds)
        claims, _ = other_content(sound, [_moved(segment, -sound.start_seconds)])
        return [_moved(claim, sound.start_seconds) for claim in claims]

    def _partial(self, start: float, now: float) -> StreamEvent:
        try:
            written = self._ask(start, now)
        except AudiokitError as error:
            return StreamEvent("partial", start, error=str(error), taken_seconds=self._taken())
        said = " ".join(item.text for item in written.passages or written.words).split()
        stable, loose = self._prefix.heard(said)
        return StreamEvent("partial", start, " ".join((*stable, *loose)), " ".join(stable), taken_seconds=self._taken())

    def _final(self, start: float, end: float) -> StreamEvent:
        try:
            written = readable(self._ask(start, end), self._options, device=self._device, store=self._store)
        except AudiokitError as error:
            self._claims.append(Covered(start, end, "failed", str(error)))
            return StreamEvent("final", start, error=str(error), taken_seconds=self._taken())
        if written.punctuation == "none" and written.words and not self._options.readable:
            written = replace(written, passages=(_plain(written.words),))
        passages = written.passages
        self._written.append(written)
        self._claims += written.claims
        failed = next((claim.reason for claim in written.claims if claim.state == "failed"), "")
        text = " ".join(passage.text for passage in passages)
        event = StreamEvent(
            "final", start, text, passages=passages, words=written.words, error=failed,
            revised=not self._prefix.holds_in(text.split()), taken_seconds=self._taken(),
        )  # fmt: skip
        self._finals.append(event)
        return event

    def _ask(self, start: float, end: float) -> Written:
        """Give a stretch to the engine; what it writes is put on the clock of the stream."""
        sound = self._sound.between(max(start - _BEFORE_SECONDS, self._finished_seconds), end + self._after_seconds)
        samples, _ = mono_at(sound, SAMPLE_RATE)
        heard = Heard(samples, sound.duration_seconds, None, cut=False)
        written = self._choice.engine.write(
            heard,
            self._options,
            place=self._choice.place,
            title=self._choice.title,
            device=self._device,
            store=self._store,
        )
        return replace(
            written,
            words=tuple(_moved(word, sound.start_seconds) for word in written.words),
            passages=tuple(_moved(passage, sound.start_seconds) for passage in written.passages),
            rejected=tuple(_moved(passage, sound.start_seconds) for passage in written.rejected),
            claims=tuple(_moved(claim, sound.start_seconds) for claim in written.claims),
        )

    def _forget(self) -> None:
        now = self._sound.end_seconds
        undecided = min(now - self._vad.look_back_seconds, now if self._start is None else self._start)
        self._sound.forget_before(undecided - (AROUND_SECONDS if self._gates else 2 * _BEFORE_SECONDS))

    def _taken(self) -> float:
        return time.perf_counter() - self._begun


def _plain(words: tuple[Word, ...]) -> Passage:
    return Passage(words[0].start_seconds, words[-1].end_seconds, " ".join(word.text for word in words))


def _moved(item: Any, seconds: float) -> Any:
    return replace(item, start_seconds=item.start_seconds + seconds, end_seconds=item.end_seconds + seconds)
