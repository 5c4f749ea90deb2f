"""What the tour says beyond speech and loudness: one section a pillar, each with its own state.

A pillar joins the tour by adding a `Section` here; neither the notebook nor the page changes.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audiokit.errors import AudiokitError
from audiokit.results import Outcome, Status, state_of

if TYPE_CHECKING:
    from audiokit.audio import Audio
    from audiokit.report.stopwatch import Stopwatch

__all__ = ["SECTIONS", "Section", "SectionResult", "run_sections"]


@dataclass(frozen=True)
class Section:
    """A part of the tour.

    Parameters
    ----------
    name : str
        For metrics, for example ``"transcript"``.
    title : str
        The heading.
    run : callable
        Takes the `Audio`, returns an `Outcome` whose value shows itself in a notebook; may raise.
    """

    name: str
    title: str
    run: Callable[[Audio], Outcome]


@dataclass(frozen=True)
class SectionResult:
    """What a section said: shown as its heading, its state, and its value."""

    section: Section
    outcome: Outcome

    def _repr_html_(self) -> str:
        outcome = self.outcome
        badge = f'<span class="audiokit-state audiokit-{outcome.status}">{outcome.status}</span>'
        parts = [f"<h3>{html.escape(self.section.title)} {badge}</h3>"]
        if outcome.reason:
            parts.append(f"<p>{html.escape(outcome.reason)}</p>")
        if outcome.value is not None:
            show = getattr(outcome.value, "_repr_html_", None)
            parts.append(show() if show else f"<blockquote>{html.escape(str(outcome.value))}</blockquote>")
        parts += [f"<p><small>{html.escape(note)}</small></p>" for note in outcome.notes]
        return "".join(parts)

    def __repr__(self) -> str:
        return f"{self.section.title}: {self.outcome.status} {self.outcome.reason}".rstrip()


def run_sections(
    audio: Audio, sections: Iterable[Section] | None = None, *, clock: Stopwatch | None = None
) -> list[SectionResult]:
    """Run each section; one that cannot run says so and leaves the others alone.

    Parameters
    ----------
    audio : Audio
        The recording.
    sections : iterable of Section, optional
        By default all that the tour knows.
    clock : Stopwatch, optional
        Gets a stage for each section, under its name.

    Returns
    -------
    list of SectionResult
        In the order of the sections.
    """
    results = []
    for section in SECTIONS if sections is None else sections:
        with clock.stage(section.name) if clock else nullcontext():
            results.append(SectionResult(section, _outcome(section, audio)))
    return results


def _outcome(section: Section, audio: Audio) -> Outcome:
    try:
        return section.run(audio)
    except AudiokitError as error:
        return Outcome(state_of(error), reason=str(error))
    except Exception as error:  # noqa: BLE001 - the boundary of a branch: its reason is shown, the page goes on
        return Outcome(Status.FAILED, reason=f"{type(error).__name__}: {error}")


_TRANSCRIPT_SECONDS = 60.0  # a draft of the beginning; the speech notebook goes on


def _transcript(audio: Audio) -> Outcome:
    from audiokit.speech import transcribe

    excerpt = audio.between(0.0, _TRANSCRIPT_SECONDS)
    transcript: Any = transcribe(excerpt)
    if not transcript.text:
        return Outcome(Status.ABSTAINED, reason="No speech was found to transcribe.")
    notes = [f"Engine: {transcript.engine}; quality: {transcript.quality}."]
    if audio.duration_seconds > _TRANSCRIPT_SECONDS:
        notes.append(
            f"The first {_TRANSCRIPT_SECONDS:.0f} s only; the notebook 05_speech_to_text does more with limit_seconds."
        )
    return Outcome(Status.OK, value=transcript.text, notes=tuple(notes))


def _tags(audio: Audio) -> Outcome:
    from audiokit.tagging import tag

    result = tag(audio)
    if result.voice.value is None:
        return Outcome(result.voice.status, reason=result.voice.reason)
    return Outcome(Status.OK, value=result)


SECTIONS: tuple[Section, ...] = (
    Section("tags", "Voice, mood and genre", _tags),
    Section("transcript", "What is said (draft)", _transcript),
)
