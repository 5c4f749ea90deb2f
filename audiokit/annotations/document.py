"""Annotations of a recording: tiers of labelled spans and points of time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from audiokit.errors import ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEFAULT_TIER", "TABLE_COLUMNS", "Annotations", "Tier", "tiers_of_rows"]

DEFAULT_TIER = "labels"  # the name of the tier of a file whose format has no names
TABLE_COLUMNS = ("tier", "start_seconds", "end_seconds", "label", "score")


@dataclass(frozen=True, slots=True)
class Tier:
    """A named lane of segments, in order of time.

    Parameters
    ----------
    name : str
        Any text.
    segments : iterable of Segment
        Kept as a tuple, sorted by start, then by end; segments of equal bounds keep their order. Bounds and scores
        become Python floats (float64).
    kind : {"interval", "point"}
        ``point``: every segment ends where it starts. Points may stand in an interval tier too.
    extra : mapping of str to sequence of str, optional
        Further columns, one text for each segment as given: frequencies of Audacity's labels (``low_hz``,
        ``high_hz``), what else was in a table. ``""`` is nothing.

    Raises
    ------
    ParameterError
        If a score is not finite, a label is no text, a point has a length, or a column does not fit.

    Examples
    --------
    >>> [segment.label for segment in Tier("words", [Segment(1, 2, "world"), Segment(0, 1, "hello")]).segments]
    ['hello', 'world']
    """

    name: str = DEFAULT_TIER
    segments: tuple[Segment, ...] = ()
    kind: Literal["interval", "point"] = "interval"
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise ParameterError(f"The name of a tier is text, got {type(self.name).__name__}.", cure="Give a str.")
        if self.kind not in ("interval", "point"):
            raise ParameterError(f"A tier is of intervals or points, got kind {self.kind!r}.", cure="kind='interval'.")
        segments = tuple(_plain(segment) for segment in self.segments)
        extra = {name: tuple(values) for name, values in self.extra.items()}
        for name, values in extra.items():
            _check_column(name, values, len(segments))
        keys = [(segment.start_seconds, segment.end_seconds) for segment in segments]
        if any(first > second for first, second in itertools.pairwise(keys)):
            order = sorted(range(len(keys)), key=keys.__getitem__)
            segments = tuple(segments[index] for index in order)
            extra = {name: tuple(values[index] for index in order) for name, values in extra.items()}
        if self.kind == "point" and any(start != end for start, end in keys):
            raise ParameterError(
                f"Tier {self.name!r} is of points, but holds a segment that ends after its start.",
                cure="Use kind='interval'.",
            )
        object.__setattr__(self, "segments", segments)
        object.__setattr__(self, "extra", extra)


@dataclass(frozen=True, slots=True)
class Annotations:
    """All annotations of one recording.

    Parameters
    ----------
    tiers : iterable of Tier
        Kept as a tuple, in this order; names may stand twice.
    duration_seconds : float, optional
        Length of the recording, where it is known.
    recording : str
        Its name, where it is known.

    Raises
    ------
    ParameterError
        If a tier is none, or the duration is negative or not finite.

    Examples
    --------
    >>> annotations = Annotations.from_segments([Segment(0.5, 2.0, "speech", 0.93)], duration_seconds=3.0)
    >>> annotations.names, annotations.segments[0].label
    (('labels',), 'speech')
    """

    tiers: tuple[Tier, ...] = ()
    duration_seconds: float | None = None
    recording: str = ""

    def __post_init__(self) -> None:
        tiers = tuple(self.tiers)
        for tier in tiers:
            if not isinstance(tier, Tier):
                raise ParameterError(
                    f"Annotations are made of tiers, got {type(tier).__name__}.",
                    cure="For a list of segments: Annotations.from_segments(segments).",
                )
        object.__setattr__(self, "tiers", tiers)
        if self.duration_seconds is not None:
            seconds = float(self.duration_seconds)
            if not (math.isfinite(seconds) and seconds >= 0):
                raise ParameterError(f"A recording lasts 0 s or longer, got {seconds} s.", cure="None if unknown.")
            object.__setattr__(self, "duration_seconds", seconds)

    @classmethod
    def from_segments(
        cls,
        segments: Iterable[Segment],
        *,
        name: str = DEFAULT_TIER,
        duration_seconds: float | None = None,
        recording: str = "",
    ) -> Annotations:
        """Annotations of one tier, which is of points if every segment is one.

        Parameters
        ----------
        segments : iterable of Segment
            In any order.
        name : str
            Of the tier.
        duration_seconds : float, optional
            Length of the recording.
        recording : str
            Its name.
        """
        held = tuple(segments)
        return cls((Tier(name, held, kind_of(held)),), duration_seconds, recording)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tiers, in order."""
        return tuple(tier.name for tier in self.tiers)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments of all tiers, in order of time."""
        held = [segment for tier in self.tiers for segment in tier.segments]
        return tuple(sorted(held, key=lambda segment: (segment.start_seconds, segment.end_seconds)))

    def tier(self, name: str) -> Tier:
        """Return the first tier of a name.

        Raises
        ------
        ParameterError
            If there is none.
        """
        for tier in self.tiers:
            if tier.name == name:
                return tier
        known = ", ".join(repr(known) for known in self.names) or "none"
        raise ParameterError(f"There is no tier {name!r}.", cure=f"These are there: {known}.")

    def to_dataframe(self) -> pd.DataFrame:
        """All tiers as one table.

        Returns
        -------
        pandas.DataFrame
            Columns ``tier``, ``start_seconds``, ``end_seconds``, ``label``, ``score`` (NaN where there is none), then
            the extra columns, tier after tier. A tier without segments has no row.
        """
        from audiokit.annotations.dataframe import table_of

        return table_of(self)

    @classmethod
    def from_dataframe(
        cls, table: pd.DataFrame, *, duration_seconds: float | None = None, recording: str = ""
    ) -> Annotations:
        """Annotations from a table as `to_dataframe` gives it.

        Parameters
        ----------
        table : pandas.DataFrame
            ``start_seconds`` and ``end_seconds`` must be there; ``tier``, ``label``, ``score`` may be missing, and so
            may their values. All other columns are kept as text. A tier of which every segment is a point is of points.
        duration_seconds : float, optional
            Length of the recording.
        recording : str
            Its name.

        Raises
        ------
        ParameterError
            If a column is missing, or a value does not fit.
        """
        from audiokit.annotations.dataframe import tiers_of

        return cls(tiers_of(table), duration_seconds, recording)


def tiers_of_rows(
    names: Sequence[str], segments: Sequence[Segment], extra: Mapping[str, Sequence[str]]
) -> tuple[Tier, ...]:
    """Sort the rows of a table into tiers.

    Parameters
    ----------
    names : sequence of str
        The tier of each row; tiers come in the order in which their names come first.
    segments : sequence of Segment
        One for each row.
    extra : mapping of str to sequence of str
        Further columns; every tier gets each.

    Returns
    -------
    tuple of Tier
        Of points where every segment is one.
    """
    rows: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        rows.setdefault(name, []).append(index)
    tiers = []
    for name, indices in rows.items():
        held = tuple(segments[index] for index in indices)
        columns = {title: tuple(values[index] for index in indices) for title, values in extra.items()}
        tiers.append(Tier(name, held, kind_of(held), columns))
    return tuple(tiers)


def kind_of(segments: Sequence[Segment]) -> Literal["interval", "point"]:
    """Tell what a tier is of, where its file does not say: points, if there are segments and all of them are."""
    return "point" if segments and all(s.start_seconds == s.end_seconds for s in segments) else "interval"


def extra_names(tiers: Iterable[Tier]) -> list[str]:
    """Return the names of all extra columns, in the order in which they come first."""
    return list(dict.fromkeys(name for tier in tiers for name in tier.extra))


def extra_rows(tier: Tier, names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """Return the extra columns of a tier row by row, ``""`` where it has none of that name."""
    if not names:
        return [()] * len(tier.segments)
    blank = ("",) * len(tier.segments)
    return zip(*(tier.extra.get(name, blank) for name in names), strict=True)


def _plain(segment: Segment) -> Segment:
    """Check a segment, and make its values plain Python ones, which every writer relies on."""
    if not isinstance(segment, Segment):
        raise ParameterError(f"A tier holds segments, got {type(segment).__name__}.", cure="Use audiokit.Segment.")
    start, end, label, score = segment.start_seconds, segment.end_seconds, segment.label, segment.score
    if not isinstance(label, str):
        raise ParameterError(f"A label is text, got {type(label).__name__}.", cure="Give a str.")
    if type(start) is float and type(end) is float and type(label) is str:
        if score is None:
            return segment
        if type(score) is float and math.isfinite(score):
            return segment
    try:
        plain = Segment(float(start), float(end), str(label), None if score is None else float(score))
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(
            f"The bounds or score of a segment are no numbers ({error}).", cure="Use floats."
        ) from error
    if plain.score is not None and not math.isfinite(plain.score):
        raise ParameterError(f"A score is a finite number, got {plain.score}.", cure="None where there is no score.")
    return plain


def _check_column(name: object, values: tuple[object, ...], length: int) -> None:
    if not isinstance(name, str) or name in TABLE_COLUMNS:
        raise ParameterError(f"An extra column cannot be named {name!r}.", cure="Choose another name.")
    if len(values) != length or not all(type(value) is str for value in values):
        raise ParameterError(
            f"The extra column {name!r} has {len(values)} values for {length} segments, or values that are no text.",
            cure="Give one str for each segment.",
        )
