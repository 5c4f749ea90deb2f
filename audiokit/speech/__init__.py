"""Text from sound, and sound from text."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.speech.engines import transcribe as transcribe
    from audiokit.speech.espeak import speak as speak
    from audiokit.speech.scoring import WordErrors as WordErrors
    from audiokit.speech.scoring import word_errors as word_errors
    from audiokit.speech.transcript import Transcript as Transcript
    from audiokit.speech.transcript import Word as Word

_HOME = {
    "Transcript": "audiokit.speech.transcript",
    "Word": "audiokit.speech.transcript",
    "WordErrors": "audiokit.speech.scoring",
    "speak": "audiokit.speech.espeak",
    "transcribe": "audiokit.speech.engines",
    "word_errors": "audiokit.speech.scoring",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit.speech' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
