"""WebVTT, the subtitles of the web: cues with times to the millisecond.

Source of the format: W3C, "WebVTT: The Web Video Text Tracks Format".

What is held: the segments of one tier in order of time, times to the millisecond, labels of one or several lines (not
blank ones); ``&``, ``<`` and ``>`` are escaped. The extra columns ``voice`` (who speaks: ``<v Anna>`` before the
text), ``cue_id`` and ``cue_settings``.

What is not, and warned of: scores; other extra columns; which tier a segment was in, where there are several; times
between milliseconds, which are rounded; blank lines in labels. Times before 0 are refused. Not written, and not
counted as a loss: the name of the only tier, the recording and its duration. A cue that ends where it starts is
written, though players never show it. In reading, comments, styles, regions and marks within labels are left out,
which a warning says.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from audiokit.annotations.document import DEFAULT_TIER, Annotations, Tier, kind_of
from audiokit.annotations.merging import count_scores, merged_segments
from audiokit.annotations.texts import malformed, split_lines
from audiokit.annotations.timestamps import cues, one_paragraph, stamp
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "a WebVTT file"
_EXTRA = ("voice", "cue_id", "cue_settings")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>")
_MARK = re.compile(r"<[^<>]*>")


def looks_like(text: str) -> bool:
    """Whether the first word is WEBVTT.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    return re.match(r"WEBVTT(?:\s|\Z)", text) is not None


def read_text(text: str, losses: Losses) -> Annotations:
    """Read the text of a WebVTT file.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Takes note of what is no cue, and of marks within labels.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    """
    lines = split_lines(text)
    if not looks_like(text):
        raise malformed(1, lines[0] if lines else "", "WEBVTT")
    body = next(
        (index for index, line in enumerate(lines) if index and (not line.strip() or "-->" in line)), len(lines)
    )
    found, others = cues(text, first_line=body)
    losses.add("comments, styles and regions", len(others))
    segments: list[Segment] = []
    rows: list[tuple[str, str, str]] = []
    for cue in found:
        voice = _VOICE.match(cue.text)
        marked = cue.text[voice.end() :].removesuffix("</v>") if voice else cue.text
        bare = _MARK.sub("", marked)
        losses.add("marks within labels", int(bare != marked))
        segments.append(Segment(cue.start_seconds, cue.end_seconds, html.unescape(bare)))
        rows.append((html.unescape(voice.group(1).strip()) if voice else "", cue.name, cue.settings))
    extra = {
        name: tuple(row[column] for row in rows)
        for column, name in enumerate(_EXTRA)
        if any(row[column] for row in rows)
    }
    return Annotations((Tier(DEFAULT_TIER, tuple(segments), kind_of(segments), extra),))


def write_text(annotations: Annotations, losses: Losses) -> str:
    """Write the text of a WebVTT file.

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
    blocks = ["WEBVTT\n\n"]
    for segment, further in merged_segments(annotations, losses, held=_EXTRA):
        start, end = (stamp(time, ".", losses) for time in (segment.start_seconds, segment.end_seconds))
        voice, cue_id, settings = (_one_line(text, losses) for text in further)
        text = _escaped(one_paragraph(segment, losses))
        above = f"{cue_id}\n" if cue_id else ""
        beside = f" {settings}" if settings else ""
        spoken = f"<v {_escaped(voice)}>{text}" if voice else text
        blocks.append(f"{above}{start} --> {end}{beside}\n" + (f"{spoken}\n\n" if spoken else "\n"))
    losses.add("scores", count_scores(annotations))
    return "".join(blocks)


def _one_line(text: str, losses: Losses) -> str:
    held = " ".join(text.replace("-->", "").split())
    losses.add("voices, names or settings of cues that are no single line", int(held != text))
    return held


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
