"""audiokit: decode, look at, listen to, tag, transcribe and report on recordings, from a notebook.

The names below load what they need when they are first used; ``import audiokit`` itself costs little more than
``import numpy``.
"""

# No `from __future__ import annotations` here: it would put that name in the place of the room audiokit.annotations.
from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

__version__ = "0.1.0"

if TYPE_CHECKING:
    from audiokit.annotations import Annotations as Annotations
    from audiokit.annotations import read_annotations as read_annotations
    from audiokit.annotations import write_annotations as write_annotations
    from audiokit.audio import Audio as Audio
    from audiokit.decode import AudioDecoder as AudioDecoder
    from audiokit.decode import AudioInfo as AudioInfo
    from audiokit.decode import blocks as blocks
    from audiokit.decode import info as info
    from audiokit.decode import load as load
    from audiokit.decode import read as read
    from audiokit.decode import read_many as read_many
    from audiokit.decode import write as write
    from audiokit.model_input import ModelInput as ModelInput
    from audiokit.results import Segment as Segment
    from audiokit.results import Status as Status
    from audiokit.speech import speak as speak
    from audiokit.speech import transcribe as transcribe
    from audiokit.tagging import TagResult as TagResult
    from audiokit.tagging import tag as tag
    from audiokit.tagging import tag_many as tag_many
    from audiokit.training import AddNoise as AddNoise
    from audiokit.training import AudioDataLoader as AudioDataLoader
    from audiokit.training import AudioDataset as AudioDataset
    from audiokit.training import CodecDegradation as CodecDegradation
    from audiokit.training import Compose as Compose
    from audiokit.training import FrequencyMask as FrequencyMask
    from audiokit.training import ImpulseResponse as ImpulseResponse
    from audiokit.training import PitchShift as PitchShift
    from audiokit.training import SpeedPerturbation as SpeedPerturbation
    from audiokit.training import TimeMask as TimeMask
    from audiokit.training import TimeStretch as TimeStretch
    from audiokit.training import VolumeAdjust as VolumeAdjust

__all__ = [
    "AddNoise",
    "Annotations",
    "Audio",
    "AudioDataLoader",
    "AudioDataset",
    "AudioDecoder",
    "AudioInfo",
    "CodecDegradation",
    "Compose",
    "FrequencyMask",
    "ImpulseResponse",
    "ModelInput",
    "PitchShift",
    "Segment",
    "SpeedPerturbation",
    "Status",
    "TagResult",
    "TimeMask",
    "TimeStretch",
    "VolumeAdjust",
    "__version__",
    "activity",
    "annotations",
    "bench",
    "blocks",
    "decode",
    "dsp",
    "errors",
    "info",
    "lipsync",
    "load",
    "models",
    "read",
    "read_annotations",
    "read_many",
    "report",
    "speak",
    "speech",
    "tag",
    "tag_many",
    "tagging",
    "training",
    "transcribe",
    "write",
    "write_annotations",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "AddNoise": ".training",
        "Annotations": ".annotations",
        "Audio": ".audio",
        "AudioDataLoader": ".training",
        "AudioDataset": ".training",
        "AudioDecoder": ".decode",
        "AudioInfo": ".decode",
        "CodecDegradation": ".training",
        "Compose": ".training",
        "FrequencyMask": ".training",
        "ImpulseResponse": ".training",
        "ModelInput": ".model_input",
        "PitchShift": ".training",
        "Segment": ".results",
        "SpeedPerturbation": ".training",
        "Status": ".results",
        "TagResult": ".tagging",
        "TimeMask": ".training",
        "TimeStretch": ".training",
        "VolumeAdjust": ".training",
        "activity": "",
        "annotations": "",
        "bench": "",
        "blocks": ".decode",
        "decode": "",
        "dsp": "",
        "errors": "",
        "info": ".decode",
        "lipsync": "",
        "load": ".decode",
        "models": "",
        "read": ".decode",
        "read_annotations": ".annotations",
        "read_many": ".decode",
        "report": "",
        "speak": ".speech",
        "speech": "",
        "tag": ".tagging",
        "tag_many": ".tagging",
        "tagging": "",
        "training": "",
        "transcribe": ".speech",
        "write": ".decode",
        "write_annotations": ".annotations",
    },
)
