"""Stretches of speech worth decoding in one go."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.results import Segment
    from audiokit.speech.engine import Heard
    from audiokit.speech.spans import Span

__all__ = ["stretches", "stretches_of"]


def stretches(
    segments: tuple[Segment, ...],
    *,
    audio_seconds: float,
    pad_seconds: float = 0.5,
    longest_seconds: float = 30.0,
    join_seconds: float | None = None,
) -> list[tuple[float, float]]:
    """Join segments of speech to stretches worth decoding in one go, with room around them.

    Parameters
    ----------
    segments : tuple of Segment
        In order; none longer than ``longest_seconds - 2 * pad_seconds``, if the limit is to hold.
    audio_seconds : float
        No stretch ends after this.
    pad_seconds : float
        Room before and after. Where two stretches have too little room between them they meet in the middle of the
        gap, so that nothing is decoded twice.
    longest_seconds : float
        Limit of a stretch.
    join_seconds : float, optional
        Segments closer than this are joined, unless that would grow too long; twice the room by default.

    Returns
    -------
    list of (float, float)
        Start and end in seconds, in order, not overlapping.

    Examples
    --------
    >>> from audiokit import Segment
    >>> stretches((Segment(1.0, 2.0), Segment(2.5, 3.0), Segment(8.0, 9.0)), audio_seconds=9.2)
    [(0.5, 3.5), (7.5, 9.2)]
    """
    within = 2 * pad_seconds if join_seconds is None else join_seconds
    joined: list[tuple[float, float]] = []
    for segment in segments:
        start, end = segment.start_seconds, segment.end_seconds
        near = bool(joined) and start - joined[-1][1] < within
        if near and end - joined[-1][0] <= longest_seconds - 2 * pad_seconds:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    befores = [
        0.0,
        *((previous[1] + following[0]) / 2 for previous, following in itertools.pairwise(joined)),
    ]
    afters = [*befores[1:], audio_seconds]
    return [
        (max(start - pad_seconds, before), min(end + pad_seconds, after))
        for (start, end), before, after in zip(joined, befores, afters, strict=False)
    ]


def stretches_of(
    heard: Heard, *, longest_seconds: float, pad_seconds: float, join_seconds: float | None = None
) -> list[Span]:
    """Return what an engine decodes in one go: stretches of speech, or equal pieces where speech was not looked for.

    Parameters
    ----------
    heard : Heard
        The sound, and where somebody speaks in it.
    longest_seconds, pad_seconds, join_seconds
        As `stretches`.
    """
    if heard.speech is None:
        count = math.ceil(heard.audio_seconds / longest_seconds)
        starts = [piece * longest_seconds for piece in range(count)]
        return [(start, min(start + longest_seconds, heard.audio_seconds)) for start in starts]
    return stretches(
        heard.speech_segments(longest_seconds - 2 * pad_seconds),
        audio_seconds=heard.audio_seconds,
        pad_seconds=pad_seconds,
        longest_seconds=longest_seconds,
        join_seconds=join_seconds,
    )
