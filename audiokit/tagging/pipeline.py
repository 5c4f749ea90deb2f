"""`tag`: voice, mood and genre of one sound."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import TYPE_CHECKING, Any

from audiokit.tagging.branches import GenrePlan, MoodPlan, plan_genre, plan_mood
from audiokit.tagging.choose import check_choice, genre_expert, mood_expert
from audiokit.tagging.judgement import judge_genre, judge_mood
from audiokit.tagging.listening import Heard, listen
from audiokit.tagging.options import TagOptions
from audiokit.tagging.outcomes import Deadline, attempted, outcome_of
from audiokit.tagging.result import TagResult
from audiokit.tagging.stages import Timeline

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.audio import Audio
    from audiokit.decode.source import SourceLike
    from audiokit.models.sessions import Sessions
    from audiokit.results import Outcome
    from audiokit.tagging.expert import GenreExpert, MoodExpert

__all__ = ["finished", "tag"]


def tag(
    source: SourceLike | Audio,
    *,
    emotion: str | Path | MoodExpert | None = "auto",
    genre: str | Path | GenreExpert | None = "auto",
    mood_windows: int | None = None,
    content_gate: bool = True,
    mood_threshold: float | None = None,
    genre_threshold: float | None = None,
    min_music_seconds: float = 2.0,
    deadline_seconds: float | None = None,
    vad_threshold: float = 0.5,
    sessions: Sessions | None = None,
) -> TagResult:
    """Say whether anybody speaks, in what mood, and what genre the music is; or that there is nothing to say.

    Voice detection and the content gate (speech, music, noise, silence) come first. The mood expert hears windows of
    what both call speech, the genre expert windows of music; the two run side by side, and what goes wrong in one
    leaves the other alone.

    Parameters
    ----------
    source : path, bytes, binary file object, http(s) address, or Audio
        Any audio or video file; decoded to one channel.
    emotion, genre, mood_windows, content_gate, mood_threshold, genre_threshold, min_music_seconds, deadline_seconds, \
vad_threshold, sessions
        See `audiokit.tagging.TagOptions`.

    Returns
    -------
    TagResult
        ``.to_dict()`` is the published schema. A branch is ``ok``, ``abstained`` (looked; nothing to say),
        ``unavailable`` (and the cure) or ``failed`` (and why).

    Raises
    ------
    InputError
        If there is no sound to be had from the source.
    ParameterError
        If an option does not fit, or names no model.

    Notes
    -----
    Where a deadline passes while an expert is at work, its branch is given back as failed at once; the expert itself
    cannot be stopped, and ends in a thread of its own.
    """
    options = TagOptions(
        emotion=emotion,
        genre=genre,
        mood_windows=mood_windows,
        content_gate=content_gate,
        mood_threshold=mood_threshold,
        genre_threshold=genre_threshold,
        min_music_seconds=min_music_seconds,
        deadline_seconds=deadline_seconds,
        vad_threshold=vad_threshold,
        sessions=sessions,
    )
    for choice in (emotion, genre):
        check_choice(choice)
    timeline, deadline = Timeline(), Deadline(deadline_seconds)
    heard = listen(source, options, timeline, deadline)
    ran = _Ran()
    mood, genre_found = _side_by_side(
        lambda: _mood(heard, options, timeline, deadline, ran),
        lambda: _genre(heard, options, timeline, deadline, ran),
        ("The mood", "The genre"),
        deadline,
    )
    return finished(heard, mood, genre_found, ran.names(), timeline)


def finished(
    heard: Heard,
    mood: Outcome,
    genre: Outcome,
    experts: tuple[str, ...],
    timeline: Timeline,
    *,
    processing_ms: float | None = None,
) -> TagResult:
    """Put a result together.

    Parameters
    ----------
    heard : Heard
        The sound and its gates.
    mood, genre : Outcome
        Of the branches.
    experts : tuple of str
        Names of the experts that ran.
    timeline : Timeline
        Its stages.
    processing_ms : float, optional
        What it took; the time until now if None.
    """
    gates = [_name(one.value.model) for one in (heard.voice, heard.content) if one.value is not None]
    return TagResult(
        name=heard.name,
        audio_seconds=heard.audio_seconds,
        voice=heard.voice,
        mood=mood,
        genre=genre,
        content=heard.content,
        models_invoked=tuple(dict.fromkeys([*gates, *experts])),
        stages=timeline.stages,
        processing_ms=timeline.elapsed_ms() if processing_ms is None else processing_ms,
        source=heard.origin.given,
        notes=heard.notes,
    )


class _Ran:
    """Names of the experts that answered, from two threads; the mood's first, whoever was quicker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}

    def add(self, branch: str, name: str) -> None:
        with self._lock:
            self._names[branch] = name

    def names(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._names[branch] for branch in ("mood", "genre") if branch in self._names)


def _mood(heard: Heard, options: TagOptions, timeline: Timeline, deadline: Deadline, ran: _Ran) -> Outcome:
    plan = plan_mood(heard, options, lambda: mood_expert(options.emotion or "auto"))
    if not isinstance(plan, MoodPlan):
        return plan
    deadline.check("The mood")
    with timeline.stage(plan.expert.name, "mood"):
        found = plan.expert(plan.samples)
    ran.add("mood", plan.expert.name)
    return judge_mood(plan, found, options.mood_threshold)


def _genre(heard: Heard, options: TagOptions, timeline: Timeline, deadline: Deadline, ran: _Ran) -> Outcome:
    with timeline.stage("music windows", "genre"):
        plan = plan_genre(heard, options, lambda: genre_expert(options.genre or "auto"))
    if not isinstance(plan, GenrePlan):
        return plan
    deadline.check("The genre")
    with timeline.stage(plan.expert.name, "genre"):
        found = plan.expert(plan.samples)
    ran.add("genre", plan.expert.name)
    return judge_genre(plan, found, options.genre_threshold)


def _side_by_side(
    first: Callable[[], Outcome], second: Callable[[], Outcome], names: tuple[str, str], deadline: Deadline
) -> tuple[Outcome, Outcome]:
    """Run two branches at once, each behind its own boundary; what is late has failed."""
    pool = ThreadPoolExecutor(2, thread_name_prefix="audiokit-tag")
    try:
        futures = [pool.submit(attempted, work) for work in (first, second)]
        found: list[Any] = []
        for name, future in zip(names, futures, strict=True):
            try:
                found.append(future.result(deadline.left_seconds))
            except Late:
                found.append(outcome_of(deadline.passed(name)))
    finally:
        pool.shutdown(wait=False)
    return found[0], found[1]


def _name(model: str) -> str:
    """``"silero_vad (silero-vad 6.2.3)"`` is the model silero_vad, and ``"content_gate 1"`` content_gate."""
    return model.partition(" ")[0]
