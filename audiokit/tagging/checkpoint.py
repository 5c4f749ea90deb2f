"""What a checkpoint's own files say of it, read without the library that runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audiokit.errors import ModelUnavailable

__all__ = ["RANDOM_KEY", "configuration", "ordered_labels", "random_note", "read_labels"]

RANDOM_KEY = "audiokit_weights"
"""A key of config.json or labels.json; with the value ``"random"`` the weights were never trained."""

_CONFIG = "config.json"


def configuration(folder: Path) -> dict[str, Any]:
    """Read a folder's config.json.

    Raises
    ------
    ModelUnavailable
        If there is none, or it is no JSON object.
    """
    path = folder / _CONFIG
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{path} cannot be read ({error}).", cure="Get the whole checkpoint: config.json beside the weights."
        ) from error
    if not isinstance(found, dict):
        raise ModelUnavailable(f"{path} holds no JSON object.")
    return found


def ordered_labels(config: Mapping[str, Any], where: Path) -> list[str]:
    """Labels of a classifier by output, from ``id2label``.

    Raises
    ------
    ModelUnavailable
        If it does not name every output from 0 on.
    """
    named = config.get("id2label")
    try:
        by_output = {int(key): str(value) for key, value in dict(named or {}).items()}
    except (TypeError, ValueError):
        by_output = {}
    if not by_output or sorted(by_output) != list(range(len(by_output))):
        raise ModelUnavailable(
            f"{where / _CONFIG} does not name the classifier's outputs (id2label: {named!r}).",
            cure="Add id2label, from each output's number to its label.",
        )
    return [by_output[index] for index in range(len(by_output))]


def read_labels(path: Path) -> tuple[list[str], dict[str, Any]]:
    """Read a file of labels.

    Parameters
    ----------
    path : Path
        ``.txt`` with a label on each line, or ``.json`` with a list of labels or an object: ``labels``, and besides
        it ``genres`` (genre → its subgenres' labels), ``architecture``, ``window_seconds`` and ``threshold``.

    Returns
    -------
    labels : list of str
        By output.
    facts : dict
        What else the file says.

    Raises
    ------
    ModelUnavailable
        If it is none of these, or a label is there twice.
    """
    facts: dict[str, Any] = {}
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".json":
            found = json.loads(text)
            if isinstance(found, dict):
                facts = found
                found = facts.pop("labels")
            if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
                raise ValueError("wants a list of names")  # noqa: TRY301 - told like what the parser finds
            labels = [one.strip() for one in found]
        else:
            labels = [line.strip() for line in text.splitlines() if line.strip()]
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(
            f"{path} is no file of labels ({error}).", cure="A label on each line, or a JSON list of them."
        ) from error
    if not labels or len(set(labels)) < len(labels):
        raise ModelUnavailable(f"{path} holds {len(labels)} labels, {len(set(labels))} of them different.")
    return labels, facts


def random_note(facts: Mapping[str, Any]) -> str:
    """Say that weights are random, if they are marked so."""
    return "Random weights, for tests: the answers mean nothing." if facts.get(RANDOM_KEY) == "random" else ""
