"""Lip-sync: from 16 kHz speech to what a mouth model hears."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.lipsync.deviations import Deviation as Deviation
    from audiokit.lipsync.deviations import measure_deviations as measure_deviations
    from audiokit.lipsync.mel import MelStages as MelStages
    from audiokit.lipsync.mel import mel_spectrogram as mel_spectrogram
    from audiokit.lipsync.mel import mel_stages as mel_stages
    from audiokit.lipsync.pictures import mel_chart as mel_chart

__all__ = ["Deviation", "MelStages", "measure_deviations", "mel_chart", "mel_spectrogram", "mel_stages"]

_HOME = {
    "Deviation": "audiokit.lipsync.deviations",
    "MelStages": "audiokit.lipsync.mel",
    "measure_deviations": "audiokit.lipsync.deviations",
    "mel_chart": "audiokit.lipsync.pictures",
    "mel_spectrogram": "audiokit.lipsync.mel",
    "mel_stages": "audiokit.lipsync.mel",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit.lipsync' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
