"""`tag_many`: many sounds, decoded and gated side by side, their windows given to the experts together."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from audiokit.decode.segments import available_cpus
from audiokit.errors import InputError, ParameterError
from audiokit.results import Outcome
from audiokit.tagging.branches import GenrePlan, MoodPlan, plan_genre, plan_mood
from audiokit.tagging.choose import check_choice, genre_expert, mood_expert
from audiokit.tagging.judgement import judge_genre, judge_mood
from audiokit.tagging.listening import Heard, listen
from audiokit.tagging.options import TagOptions
from audiokit.tagging.outcomes import Deadline, attempted
from audiokit.tagging.pipeline import finished
from audiokit.tagging.stages import Stage, Timeline

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.decode.source import SourceLike
    from audiokit.tagging.result import TagResult

__all__ = ["tag_many"]

_TOGETHER = 16  # files that the experts get at once
_MOST_WINDOWS = 16  # of theirs in one call


def tag_many(
    sources: Iterable[SourceLike | Audio],
    *,
    max_workers: int | None = None,
    on_error: Literal["raise", "skip", "return"] = "raise",
    **options: Any,
) -> Iterator[TagResult | InputError]:
    """Tag many sounds: what `tag` finds one by one, sooner.

    Files are decoded and gated in parallel, some ahead of what is asked for; the experts get windows of up to 16 files
    in one call.

    Parameters
    ----------
    sources : iterable of sources
        As for `tag`; taken from as needed, so it may be endless.
    max_workers : int, optional
        Threads that decode and gate; the processors that this process may use if None.
    on_error : {"raise", "skip", "return"}
        What becomes of a file that cannot be read: its error is raised in its turn, it is left out, or the error stands
        in its place. A branch that fails is a state of its result, whatever stands here.
    **options
        Of `tag`; ``deadline_seconds`` is for decoding and gating, of each file.

    Yields
    ------
    TagResult
        One for each source, in order; with ``on_error="return"`` an InputError where there is none. ``processing_ms``
        adds up the file's stages; of a stage that it shared with others it has its part.

    Raises
    ------
    ParameterError
        At once, for an option that does not fit; in its turn, for what is no source.
    InputError
        In its turn, with ``on_error="raise"``.
    """
    if on_error not in ("raise", "skip", "return"):
        raise ParameterError(f'on_error must be "raise", "skip" or "return", got {on_error!r}.')
    if max_workers is not None and max_workers < 1:
        raise ParameterError(f"max_workers must be 1 or more, got {max_workers}.")
    if isinstance(sources, str | bytes | os.PathLike):
        raise ParameterError("tag_many wants several sources, got one.", cure="tag(source), or tag_many([source]).")
    try:
        checked = TagOptions(**options)
    except TypeError as error:
        raise ParameterError(f"tag_many does not know an option: {error}.", cure="See TagOptions.") from None
    for choice in (checked.emotion, checked.genre):
        check_choice(choice)
    return _in_order(iter(sources), max_workers or available_cpus(), on_error, checked)


class _Once:
    """An expert that is looked for when the first file needs it; whatever comes of that holds for all."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find, self._lock = find, threading.Lock()
        self._found: Any = None
        self._error: Exception | None = None

    def __call__(self) -> Any:
        with self._lock:
            if self._found is None and self._error is None:
                try:
                    self._found = self._find()
                except Exception as error:  # noqa: BLE001 - each file that needs it is told
                    self._error = error
        if self._error is not None:
            raise self._error
        return self._found


@dataclass(frozen=True, slots=True, eq=False)
class _Gated:
    """A file between the gates and the experts: what each is to hear, or the branch's outcome already."""

    heard: Heard
    timeline: Timeline
    mood: MoodPlan | Outcome
    genre: GenrePlan | Outcome


def _in_order(
    sources: Iterator[SourceLike | Audio], workers: int, on_error: str, options: TagOptions
) -> Iterator[TagResult | InputError]:
    work = partial(
        _gated,
        options=options,
        find_mood=_Once(lambda: mood_expert(options.emotion or "auto")),
        find_genre=_Once(lambda: genre_expert(options.genre or "auto")),
    )
    waiting: deque[Future[_Gated | InputError]] = deque()
    ahead = _TOGETHER + 2 * workers
    with ThreadPoolExecutor(workers, thread_name_prefix="audiokit-tag") as pool:

        def submit() -> None:
            waiting.extend(pool.submit(work, source) for source in islice(sources, ahead - len(waiting)))

        try:
            submit()
            while waiting:
                together = [waiting.popleft().result() for _ in range(min(_TOGETHER, len(waiting)))]
                submit()  # the threads go on while the experts are at work here
                for found in _answered(together, options):
                    if not isinstance(found, InputError) or on_error == "return":
                        yield found
                    elif on_error == "raise":
                        raise found
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _gated(
    source: SourceLike | Audio, *, options: TagOptions, find_mood: Callable[[], Any], find_genre: Callable[[], Any]
) -> _Gated | InputError:
    timeline, deadline = Timeline(), Deadline(options.deadline_seconds)
    try:
        heard = listen(source, options, timeline, deadline, side_by_side=False)
    except ParameterError as error:
        if isinstance(source, str | os.PathLike):
            return error  # one of many names, and there is nothing that it could name
        raise
    except InputError as error:
        return error
    mood = attempted(lambda: plan_mood(heard, options, find_mood))
    with timeline.stage("music windows", "genre"):
        genre = attempted(lambda: plan_genre(heard, options, find_genre))
    return _Gated(heard.without_audio(), timeline, mood, genre)


def _answered(together: Sequence[_Gated | InputError], options: TagOptions) -> Iterator[TagResult | InputError]:
    gated = [one for one in together if isinstance(one, _Gated)]
    moods = _asked(gated, "mood", lambda plan, scores: judge_mood(plan, scores, options.mood_threshold))
    genres = _asked(gated, "genre", lambda plan, scores: judge_genre(plan, scores, options.genre_threshold))
    for one in together:
        if isinstance(one, InputError):
            yield one
            continue
        mood, genre = moods[id(one)], genres[id(one)]
        spent = sum(stage.duration_ms for stage in one.timeline.stages)
        ran = tuple(answer.ran for answer in (mood, genre) if answer.ran)
        yield finished(one.heard, mood.outcome, genre.outcome, ran, one.timeline, processing_ms=spent)


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    ran: str = ""  # name of the expert, if it answered


def _asked(gated: Sequence[_Gated], branch: str, judge: Callable[[Any, Any], Outcome]) -> dict[int, _Answer]:
    """Ask an expert about all files that have windows for it; those whose windows it cannot take have failed alone."""
    answers: dict[int, _Answer] = {}
    asking: list[_Gated] = []
    for one in gated:
        plan = getattr(one, branch)
        if isinstance(plan, Outcome):
            answers[id(one)] = _Answer(plan)
        else:
            asking.append(one)
    for some in _calls(asking, branch):
        try:
            _judge_together(some, branch, judge, answers)
        except Exception:  # noqa: BLE001 - whose windows it was comes out one by one
            for one in some:
                outcome = attempted(partial(_judge_together, [one], branch, judge, answers))
                if id(one) not in answers:
                    answers[id(one)] = _Answer(outcome)
    return answers


def _calls(asking: Sequence[_Gated], branch: str) -> Iterator[list[_Gated]]:
    """Files in the order given, as many at a time as have no more windows than one call takes."""
    some: list[_Gated] = []
    windows = 0
    for one in asking:
        count = len(getattr(one, branch).windows)
        if some and windows + count > _MOST_WINDOWS:
            yield some
            some, windows = [], 0
        some.append(one)
        windows += count
    if some:
        yield some


def _judge_together(
    some: Sequence[_Gated], branch: str, judge: Callable[[Any, Any], Outcome], answers: dict[int, _Answer]
) -> Outcome:
    plans = [getattr(one, branch) for one in some]
    expert = plans[0].expert
    clock = Timeline()
    scores = expert([samples for plan in plans for samples in plan.samples])
    share = clock.elapsed_ms() / len(some)
    first = 0
    judged: dict[int, _Answer] = {}
    for one, plan in zip(some, plans, strict=True):
        last = first + len(plan.windows)
        judged[id(one)] = _Answer(judge(plan, scores[first:last]), expert.name)
        first = last
    for one in some:
        start = max((stage.end_ms for stage in one.timeline.stages), default=0.0)
        one.timeline.add(Stage(expert.name, branch, start, start + share))
    answers.update(judged)
    return judged[id(some[0])].outcome
