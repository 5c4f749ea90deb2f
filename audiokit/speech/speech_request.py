"""Everything that `speak` is asked, checked once; and a way to give two functions one signature."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from audiokit.errors import ParameterError
from audiokit.speech.voice_engine import VoiceOptions

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore

__all__ = ["SpeechRequest", "takes_arguments_of"]

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What is asked; see `audiokit.speak` for what each field means.

    Raises
    ------
    ParameterError
        If there is nothing to say, or a value does not fit.
    """

    text: str
    voice: str
    engine: str | os.PathLike[str]
    options: VoiceOptions
    normalise: bool | str
    pause_seconds: float
    max_seconds: float
    device: str
    store: ModelStore | None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ParameterError("There is nothing to say: the text is empty.")
        if self.normalise not in (True, False, "auto"):
            raise ParameterError(f'normalise must be True, False or "auto", got {self.normalise!r}.')
        if self.normalise is True and self.options.ssml:
            raise ParameterError(
                "normalise would write out the figures in SSML's marks.", cure="Leave one of them out."
            )
        if not 0 <= self.pause_seconds <= 60:
            raise ParameterError(f"pause_seconds must lie between 0 and 60, got {self.pause_seconds!r}.")
        if not self.max_seconds > 0:
            raise ParameterError(f"max_seconds must be above 0, got {self.max_seconds!r}.")

    @classmethod
    def of(cls, arguments: dict[str, Any]) -> SpeechRequest:
        """Sort `speak`'s arguments, by name, into those for the engine and the others."""
        names = {field.name for field in fields(VoiceOptions)}
        for_engine = {name: value for name, value in arguments.items() if name in names}
        others = {name: value for name, value in arguments.items() if name not in names}
        return cls(options=VoiceOptions(**for_engine), **others)


def takes_arguments_of(
    pattern: Callable[_Arguments, object],
) -> Callable[[Callable[[dict[str, Any]], _Answer]], Callable[_Arguments, _Answer]]:
    """Give a function that takes named values in a dictionary the signature of another function.

    The names, defaults and types stand once, and people, `inspect` and the type checker see them at both.

    Examples
    --------
    >>> def add(a: int, b: int = 2) -> int: return a + b
    >>> @takes_arguments_of(add)
    ... def told(values: dict[str, int]) -> str: return str(values)
    >>> told(1)
    "{'a': 1, 'b': 2}"
    """
    signature = inspect.signature(pattern)

    def give(function: Callable[[dict[str, Any]], _Answer]) -> Callable[_Arguments, _Answer]:
        @functools.wraps(function)
        def named(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Answer:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            return function(dict(bound.arguments))

        returned = inspect.signature(function).return_annotation
        named.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
        named.__annotations__ = {**pattern.__annotations__, "return": returned}
        return named

    return give
