"""SubRip subtitles (SRT): numbered cues with times to the millisecond.

Source of the format: there is no standard; what SubRip writes: a number, ``00:00:01,500 --> 00:00:02,000``, lines of
text, a blank line.

What is held: the segments of one tier in order of time, times to the millisecond, labels of one or several lines (not
blank ones).

What is not, and warned of: scores; extra columns; which tier a segment was in, where there are several; times between
milliseconds, which are rounded; blank lines in labels. Times before 0 are refused. Not written, and not counted as a
loss: the name of the only tier, the recording and its duration. Marks such as ``<i>`` are text, and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.annotations.document import DEFAULT_TIER, Annotations, Tier, kind_of
from audiokit.annotations.merging import count_scores, merged_segments
from audiokit.annotations.texts import malformed, split_lines
from audiokit.annotations.timestamps import cues, is_timing, one_paragraph, stamp
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "an SRT file"


def looks_like(text: str) -> bool:
    """Whether the first or second line that is not empty begins with a time and an arrow.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    lines = [line for line in split_lines(text) if line.strip()][:2]
    return any(is_timing(line) for line in lines)


def read_text(text: str, losses: Losses) -> Annotations:
    """Read the text of an SRT file.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Takes note of positions on the screen.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    """
    segments: list[Segment] = []
    found, others = cues(text)
    if others and not found:
        raise malformed(1, others[0], "a number, a timing and text")
    # A blank line within a cue cuts it in two; the second half has no timing
    losses.add("blocks without a timing", len(others))
    for cue in found:
        segments.append(Segment(cue.start_seconds, cue.end_seconds, cue.text))
        losses.add("positions on the screen", int(bool(cue.settings)))
    return Annotations((Tier(DEFAULT_TIER, tuple(segments), kind_of(segments)),))


def write_text(annotations: Annotations, losses: Losses) -> str:
    """Write the text of an SRT file.

    Parameters
    ----------
    annotations : Annotations
        Several tiers become one.
    losses : Losses
        Takes note of what the format cannot hold.

    Raises
    ------
    LossyFormat
        For times before 0.
    """
    blocks = []
    for number, (segment, _) in enumerate(merged_segments(annotations, losses), start=1):
        start, end = (stamp(time, ",", losses) for time in (segment.start_seconds, segment.end_seconds))
        text = one_paragraph(segment, losses)
        blocks.append(f"{number}\n{start} --> {end}\n" + (f"{text}\n\n" if text else "\n"))
    losses.add("scores", count_scores(annotations))
    return "".join(blocks)
