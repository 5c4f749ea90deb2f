"""What can be asked of a transcription, checked once for all engines."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from typing import Literal

from audiokit.errors import ParameterError

__all__ = ["Options"]

_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of an engine; see `audiokit.transcribe` for what each means.

    Raises
    ------
    ParameterError
        If a value does not fit.
    """

    language: str | None = None
    task: Literal["transcribe", "translate"] = "transcribe"
    vad: Literal["auto"] | bool = "auto"
    gate: Literal["auto"] | bool = "auto"
    denoise: bool = False
    word_timestamps: bool = False
    beam_size: int = 5
    batch_size: Literal["auto"] | int = "auto"
    compute_type: str = "auto"
    initial_prompt: str | None = None
    hotwords: str | None = None
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    log_probability_threshold: float = -1.0
    compression_ratio_threshold: float = 2.4
    no_speech_threshold: float = 0.6
    min_coverage: float = 0.6
    repair: bool = True
    max_new_tokens: int | None = None
    readable: bool = True
    punctuator: str | os.PathLike[str] = "auto"

    def __post_init__(self) -> None:
        if self.language is not None and not (isinstance(self.language, str) and _LANGUAGE.fullmatch(self.language)):
            raise ParameterError(
                f"A language is a code of two or three letters, got {self.language!r}.", cure="For example 'en', 'de'."
            )
        if self.task not in ("transcribe", "translate"):
            raise ParameterError(f"There is no task {self.task!r}.", cure="It is 'transcribe' or 'translate'.")
        for name in ("vad", "gate"):
            if getattr(self, name) not in ("auto", True, False):
                raise ParameterError(f"{name} is 'auto', True or False, got {getattr(self, name)!r}.")
        for name in ("beam_size", "batch_size", "max_new_tokens"):
            value = getattr(self, name)
            absent = (name, value) in {("max_new_tokens", None), ("batch_size", "auto")}
            if not absent and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ParameterError(f"{name} must be a whole number, 1 or more, got {value!r}.")
        if not self.temperatures or not all(0 <= t <= 2 for t in self.temperatures):
            raise ParameterError(f"temperatures lie between 0 and 2, at least one, got {self.temperatures!r}.")
        for name in ("no_speech_threshold", "min_coverage"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(f"{name} must lie between 0 and 1, got {getattr(self, name)!r}.")
        self._refuse_what_contradicts()

    def _refuse_what_contradicts(self) -> None:
        if self.gate is True and self.vad is False:
            raise ParameterError(
                "The gate judges what voice activity detection heard, and vad=False listens everywhere.",
                cure="Leave one of them out.",
            )
        if not self.readable and os.fspath(self.punctuator) != "auto":
            raise ParameterError("readable=False wants no punctuation.", cure="Leave punctuator out.")
        if self.vad is False and self.batch_size not in ("auto", 1):
            raise ParameterError(
                "Batches are cut where nobody speaks, and vad=False finds no such place.",
                cure="Leave batch_size out, or vad.",
            )

    def asked_for(self) -> frozenset[str]:
        """Names of the options that differ from their defaults."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) != field.default)
