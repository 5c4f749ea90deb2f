"""What is going on in the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.activity.content import ContentResult as ContentResult
    from audiokit.activity.content import classify_content as classify_content
    from audiokit.activity.content_decisions import ContentThresholds as ContentThresholds
    from audiokit.activity.levels import frame_levels as frame_levels
    from audiokit.activity.levels import loud_segments as loud_segments
    from audiokit.activity.levels import seconds_within as seconds_within
    from audiokit.activity.segmentation import VadSettings as VadSettings
    from audiokit.activity.streaming import StreamingVad as StreamingVad
    from audiokit.activity.streaming import VadEvent as VadEvent
    from audiokit.activity.vad import VadResult as VadResult
    from audiokit.activity.vad import detect_speech as detect_speech
    from audiokit.activity.voice import justified_speech as justified_speech

__all__ = [
    "ContentResult",
    "ContentThresholds",
    "StreamingVad",
    "VadEvent",
    "VadResult",
    "VadSettings",
    "classify_content",
    "detect_speech",
    "frame_levels",
    "justified_speech",
    "loud_segments",
    "seconds_within",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "content": "",
        "ContentResult": ".content",
        "ContentThresholds": ".content_decisions",
        "classify_content": ".content",
        "vad": "",
        "StreamingVad": ".streaming",
        "VadEvent": ".streaming",
        "VadResult": ".vad",
        "VadSettings": ".segmentation",
        "detect_speech": ".vad",
        "frame_levels": ".levels",
        "justified_speech": ".voice",
        "loud_segments": ".levels",
        "seconds_within": ".levels",
    },
)
