"""Times as hours, minutes, seconds and milliseconds, and cues that carry them (SRT, WebVTT)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from audiokit.annotations.texts import malformed, split_lines
from audiokit.errors import LossyFormat

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses
    from audiokit.results import Segment

__all__ = ["Cue", "cues", "is_timing", "one_paragraph", "stamp"]

_ARROW = "-->"
_STAMP = r"(?:(\d{1,9}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_STAMP}\s*-->\s*{_STAMP}(?:[ \t]+(.*))?", re.ASCII | re.DOTALL)
_TIMING_BEGINS = re.compile(rf"\s*{_STAMP}\s*-->", re.ASCII)
_LATEST_SECONDS = 3_600_000_000  # a million hours


@dataclass(frozen=True, slots=True)
class Cue:
    """A block of a subtitle file.

    Parameters
    ----------
    line : int
        Of its timing, counted from 1.
    start_seconds, end_seconds : float
        When it is shown.
    name : str
        The line above the timing; a number in SRT.
    settings : str
        What stands after the end on the line of the timing.
    text : str
        The lines below.
    """

    line: int
    start_seconds: float
    end_seconds: float
    name: str
    settings: str
    text: str


def cues(text: str, *, first_line: int = 0) -> tuple[list[Cue], list[str]]:
    """Cut a subtitle file into cues.

    Parameters
    ----------
    text : str
        All of it.
    first_line : int
        How many lines to leave out.

    Returns
    -------
    tuple of list of Cue and list of str
        The cues, and the blocks that are none (comments, styles).

    Raises
    ------
    MalformedAnnotations
        If a line with an arrow is no timing, or ends before it starts.
    """
    lines = split_lines(text)
    found: list[Cue] = []
    others: list[str] = []
    is_blank = [not line.strip() for line in lines]
    starts = [i for i in range(first_line, len(lines)) if not is_blank[i] and (i == first_line or is_blank[i - 1])]
    for begin, end in pairwise([*starts, len(lines)]):
        block = [line for line, blank in zip(lines[begin:end], is_blank[begin:end], strict=True) if not blank]
        at = next((i for i, line in enumerate(block[:2]) if _ARROW in line), None)
        if at is None:
            others.append("\n".join(block))
            continue
        start_seconds, end_seconds, settings = _timing(block[at], begin + at + 1)
        name = block[0] if at else ""
        found.append(Cue(begin + at + 1, start_seconds, end_seconds, name, settings, "\n".join(block[at + 1 :])))
    return found, others


def is_timing(line: str) -> bool:
    """Whether a line begins as a timing does.

    Examples
    --------
    >>> is_timing("00:00:01,500 --> 00:00:02,000"), is_timing("1.5 --> 2.0")
    (True, False)
    """
    return _TIMING_BEGINS.match(line) is not None


def stamp(seconds: float, mark: str, losses: Losses) -> str:
    """Write a time to the millisecond.

    Parameters
    ----------
    seconds : float
        0 or later.
    mark : str
        Before the milliseconds: a comma in SRT, a point in WebVTT.
    losses : Losses
        Takes note if there is more than milliseconds.

    Raises
    ------
    LossyFormat
        For a time before 0, or after a million hours.
    """
    if not 0 <= seconds <= _LATEST_SECONDS:
        raise LossyFormat(
            f"In {losses.format_name}, times are from 0 to a million hours, got {seconds} s.",
            cure="Shift the segments, or choose a CSV table.",
        )
    total = round(seconds * 1000)
    losses.add("times between milliseconds, now rounded", int(total / 1000 != seconds))
    minutes, milliseconds = divmod(total, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}{mark}{milliseconds % 1000:03d}"


def one_paragraph(segment: Segment, losses: Losses) -> str:
    """Return a label as the text of a cue, which ends at the first blank line."""
    text = segment.label.replace("\r\n", "\n").replace("\r", "\n")
    held = "\n".join(line for line in text.split("\n") if line.strip())
    losses.add(
        "labels with blank lines or other than plain line breaks, which are left out", int(held != segment.label)
    )
    return held


def _timing(content: str, line: int) -> tuple[float, float, str]:
    found = _TIMING.fullmatch(content)
    if found is None:
        raise malformed(line, content, "a timing such as 00:00:01.500 --> 00:00:02.000")
    *numbers, settings = found.groups()
    start_seconds, end_seconds = _seconds(numbers[:4]), _seconds(numbers[4:])
    if end_seconds < start_seconds:
        raise malformed(line, content, "an end that is not before the start")
    return start_seconds, end_seconds, (settings or "").strip()


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    return (whole * 1000 + int((fraction or "").ljust(3, "0"))) / 1000
