"""What is made of an expert's answer: a mood or a genre, or an abstention below the threshold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.results import Outcome, Segment, Status
from audiokit.tagging.values import Genre, Mood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.tagging.branches import GenrePlan, MoodPlan
    from audiokit.tagging.expert import GenreExpert, MoodExpert

__all__ = ["judge_genre", "judge_mood"]


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
    each = [(expert.labels[int(row.argmax())], float(row.max())) for row in found]
    mood = Mood(
        label=expert.labels[best] if sure else None,
        confidence=confidence if sure else None,
        probabilities=dict(zip(expert.labels, mean.tolist(), strict=True)),
        windows=_labelled(plan.windows, each),
        expert=expert.name,
        origin=expert.origin,
        calibrated=bool(getattr(expert, "calibrated", True)),
        threshold=least,
    )
    heard = sum(w.duration_seconds for w in plan.windows)
    what = f"{heard:.1f} s of {plan.allowed_seconds:.1f} s of speech: those with the most speech in them."
    notes = [f"Heard {_windows(len(plan.windows))}, {what}", _by(expert)]
    if not mood.calibrated:
        notes.append("Uncalibrated: its confidence is not a probability of being right until calibrate() ran.")
    notes += getattr(expert, "notes", ())
    return _outcome(mood, expert.labels[best], confidence, least, notes)


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
    each = [(one.genre, one.score) for one in map(expert.taxonomy.decide, found)]
    genre = Genre(
        label=verdict.genre if sure else None,
        confidence=verdict.score if sure else None,
        subgenres=verdict.subgenres if sure else (),
        scores=dict(verdict.scores),
        windows=_labelled(plan.windows, each),
        expert=expert.name,
        origin=expert.origin,
        threshold=least,
    )
    what = f"{expert.window_seconds:g} s, those with the most of {plan.music_seconds:.1f} s of music."
    notes = [f"Heard {_windows(len(plan.windows))} of {what}", _by(expert), *getattr(expert, "notes", ())]
    votes = Counter(name for name, _ in each)
    if len(votes) > 1:
        notes.append("The windows disagree: " + ", ".join(f"{name} {count}" for name, count in votes.most_common()))
    return _outcome(genre, verdict.genre, verdict.score, least, notes)


def _outcome(value: Mood | Genre, best: str, confidence: float, least: float, notes: list[str]) -> Outcome:
    """A value that names something, or one that does not and says why."""
    if value.label is not None:
        return Outcome(Status.OK, value, notes=tuple(notes))
    reason = f"Too unsure: {best} has {confidence:.2f}, and {least:.2f} is wanted."
    return Outcome(Status.ABSTAINED, value, reason, tuple(notes))


def _labelled(windows: tuple[Segment, ...], each: list[tuple[str, float]]) -> tuple[Segment, ...]:
    """What was said of each window, and how surely."""
    return tuple(Segment(w.start_seconds, w.end_seconds, *said) for w, said in zip(windows, each, strict=True))


def _by(expert: MoodExpert | GenreExpert) -> str:
    return f"By {expert.name}: {expert.origin}."


def _checked(scores: Any, shape: tuple[int, int], name: str) -> NDArray[np.float64]:
    found = np.asarray(scores, dtype=np.float64)
    if found.shape != shape:
        raise ValueError(f"{name} answered with shape {found.shape}, wanted {shape}")
    if not np.isfinite(found).all() or found.min() < -1e-6 or found.max() > 1 + 1e-6:
        raise ValueError(f"{name} answered with numbers that are no probabilities")
    return found


def _windows(count: int) -> str:
    return f"{count} window{'' if count == 1 else 's'}"
