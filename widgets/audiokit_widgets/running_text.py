"""The text of a transcript beside the lanes of an inspector: which lane it is of, its paragraphs, and its edits."""

from __future__ import annotations

import bisect
import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from audiokit.errors import ParameterError
from audiokit.results import Segment
from audiokit.speech.transcript import Transcript
from audiokit.speech.transcript_texts import homes, written
from audiokit_widgets.lanes import Spans
from audiokit_widgets.wording import clock, counted

if TYPE_CHECKING:
    from audiokit_widgets.lanes import Lane

__all__ = ["RunningText", "running_text", "text_spans"]

_MOST_PARAGRAPHS = 200
_FEW_PARAGRAPHS = 8


def text_spans(transcript: Transcript) -> Spans:
    """Words as they are written in the text; the passages where there are no words."""
    if not transcript.words:
        return Spans(transcript.segments)
    texts = [word.text for word in written(transcript)]
    return Spans(
        tuple(
            Segment(word.start_seconds, word.end_seconds, text, word.confidence)
            for word, text in zip(transcript.words, texts, strict=True)
        )
    )


@dataclass(frozen=True)
class RunningText:
    """A transcript and the lanes that show it.

    Parameters
    ----------
    transcript : Transcript
        As it was given.
    lane : str
        The lane whose spans are the text's units: words, or passages where there are no words.
    passages : str
        The lane of its passages, or empty.
    speakers : tuple of Segment
        Who speaks when; may be empty.
    """

    transcript: Transcript
    lane: str
    passages: str = ""
    speakers: tuple[Segment, ...] = ()

    @property
    def noun(self) -> str:
        """What a unit is: ``"word"`` or ``"passage"``."""
        return "word" if self.transcript.words else "passage"

    @cached_property
    def units(self) -> tuple[Segment, ...]:
        """Words, or passages, as they are written."""
        return text_spans(self.transcript).segments

    @cached_property
    def places(self) -> list[int]:
        """The passage of each unit, or -1."""
        segments = self.transcript.segments
        return homes(self.transcript.words, segments) if self.transcript.words else list(range(len(segments)))

    def begins(self) -> list[tuple[int, int, str]]:
        """Paragraphs: the unit that each begins with, the passage it is of (or -1), and who speaks from there on.

        A paragraph is a passage, or what one speaker says of it. An empty name: as before, or nobody knows.
        """
        places = self.places
        found: list[tuple[int, int, str]] = []
        speaker = ""
        for unit, (place, who) in enumerate(zip(places, self._voices(), strict=True)):
            changed = bool(who) and who != speaker
            if not found or changed or place != places[unit - 1]:
                found.append((unit, place, who if changed else ""))
            speaker = who or speaker
        return found

    def _voices(self) -> list[str]:
        """Who speaks in the middle of each unit."""
        spans = sorted(self.speakers, key=lambda span: span.start_seconds)
        starts = [span.start_seconds for span in spans]
        names = []
        for unit in self.units:
            middle = (unit.start_seconds + unit.end_seconds) / 2
            at = bisect.bisect_right(starts, middle) - 1
            names.append(spans[at].label if at >= 0 and middle < spans[at].end_seconds else "")
        return names

    def facts(self) -> dict[str, Any]:
        """What the page needs beside the lane."""
        return {
            "lane": self.lane,
            "noun": self.noun,
            "passages": self.passages,
            "begins": [list(begin) for begin in self.begins()],
        }

    def checked(self, texts: Mapping[Any, Any]) -> dict[str, str]:
        """Edits by the place of their unit, as text: JSON knows no other keys.

        Raises
        ------
        ParameterError
            If there is no such unit, or it is no text.
        """
        count, found = len(self.units), {}
        for key, text in texts.items():
            if not str(key).isdecimal() or not 0 <= int(key) < count or not isinstance(text, str):
                raise ParameterError(
                    f"text_edits wants texts by the place of a {self.noun}, got {key!r}: {text!r}.",
                    cure=f"Places are 0 to {count - 1}; an empty text takes the {self.noun} away.",
                )
            found[str(int(key))] = text
        return found

    def edited(self, texts: Mapping[str, str]) -> Transcript:
        """Give the transcript with these edits."""
        return self.transcript.with_texts({int(unit): text for unit, text in texts.items()})

    def relabelled(self, lanes: Mapping[str, Lane], texts: Mapping[str, str]) -> dict[str, Lane]:
        """Lanes whose spans say what was edited; each span keeps its place, also where its text was taken away."""
        units = [replace(unit, label=texts.get(str(i), unit.label)) for i, unit in enumerate(self.units)]
        changed: dict[str, Lane] = {**lanes, self.lane: Spans(tuple(units))}
        if self.passages:
            passages = list(self.transcript.segments)
            said: dict[int, list[str]] = {self.places[int(i)]: [] for i in texts if self.places[int(i)] >= 0}
            for unit, place in zip(units, self.places, strict=True):
                if place in said and unit.label:
                    said[place].append(unit.label)
            for place, labels in said.items():
                passages[place] = replace(passages[place], label=" ".join(labels))
            changed[self.passages] = Spans(tuple(passages))
        return changed

    def static_html(self, texts: Mapping[str, str], doubtful_below: float) -> str:
        """Paragraphs with their times, for where no script runs; doubtful words are underlined and have a mark."""
        units, begins = self.units, self.begins()
        paragraphs = []
        for k, (first, _, who) in enumerate(begins[:_MOST_PARAGRAPHS]):
            last = begins[k + 1][0] if k + 1 < len(begins) else len(units)
            said = [_said(units[i], texts.get(str(i)), doubtful_below) for i in range(first, last)]
            name = f"<b>{html.escape(who)}:</b> " if who else ""
            paragraphs.append(
                f"<div><small>{clock(units[first].start_seconds, decimals=1)}</small> {name}{' '.join(said)}</div>"
            )
        if len(begins) > _MOST_PARAGRAPHS:
            paragraphs.append(f"<div>The first {_MOST_PARAGRAPHS} of {len(begins)} paragraphs.</div>")
        told, text = self.summary(texts, doubtful_below), "".join(paragraphs)
        if len(begins) <= _FEW_PARAGRAPHS:
            return f"<div>{told}</div>{text}"
        return f"<details><summary>{told}</summary>{text}</details>"

    def summary(self, texts: Mapping[str, str], doubtful_below: float) -> str:
        """Say how much text there is, how much of it is doubtful, and how much edited."""
        doubtful = sum(_doubtful(u, texts.get(str(i)), doubtful_below) for i, u in enumerate(self.units))
        parts = [f"Text: {counted(len(self.units), self.noun)}"]
        if any(unit.score is not None for unit in self.units):
            parts.append(f"{doubtful:,} doubtful (confidence below {doubtful_below:g})")
        return ", ".join([*parts, *([f"{len(texts):,} edited"] if texts else [])])


def running_text(given: object, lanes: Mapping[str, Lane], speakers: str = "") -> RunningText | None:
    """Find the text among what was given as lanes.

    Parameters
    ----------
    given : object
        What `Inspector` takes: a transcript, or a mapping whose first transcript with words or passages is taken.
    lanes : mapping of str to Spans, Curve or Matrix
        The lanes made of it.
    speakers : str
        Name of the lane that says who speaks, or empty.

    Raises
    ------
    ParameterError
        If there is no such lane of spans.
    """
    voices = lanes.get(speakers) if speakers else Spans(())
    if not isinstance(voices, Spans):
        known = [name for name, lane in lanes.items() if isinstance(lane, Spans)]
        raise ParameterError(f"There is no lane {speakers!r} of spans that says who speaks.", cure=f"Lanes: {known}.")
    if isinstance(given, Transcript) and given.segments:
        lane, passages = ("words", "segments") if given.words else ("segments", "")
        return RunningText(given, lane, passages, voices.segments)
    if isinstance(given, Mapping):
        for name, value in given.items():
            if isinstance(value, Transcript) and value.segments:
                return RunningText(value, str(name), "", voices.segments)
    return None


def _doubtful(unit: Segment, edit: str | None, below: float) -> bool:
    return edit is None and unit.score is not None and unit.score < below


def _said(unit: Segment, edit: str | None, below: float) -> str:
    if edit == "":
        return f"<del>{html.escape(unit.label)}</del>"
    text = html.escape(unit.label if edit is None else edit)
    return f"<u>{text}</u><sup>?</sup>" if _doubtful(unit, edit, below) else text
