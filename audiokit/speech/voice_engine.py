"""What an engine that speaks is given, gives back, and says about itself."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore

__all__ = ["ALWAYS_TAKEN", "Said", "Speaker", "TextTooLong", "VoiceEngine", "VoiceOptions"]

ALWAYS_TAKEN = frozenset({"language", "timeout_seconds"})
"""Options that no engine refuses: a language that it lacks it refuses itself."""


class TextTooLong(ParameterError):
    """A text takes longer to speak than is allowed."""


@dataclass(frozen=True, slots=True)
class VoiceOptions:
    """What is asked of a voice; see `audiokit.speak` for what each means.

    Raises
    ------
    ParameterError
        If a value does not fit.
    """

    speed: float = 1.0
    pitch: int | None = None
    words_per_minute: int | None = None
    ssml: bool = False
    seed: int | None = None
    emotion: str | None = None
    vocoder: str | os.PathLike[str] | None = None
    voice_bank: str | os.PathLike[str] | None = None
    language: str | None = None
    timeout_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not 0.25 <= self.speed <= 4:
            raise ParameterError(f"speed must lie between 0.25 and 4, got {self.speed!r}.")
        if self.pitch is not None and not 0 <= self.pitch <= 100:
            raise ParameterError(f"pitch must lie between 0 and 100, got {self.pitch!r}.")
        if self.words_per_minute is not None and self.speed != 1.0:
            raise ParameterError("speed and words_per_minute say the same thing.", cure="Give one of them.")
        if not self.timeout_seconds > 0:
            raise ParameterError(f"timeout_seconds must be above 0, got {self.timeout_seconds!r}.")

    def asked_for(self) -> frozenset[str]:
        """Names of the options that differ from their defaults."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) != field.default)


class Said(NamedTuple):
    """What a voice made of one text."""

    samples: NDArray[np.float32]
    """Shape (time,), full scale ±1; empty or silent where there was nothing to pronounce."""
    warnings: tuple[str, ...] = ()
    """What was not as it should be, in sentences."""


class Speaker(Protocol):
    """A voice that is ready to speak."""

    @property
    def sample_rate(self) -> int:
        """In Hz; known after the first text at the latest."""
        ...

    @property
    def label(self) -> str:
        """Engine and voice, for results."""
        ...

    @property
    def longest_characters(self) -> int:
        """A longer text is cut before it is given."""
        ...

    @property
    def pause_seconds(self) -> float:
        """Silence that the voice would leave between two sentences of one text."""
        ...

    @property
    def language(self) -> str:
        """Code of the language that it reads, such as ``en``; empty where it is not known."""
        ...

    @property
    def reads_numbers(self) -> bool:
        """Whether it knows digits, dates and abbreviations itself; else they are written out for it."""
        ...

    @property
    def vocoder(self) -> str:
        """What makes samples of its spectrogram; empty where the engine is one whole."""
        ...

    def unspoken(self, text: str) -> str:
        """Characters of a text that the voice would leave out; empty where it reads all."""
        ...

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; raises TextTooLong where it would take more than `max_seconds`."""
        ...


@runtime_checkable
class VoiceEngine(Protocol):
    """An engine: stateless, cheap to make."""

    @property
    def name(self) -> str:
        """How it is called."""
        ...

    @property
    def options(self) -> frozenset[str]:
        """Names of the `VoiceOptions` that it honours."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Import names of the libraries that run it."""
        ...

    @property
    def usual_model(self) -> str | None:
        """The model of the catalogue that it takes where none is named; None where a folder must be."""
        ...

    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> AbstractContextManager[Speaker]:
        """Make a voice ready.

        Parameters
        ----------
        voice : str
            ``"auto"`` or a name that the engine knows.
        options : VoiceOptions
            Those that are not honoured have their defaults.
        place : pathlib.Path or None
            The model's files, where it has some of its own.
        device : str
            As `transcribe`.
        store : ModelStore
            Where loaded models are kept.
        """
        ...
