r"""Audacity's label files: ``start⇥end⇥label`` on each line, in seconds.

Source of the format: Audacity Manual, "Importing and Exporting Labels" (standard format, and the extended one with
frequency ranges); how Audacity itself reads what the manual leaves open, in its ``LabelTrack.cpp``.

What is held: the segments of one tier, to the bit of their float64 times, and their labels. Times have six decimals,
and more where the exact value needs them; Audacity reads both. A line ``\⇥low⇥high`` below a label states its
frequencies in Hz, and becomes the extra columns ``low_hz`` and ``high_hz``: text, as it stands there, and ``""`` for
-1.000000, which is Audacity's word for none.

What is not: scores; other extra columns; which tier a segment was in, and tiers without segments, where there are
several (they become one track, as when Audacity exports several); a tab or a line break in a label (a space stands
there). Never written, and not counted as a loss: the name of the only tier, the recording and its duration. A tier
comes back as one of points if all its segments are.

Read as well: UTF-8 with and without byte order mark, UTF-16, any line ends, decimal commas, and the two columns
``time⇥label`` of Audacity 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.annotations.document import DEFAULT_TIER, Annotations, Tier, kind_of
from audiokit.annotations.merging import count_scores, merged_segments
from audiokit.annotations.texts import malformed, number, split_lines
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "an Audacity label file"
_FREQUENCIES = ("low_hz", "high_hz")
_UNDEFINED = "-1.000000"  # Audacity's own word for a frequency that is not there
_NO_LINE_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
_WANTED = "start, end and label, separated by tabs, times in seconds"


def looks_like(text: str) -> bool:
    """Whether the first line that is not empty is a number, a tab, and another number or anything without a tab.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    first = text.lstrip("\r\n").split("\n", 1)[0]
    start, *fields = first.split("\t")
    return bool(fields) and _seconds(start) is not None and (len(fields) == 1 or _seconds(fields[0]) is not None)


def read_text(text: str, losses: Losses) -> Annotations:
    """Read the text of a label file.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Takes note of further lines below a label, which Audacity ignores too.

    Returns
    -------
    Annotations
        One tier named ``labels``.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    """
    segments: list[Segment] = []
    frequencies: dict[int, tuple[str, str]] = {}
    for line, content in enumerate(split_lines(text), start=1):
        if content.startswith("\\"):
            _read_frequencies(content, line, len(segments) - 1, frequencies, losses)
        elif content.strip():
            segments.append(_read_label(content, line))
    extra = {
        name: tuple(frequencies.get(index, ("", ""))[column] for index in range(len(segments)))
        for column, name in enumerate(_FREQUENCIES)
        if frequencies
    }
    return Annotations((Tier(DEFAULT_TIER, tuple(segments), kind_of(segments), extra),))


def write_text(annotations: Annotations, losses: Losses) -> str:
    """Write the text of a label file.

    Parameters
    ----------
    annotations : Annotations
        Several tiers become one track.
    losses : Losses
        Takes note of what the format cannot hold.
    """
    lines: list[str] = []
    broken = 0
    for segment, extra in merged_segments(annotations, losses, held=_FREQUENCIES):
        label = segment.label
        if "\t" in label or "\n" in label or "\r" in label:
            broken += 1
            label = label.replace("\r\n", "\n").translate(_NO_LINE_BREAKS)
        lines.append(f"{_decimals(segment.start_seconds)}\t{_decimals(segment.end_seconds)}\t{label}\n")
        if any(extra):
            if all(not value or _is_written_number(value) for value in extra):
                lines.append("\\\t" + "\t".join(value or _UNDEFINED for value in extra) + "\n")
            else:
                losses.add("frequencies that are no numbers")
    losses.add("labels with a tab or a line break, where a space now stands", broken)
    losses.add("scores", count_scores(annotations))
    return "".join(lines)


def _read_label(content: str, line: int) -> Segment:
    fields = content.split("\t", 2)
    start = _seconds(fields[0])
    if start is None or len(fields) == 1:
        raise malformed(line, content, _WANTED)
    end = _seconds(fields[1])
    if len(fields) == 2 and end is None:
        return Segment(start, start, fields[1])  # time and label, as Audacity 1.2 wrote them
    if end is None:
        raise malformed(line, fields[1], "the end in seconds")
    if end < start:
        raise malformed(line, content, "an end that is not before the start")
    return Segment(start, end, fields[2] if len(fields) == 3 else "")


def _read_frequencies(
    content: str, line: int, label: int, frequencies: dict[int, tuple[str, str]], losses: Losses
) -> None:
    if label < 0:
        raise malformed(line, content, f"a label before its frequencies: {_WANTED}")
    if label in frequencies:
        losses.add("further lines below a label, of a meaning that is not known")
        return
    fields = content.split("\t")
    if len(fields) != 3 or fields[0] != "\\" or not all(_seconds(field) is not None for field in fields[1:]):
        raise malformed(line, content, "a backslash, the low and the high frequency in Hz, separated by tabs")
    low, high = ("" if field.strip() == _UNDEFINED else field.strip() for field in fields[1:])
    frequencies[label] = (low, high)


def _seconds(text: str) -> float | None:
    """Read a number with a decimal point or comma, spaces around it allowed."""
    return number(text.strip().replace(",", "."))


def _is_written_number(value: str) -> bool:
    return value == value.strip() and _seconds(value) is not None


def _decimals(seconds: float) -> str:
    """Write at least six decimals, and as many as the value needs."""
    text = repr(seconds)
    if "e" in text:  # below 0.0001 or above 1e16; Audacity reads exponents
        return text
    return text + "0" * (6 - (len(text) - text.index(".") - 1))
