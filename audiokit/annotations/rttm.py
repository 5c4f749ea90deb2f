"""RTTM, the Rich Transcription Time Marked files of NIST: who spoke when.

Source of the format: NIST, "The 2009 (RT-09) Rich Transcription Meeting Recognition Evaluation Plan", Appendix A
(ten fields; the nine of "RTTM-Format-v13" of 2003 are read too)::

    SPEAKER recording channel onset duration <NA> <NA> speaker score <NA>

What is held: the segments of one tier of one recording, to the bit of their float64 times, with label (the speaker's
name) and score. A duration is written such that onset and duration, added as decimals, give the very end; programs
that add floats may be off by their last bit. Labels of several words are escaped as ``two%20words``, an empty one is
``<NA>`` (`audiokit.annotations.tokens`), and both come back as they were. The extra columns ``channel``,
``orthography``, ``speaker_type`` and ``lookahead`` are the remaining fields; in reading, each is there only if some
line has something in it (for the channel: something other than 1).

What is not: other extra columns, and which tier a segment was in, where there are several. Not written, and not
counted as a loss: the name of the only tier, the duration of the recording. In reading, lines of other types than
SPEAKER are left out, which a warning says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.annotations.document import DEFAULT_TIER, Annotations, Tier, kind_of
from audiokit.annotations.merging import merged_segments
from audiokit.annotations.recordings import chosen_recording
from audiokit.annotations.texts import between, end_after, malformed, number, split_lines
from audiokit.annotations.tokens import NOTHING, from_token, to_token
from audiokit.results import Segment

if TYPE_CHECKING:
    from audiokit.annotations.losses import Losses

__all__ = ["NAME", "looks_like", "read_text", "write_text"]

NAME = "an RTTM file"
_COMMENT = ";;"
_MOST_OF_CTM = 6  # fields; a recording may be called SPEAKER there
_FIELDS = 9  # the tenth, the lookahead, came later
# RT-09 evaluation plan, Appendix A
_TYPES = frozenset(
    {
        "SEGMENT",
        "NOSCORE",
        "NO_RT_METADATA",
        "LEXEME",
        "NON-LEX",
        "NON-SPEECH",
        "FILLER",
        "EDIT",
        "IP",
        "SU",
        "CB",
        "A/P",
    }
    | {"SPEAKER", "SPKR-INFO"}
)
_EXTRA = ("channel", "orthography", "speaker_type", "lookahead")
_WANTED = "SPEAKER recording channel onset duration <NA> <NA> speaker score <NA>"


def looks_like(text: str) -> bool:
    """Whether the first line that is no comment begins with a type of RTTM, and has more fields than CTM.

    Parameters
    ----------
    text : str
        The beginning of a file.
    """
    for line in split_lines(text):
        if line.strip() and not line.startswith(_COMMENT):
            fields = line.split()
            return fields[0] in _TYPES and len(fields) > _MOST_OF_CTM
    return False


def read_text(text: str, losses: Losses, *, recording: str | None = None) -> Annotations:
    """Read the text of an RTTM file.

    Parameters
    ----------
    text : str
        All of it.
    losses : Losses
        Takes note of lines that are not of type SPEAKER.
    recording : str, optional
        Which one, if there are several.

    Returns
    -------
    Annotations
        One tier named ``labels``.

    Raises
    ------
    MalformedAnnotations
        Naming the line.
    ParameterError
        If there are several recordings and none is named, or the one that is named is not there.
    """
    rows: dict[str, list[tuple[Segment, tuple[str, ...]]]] = {}
    for line, content in enumerate(split_lines(text), start=1):
        fields = content.split()
        if not fields or content.startswith(_COMMENT):
            continue
        if fields[0] != "SPEAKER":
            if fields[0] not in _TYPES:
                raise malformed(line, content, _WANTED)
            losses.add(f"lines of type {fields[0]}")
            continue
        if len(fields) not in (_FIELDS, _FIELDS + 1):
            raise malformed(line, content, f"9 or 10 fields: {_WANTED}")
        rows.setdefault(from_token(fields[1]), []).append(_read_fields(fields, line))
    name = chosen_recording(list(rows), recording)
    held = rows.get(name, [])
    segments = tuple(segment for segment, _ in held)
    extra = {
        title: tuple(values[column] for _, values in held)
        for column, title in enumerate(_EXTRA)
        if any(values[column] != ("1" if title == "channel" else "") for _, values in held)
    }
    return Annotations((Tier(DEFAULT_TIER, segments, kind_of(segments), extra),), None, name)


def write_text(annotations: Annotations, losses: Losses, *, recording: str) -> str:
    """Write the text of an RTTM file.

    Parameters
    ----------
    annotations : Annotations
        Several tiers become one.
    losses : Losses
        Takes note of what the format cannot hold.
    recording : str
        What the second field says.
    """
    name = to_token(recording)
    has_channels = any("channel" in tier.extra for tier in annotations.tiers)
    lines = []
    for segment, (channel, orthography, kind, lookahead) in merged_segments(annotations, losses, held=_EXTRA):
        score = NOTHING if segment.score is None else repr(segment.score)
        lines.append(
            f"SPEAKER {name} {to_token(channel) if has_channels else 1} {segment.start_seconds!r}"
            f" {between(segment.start_seconds, segment.end_seconds)} {to_token(orthography)} {to_token(kind)}"
            f" {to_token(segment.label)} {score} {to_token(lookahead)}\n"
        )
    return "".join(lines)


def _read_fields(fields: list[str], line: int) -> tuple[Segment, tuple[str, ...]]:
    _, _, channel, onset, duration, orthography, kind, speaker, score, *lookahead = fields
    start, length = number(onset), number(duration)
    if start is None:
        raise malformed(line, onset, "the onset in seconds")
    if length is None or length < 0:
        raise malformed(line, duration, "the duration in seconds, 0 or more")
    value = None if score == NOTHING else number(score)
    if value is None and score != NOTHING:
        raise malformed(line, score, "a score or <NA>")
    end = end_after(onset, duration)
    if not start <= end < float("inf"):
        raise malformed(line, duration, "a duration that ends within what float64 can count")
    further = (channel, orthography, kind, lookahead[0] if lookahead else NOTHING)
    return Segment(start, end, from_token(speaker), value), tuple(map(from_token, further))
