"""Arithmetic on spans of time: what lies in both, what is left over."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Span", "intersection", "length", "remainder", "union"]

Span = tuple[float, float]
"""Start and end in seconds; the end is exclusive."""


def union(spans: Iterable[Span], *, bridge_seconds: float = 0.0) -> list[Span]:
    """Join what overlaps or touches.

    Parameters
    ----------
    spans : iterable of (float, float)
        In any order; empty ones vanish.
    bridge_seconds : float
        Gaps up to this are bridged too.

    Returns
    -------
    list of (float, float)
        In order, apart from one another.

    Examples
    --------
    >>> union([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0)], bridge_seconds=1.0)
    [(0.0, 4.0)]
    """
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1] + bridge_seconds:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def intersection(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Return what lies in both.

    Examples
    --------
    >>> intersection([(0.0, 2.0), (3.0, 5.0)], [(1.0, 4.0)])
    [(1.0, 2.0), (3.0, 4.0)]
    """
    ones, others = union(first), union(second)
    shared: list[Span] = []
    here = there = 0
    while here < len(ones) and there < len(others):
        start, end = max(ones[here][0], others[there][0]), min(ones[here][1], others[there][1])
        if start < end:
            shared.append((start, end))
        if ones[here][1] <= others[there][1]:
            here += 1
        else:
            there += 1
    return shared


def remainder(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans when others are taken out of them.

    Examples
    --------
    >>> remainder([(0.0, 5.0)], [(1.0, 2.0), (4.0, 9.0)])
    [(0.0, 1.0), (2.0, 4.0)]
    """
    holes = union(taken)
    left: list[Span] = []
    first = 0
    for start, end in union(spans):
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        begin, index = start, first
        while index < len(holes) and holes[index][0] < end:
            if begin < holes[index][0]:
                left.append((begin, holes[index][0]))
            begin = max(begin, holes[index][1])
            index += 1
        if begin < end:
            left.append((begin, end))
    return left


def length(spans: Iterable[Span]) -> float:
    """Seconds that the spans take, each second once.

    Examples
    --------
    >>> length([(0.0, 2.0), (1.0, 3.0)])
    3.0
    """
    return sum(end - start for start, end in union(spans))
