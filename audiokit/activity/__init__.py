"""What is going on in the sound."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.activity.levels import frame_levels as frame_levels
    from audiokit.activity.levels import loud_segments as loud_segments
    from audiokit.activity.levels import seconds_within as seconds_within
    from audiokit.activity.segmentation import VadSettings as VadSettings
    from audiokit.activity.vad import VadResult as VadResult
    from audiokit.activity.vad import detect_speech as detect_speech

_HOME = {
    "VadResult": "audiokit.activity.vad",
    "VadSettings": "audiokit.activity.segmentation",
    "detect_speech": "audiokit.activity.vad",
    "frame_levels": "audiokit.activity.levels",
    "loud_segments": "audiokit.activity.levels",
    "seconds_within": "audiokit.activity.levels",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit.activity' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
