"""`TagResult`: what was found out about one sound, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audiokit.results import Outcome, Segment, Status

if TYPE_CHECKING:
    import pandas as pd

    from audiokit.activity.content import ContentResult
    from audiokit.activity.vad import VadResult
    from audiokit.tagging.stages import Stage
    from audiokit.tagging.values import Genre, Mood

__all__ = ["BRANCHES", "TagResult", "tags_table"]

BRANCHES = ("voice", "mood", "genre")
_WITHOUT_VALUES = (Status.FAILED, Status.UNAVAILABLE)


@dataclass(frozen=True, eq=False)
class TagResult:
    """Voice, mood and genre of a sound, each with its own state.

    Parameters
    ----------
    name : str
        Of the sound.
    audio_seconds : float
        Its length.
    voice, mood, genre : Outcome
        State, value (`VadResult`, `Mood`, `Genre`), reason and notes of each branch.
    content : Outcome
        What the content gate said, with a `ContentResult`.
    models_invoked : tuple of str
        Models that really ran, in the order in which they did.
    stages : tuple of Stage
        What was done when.
    processing_ms : float
        From the call to the result.
    source : object
        What was given, if it can be heard again: an `Audio`, a path, bytes.
    notes : tuple of str
        What was lost or done on the way to the samples.
    """

    name: str
    audio_seconds: float
    voice: Outcome
    mood: Outcome
    genre: Outcome
    content: Outcome
    models_invoked: tuple[str, ...]
    stages: tuple[Stage, ...]
    processing_ms: float
    source: object = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def voice_detected(self) -> bool | None:
        """Whether there is a voice (see `audiokit.activity.justified_speech`); None where that is not known."""
        return None if self.voice.value is None else bool(self.voice.value.segments)

    @property
    def voice_mood(self) -> str | None:
        """The mood; ``"none"`` where nobody speaks, None where there is none to tell."""
        return None if self.mood.value is None else self.mood.value.label

    @property
    def music_genre(self) -> str | None:
        """The genre, or None."""
        return None if self.genre.value is None else self.genre.value.label

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Where somebody speaks."""
        return () if self.voice.value is None else tuple(self.voice.value.segments)

    @property
    def vad(self) -> VadResult | None:
        """What the voice detector said."""
        value: VadResult | None = self.voice.value
        return value

    @property
    def content_result(self) -> ContentResult | None:
        """What the content gate said."""
        value: ContentResult | None = self.content.value
        return value

    @property
    def states(self) -> dict[str, str]:
        """State of each branch."""
        return {branch: str(getattr(self, branch).status) for branch in BRANCHES}

    @property
    def errors(self) -> dict[str, str]:
        """Reason of each branch that failed or is unavailable."""
        outcomes = {branch: getattr(self, branch) for branch in BRANCHES}
        return {branch: one.reason for branch, one in outcomes.items() if one.status in _WITHOUT_VALUES}

    @property
    def lanes(self) -> dict[str, tuple[Segment, ...]]:
        """Everything that has a place in time: ``voice``, ``content``, ``mood`` and ``genre``, where there is any.

        What an expert heard and then abstained from is labelled ``"unsure"``.
        """
        mood: Mood | None = self.mood.value
        genre: Genre | None = self.genre.value
        found = {
            "voice": self.segments,
            "content": () if self.content.value is None else tuple(self.content.value.segments),
            "mood": () if mood is None else _told(mood),
            "genre": () if genre is None else _told(genre),
        }
        return {name: spans for name, spans in found.items() if spans}

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON has it, by the schema that `result_schema` gives.

        Returns
        -------
        dict
            ``{"audio_analysis": {...}}``; fields of a branch without a value are None.
        """
        mood: Mood | None = self.mood.value
        genre: Genre | None = self.genre.value
        spans = [[_seconds(s.start_seconds), _seconds(s.end_seconds)] for s in self.segments]
        return {
            "audio_analysis": {
                "voice_detected": self.voice_detected,
                "voice_mood": self.voice_mood,
                "voice_mood_confidence": None if mood is None else _share(mood.confidence),
                "voice_segments_seconds": None if self.voice.value is None else spans,
                "music_genre": self.music_genre,
                "music_genre_confidence": None if genre is None else _share(genre.confidence),
                "music_subgenres": None if genre is None or genre.label is None else list(genre.subgenres),
                "processing_time_ms": round(self.processing_ms),
                "models_invoked": list(self.models_invoked),
                "states": self.states,
                "errors": self.errors,
            }
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    def to_dataframe(self) -> pd.DataFrame:
        """One row: see `tags_table`."""
        return tags_table([self])

    def stages_dataframe(self) -> pd.DataFrame:
        """What was done when: columns ``stage``, ``branch``, ``start_ms``, ``end_ms``, ``duration_ms``."""
        from audiokit.tagging.stages import stages_table

        return stages_table(self.stages)

    def sentences(self) -> dict[str, str]:
        """What is known of each branch, in a line each."""
        from audiokit.tagging.words import sentences

        return sentences(self)

    def __str__(self) -> str:
        lines = [f"{self.name or 'untitled'}, {self.audio_seconds:.2f} s, tagged in {self.processing_ms:.0f} ms"]
        return "\n".join([*lines, *(f"{branch:6} {said}" for branch, said in self.sentences().items())])

    def _repr_html_(self) -> str:
        from audiokit.tagging.page import result_html

        return result_html(self)


def tags_table(results: Iterable[TagResult]) -> pd.DataFrame:
    """Results as a table.

    Parameters
    ----------
    results : iterable of TagResult
        In the order of the rows.

    Returns
    -------
    pandas.DataFrame
        A row for each, with the columns ``name``, ``audio_seconds``, ``speech_seconds``, the fields of `to_dict`
        (subgenres and models joined by ``"; "``), and for each branch ``NAME_state`` and ``NAME_error``.
    """
    import pandas as pd

    rows = []
    for result in results:
        found = dict(result.to_dict()["audio_analysis"])
        spans, states, errors = (found.pop(key) for key in ("voice_segments_seconds", "states", "errors"))
        for key in ("music_subgenres", "models_invoked"):
            found[key] = None if found[key] is None else "; ".join(found[key])
        speech = None if spans is None else round(sum(end - start for start, end in spans), 3)
        head = {"name": result.name, "audio_seconds": result.audio_seconds, "speech_seconds": speech}
        branches = {f"{branch}_state": states[branch] for branch in BRANCHES}
        reasons = {f"{branch}_error": errors.get(branch) for branch in BRANCHES}
        rows.append({**head, **found, **branches, **reasons})
    return pd.DataFrame(rows, columns=None if rows else list(_COLUMNS))


_COLUMNS = (
    "name", "audio_seconds", "speech_seconds", "voice_detected", "voice_mood", "voice_mood_confidence", "music_genre",
    "music_genre_confidence", "music_subgenres", "processing_time_ms", "models_invoked", "voice_state", "mood_state",
    "genre_state", "voice_error", "mood_error", "genre_error",
)  # fmt: skip


def _told(value: Mood | Genre) -> tuple[Segment, ...]:
    """Windows of an expert; one that abstains names nothing in them either."""
    if value.label is not None:
        return value.windows
    return tuple(Segment(w.start_seconds, w.end_seconds, "unsure") for w in value.windows)


def _seconds(value: float) -> float:
    return round(float(value), 3)


def _share(value: float | None) -> float | None:
    return None if value is None else round(min(max(float(value), 0.0), 1.0), 4)
