"""Which models are known by name: what they are for, where they come from, under which licence, what they need."""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from audiokit.errors import ParameterError

__all__ = ["KINDS", "TASKS", "CatalogueEntry", "catalogue", "entry"]

TASKS = (
    *("vad", "content", "emotion", "genre", "audio_tags", "speech_to_text", "punctuation"),
    *("text_to_speech", "vocoder", "speaker_vector"),
)
"""What a model can be for."""

KINDS = ("embedded", "wheel", "transformers", "timm", "faster_whisper", "onnx", "unread")
"""How a model's files are read; `unread` where nothing here does."""

HEADS = ("linear", "tanh")
_DATA = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    r"""One model.

    Parameters
    ----------
    name : str
        How audiokit calls it, for example ``"superb_wav2vec2_base_er"``; also the name of its folder in a bundle.
    task : str
        One of `TASKS`.
    kind : str
        One of `KINDS`.
    source : str
        ``"embedded"`` (inside the package), ``"wheel:silero-vad"`` (inside another distribution),
        ``"hub:owner/name"`` (a repository of the Hugging Face Hub) or ``"local"`` (a file of your own).
    revision : str or None
        Commit of the hub's repository; None is whatever its main branch holds.
    licence : str
        SPDX identifier, or what the source states.
    size_bytes : int or None
        Of the weights, rounded as their publisher lists them; None where that is not known.
    needs : tuple of str
        Import names of the libraries that run it.
    remap : tuple of (str, str)
        For a checkpoint with a known defect: regular expression of tensor names -> replacement, tried in order, the
        first that matches wins.
    head : {"linear", "tanh"}
        What stands between the two layers of a classification head: nothing, or the tanh that the checkpoint's
        author had there.
    notes : str
        What a person should know.
    unavailable : str
        Why nothing here reads it; empty for a model that can be used once its files are there.

    Examples
    --------
    >>> entry("wav2vec2_xlsr_emotion").remap[0]
    ('^classifier\\.dense\\.', 'projector.')
    """

    name: str
    task: str
    kind: str
    source: str
    revision: str | None
    licence: str
    size_bytes: int | None
    needs: tuple[str, ...]
    remap: tuple[tuple[str, str], ...] = ()
    head: str = "linear"
    notes: str = ""
    unavailable: str = ""

    def __post_init__(self) -> None:
        for value, known, what in (
            (self.task, TASKS, "task"),
            (self.kind, KINDS, "kind"),
            (self.head, HEADS, "head"),
        ):
            if value not in known:
                raise ParameterError(
                    f"{self.name}: there is no {what} {value!r}.", cure=f"There are: {', '.join(known)}."
                )
        if self.source not in {"embedded", "local"} and self.source.partition(":")[0] not in {"wheel", "hub"}:
            raise ParameterError(f"{self.name}: a source is embedded, local, wheel:NAME or hub:OWNER/NAME.")
        if self.size_bytes is not None and self.size_bytes <= 0:
            raise ParameterError(f"{self.name}: size_bytes must be above 0, got {self.size_bytes}.")

    @property
    def repository(self) -> str | None:
        """``owner/name`` on the hub; None for a model that does not come from there."""
        place, _, name = self.source.partition(":")
        return name if place == "hub" else None

    @property
    def distribution(self) -> str | None:
        """The distribution whose wheel carries the files; None for the others."""
        place, _, name = self.source.partition(":")
        return name if place == "wheel" else None


def catalogue(task: str | None = None) -> tuple[CatalogueEntry, ...]:
    """List the models that are known by name.

    Parameters
    ----------
    task : str, optional
        Only those for this task; see `TASKS`.

    Returns
    -------
    tuple of CatalogueEntry
        In the catalogue's order, which is no ranking.

    Raises
    ------
    ParameterError
        If there is no such task.

    Examples
    --------
    >>> [found.name for found in catalogue("vad")]
    ['silero_vad']
    """
    if task is not None and task not in TASKS:
        raise ParameterError(f"There is no task {task!r}.", cure=f"There are: {', '.join(TASKS)}.")
    return tuple(found for found in _entries().values() if task in {None, found.task})


def entry(name: str) -> CatalogueEntry:
    """Return the entry of a model.

    Parameters
    ----------
    name : str
        As in `catalogue`.

    Raises
    ------
    ParameterError
        If there is no such model; the message names those that are nearly called so.
    """
    entries = _entries()
    if name in entries:
        return entries[name]
    raise ParameterError(f"The catalogue has no model {name!r}.", cure=near_misses(name, entries))


def near_misses(name: str, known: Any) -> str:
    """Return what was probably meant, in a sentence."""
    close = difflib.get_close_matches(name.lower().replace("-", "_"), list(known), n=3, cutoff=0.5)
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    close = close or [other for other in known if words & set(other.split("_"))][:3]
    listed = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{listed}`audiokit models list` shows all."


@functools.lru_cache(maxsize=1)
def _entries() -> dict[str, CatalogueEntry]:
    return read_catalogue(_DATA)


def read_catalogue(path: Path) -> dict[str, CatalogueEntry]:
    """Read a catalogue's file and check every field of it.

    Raises
    ------
    ParameterError
        For an unknown, missing or wrong field, naming model and field.
    """
    known = {field.name for field in fields(CatalogueEntry)} - {"name"}
    entries = {}
    for name, facts in tomllib.loads(path.read_text(encoding="utf-8")).items():
        strange = set(facts) - known
        if strange:
            raise ParameterError(f"{path.name}: {name} has no field {min(strange)!r}.")
        missing = {"task", "kind", "source", "licence", "needs"} - set(facts)
        if missing:
            raise ParameterError(f"{path.name}: {name} lacks {', '.join(sorted(missing))}.")
        tuples = {"needs": tuple(facts["needs"]), "remap": tuple(tuple(rule) for rule in facts.get("remap", ()))}
        entries[name] = CatalogueEntry(
            **{"name": name, "revision": None, "size_bytes": None, **facts, **tuples, **_texts(facts)}
        )
    return entries


def _texts(facts: dict[str, Any]) -> dict[str, str]:
    return {name: " ".join(str(facts.get(name, "")).split()) for name in ("notes", "unavailable")}
