"""The genre expert of a checkpoint, whatever its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.models.places import locate
from audiokit.tagging.checkpoint import configuration
from audiokit.tagging.genre_classifiers import AudioClassifier
from audiokit.tagging.genre_pictures import ImageGenre

if TYPE_CHECKING:
    from audiokit.tagging.expert import GenreExpert

__all__ = ["load_genre_expert"]


def load_genre_expert(model: str | Path, **options: Any) -> GenreExpert:
    """Give the genre expert of a checkpoint, whatever its kind.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, ``"hub:owner/name"``, a folder, or a file of weights with its labels beside it.
    **options
        Of `AudioClassifier` or `ImageGenre`.

    Returns
    -------
    AudioClassifier or ImageGenre
        The former for a folder whose config.json is transformers' (it names a ``model_type``).

    Raises
    ------
    ModelUnavailable
        If it is not on this machine, or does not say what its outputs are.
    ParameterError
        If there is none of that name.
    """
    place = locate(model)
    if (place / "config.json").is_file() and "model_type" in configuration(place):
        return AudioClassifier(model, **options)
    return ImageGenre(model, **options)
