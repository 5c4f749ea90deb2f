"""Text from sound, and sound from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.speech.engines import transcribe as transcribe
    from audiokit.speech.espeak import speak as speak
    from audiokit.speech.scoring import WordErrors as WordErrors
    from audiokit.speech.scoring import word_errors as word_errors
    from audiokit.speech.transcript import Passage as Passage
    from audiokit.speech.transcript import Transcript as Transcript
    from audiokit.speech.transcript import Word as Word

__all__ = [
    "Passage",
    "Transcript",
    "Word",
    "WordErrors",
    "speak",
    "transcribe",
    "word_errors",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Passage": ".transcript",
        "Transcript": ".transcript",
        "Word": ".transcript",
        "WordErrors": ".scoring",
        "speak": ".espeak",
        "transcribe": ".engines",
        "word_errors": ".scoring",
    },
)
