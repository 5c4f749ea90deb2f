"""What a card shows of a tag result, as plain data for the page, the static view and the text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from audiokit.tagging.words import headline, reasons

if TYPE_CHECKING:
    from audiokit.results import Outcome
    from audiokit.tagging.result import TagResult

__all__ = ["MARKS", "card_facts"]

MARKS = {"ok": "✓", "abstained": "–", "unavailable": "⌀", "failed": "✗"}
"""A state is told by its word and its mark, never by a colour alone."""

_MOST_SCORES = 5
_CONTENTS = ("speech", "music", "noise", "silence")
_TITLES = {"voice": "Voice", "mood": "Mood", "genre": "Genre"}


def card_facts(result: TagResult) -> dict[str, Any]:
    """Give what the card shows.

    Parameters
    ----------
    result : TagResult
        What was found.

    Returns
    -------
    dict
        ``branches`` (name, title, state, mark, word, sentence, notes, scores, what they are of, threshold, windows),
        ``stages`` (name, branch, start, end in ms), ``took`` in ms, ``models``, ``summary`` and ``notes``.
    """
    words, said = headline(result), reasons(result)
    outcomes = {"voice": result.voice, "mood": result.mood, "genre": result.genre}
    branches = [_branch(name, outcome, words[name], said[name]) for name, outcome in outcomes.items()]
    branches[0] |= {"scores": _shares(result), "of": "What the sound consists of"}
    total = round(result.processing_ms, 2)
    return {
        "branches": branches,
        "stages": [
            {"name": s.name, "branch": s.branch, "start": round(s.start_ms, 2), "end": round(s.end_ms, 2)}
            for s in result.stages
        ],
        "took": total,
        "models": list(result.models_invoked),
        "summary": f"tagged in {total:.0f} ms",
        "notes": list(result.notes),
    }


def _branch(name: str, outcome: Outcome, word: str, sentence: str) -> dict[str, Any]:
    value = outcome.value
    scores: Mapping[str, float] = {}
    if name != "voice" and value is not None:
        scores = value.probabilities if name == "mood" else value.scores
    ranked = sorted(scores.items(), key=lambda item: -item[1])[:_MOST_SCORES]
    windows = () if name == "voice" or value is None else value.windows
    return {
        "name": name,
        "title": _TITLES[name],
        "state": str(outcome.status),
        "mark": MARKS[str(outcome.status)],
        "word": word,
        "below": ", ".join(getattr(value, "subgenres", ())),
        "sentence": sentence,
        "notes": list(outcome.notes),
        "scores": [[label, round(float(score), 4)] for label, score in ranked],
        "of": f"How likely each {name} is",
        "threshold": round(float(value.threshold), 4) if ranked else None,
        "windows": [[round(w.start_seconds, 4), round(w.end_seconds, 4)] for w in windows],
    }


def _shares(result: TagResult) -> list[list[Any]]:
    """What the sound consists of, by the content gate, each as a share of its length."""
    content = result.content_result
    if content is None or result.audio_seconds <= 0:
        return []
    found = {name: content.seconds_of(name) / result.audio_seconds for name in _CONTENTS}
    return [[name, round(min(share, 1.0), 4)] for name, share in found.items()]
