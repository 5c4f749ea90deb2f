"""Annotations in files: Audacity labels, Praat TextGrids, RTTM and CTM, CSV tables, SRT and WebVTT, read and written.

Each format's module says what it can hold; what it cannot is said in a warning, or refused with ``strict=True``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.annotations.document import Annotations as Annotations
    from audiokit.annotations.document import Tier as Tier
    from audiokit.annotations.files import FORMATS as FORMATS
    from audiokit.annotations.files import read_annotations as read_annotations
    from audiokit.annotations.files import write_annotations as write_annotations
    from audiokit.annotations.losses import AnnotationLossWarning as AnnotationLossWarning

__all__ = [
    "FORMATS",
    "AnnotationLossWarning",
    "Annotations",
    "Tier",
    "read_annotations",
    "write_annotations",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "FORMATS": ".files",
        "AnnotationLossWarning": ".losses",
        "Annotations": ".document",
        "Tier": ".document",
        "read_annotations": ".files",
        "write_annotations": ".files",
    },
)
