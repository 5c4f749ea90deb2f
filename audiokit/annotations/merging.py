"""Several tiers in a file that has room for one: what is said of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from audiokit.annotations.document import Annotations, extra_names, extra_rows, kind_of

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses
    from audiokit.results import Segment

__all__ = ["count_scores", "merged_segments"]


def merged_segments(
    annotations: Annotations, losses: Losses, *, held: Collection[str] = ()
) -> list[tuple[Segment, tuple[str, ...]]]:
    """Segments of all tiers in order of time, each with its extra columns.

    Parameters
    ----------
    annotations : Annotations
        Any.
    losses : Losses
        Takes note of tiers that cannot be told apart any more, of kinds that reading would not guess, and of extra
        columns that are not held.
    held : collection of str
        The extra columns that the format holds.

    Returns
    -------
    list of (Segment, tuple of str)
        The texts are those of `held`, ``""`` where there is none.
    """
    tiers = annotations.tiers
    if len(tiers) == 1:
        losses.add("kinds of tiers", int(tiers[0].kind != kind_of(tiers[0].segments)))
    else:
        losses.add("tiers, which are one from now on", len(tiers))
    names = list(held)
    rows = [row for tier in tiers for row in zip(tier.segments, extra_rows(tier, names), strict=True)]
    if not names:
        rows = [(segment, ()) for segment, _ in rows]
    if len(tiers) > 1:
        rows.sort(key=lambda row: (row[0].start_seconds, row[0].end_seconds))
    for name in extra_names(tiers):
        if name not in held:
            losses.add(f"the column {name!r}")
    return rows


def count_scores(annotations: Annotations) -> int:
    """How many segments have a score."""
    return sum(segment.score is not None for tier in annotations.tiers for segment in tier.segments)
