"""What an engine that writes down speech is given, gives back, and says about itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from audiokit.errors import ParameterError
from audiokit.speech.spans import Span, remainder

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from audiokit.activity.vad import VadResult
    from audiokit.models.store import ModelStore
    from audiokit.results import Segment
    from audiokit.speech.coverage import Covered
    from audiokit.speech.options import Options
    from audiokit.speech.transcript import Passage, Word

__all__ = ["COMMON_OPTIONS", "SAMPLE_RATE", "Heard", "SpeechEngine", "Written", "refuse_unknown_options"]

SAMPLE_RATE = 16_000
"""Every engine here listens at this rate, in Hz."""

COMMON_OPTIONS = frozenset({"language", "vad", "gate", "denoise", "word_timestamps", "readable", "punctuator"})
"""What every engine takes, or what is done for it."""


@dataclass(frozen=True, eq=False)
class Heard:
    """The sound as an engine gets it.

    Parameters
    ----------
    samples : ndarray, shape (time,), float32
        One channel at `SAMPLE_RATE`, every sample finite.
    audio_seconds : float
        Length of the recording; no time in a result lies beyond it.
    speech : VadResult or None
        Where somebody speaks; None where no voice activity detection ran.
    cut : bool
        Whether the engine shall work on stretches of speech alone. An engine that always does may.
    left_out : tuple of Covered
        Speech that the engine shall not be asked about, each with the reason.
    """

    samples: NDArray[np.float32]
    audio_seconds: float
    speech: VadResult | None
    cut: bool
    left_out: tuple[Covered, ...] = ()

    def speech_segments(self, longest_seconds: float) -> tuple[Segment, ...]:
        """Segments of speech, none longer than this, but for what is left out."""
        assert self.speech is not None
        out = [(claim.start_seconds, claim.end_seconds) for claim in self.left_out]
        found = self.speech.with_settings(max_speech_seconds=longest_seconds).segments
        return tuple(
            replace(segment, start_seconds=start, end_seconds=end)
            for segment in found
            for start, end in remainder([(segment.start_seconds, segment.end_seconds)], out)
        )

    def speech_spans(self) -> list[Span]:
        """Where the engine is asked about speech."""
        assert self.speech is not None
        spans = [(segment.start_seconds, segment.end_seconds) for segment in self.speech.segments]
        return remainder(spans, [(claim.start_seconds, claim.end_seconds) for claim in self.left_out])

    def between(self, start_seconds: float, end_seconds: float) -> NDArray[np.float32]:
        """Samples of a span."""
        return self.samples[round(start_seconds * SAMPLE_RATE) : round(end_seconds * SAMPLE_RATE)]

    def clamped(self, seconds: float) -> float:
        """A time within the recording, as a plain float."""
        return min(max(float(seconds), 0.0), self.audio_seconds)


@dataclass(frozen=True)
class Written:
    """What an engine made of it.

    Parameters
    ----------
    label : str
        Name and version of engine and model.
    quality : {"draft", "full", "random"}
        See `Transcript`.
    language : str
        Code of what was listened for or heard; ``"und"`` where nothing was heard.
    words, passages, rejected
        As in `Transcript`.
    claims : tuple of Covered
        What became of which span; the ledger is made of these.
    language_probability : float, optional
        Where the language was detected.
    punctuation : {"none", "engine", "pauses", "model"}
        As in `Transcript`; an engine says ``none`` or ``engine``.
    notes : tuple of str
        What a reader should know.
    """

    label: str
    quality: str
    language: str
    words: tuple[Word, ...] = ()
    passages: tuple[Passage, ...] = ()
    rejected: tuple[Passage, ...] = ()
    claims: tuple[Covered, ...] = ()
    language_probability: float | None = None
    punctuation: str = "none"
    notes: tuple[str, ...] = ()


@runtime_checkable
class SpeechEngine(Protocol):
    """An engine: stateless, cheap to make; models come from a store."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    @property
    def options(self) -> frozenset[str]:
        """Names of the `Options` that it honours beyond `COMMON_OPTIONS`."""
        ...

    @property
    def needs(self) -> tuple[tuple[str, str], ...]:
        """Import names of libraries, each with the command that installs it."""
        ...

    def write(
        self, heard: Heard, options: Options, *, place: Path, title: str, device: str, store: ModelStore
    ) -> Written:
        """Write down what is said.

        Parameters
        ----------
        heard : Heard
            The sound.
        options : Options
            Those that are not honoured have their defaults.
        place : pathlib.Path
            The model's files.
        title : str
            What the model is called, for the label.
        device : str
            ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
        store : ModelStore
            Where loaded models are kept.

        Returns
        -------
        Written
            Every span of speech is claimed by something.
        """
        ...


def refuse_unknown_options(engine: SpeechEngine, options: Options, title: str) -> None:
    """Raise ParameterError for an option that the engine would ignore."""
    ignored = sorted(options.asked_for() - COMMON_OPTIONS - engine.options)
    if ignored:
        raise ParameterError(
            f"{title} cannot do {', '.join(ignored)}: its engine is {engine.name}.",
            cure="Leave that out, or name a Whisper model.",
        )
