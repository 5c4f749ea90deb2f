"""Segments that overlap, spread over tiers in which none does, and joined again (for TextGrids)."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from audiokit.annotations.document import Tier

if TYPE_CHECKING:
    from audiokit.results import Segment

__all__ = ["joined", "lanes_of", "would_join"]

# What the name of a further tier ends with
_FURTHER = re.compile(r" \[(?:overlap|points)[^\]]*\]\Z")


def lanes_of(tier: Tier) -> list[Tier]:
    """Spread a tier over as many as its overlaps need.

    Parameters
    ----------
    tier : Tier
        Of any kind.

    Returns
    -------
    list of Tier
        The tier under its own name, then ``name [overlap 2]`` and so on for intervals, ``name [points]``,
        ``name [points 2]`` and so on for points among them, or at the same time as others. In each, segments do not
        overlap, and points differ in time.

    Examples
    --------
    >>> from audiokit import Segment
    >>> [lane.name for lane in lanes_of(Tier("talk", [Segment(0, 2), Segment(1, 3), Segment(2, 2)]))]
    ['talk', 'talk [overlap 2]', 'talk [points]']
    """
    points = _by_time([s for s in tier.segments if s.start_seconds == s.end_seconds])
    if tier.kind == "point":
        own = points[0] if points else []
        return [
            Tier(tier.name, tuple(own), "point"),
            *(Tier(f"{tier.name} [points {i}]", tuple(lane), "point") for i, lane in enumerate(points[1:], start=2)),
        ]
    intervals = _without_overlap([s for s in tier.segments if s.start_seconds < s.end_seconds]) or [[]]
    return [
        Tier(tier.name, tuple(intervals[0])),
        *(Tier(f"{tier.name} [overlap {i}]", tuple(lane)) for i, lane in enumerate(intervals[1:], start=2)),
        *(
            Tier(f"{tier.name} [points{f' {i}' if i > 1 else ''}]", tuple(lane), "point")
            for i, lane in enumerate(points, start=1)
        ),
    ]


def joined(tiers: Iterable[Tier]) -> list[Tier]:
    """Join the tiers that `lanes_of` has spread: those that follow in its order under its names.

    Parameters
    ----------
    tiers : iterable of Tier
        As they stand in the file.
    """
    groups: list[list[Tier]] = []
    following: str | None = None  # the name under which the present group would go on, for intervals
    points = 0  # how many tiers of points the group has
    for tier in tiers:
        is_point = tier.kind == "point"
        next_points = f"{groups[-1][0].name} [points{f' {points + 1}' if points else ''}]" if groups else None
        if tier.name == (next_points if is_point else following):
            groups[-1].append(tier)
            points += is_point
        else:
            groups.append([tier])
            points = int(is_point)
        following = None if points else f"{groups[-1][0].name} [overlap {len(groups[-1]) + 1}]"
    return [
        group[0] if len(group) == 1 else Tier(group[0].name, tuple(s for t in group for s in t.segments), group[0].kind)
        for group in groups
    ]


def would_join(tiers: Sequence[Tier]) -> int:
    """Count the tiers that would not be the same again, because reading takes one for a part of the one before."""
    if not any(_FURTHER.search(tier.name) for tier in tiers):
        return 0
    found = joined(lane for tier in tiers for lane in lanes_of(tier))
    return sum(
        one is None or other is None or (one.name, one.segments) != (other.name, other.segments)
        for one, other in zip_longest(found, tiers)
    )


def _without_overlap(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Put each segment, in order of time, into the first lane that is free.

    Of segments with equal bounds, the later one so comes into a later lane, and a stable sort restores their order.
    """
    lanes: list[list[Segment]] = []
    busy: list[tuple[float, int]] = []  # heap of (end, lane)
    free: list[int] = []  # heap of lanes
    for segment in segments:
        while busy and busy[0][0] <= segment.start_seconds:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane = len(lanes)
            lanes.append([])
        lanes[lane].append(segment)
        heapq.heappush(busy, (segment.end_seconds, lane))
    return lanes


def _by_time(points: Sequence[Segment]) -> list[list[Segment]]:
    """Put each point, in order of time, into the first lane that has none at its time."""
    lanes: list[list[Segment]] = []
    lane = 0
    for index, point in enumerate(points):
        lane = lane + 1 if index and points[index - 1].start_seconds == point.start_seconds else 0
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(point)
    return lanes
