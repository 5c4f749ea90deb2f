"""What a `StreamingTranscriber` tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.speech.transcript import Passage, Word

__all__ = ["StreamEvent"]


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """Something became known.

    Parameters
    ----------
    kind : {"speech_start", "speech_end", "partial", "final"}
        What.
    seconds : float
        Where in the stream: where speech begins or ends; for text, where the speech that it is of begins.
    text : str
        For ``partial`` and ``final``: all that was said since then.
    stable_text : str
        For ``partial``: the beginning of the text, which later partial results only add to.
    passages : tuple of Passage
        For ``final``: with times in the stream.
    words : tuple of Word
        For ``final``, where the engine gives them.
    revised : bool
        For ``final``: whether it contradicts what was told as stable.
    error : str
        For ``final``: why there is no text, where the engine failed.
    taken_seconds : float
        How long it took after the chunk that decided it was pushed, as measured.
    """

    kind: str
    seconds: float
    text: str = ""
    stable_text: str = ""
    passages: tuple[Passage, ...] = ()
    words: tuple[Word, ...] = ()
    revised: bool = False
    error: str = ""
    taken_seconds: float = 0.0
