"""CTM, the time-marked words of NIST's sclite.

Source of the format: NIST Scoring Toolkit (SCTK), "Input file formats" (``infmts.htm``), section ctm::

    recording channel start duration word [confidence]

What is held: the segments of one tier of one recording, to the bit of their float64 times, with label (the word) and
score. Durations are written, and labels of several words escaped, as in `audiokit.annotations.rttm`. The extra column
``channel`` is there in reading if some line has another one than 1.

What is not: other extra columns, and which tier a segment was in, where there are several. Not written, and not
counted as a loss: the name of the only tier, the duration of the recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.annotations.document import DEFAULT_TIER, Annotations, Tier, kind_of
from audiokit.annotations.merging import merged_segments
from audiokit.annotations.recordings import chosen_recording
from audiokit.annotations.texts import between, end_after, malformed, number, split_lines
from audiokit.annotations.tokens import from_token, to_token
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "a CTM file"
_COMMENT = ";;"
_WANTED = "recording, channel, start, duration, word and perhaps a confidence"


def looks_like(text: str) -> bool:
    """Whether the first line that is no comment has five or six fields, of which two are times.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    for line in split_lines(text):
        if line.strip() and not line.startswith(_COMMENT):
            fields = line.split()
            return len(fields) in (5, 6) and number(fields[2]) is not None and number(fields[3]) is not None
    return False


def read_text(text: str, losses: Losses, *, recording: str | None = None) -> Annotations:  # noqa: ARG001 - as all
    """Read the text of a CTM file.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Nothing is lost in reading.
    recording : str, optional
        Which one, if there are several.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    ParameterError
        If there are several recordings and none is named, or the one that is named is not there.
    """
    rows: dict[str, list[tuple[Segment, str]]] = {}
    for line, content in enumerate(split_lines(text), start=1):
        fields = content.split()
        if not fields or content.startswith(_COMMENT):
            continue
        if len(fields) not in (5, 6):
            raise malformed(line, content, f"5 or 6 fields: {_WANTED}")
        segment = _read_word(fields, line)
        rows.setdefault(from_token(fields[0]), []).append((segment, from_token(fields[1])))
    name = chosen_recording(list(rows), recording)
    held = rows.get(name, [])
    segments = tuple(segment for segment, _ in held)
    channels = tuple(channel for _, channel in held)
    extra = {"channel": channels} if any(channel != "1" for channel in channels) else {}
    return Annotations((Tier(DEFAULT_TIER, segments, kind_of(segments), extra),), None, name)


def write_text(annotations: Annotations, losses: Losses, *, recording: str) -> str:
    """Write the text of a CTM file.

    Parameters
    ----------
    annotations : Annotations
        Several tiers become one.
    losses : Losses
        Takes note of what the format cannot hold.
    recording : str
        What the first field says.
    """
    name = to_token(recording)
    if name.startswith(_COMMENT) or name == "WEBVTT":  # a line, and a file, of another kind would begin so
        name = f"%{ord(name[0]):02X}{name[1:]}"
    has_channels = any("channel" in tier.extra for tier in annotations.tiers)
    lines = []
    for segment, (channel,) in merged_segments(annotations, losses, held=("channel",)):
        score = "" if segment.score is None else f" {segment.score!r}"
        lines.append(
            f"{name} {to_token(channel) if has_channels else 1} {segment.start_seconds!r}"
            f" {between(segment.start_seconds, segment.end_seconds)} {to_token(segment.label)}{score}\n"
        )
    return "".join(lines)


def _read_word(fields: list[str], line: int) -> Segment:
    start, length = number(fields[2]), number(fields[3])
    if start is None:
        raise malformed(line, fields[2], "the start in seconds")
    if length is None or length < 0:
        raise malformed(line, fields[3], "the duration in seconds, 0 or more")
    score = number(fields[5]) if len(fields) == 6 else None
    if len(fields) == 6 and score is None:
        raise malformed(line, fields[5], "a confidence")
    end = end_after(fields[2], fields[3])
    if not start <= end < float("inf"):
        raise malformed(line, fields[3], "a duration that ends within what float64 can count")
    return Segment(start, end, from_token(fields[4]), score)
