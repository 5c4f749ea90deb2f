"""Where a voice is justified: what voice activity detection hears in music for a moment is taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from audiokit.activity.content import ContentResult
    from audiokit.activity.vad import VadResult
    from audiokit.results import Segment

__all__ = ["LEAST_EVIDENCE_SECONDS", "evidence_seconds", "justified_speech"]

LEAST_EVIDENCE_SECONDS = 0.25
"""Less evidence than this in a passage is a blip, where the content gate hears music."""

_PASSAGE_GAP_SECONDS = 5.0  # blips in one piece of music lie farther apart, words of one speaker nearer
_EVEN_CHANCE = 0.5


def justified_speech(
    vad: VadResult, content: ContentResult, *, least_evidence_seconds: float = LEAST_EVIDENCE_SECONDS
) -> VadResult:
    """Take back speech that voice activity detection found in music, if there is little of it and it is unsure.

    Segments less than 5 s apart are one passage. A passage is taken back where both hold: all of its segments lie in
    what the content gate calls music, and its evidence is less than `least_evidence_seconds`. Speech behind loud music,
    which the gate calls music too, has more.

    Parameters
    ----------
    vad : VadResult
        Of voice activity detection.
    content : ContentResult
        Of the same sound.
    least_evidence_seconds : float
        See `evidence_seconds`; 0 takes nothing back.

    Returns
    -------
    VadResult
        The same one, or one with fewer segments that notes it.

    Raises
    ------
    ParameterError
        If the least evidence is negative.
    """
    if not least_evidence_seconds >= 0:
        raise ParameterError(f"least_evidence_seconds must be 0 or more, got {least_evidence_seconds!r}.")
    music = [segment for segment in content.segments if segment.label == "music"]
    kept: list[Segment] = []
    taken: list[Segment] = []
    for passage in _passages(vad.segments):
        is_blip = evidence_seconds(passage) < least_evidence_seconds and all(_lies_in(one, music) for one in passage)
        (taken if is_blip else kept).extend(passage)
    if not taken:
        return vad
    seconds = sum(segment.duration_seconds for segment in taken)
    note = f"{seconds:.1f} s that voice activity detection took for speech, unsurely, are music by the content gate"
    return replace(vad, segments=tuple(kept), notes=(*vad.notes, note))


def evidence_seconds(segments: Iterable[Segment]) -> float:
    """How much speaks for a voice: seconds of each segment, times by how much its mean probability is above a half.

    Examples
    --------
    >>> from audiokit.results import Segment
    >>> round(evidence_seconds([Segment(0.0, 2.0, "speech", 0.9), Segment(3.0, 3.5, "speech", 0.45)]), 3)
    0.8
    """
    return sum(
        one.duration_seconds * max((1.0 if one.score is None else one.score) - _EVEN_CHANCE, 0.0) for one in segments
    )


def _passages(segments: Sequence[Segment]) -> list[list[Segment]]:
    passages: list[list[Segment]] = []
    for segment in segments:
        if passages and segment.start_seconds - passages[-1][-1].end_seconds < _PASSAGE_GAP_SECONDS:
            passages[-1].append(segment)
        else:
            passages.append([segment])
    return passages


def _lies_in(segment: Segment, spans: Sequence[Segment]) -> bool:
    """Whether spans, which do not overlap, cover a segment."""
    covered = sum(
        max(min(segment.end_seconds, span.end_seconds) - max(segment.start_seconds, span.start_seconds), 0.0)
        for span in spans
    )
    return covered >= segment.duration_seconds - 1e-6
