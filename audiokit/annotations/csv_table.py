"""Tables of segments: CSV and its kin with tabs, semicolons or bars.

Source of the format: RFC 4180 for quoting (a text that holds a delimiter, a quote or a line break stands in double
quotes, a quote within is doubled). The columns are ours: ``start_seconds,end_seconds,label,score``, before them
``tier`` where there are several tiers or the one has another name than ``labels``, after them the extra columns.
Lines end with a line feed.

What is held: everything there is in the segments, to the bit of their float64 values; names and order of tiers; extra
columns.

What is not: tiers without segments (but for an only tier named ``labels``), and equal names (their tiers become one).
Not written, and not counted as a loss: the duration of the recording and its name. A tier comes back as one of points
if all its segments are, and every tier with every extra column.

Read as well, with any letter case and with ``_``, spaces or brackets in the names:

- start: ``start``, ``start_time``, ``begin``, ``begin_time``, ``onset``, ``from``, ``t0``, ``tmin``, ``xmin``,
  ``time``;
- end: ``end``, ``end_time``, ``stop``, ``offset``, ``to``, ``t1``, ``tmax``, ``xmax``, or ``duration``, ``dur``,
  ``length``, which is added to the start as a decimal; without either, segments are points;
- label: ``text``, ``annotation``, ``transcript``, ``event_label``, ``class``, ``speaker``, ``name``, ``tag``,
  ``category``, ``type``, ``word``;
- score: ``confidence``, ``conf``, ``probability``, ``prob``;
- tier: ``tier_name``, ``layer``.

Of several, the first in this list is taken, and the others are extra columns. Times may end in ``_s``, ``_sec`` or
``_seconds``; columns in milliseconds are not guessed at. Where the delimiter is no comma, decimal commas are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from audiokit.annotations.csv_text import delimiter_of, quoted, records
from audiokit.annotations.document import (
    DEFAULT_TIER,
    TABLE_COLUMNS,
    Annotations,
    Tier,
    extra_names,
    extra_rows,
    kind_of,
    tiers_of_rows,
)
from audiokit.annotations.texts import end_after, malformed, number
from audiokit.errors import MalformedAnnotations
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "a CSV table"
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "start": ("start", "start_time", "begin", "begin_time", "onset", "from", "t0", "tmin", "xmin", "time"),
    "end": ("end", "end_time", "stop", "offset", "to", "t1", "tmax", "xmax"),
    "duration": ("duration", "dur", "length"),
    "label": (
        *("label", "text", "annotation", "transcript", "event_label", "class", "speaker", "name", "tag"),
        *("category", "type", "word"),
    ),
    "score": ("score", "confidence", "conf", "probability", "prob"),
    "tier": ("tier", "tier_name", "layer"),
}
_TIMES = ("start", "end", "duration")
_NOTHING = ("", "na", "n/a", "nan", "none", "null")
_UNIT = re.compile(r"_(?:s|sec|secs|seconds)\Z")


def looks_like(text: str) -> bool:
    """Whether the first line names a start, and an end, a duration or a label.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    try:
        _, header = next(records(text, delimiter_of(text)), (1, [""]))
    except MalformedAnnotations:
        return False
    roles = _roles(header)
    return "start" in roles and any(role in roles for role in ("end", "duration", "label"))


def read_text(text: str, losses: Losses) -> Annotations:  # noqa: ARG001 - as all readers
    """Read a table with a header.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Nothing is lost in reading.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    """
    delimiter = delimiter_of(text)
    rows = records(text, delimiter)
    line, header = next(rows, (1, []))
    roles = _roles(header)
    if "start" not in roles:
        raise malformed(line, delimiter.join(header), "a header with start_seconds, end_seconds and label")
    filled = list(_filled(rows, header, delimiter))
    others = _others(header, roles, [fields for _, fields in filled], line)
    titles = [header[column] for column in others]
    read = _Reader(roles, number if delimiter == "," else _number_with_comma)
    segments = [read.segment(fields, line) for line, fields in filled]
    names = [fields[roles["tier"]] if "tier" in roles else DEFAULT_TIER for _, fields in filled]
    columns = {header[column]: [fields[column] for _, fields in filled] for column in others}
    tiers = tiers_of_rows(names, segments, columns)
    if not tiers and "tier" not in roles:
        tiers = (Tier(DEFAULT_TIER, (), "interval", dict.fromkeys(titles, ())),)
    return Annotations(tiers)


def write_text(annotations: Annotations, losses: Losses, *, delimiter: str = ",") -> str:
    """Write a table with a header.

    Parameters
    ----------
    annotations : Annotations
        Any.
    losses : Losses
        Takes note of what a table cannot hold.
    delimiter : str
        A comma or a tab.
    """
    tiers = annotations.tiers
    titles = extra_names(tiers)
    has_tiers = annotations.names != (DEFAULT_TIER,) or any(_alias(title) in _ALIASES["tier"] for title in titles)
    if has_tiers:
        losses.add("tiers without segments", sum(not tier.segments for tier in tiers))
    losses.add("tiers of the same name, which are one from now on", len(tiers) - len(set(annotations.names)))
    losses.add("kinds of tiers", sum(tier.kind != kind_of(tier.segments) for tier in tiers))
    header = ["tier"] * has_tiers + list(TABLE_COLUMNS[1:]) + titles
    lines = [delimiter.join(quoted(title, delimiter) for title in header)]
    for tier in tiers:
        first = f"{quoted(tier.name, delimiter)}{delimiter}" if has_tiers else ""
        for segment, further in zip(tier.segments, extra_rows(tier, titles), strict=True):
            score = "" if segment.score is None else repr(segment.score)
            fields = [repr(segment.start_seconds), repr(segment.end_seconds), quoted(segment.label, delimiter), score]
            fields += [quoted(text, delimiter) for text in further]
            lines.append(first + delimiter.join(fields))
    return "\n".join(lines) + "\n"


class _Reader:
    """Reads the segment of a row.

    Parameters
    ----------
    roles : mapping of str to int
        Which column holds the start and so on.
    read_number : callable
        From text to float or None.
    """

    def __init__(self, roles: Mapping[str, int], read_number: Callable[[str], float | None]) -> None:
        self._start = roles["start"]
        self._end = roles.get("end")
        self._duration = roles.get("duration")
        self._label = roles.get("label")
        self._score = roles.get("score")
        self._number = read_number

    def segment(self, fields: Sequence[str], line: int) -> Segment:
        """Return the segment, or raise MalformedAnnotations."""
        start = self._time(fields[self._start], line, "the start in seconds")
        end = start
        if self._end is not None:
            end = self._time(fields[self._end], line, "the end in seconds")
        elif self._duration is not None:
            length = self._time(fields[self._duration], line, "the duration in seconds, 0 or more")
            end = end_after(*(fields[c].strip().replace(",", ".") for c in (self._start, self._duration)))
            if length < 0 or end == float("inf"):
                raise malformed(line, fields[self._duration], "the duration in seconds, 0 or more")
        if end < start:
            raise malformed(line, f"{start} .. {end}", "an end that is not before the start")
        label = "" if self._label is None else fields[self._label]
        return Segment(start, end, label, None if self._score is None else self._read_score(fields[self._score], line))

    def _time(self, text: str, line: int, wanted: str) -> float:
        value = self._number(text.strip())
        if value is None:
            raise malformed(line, text, wanted)
        return value

    def _read_score(self, text: str, line: int) -> float | None:
        stripped = text.strip()
        if not stripped:
            return None
        value = self._number(stripped)
        if value is None and stripped.lower() not in _NOTHING:
            raise malformed(line, text, "a score, or nothing")
        return value


def _filled(
    rows: Iterable[tuple[int, list[str]]], header: Sequence[str], delimiter: str
) -> Iterator[tuple[int, list[str]]]:
    """Give every row that holds something as many fields as the header has."""
    for line, fields in rows:
        if any(fields):
            if any(fields[len(header) :]):
                raise malformed(line, delimiter.join(fields), f"{len(header)} fields, as in the header")
            yield line, fields[: len(header)] + [""] * (len(header) - len(fields))


def _others(header: Sequence[str], roles: Mapping[str, int], rows: Sequence[Sequence[str]], line: int) -> list[int]:
    """Find the columns that are kept as extra ones."""
    others = [column for column in range(len(header)) if column not in roles.values()]
    if sum(not header[column] for column in others) > 1:  # spreadsheets leave delimiters at the ends of lines
        others = [column for column in others if header[column] or any(row[column] for row in rows)]
    titles = [header[column] for column in others]
    counts = Counter(titles)
    for title in titles:
        if counts[title] > 1 or title in TABLE_COLUMNS:
            raise malformed(line, title, "a column name that stands only once", cure="Rename the other column.")
    return others


def _roles(header: Sequence[str]) -> dict[str, int]:
    """Find the columns that mean something: role → column."""
    names = [_alias(name) for name in header]
    roles = {}
    for role, aliases in _ALIASES.items():
        own = f"{role}_seconds" if role in _TIMES else role
        if own in header:  # as we write it, whatever else there is
            roles[role] = list(header).index(own)
            continue
        bare = [_UNIT.sub("", name) if role in _TIMES else name for name in names]
        found = next((alias for alias in aliases if alias in bare), None)
        if found is not None:
            roles[role] = bare.index(found)
    if "end" in roles:
        roles.pop("duration", None)
    return roles


def _alias(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _number_with_comma(text: str) -> float | None:
    return number(text.replace(",", "."))
