"""Lip-sync: from 16 kHz speech to what a mouth model hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.lipsync.clock import WindowClock as WindowClock
    from audiokit.lipsync.clock import frame_rate as frame_rate
    from audiokit.lipsync.deviations import Deviation as Deviation
    from audiokit.lipsync.deviations import measure_deviations as measure_deviations
    from audiokit.lipsync.inputs import model_input as model_input
    from audiokit.lipsync.mel import MelStages as MelStages
    from audiokit.lipsync.mel import mel_spectrogram as mel_spectrogram
    from audiokit.lipsync.mel import mel_stages as mel_stages
    from audiokit.lipsync.pictures import mel_chart as mel_chart
    from audiokit.lipsync.streaming import StreamingMel as StreamingMel
    from audiokit.lipsync.windows import WindowStream as WindowStream
    from audiokit.lipsync.windows import cut_windows as cut_windows

__all__ = [
    "Deviation",
    "MelStages",
    "StreamingMel",
    "WindowClock",
    "WindowStream",
    "cut_windows",
    "frame_rate",
    "measure_deviations",
    "mel_chart",
    "mel_spectrogram",
    "mel_stages",
    "model_input",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Deviation": ".deviations",
        "MelStages": ".mel",
        "StreamingMel": ".streaming",
        "WindowClock": ".clock",
        "WindowStream": ".windows",
        "cut_windows": ".windows",
        "frame_rate": ".clock",
        "measure_deviations": ".deviations",
        "mel_chart": ".pictures",
        "mel_spectrogram": ".mel",
        "mel_stages": ".mel",
        "model_input": ".inputs",
    },
)
