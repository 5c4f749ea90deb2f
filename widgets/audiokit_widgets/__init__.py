"""See it and hear it: audiokit's widgets for Jupyter, and the static pages made from them.

The names below load what they need when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit_widgets.controls import live as live
    from audiokit_widgets.player import AudioPlayer as AudioPlayer
    from audiokit_widgets.segments import SegmentTable as SegmentTable
    from audiokit_widgets.views import show as show

_HOME = {
    "AudioPlayer": "audiokit_widgets.player",
    "SegmentTable": "audiokit_widgets.segments",
    "live": "audiokit_widgets.controls",
    "show": "audiokit_widgets.views",
}

__all__ = ["AudioPlayer", "SegmentTable", "live", "show"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit_widgets' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
