"""The small experts that lie inside the package: weights whose hash is checked, and their card."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models.hashes import file_sha256

__all__ = ["EmbeddedModel", "embedded", "embedded_names"]

WEIGHTS = Path(__file__).with_name("weights")
_CURE = "Install audiokit again; its weights travel with the package."
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """Weights inside the package, and what is known of them.

    Parameters
    ----------
    name : str
        For example ``"content_gate"``.
    path : pathlib.Path
        The ONNX file.
    sha256 : str
        Its hash, checked.
    card : dict
        Labels, licence, data, version, temperature, thresholds and whatever else its training wrote down.
    """

    name: str
    path: Path
    sha256: str
    card: dict[str, Any]

    @property
    def label(self) -> str:
        """Name and version in one line, for results."""
        version = self.card.get("version")
        return self.name if version is None else f"{self.name} {version}"


def embedded_names(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the models whose weights are there, in order."""
    return tuple(sorted(path.stem for path in (folder or WEIGHTS).glob("*.onnx")))


def embedded(name: str, *, folder: Path | None = None) -> EmbeddedModel:
    """Find an embedded model and check that its weights are what its card says.

    The hash is computed once for a file as it stands.

    Parameters
    ----------
    name : str
        For example ``"emotion_emodb"``.
    folder : Path, optional
        Where ``NAME.onnx`` and ``NAME.json`` lie; by default inside the package.

    Returns
    -------
    EmbeddedModel
        Its path can be given to `audiokit.models.Sessions`.

    Raises
    ------
    ParameterError
        If the name could be a path.
    ModelUnavailable
        If the weights or their card are absent.
    ModelRefused
        If a single byte is not what it was, or the card cannot be read.
    """
    if not _NAME.fullmatch(name):
        raise ParameterError(f"An embedded model's name is made of a-z, 0-9 and _, got {name!r}.")
    place = folder or WEIGHTS
    weights, card_path = place / f"{name}.onnx", place / f"{name}.json"
    for path in (weights, card_path):
        if not path.is_file():
            raise ModelUnavailable(f"The embedded model {name!r} is not here: {path} is missing.", cure=_CURE)
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        stated = card["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelRefused(f"{card_path} is no card of a model ({error!r}).", cure=_CURE) from error
    found = file_sha256(weights)
    if found != stated:
        raise ModelRefused(
            f"{weights} is damaged or was changed: its SHA-256 is {found}, its card says {stated}.", cure=_CURE
        )
    return EmbeddedModel(name, weights, found, card)
