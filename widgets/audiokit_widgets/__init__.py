"""See it and hear it: audiokit's widgets for Jupyter, and the static pages made from them.

The names below load what they need when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.errors import LibraryUnavailable
from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit_widgets.annotator import Annotator as Annotator
    from audiokit_widgets.compare import Compare as Compare
    from audiokit_widgets.controls import live as live
    from audiokit_widgets.inspector import Inspector as Inspector
    from audiokit_widgets.lanes import Curve as Curve
    from audiokit_widgets.lanes import Matrix as Matrix
    from audiokit_widgets.linked_chart import linked_chart as linked_chart
    from audiokit_widgets.loader_monitor import LoaderMonitor as LoaderMonitor
    from audiokit_widgets.model_view import WhatTheModelSaw as WhatTheModelSaw
    from audiokit_widgets.player import AudioPlayer as AudioPlayer
    from audiokit_widgets.recorder import Recorder as Recorder
    from audiokit_widgets.segments import SegmentTable as SegmentTable
    from audiokit_widgets.sound import Sound as Sound
    from audiokit_widgets.tag_card import TagCard as TagCard
    from audiokit_widgets.transcript_diff import TranscriptDiff as TranscriptDiff
    from audiokit_widgets.views import show as show

__all__ = [
    "Annotator",
    "AudioPlayer",
    "Compare",
    "Curve",
    "Inspector",
    "LoaderMonitor",
    "Matrix",
    "Recorder",
    "SegmentTable",
    "Sound",
    "TagCard",
    "TranscriptDiff",
    "WhatTheModelSaw",
    "linked_chart",
    "live",
    "show",
]

_fetch, __dir__ = lazy_names(
    __name__,
    {
        "Annotator": ".annotator",
        "AudioPlayer": ".player",
        "Compare": ".compare",
        "Curve": ".lanes",
        "Inspector": ".inspector",
        "LoaderMonitor": ".loader_monitor",
        "Matrix": ".lanes",
        "Recorder": ".recorder",
        "SegmentTable": ".segments",
        "Sound": ".sound",
        "TagCard": ".tag_card",
        "TranscriptDiff": ".transcript_diff",
        "WhatTheModelSaw": ".model_view",
        "linked_chart": ".linked_chart",
        "live": ".controls",
        "show": ".views",
    },
)


def __getattr__(name: str) -> object:
    try:
        return _fetch(name)
    except ModuleNotFoundError as error:
        raise LibraryUnavailable(
            f"audiokit_widgets.{name} needs {error.name}, which is not installed.",
            cure='Run: pip install "audiokit[report]"',
        ) from error
