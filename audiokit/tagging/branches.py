"""The mood and the genre of a sound: what each expert hears, and what is made of its answer.

Each branch has three steps, so that the middle one can take the windows of many files at once: a plan (windows to hear,
or an outcome that needs no expert), the expert's scores, and a judgement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.results import Outcome, Segment, Status
from audiokit.tagging.values import NO_MOOD, Genre, Mood
from audiokit.tagging.windows import cut, joined, mood_windows, music_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.tagging.expert import GenreExpert, MoodExpert
    from audiokit.tagging.listening import Heard
    from audiokit.tagging.options import TagOptions

__all__ = ["GenrePlan", "MoodPlan", "judge_genre", "judge_mood", "plan_genre", "plan_mood"]

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


def judge_mood(plan: MoodPlan, probabilities: NDArray[np.float32], threshold: float | None) -> Outcome:
    """Make an outcome of the probabilities of each window: their mean, or an abstention below the threshold.

    Parameters
    ----------
    plan : MoodPlan
        What was heard.
    probabilities : ndarray, shape (windows, moods)
        Of the expert.
    threshold : float, optional
        In place of the expert's own.

    Raises
    ------
    ValueError
        If the expert's answer has another shape, or is no probabilities.
    """
    expert = plan.expert
    found = _checked(probabilities, (len(plan.windows), len(expert.labels)), expert.name)
    mean = found.mean(axis=0)
    best = int(mean.argmax())
    confidence, least = float(mean[best]), expert.threshold if threshold is None else threshold
    sure = confidence >= least
    mood = Mood(
        label=expert.labels[best] if sure else None,
        confidence=confidence if sure else None,
        probabilities=dict(zip(expert.labels, mean.tolist(), strict=True)),
        windows=tuple(
            Segment(w.start_seconds, w.end_seconds, expert.labels[int(p.argmax())], float(p.max()))
            for w, p in zip(plan.windows, found, strict=True)
        ),
        expert=expert.name,
        origin=expert.origin,
        calibrated=bool(getattr(expert, "calibrated", True)),
        threshold=least,
    )
    heard = sum(w.duration_seconds for w in plan.windows)
    notes = [
        f"Heard {_windows(len(plan.windows))}, {heard:.1f} s of {plan.allowed_seconds:.1f} s of speech: those with the "
        "most speech in them.",
        f"By {expert.name}: {expert.origin}.",
    ]
    if not mood.calibrated:
        notes.append("Uncalibrated: its confidence is not a probability of being right until calibrate() ran.")
    notes += getattr(expert, "notes", ())
    if sure:
        return Outcome(Status.OK, mood, notes=tuple(notes))
    reason = f"Too unsure: {expert.labels[best]} has {confidence:.2f}, and {least:.2f} is wanted."
    return Outcome(Status.ABSTAINED, mood, reason, tuple(notes))


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


def judge_genre(plan: GenrePlan, scores: NDArray[np.float32], threshold: float | None) -> Outcome:
    """Make an outcome of the scores of each window: the genre of their mean, or an abstention below the threshold.

    Parameters
    ----------
    plan : GenrePlan
        What was heard.
    scores : ndarray, shape (windows, labels)
        Of the expert.
    threshold : float, optional
        In place of the expert's own.

    Raises
    ------
    ValueError
        If the expert's answer has another shape, or is no scores.
    """
    expert = plan.expert
    found = _checked(scores, (len(plan.windows), len(expert.taxonomy.labels)), expert.name)
    verdict = expert.taxonomy.decide(found.mean(axis=0))
    least = expert.threshold if threshold is None else threshold
    sure = verdict.score >= least
    each = [expert.taxonomy.decide(row) for row in found]
    genre = Genre(
        label=verdict.genre if sure else None,
        confidence=verdict.score if sure else None,
        subgenres=verdict.subgenres if sure else (),
        scores=dict(verdict.scores),
        windows=tuple(
            Segment(w.start_seconds, w.end_seconds, one.genre, one.score)
            for w, one in zip(plan.windows, each, strict=True)
        ),
        expert=expert.name,
        origin=expert.origin,
        threshold=least,
    )
    notes = [
        f"Heard {_windows(len(plan.windows))} of {expert.window_seconds:g} s, those with the most of "
        f"{plan.music_seconds:.1f} s of music.",
        f"By {expert.name}: {expert.origin}.",
        *getattr(expert, "notes", ()),
    ]
    votes = Counter(one.genre for one in each)
    if len(votes) > 1:
        notes.append("The windows disagree: " + ", ".join(f"{name} {count}" for name, count in votes.most_common()))
    if sure:
        return Outcome(Status.OK, genre, notes=tuple(notes))
    reason = f"Too unsure: {verdict.genre} has {verdict.score:.2f}, and {least:.2f} is wanted."
    return Outcome(Status.ABSTAINED, genre, reason, tuple(notes))


def _checked(scores: Any, shape: tuple[int, int], name: str) -> NDArray[np.float64]:
    found = np.asarray(scores, dtype=np.float64)
    if found.shape != shape:
        raise ValueError(f"{name} answered with shape {found.shape}, wanted {shape}")
    if not np.isfinite(found).all() or found.min() < -1e-6 or found.max() > 1 + 1e-6:
        raise ValueError(f"{name} answered with numbers that are no probabilities")
    return found


def _windows(count: int) -> str:
    return f"{count} window{'' if count == 1 else 's'}"
