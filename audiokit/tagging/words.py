"""A result in sentences, which the text, the page and the card share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.results import Outcome, Status

if TYPE_CHECKING:
    from audiokit.tagging.result import TagResult

__all__ = ["headline", "reasons", "sentences"]


def sentences(result: TagResult) -> dict[str, str]:
    """Say what is known of voice, mood and genre, in a line each."""
    return {
        "voice": _voice(result),
        "mood": _said(result.mood, "mood"),
        "genre": _said(result.genre, "genre"),
    }


def reasons(result: TagResult) -> dict[str, str]:
    """Say what stands behind each headline: how sure and by whom, or why there is nothing."""
    return {"voice": _voice(result), "mood": _why(result.mood), "genre": _why(result.genre)}


def headline(result: TagResult) -> dict[str, str]:
    """Say it in a word or two each: what a card shows large."""
    voice = {True: f"{_speech_seconds(result):.1f} s of speech", False: "nobody speaks", None: "not known"}
    return {
        "voice": voice[result.voice_detected],
        "mood": _word(result.mood),
        "genre": _word(result.genre),
    }


def _speech_seconds(result: TagResult) -> float:
    return float(sum(span.duration_seconds for span in result.segments))


def _voice(result: TagResult) -> str:
    if result.voice.value is None:
        return f"{result.voice.status}. {result.voice.reason}".strip()
    if not result.segments:
        return "Nobody speaks."
    count = len(result.segments)
    return (
        f"Somebody speaks: {_speech_seconds(result):.1f} s of {result.audio_seconds:.1f} s, "
        f"in {count} segment{'' if count == 1 else 's'}."
    )


def _word(outcome: Outcome) -> str:
    value = outcome.value
    if value is not None and value.label is not None:
        return str(value.label)
    return {
        Status.ABSTAINED: "nothing to say",
        Status.UNAVAILABLE: "unavailable",
        Status.FAILED: "failed",
    }.get(outcome.status, "–")


def _said(outcome: Outcome, noun: str) -> str:
    value = outcome.value
    if outcome.status is Status.OK and value is not None:
        below = f" ({', '.join(value.subgenres)})" if getattr(value, "subgenres", ()) else ""
        return f"{value.label}{below}, {value.confidence:.0%}. By {value.expert}: {value.origin}."
    what = {
        Status.ABSTAINED: f"No {noun}",
        Status.UNAVAILABLE: f"No {noun}: unavailable",
        Status.FAILED: f"No {noun}: failed",
    }.get(outcome.status, str(outcome.status))
    return f"{what}. {outcome.reason}".strip()


def _why(outcome: Outcome) -> str:
    value = outcome.value
    if outcome.status is Status.OK and value is not None:
        return f"{value.confidence:.0%} sure. By {value.expert}: {value.origin}."
    return outcome.reason
