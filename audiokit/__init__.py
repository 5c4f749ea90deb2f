"""audiokit: decode, look at, listen to, tag, transcribe and report on recordings, from a notebook.

The names below load what they need when they are first used; ``import audiokit`` itself costs little more than
``import numpy``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from audiokit.audio import Audio as Audio
    from audiokit.decode import AudioInfo as AudioInfo
    from audiokit.decode import info as info
    from audiokit.decode import load as load
    from audiokit.decode import read as read
    from audiokit.results import Segment as Segment
    from audiokit.results import Status as Status
    from audiokit.speech import transcribe as transcribe

_HOME = {
    "Audio": "audiokit.audio",
    "AudioInfo": "audiokit.decode",
    "Segment": "audiokit.results",
    "Status": "audiokit.results",
    "info": "audiokit.decode",
    "load": "audiokit.decode",
    "read": "audiokit.decode",
    "transcribe": "audiokit.speech",
}
_ROOMS = ("activity", "bench", "decode", "dsp", "errors", "lipsync", "models", "report", "speech")

__all__ = [*sorted(_HOME), *_ROOMS, "__version__"]  # noqa: PLE0604 - names of strings only


def __getattr__(name: str) -> object:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ROOMS:
        value = importlib.import_module(f"audiokit.{name}")
    else:
        raise AttributeError(f"module 'audiokit' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
