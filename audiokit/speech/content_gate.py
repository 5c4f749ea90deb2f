"""Speech by voice activity detection alone: where the content gate hears music or noise for seconds, and no speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.activity.content import classify_content
from audiokit.activity.content_decisions import CLASSES, smoothed
from audiokit.speech.coverage import Covered
from audiokit.speech.spans import Span, intersection, remainder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audiokit.activity.content import ContentResult
    from audiokit.audio import Audio
    from audiokit.results import Segment

__all__ = ["AROUND_SECONDS", "other_content", "unspoken"]

# The gate was made to keep songs from a mood expert, and calls speech behind loud music music. What it keeps from a
# transcription must be beyond doubt. Recorded speech (read, acted, spontaneous, digits) is at 0.93 and above in every
# 10 s; read speech behind jazz or strings 5 dB below and more, or behind noise as loud, at 0.15 and above; behind
# strings as loud as the speaker three fifths of it are below 0.07. A sung phrase reaches 0.05.
SURELY_NONE = 0.07
AROUND_SECONDS = 10.0
LEAST_SECONDS = 5.0
_CRUMB_SECONDS = 0.5  # what is left of a segment and shorter than this is no word


def other_content(audio: Audio, segments: Sequence[Segment]) -> tuple[tuple[Covered, ...], ContentResult]:
    """Find the speech that is none.

    Parameters
    ----------
    audio : Audio
        The sound.
    segments : sequence of Segment
        Where voice activity detection heard speech in it, in order.

    Returns
    -------
    claims : tuple of Covered
        Parts of the segments: rejected, with ``music`` or ``noise`` and the probability in the reason.
    content : ContentResult
        What the gate heard.

    Raises
    ------
    ModelUnavailable, ModelRefused, LibraryUnavailable
        As `audiokit.activity.classify_content`.
    """
    content = classify_content(audio)
    return unspoken(content, segments), content


def unspoken(content: ContentResult, segments: Sequence[Segment]) -> tuple[Covered, ...]:
    """Say of segments of speech which parts the gate takes for something else, beyond doubt and for long.

    Parameters
    ----------
    content : ContentResult
        Of the whole sound.
    segments : sequence of Segment
        Of speech, in order.

    Returns
    -------
    tuple of Covered
        In order. A part is rejected where the probability of speech, averaged over 10 s, stays below 0.07 for 5 s
        or more; what would be left of its segment is kept if it lasts half a second.
    """
    audible = content.levels_dbfs >= content.thresholds.silence_dbfs
    mean = smoothed(content.probabilities, audible, AROUND_SECONDS, content.hop_seconds)
    edges = np.flatnonzero(np.diff(audible & (mean[:, 0] < SURELY_NONE), prepend=False, append=False))
    claims = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        span = (first * content.hop_seconds, min(last * content.hop_seconds, content.audio_seconds))
        if span[1] - span[0] < LEAST_SECONDS:
            continue
        label = CLASSES[1 + int(mean[first:last, 1:].mean(axis=0).argmax())]
        reason = f"{label}: the content gate gives speech a probability of {mean[first:last, 0].mean():.2f} here"
        claims += [Covered(*part, "rejected", reason) for part in _parts(span, segments)]
    return tuple(claims)


def _parts(span: Span, segments: Sequence[Segment]) -> list[Span]:
    """What the span takes of the segments, crumbs included."""
    parts = []
    for segment in segments:
        whole = [(segment.start_seconds, segment.end_seconds)]
        taken = intersection(whole, [span])
        kept = [left for left in remainder(whole, taken) if left[1] - left[0] >= _CRUMB_SECONDS]
        parts += remainder(whole, kept) if taken else []
    return parts
