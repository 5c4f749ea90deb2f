"""Transcripts as files.

=========  ==========================================================================================
``txt``    the text, one passage a line
``srt``    passages as subtitles, times to the millisecond
``vtt``    the same for the web
``json``   everything, number for number; `Transcript.from_json` reads it back
``tsv``    passages and words, with times and confidences, tier by tier
``textgrid``  tiers ``segments`` and ``words`` for Praat, exact times, no confidences
``ctm``    words with exact times and confidences, for NIST's scoring tools
=========  ==========================================================================================

All but ``txt`` and ``json`` are written by `audiokit.annotations`, and read back by `audiokit.read_annotations`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from audiokit.annotations import Annotations, Tier, write_annotations
from audiokit.decode.output import whole_file
from audiokit.errors import MalformedAnnotations, ParameterError
from audiokit.results import Segment
from audiokit.speech.coverage import Coverage
from audiokit.speech.transcript import Passage, Transcript, Word

__all__ = ["FORMATS", "exported", "from_json", "save"]

FORMATS = ("txt", "srt", "vtt", "json", "tsv", "textgrid", "ctm")

_KIND = "audiokit transcript"
_VERSION = 1
_WRITERS = {"srt": "srt", "vtt": "webvtt", "tsv": "tsv", "textgrid": "textgrid", "ctm": "ctm"}


def exported(transcript: Transcript, format: str, *, recording: str = "") -> str:  # noqa: A002 - as the public method
    """Return a file's content.

    Parameters
    ----------
    transcript : Transcript
        What to write.
    format : str
        One of `FORMATS`.
    recording : str
        Its name, for CTM; ``recording`` if empty.

    Raises
    ------
    ParameterError
        If there is no such format, or for CTM where there are no words.
    """
    if format not in FORMATS:
        raise ParameterError(f"There is no transcript format {format!r}.", cure=f"There are: {', '.join(FORMATS)}.")
    if format == "txt":
        return "".join(f"{segment.label}\n" for segment in transcript.segments)
    if format == "json":
        return json.dumps(_values(transcript), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    if format == "ctm" and transcript.text and not transcript.words:
        raise ParameterError(
            "CTM is made of words with times, and this transcript has none.",
            cure="Transcribe with word_timestamps=True.",
        )
    return write_annotations(_held(transcript, format), format=_WRITERS[format], recording=recording or None)


def save(
    transcript: Transcript,
    path: str | os.PathLike[str],
    format: str = "auto",  # noqa: A002 - as above
    *,
    overwrite: bool = True,
) -> None:
    """Write a file; see `Transcript.save`."""
    target = Path(path)
    name = _format_of(target) if format == "auto" else format
    content = exported(transcript, name, recording=target.stem)
    with whole_file(target, overwrite=overwrite) as place:
        place.write_text(content, encoding="utf-8", newline="\n")


def from_json(text: str) -> Transcript:
    """Read what ``export("json")`` wrote; see `Transcript.from_json`."""
    try:
        held: dict[str, Any] = json.loads(text)
        if (held.pop("kind"), held.pop("version")) != (_KIND, _VERSION):
            raise ValueError("another kind or version")  # noqa: TRY301 - one way out for all that does not fit
        held["words"] = tuple(Word(**word) for word in held["words"])
        for name in ("passages", "rejected"):
            held[name] = tuple(Passage(**passage) for passage in held[name])
        held["notes"] = tuple(held["notes"])
        held["coverage"] = None if held["coverage"] is None else Coverage.from_dict(held["coverage"])
        return Transcript(**held)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedAnnotations(
            f"This is no transcript in JSON as audiokit writes it ({error}).",
            cure=f"It wants an object with kind {_KIND!r} and version {_VERSION}.",
        ) from error


def _values(transcript: Transcript) -> dict[str, Any]:
    held = asdict(transcript)
    held["coverage"] = None if transcript.coverage is None else transcript.coverage.to_dict()
    return {"kind": _KIND, "version": _VERSION, **held}


def _held(transcript: Transcript, format: str) -> Annotations:  # noqa: A002 - as above
    """What the format holds, so that its writer has nothing to warn of: the table above says what is left out."""
    whole = transcript.to_annotations()
    if format == "tsv":  # a table has no rows for a tier without segments
        return Annotations(tuple(tier for tier in whole.tiers if tier.segments), whole.duration_seconds)
    if format == "ctm":
        return Annotations(tuple(tier for tier in whole.tiers if tier.name == "words"), whole.duration_seconds)
    plain = [Tier(tier.name, tuple(replace(s, score=None) for s in tier.segments)) for tier in whole.tiers]
    if format == "textgrid":
        return Annotations(tuple(plain), whole.duration_seconds)
    cues = tuple(Segment(round(s.start_seconds, 3), round(s.end_seconds, 3), s.label) for s in plain[0].segments)
    return Annotations.from_segments(cues, duration_seconds=whole.duration_seconds)


def _format_of(path: Path) -> str:
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise ParameterError(
            f"The ending {path.suffix!r} tells no transcript format.", cure=f"format= one of {', '.join(FORMATS)}."
        )
    return ending
