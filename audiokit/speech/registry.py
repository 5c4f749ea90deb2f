"""The engines that turn sound into text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from audiokit.speech.ctc import CtcEngine
from audiokit.speech.sphinx import SphinxEngine
from audiokit.speech.whisper import WhisperEngine

if TYPE_CHECKING:
    from audiokit.speech.engine import SpeechEngine

__all__ = ["ENGINES"]

ENGINES: Mapping[str, SpeechEngine] = MappingProxyType(
    {engine.name: engine for engine in (WhisperEngine(), CtcEngine(), SphinxEngine())}
)
"""By name; none of them loads anything before it is used."""
