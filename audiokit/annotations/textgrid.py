"""Praat's TextGrids: several tiers of intervals or points in one file.

Source of the format: Praat manual, "TextGrid file formats". Numbers, texts in double quotes and flags in angle
brackets count where they stand free, everything else is decoration: so the long format, the short one and what people
make of them by hand are read by the same few lines. The long one is written, as UTF-8.

What is held: tiers, their names, kinds and order, labels of any text (a quote is doubled, line breaks stay), times to
the bit of their float64 values, and the duration. Reading gives back what was written, in the same tiers.

- An interval tier tiles the whole time. Gaps are written as intervals without text, and left out again in reading,
  unless ``keep_empty=True``.
- Intervals of a tier cannot overlap. What overlaps goes to further tiers, ``speech [overlap 2]`` and so on; points
  among intervals go to ``speech [points]``; points at the same time go to ``speech [points 2]`` and so on. They follow
  their tier and join it again in reading, also when Praat has saved the file meanwhile.
- A duration must be known: where it is not, it is the end of the last segment. Times before 0 and after the duration
  widen the span.

What is not held: scores; extra columns; intervals without a label, which look like gaps; a duration that ends before
the last segment; a tier that another program has named ``X [overlap 2]`` right after a tier ``X``, or the like. Not
written, and not counted as a loss: the name of the recording.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from audiokit.annotations.document import Annotations, Tier, extra_names
from audiokit.annotations.lanes import joined, lanes_of, would_join
from audiokit.annotations.merging import count_scores
from audiokit.annotations.texts import malformed, number
from audiokit.errors import MalformedAnnotations, ParameterError
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "a TextGrid"
# A text, a comment to the end of the line, another word, or a quote that nothing closes
_WORD = re.compile(r'"[^"]*(?:""[^"]*)*"|![^\r\n]*|[^\s"]+|"')
_BEGINNING = re.compile(r'\s*(?:![^\r\n]*[\r\n]\s*)*(?:File type\s*=\s*)?"ooTextFile')
_FIRSTS = frozenset('"<+-.0123456789')  # of the words that are values: texts, flags, numbers
_UNIT = re.compile(r"[A-Za-z]*\Z")  # "0.5s" is a number to Praat
_CLASSES: dict[str, tuple[Literal["interval", "point"], int]] = {
    "IntervalTier": ("interval", 3),  # xmin, xmax, text
    "TextTier": ("point", 2),  # time, mark
}


def looks_like(text: str) -> bool:
    """Whether the text begins as a TextGrid in one of Praat's text formats.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    return _BEGINNING.match(text) is not None


def read_text(text: str, losses: Losses, *, keep_empty: bool = False) -> Annotations:  # noqa: ARG001 - as all readers
    """Read the text of a TextGrid, long or short.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Nothing is lost in reading.
    keep_empty : bool
        Whether intervals without text, which are gaps, become segments too.

    Returns
    -------
    Annotations
        With the duration that the file states.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    """
    tokens = _Tokens(text)
    kind = tokens.text('the text "ooTextFile"')
    if kind not in ("ooTextFile", "ooTextFile short"):
        raise tokens.wrong('the text "ooTextFile"')
    if tokens.text('the text "TextGrid"') != "TextGrid":
        raise tokens.wrong('the text "TextGrid"')
    tokens.number("xmin, the first second")
    end = tokens.number("xmax, the last second")
    if end < 0:
        raise tokens.wrong("xmax, 0 or later")
    tiers = []
    if tokens.flag() == "<exists>":
        tiers = [_read_tier(tokens, keep_empty=keep_empty) for _ in tokens.count("the number of tiers")]
    tokens.finish()
    return Annotations(tuple(joined(tiers)), end)


def write_text(annotations: Annotations, losses: Losses) -> str:
    """Write the long text format.

    Parameters
    ----------
    annotations : Annotations
        With a duration or a segment, since a TextGrid covers a span of time.
    losses : Losses
        Takes note of what the format cannot hold.

    Raises
    ------
    ParameterError
        If there is no span of time to cover.
    """
    bounds = [bound for tier in annotations.tiers for s in tier.segments for bound in (s.start_seconds, s.end_seconds)]
    duration = annotations.duration_seconds
    first, last = min([0.0, *bounds]), max([duration or 0.0, *bounds])
    if first >= last:
        raise ParameterError(
            "A TextGrid covers a span of time, and here is none: neither a duration nor a segment after 0 s.",
            cure="Give the length of the recording: Annotations(tiers, duration_seconds=...).",
        )
    losses.add("durations that end before the last segment", int(duration is not None and duration < last))
    losses.add("scores", count_scores(annotations))
    for name in extra_names(annotations.tiers):
        losses.add(f"the column {name!r}")
    losses.add("tiers named as if they went on with the one before", would_join(annotations.tiers))
    lanes = [lane for tier in annotations.tiers for lane in lanes_of(tier)]
    lines = [
        f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = {first!r}\nxmax = {last!r}\n'
        f"tiers? <exists>\nsize = {len(lanes)}\nitem []:\n"
    ]
    for position, lane in enumerate(lanes, start=1):
        is_point = lane.kind == "point"
        lines.append(
            f'    item [{position}]:\n        class = "{"TextTier" if is_point else "IntervalTier"}"\n'
            f"        name = {_quoted(lane.name)}\n        xmin = {first!r}\n        xmax = {last!r}\n"
        )
        lines += _points(lane) if is_point else _intervals(lane, first, last, losses)
    return "".join(lines)


def _points(tier: Tier) -> list[str]:
    lines = [f"        points: size = {len(tier.segments)}\n"]
    lines += [
        f"        points [{index}]:\n            number = {s.start_seconds!r}\n            mark = {_quoted(s.label)}\n"
        for index, s in enumerate(tier.segments, start=1)
    ]
    return lines


def _intervals(tier: Tier, first: float, last: float, losses: Losses) -> list[str]:
    """Write segments that do not overlap, with the gaps between them."""
    spans: list[tuple[float, float, str]] = []
    here = first
    for segment in tier.segments:
        if here < segment.start_seconds:
            spans.append((here, segment.start_seconds, ""))
        spans.append((segment.start_seconds, segment.end_seconds, segment.label))
        here = segment.end_seconds
    if here < last:
        spans.append((here, last, ""))
    losses.add("intervals without a label, which look like gaps", sum(not s.label for s in tier.segments))
    lines = [f"        intervals: size = {len(spans)}\n"]
    lines += [
        f"        intervals [{index}]:\n            xmin = {start!r}\n            xmax = {end!r}\n"
        f"            text = {_quoted(label)}\n"
        for index, (start, end, label) in enumerate(spans, start=1)
    ]
    return lines


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _read_tier(tokens: _Tokens, *, keep_empty: bool) -> Tier:
    name_of_class = tokens.text('the class of a tier, "IntervalTier" or "TextTier"')
    if name_of_class not in _CLASSES:
        raise tokens.wrong('"IntervalTier" or "TextTier"')
    kind, width = _CLASSES[name_of_class]
    name = tokens.text("the name of a tier")
    tokens.number("xmin of the tier")
    tokens.number("xmax of the tier")
    count = len(tokens.count("the number of intervals or points"))
    *times, labels = tokens.columns(count, width)
    starts, ends = times[0], times[-1]
    segments = []
    for index, (start, end, label) in enumerate(zip(starts, ends, labels, strict=True)):
        if label or keep_empty or kind == "point":
            if start > end:
                raise tokens.wrong("an interval that does not end before it starts", back=(count - index) * width - 1)
            segments.append(Segment(start, end, label))
    return Tier(name, tuple(segments), kind)


def _number(token: str) -> float | None:
    value = number(token)
    return number(_UNIT.sub("", token)) if value is None else value


class _Tokens:
    """The values of a TextGrid, one after the other; everything that is no value has gone."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._tokens: list[str] = [word for word in _WORD.findall(text) if word[0] in _FIRSTS]
        self._next = 0
        # In a file with Windows line ends, those within labels are the file's, not the label's.
        self._crlf = text[text.find("\n") - 1 : text.find("\n")] == "\r"

    def text(self, wanted: str) -> str:
        text = self._text_or_none(self._take(wanted))
        if text is None:
            raise self.wrong(wanted)
        return text

    def number(self, wanted: str) -> float:
        value = _number(self._take(wanted))
        if value is None:
            raise self.wrong(wanted)
        return value

    def flag(self) -> str:
        wanted = "<exists> or <absent>"
        if (token := self._take(wanted)) not in ("<exists>", "<absent>"):
            raise self.wrong(wanted)
        return token

    def count(self, wanted: str) -> range:
        """Read a count that the rest of the file has room for."""
        value = self.number(wanted)
        if value < 0 or value != math.floor(value) or value > len(self._tokens) - self._next:
            raise self.wrong(f"{wanted}, no more than follow it")
        return range(int(value))

    def columns(self, rows: int, width: int) -> list[list]:  # type: ignore[type-arg]  # floats, and texts at last
        """Read a table whose last column is of texts and all others of numbers."""
        held = self._tokens[self._next : self._next + rows * width]
        columns = [self._column(held[column::width], column, width) for column in range(width)]
        if len(held) < rows * width:
            raise self._cut_short(f"{rows} intervals or points, as stated above")
        self._next += rows * width
        return columns

    def finish(self) -> None:
        if self._next < len(self._tokens):
            self._next += 1
            raise self.wrong("the end of the file after the last tier")

    def wrong(self, wanted: str, *, back: int = 1) -> MalformedAnnotations:
        """Make the error for a token already taken: the last one, or one `back` before what comes next."""
        return self._error(self._next - back, wanted)

    def _column(self, held: Sequence[str], column: int, width: int) -> list[float] | list[str]:
        is_text = column == width - 1
        read: Callable[[str], str | float | None] = self._text_or_none if is_text else _number
        values = [read(token) for token in held]
        if None in values:
            wanted = "a text in double quotes" if is_text else "a time in seconds"
            raise self._error(self._next + values.index(None) * width + column, wanted)
        return values  # type: ignore[return-value]  # None is not among them

    def _text_or_none(self, token: str) -> str | None:
        if token[0] != '"' or len(token) == 1:
            return None
        text = token[1:-1]
        if '"' in text:
            text = text.replace('""', '"')
        return text.replace("\r\n", "\n") if self._crlf and "\r" in text else text

    def _take(self, wanted: str) -> str:
        if self._next >= len(self._tokens):
            raise self._cut_short(wanted)
        self._next += 1
        return self._tokens[self._next - 1]

    def _cut_short(self, wanted: str) -> MalformedAnnotations:
        line = self._source.count("\n") + 1
        return malformed(line, "the end of the file", wanted, cure="The file may have been cut short.")

    def _error(self, index: int, wanted: str) -> MalformedAnnotations:
        # Positions are looked for only now: to keep them from the beginning would cost more than all the rest.
        found = [match for match in _WORD.finditer(self._source) if match.group()[0] in _FIRSTS]
        token, line = found[index].group(), self._source.count("\n", 0, found[index].start()) + 1
        cure = "A double quote is not closed." if len(token) == 1 and token[0] == '"' else ""
        if "\n" in token:
            cure = "A double quote on a line above may not be closed."
        return malformed(line, token, wanted, cure=cure)
