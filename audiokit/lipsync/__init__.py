"""Lip-sync: from 16 kHz speech to what a mouth model hears, and to a face that speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.lipsync.animator import Animator as Animator
    from audiokit.lipsync.avatar import Avatar as Avatar
    from audiokit.lipsync.avatar import picture_avatar as picture_avatar
    from audiokit.lipsync.clock import WindowClock as WindowClock
    from audiokit.lipsync.clock import frame_rate as frame_rate
    from audiokit.lipsync.compositor import Box as Box
    from audiokit.lipsync.compositor import over as over
    from audiokit.lipsync.compositor import paste_mouth as paste_mouth
    from audiokit.lipsync.demo.avatar import demo_avatar as demo_avatar
    from audiokit.lipsync.deviations import Deviation as Deviation
    from audiokit.lipsync.deviations import measure_deviations as measure_deviations
    from audiokit.lipsync.diagnosis import Diagnosis as Diagnosis
    from audiokit.lipsync.diagnosis import diagnose_mel as diagnose_mel
    from audiokit.lipsync.encoder import Encoder as Encoder
    from audiokit.lipsync.film import FilmWriter as FilmWriter
    from audiokit.lipsync.generator import Generator as Generator
    from audiokit.lipsync.inputs import model_input as model_input
    from audiokit.lipsync.mel import MelStages as MelStages
    from audiokit.lipsync.mel import mel_spectrogram as mel_spectrogram
    from audiokit.lipsync.mel import mel_stages as mel_stages
    from audiokit.lipsync.pictures import mel_chart as mel_chart
    from audiokit.lipsync.session import LipsyncSession as LipsyncSession
    from audiokit.lipsync.streaming import StreamingMel as StreamingMel
    from audiokit.lipsync.sync import SyncOffset as SyncOffset
    from audiokit.lipsync.sync import loudness_at_frames as loudness_at_frames
    from audiokit.lipsync.sync import measure_offset as measure_offset
    from audiokit.lipsync.talking import Film as Film
    from audiokit.lipsync.talking import talk as talk
    from audiokit.lipsync.windows import WindowStream as WindowStream
    from audiokit.lipsync.windows import cut_windows as cut_windows

__all__ = [
    "Animator",
    "Avatar",
    "Box",
    "Deviation",
    "Diagnosis",
    "Encoder",
    "Film",
    "FilmWriter",
    "Generator",
    "LipsyncSession",
    "MelStages",
    "StreamingMel",
    "SyncOffset",
    "WindowClock",
    "WindowStream",
    "cut_windows",
    "demo_avatar",
    "diagnose_mel",
    "frame_rate",
    "loudness_at_frames",
    "measure_deviations",
    "measure_offset",
    "mel_chart",
    "mel_spectrogram",
    "mel_stages",
    "model_input",
    "over",
    "paste_mouth",
    "picture_avatar",
    "talk",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Animator": ".animator",
        "Avatar": ".avatar",
        "Box": ".compositor",
        "Deviation": ".deviations",
        "Diagnosis": ".diagnosis",
        "LipsyncSession": ".session",
        "diagnose_mel": ".diagnosis",
        "Encoder": ".encoder",
        "Film": ".talking",
        "FilmWriter": ".film",
        "Generator": ".generator",
        "MelStages": ".mel",
        "StreamingMel": ".streaming",
        "SyncOffset": ".sync",
        "WindowClock": ".clock",
        "WindowStream": ".windows",
        "cut_windows": ".windows",
        "demo_avatar": ".demo.avatar",
        "frame_rate": ".clock",
        "loudness_at_frames": ".sync",
        "measure_deviations": ".deviations",
        "measure_offset": ".sync",
        "mel_chart": ".pictures",
        "mel_spectrogram": ".mel",
        "mel_stages": ".mel",
        "model_input": ".inputs",
        "over": ".compositor",
        "paste_mouth": ".compositor",
        "picture_avatar": ".avatar",
        "talk": ".talking",
    },
)
