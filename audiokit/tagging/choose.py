"""Which expert answers: the one that was named, or the best that is on this machine."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.errors import ModelUnavailable
from audiokit.models.catalogue import catalogue
from audiokit.models.places import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from audiokit.tagging.expert import GenreExpert, MoodExpert

__all__ = ["EMBEDDED_EMOTION", "check_choice", "genre_expert", "mood_expert"]

EMBEDDED_EMOTION = "emotion_emodb"
_GENRE_TASKS = ("genre", "audio_tags")


def check_choice(choice: object) -> None:
    """Raise ParameterError, with near misses, if a name is neither the catalogue's nor that of a file or folder."""
    if isinstance(choice, str) and choice != "auto":
        with contextlib.suppress(ModelUnavailable):
            find(choice)


def mood_expert(choice: str | Path | MoodExpert) -> MoodExpert:
    """Give the mood expert.

    Parameters
    ----------
    choice : str, Path or MoodExpert
        See `TagOptions.emotion`.

    Raises
    ------
    ModelUnavailable
        If its weights are not on this machine, or are damaged. No other takes its place.
    ParameterError
        If there is none of that name.
    """
    if not isinstance(choice, str | Path):
        return choice
    if str(choice) == "auto":
        choice = _first_on_disk(["emotion"]) or EMBEDDED_EMOTION
    if str(choice) == EMBEDDED_EMOTION:
        from audiokit.tagging.embedded_emotion import EmbeddedEmotion

        return EmbeddedEmotion()
    from audiokit.tagging.emotion import HubEmotion

    return HubEmotion(choice)


def genre_expert(choice: str | Path | GenreExpert) -> GenreExpert:
    """Give the genre expert.

    Parameters
    ----------
    choice : str, Path or GenreExpert
        See `TagOptions.genre`.

    Raises
    ------
    ModelUnavailable
        If there is none on this machine; the cure names the command that brings one.
    ParameterError
        If there is none of that name.
    """
    if not isinstance(choice, str | Path):
        return choice
    if str(choice) == "auto":
        found = _first_on_disk(_GENRE_TASKS)
        if found is None:
            known = [one.name for task in _GENRE_TASKS for one in catalogue(task) if one.repository is not None]
            raise ModelUnavailable(
                "There is no genre expert on this machine, and none is embedded.",
                cure=f"`audiokit models pull {known[0]}` brings one (known: {', '.join(known)}); "
                "or pass genre= a folder with a checkpoint and its labels."
                if known
                else "Pass genre= a folder with a checkpoint and its labels.",
            )
        choice = found
    from audiokit.tagging.genre import load_genre_expert

    return load_genre_expert(choice)


def _first_on_disk(tasks: Iterable[str]) -> str | None:
    for task in tasks:
        for one in catalogue(task):
            if one.kind == "embedded":
                continue
            with contextlib.suppress(ModelUnavailable):
                find(one.name)
                return one.name
    return None
