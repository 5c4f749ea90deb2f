"""Short sounds of which voice activity detection is unsure, alone: music and noises more often than words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audiokit.speech.coverage import Covered

if TYPE_CHECKING:
    from audiokit.results import Segment

__all__ = ["ALONE_SECONDS", "doubtful"]

# On recordings: of 64 segments in read speech one is so, of 86 spoken digits that stand alone four, and in half a
# minute of jazz all four that were found.
_SURE = 0.75
_SHORT_SECONDS = 1.0
ALONE_SECONDS = 2.0


def doubtful(segments: Sequence[Segment]) -> tuple[Covered, ...]:
    """Find the segments in which an engine that writes words for any sound would only invent.

    Parameters
    ----------
    segments : sequence of Segment
        Of speech, in order, with the mean probability as score.

    Returns
    -------
    tuple of Covered
        One for each: rejected, with the probability in its reason. A segment is doubtful if it is shorter than 1 s, its
        mean probability is below 0.75, and no segment that is not so begins or ends within 2 s of it.

    Examples
    --------
    >>> from audiokit import Segment
    >>> found = [Segment(1.0, 1.3, "speech", 0.6), Segment(9.0, 12.0, "speech", 0.9)]
    >>> [claim.start_seconds for claim in doubtful(found)]
    [1.0]
    """
    weak = [s.score is not None and s.score < _SURE and s.duration_seconds < _SHORT_SECONDS for s in segments]
    strong = [segment for segment, is_weak in zip(segments, weak, strict=True) if not is_weak]
    return tuple(
        Covered(
            segment.start_seconds,
            segment.end_seconds,
            "rejected",
            f"voice activity detection is unsure of this short sound (mean probability {segment.score:.2f})",
        )
        for segment, is_weak in zip(segments, weak, strict=True)
        if is_weak and not any(_near(segment, other) for other in strong)
    )


def _near(segment: Segment, other: Segment) -> bool:
    gap = max(other.start_seconds - segment.end_seconds, segment.start_seconds - other.end_seconds)
    return gap < ALONE_SECONDS
