"""The mood and the genre of a sound: what each expert is to hear, or why there is nothing for it.

Each branch has three steps, so that the middle one can take the windows of many files at once: a plan (windows to hear,
or an outcome that needs no expert), the expert's scores, and a judgement (see `audiokit.tagging.judgement`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audiokit.results import Outcome, Segment, Status
from audiokit.tagging.values import NO_MOOD, Mood
from audiokit.tagging.windows import cut, joined, mood_windows, music_windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiokit.tagging.expert import GenreExpert, MoodExpert
    from audiokit.tagging.listening import Heard
    from audiokit.tagging.options import TagOptions

__all__ = ["GenrePlan", "MoodPlan", "plan_genre", "plan_mood"]

_MOST_MUSIC_WINDOWS = 3
_NOT_ASKED = "It was not asked for."


@dataclass(frozen=True, slots=True, eq=False)
class MoodPlan:
    """What the mood expert is to hear.

    Parameters
    ----------
    expert : MoodExpert
        Who.
    windows : tuple of Segment
        When.
    samples : list of ndarray, shape (time,)
        At 16 kHz.
    allowed_seconds : float
        How much speech there was to choose from.
    """

    expert: MoodExpert
    windows: tuple[Segment, ...]
    samples: list[NDArray[np.float32]]
    allowed_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class GenrePlan:
    """What the genre expert is to hear; as `MoodPlan`, at the expert's own rate."""

    expert: GenreExpert
    windows: tuple[Segment, ...]
    samples: list[NDArray[np.float32]]
    music_seconds: float


def plan_mood(heard: Heard, options: TagOptions, find: Callable[[], MoodExpert]) -> MoodPlan | Outcome:
    """Choose the windows of speech that the mood expert hears, or say why it hears none.

    Parameters
    ----------
    heard : Heard
        The sound and its gates.
    options : TagOptions
        What is asked.
    find : callable
        Gives the expert; called only if there is something for it to hear.

    Raises
    ------
    ModelUnavailable
        If there is speech and no expert.
    """
    spans = _mood_spans(heard, options)
    if isinstance(spans, Outcome):
        return spans
    allowed = float(sum(span.duration_seconds for span in joined(spans, 0.0)))
    expert = find()
    most = options.mood_windows or int(getattr(expert, "most_windows", 1))
    windows = mood_windows(spans, heard.voice.value, most=most)
    if not windows:
        return Outcome(
            Status.ABSTAINED, Mood(None, None), reason=f"Only {allowed:.1f} s of speech, none of it 0.5 s in one piece."
        )
    assert heard.audio is not None
    return MoodPlan(expert, windows, cut(heard.audio, windows), allowed)


def _mood_spans(heard: Heard, options: TagOptions) -> tuple[Segment, ...] | Outcome:
    """Where the mood expert may listen, or why nowhere."""
    if options.emotion is None:
        return Outcome(Status.ABSTAINED, reason=_NOT_ASKED)
    if heard.voice.status is not Status.OK:
        return Outcome(heard.voice.status, reason=f"Voice detection did not run: {heard.voice.reason}")
    vad = heard.voice.value
    if not vad.segments:
        return Outcome(Status.ABSTAINED, Mood(NO_MOOD, 1.0), reason="Nobody speaks.")
    if not options.content_gate:
        return tuple(vad.segments)
    if heard.content.value is None:
        why = f"The content gate, without which no mood is given: {heard.content.reason}"
        return Outcome(heard.content.status, reason=why)
    spans = tuple(heard.content.value.mood_spans(vad))
    why = f"A voice in {vad.speech_seconds:.1f} s, and none of it is speech that stands free of music and singing."
    return spans or Outcome(Status.ABSTAINED, Mood(None, None), reason=why)


def plan_genre(heard: Heard, options: TagOptions, find: Callable[[], GenreExpert]) -> GenrePlan | Outcome:
    """Choose the windows of music that the genre expert hears, or say why it hears none; as `plan_mood`.

    Raises
    ------
    ModelUnavailable
        If there is music and no expert.
    """
    if options.genre is None:
        return Outcome(Status.ABSTAINED, reason=_NOT_ASKED)
    if not options.content_gate:
        spans: tuple[Segment, ...] = (Segment(0.0, heard.audio_seconds, "music"),) if heard.audio_seconds else ()
    elif heard.content.value is None:
        status = heard.content.status
        return Outcome(status, reason=f"The content gate, without which no genre is given: {heard.content.reason}")
    else:
        spans = tuple(span for span in heard.content.value.segments if span.label == "music")
    music = float(sum(span.duration_seconds for span in spans))
    if music < options.min_music_seconds or not spans:
        much = "No music" if not music else f"{music:.1f} s of music"
        return Outcome(
            Status.ABSTAINED, reason=f"{much}: less than {options.min_music_seconds:g} s of it has no genre."
        )
    expert = find()
    windows = music_windows(spans, heard.audio_seconds, most=_MOST_MUSIC_WINDOWS, seconds=expert.window_seconds)
    samples = [heard.origin.window(window, expert.sample_rate) for window in windows]
    return GenrePlan(expert, windows, samples, music)
