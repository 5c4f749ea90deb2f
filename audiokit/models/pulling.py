"""Fetch a model from the Hugging Face Hub, because a person asked for it. Nothing else in audiokit does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audiokit.errors import LibraryUnavailable, ModelUnavailable
from audiokit.models.checkpoint import refuse_pickled_code
from audiokit.models.completeness import kind_of_files, lacking, weight_files
from audiokit.models.places import Located, entry_of_kind, find, known_entry, verify_files

if TYPE_CHECKING:
    from audiokit.models.catalogue import CatalogueEntry

__all__ = ["files_to_pull", "pull"]

_BESIDE = (".json", ".txt", ".md", ".model")
_LICENCES = ("LICENSE", "LICENCE", "NOTICE", "COPYING")
_BARK_PRESET = re.compile(r"speaker_embeddings/(v2/)?\w+\.npy")  # arrays of tokens, below the top folder
_NEVER = ("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state.pth")


def files_to_pull(files: Sequence[str], kind: str) -> list[str]:
    """Choose among a repository's files: weights in one format, safetensors where there are some, and small texts.

    Parameters
    ----------
    files : sequence of str
        Paths inside the repository.
    kind : str
        Of the catalogue.

    Examples
    --------
    >>> files_to_pull(["config.json", "model.safetensors", "pytorch_model.bin", "tf_model.h5"], "transformers")
    ['config.json', 'model.safetensors']
    """
    top = [name for name in files if "/" not in name and name not in _NEVER]
    if kind == "faster_whisper":
        weights = [name for name in top if name == "model.bin"]
    elif kind == "onnx":
        weights = [name for name in files if name.endswith((".onnx", ".onnx_data", ".onnx.data"))]
    else:
        safe = [name for name in top if name.endswith(".safetensors")]
        weights = safe or [name for name in top if name.startswith("pytorch_model") and name.endswith(".bin")]
        weights = weights or [name for name in top if name.endswith((".bin", ".pth", ".pt"))]
        weights += [name for name in files if _BARK_PRESET.fullmatch(name)]
    texts = [
        name
        for name in top
        if name.endswith(_BESIDE) or name.upper().startswith(_LICENCES)
        if not (name.endswith(".bin.index.json") and any(weight.endswith(".safetensors") for weight in weights))
    ]
    return sorted({*weights, *texts})


def pull(name: str) -> Located:
    """Fetch a model into the hub's cache on this disk, and check it.

    Parameters
    ----------
    name : str
        Of the catalogue, or ``hub:owner/name``.

    Returns
    -------
    Located
        Where it is now. Large files have been compared with the hashes under which the hub keeps them.

    Raises
    ------
    ParameterError
        If there is no such model.
    ModelUnavailable
        If it does not come from the hub (the cure says from where), or the hub does not answer.
    ModelRefused
        If what came is damaged, or a pickle beyond tensors.
    LibraryUnavailable
        If huggingface_hub is not installed.
    """
    known = known_entry(name)
    repository = known.repository
    if repository is None:
        return find(name)  # a wheel that is not installed names its command, a place of one's own says where it is
    try:
        import huggingface_hub
    except ImportError as error:
        raise LibraryUnavailable(
            "huggingface_hub, which fetches models, is not installed.", cure="`pip install huggingface_hub`."
        ) from error
    try:
        files = huggingface_hub.HfApi().list_repo_files(repository, revision=known.revision)
        if known.name == known.source:  # nothing but its files tells what it is
            known = entry_of_kind(known.name, kind_of_files(files))
        chosen = files_to_pull(files, known.kind)
        huggingface_hub.snapshot_download(repository, revision=known.revision, allow_patterns=chosen)
    except (OSError, RuntimeError, ValueError) as error:  # offline, unknown, gated: its errors are of these kinds
        lines = str(error).splitlines()
        raise ModelUnavailable(
            f"{repository} could not be fetched ({type(error).__name__}: {lines[0] if lines else error!r}).",
            cure="Is there a network here? Else pack a bundle where there is one: `audiokit models pack`.",
        ) from error
    found = find(name)
    verify_files(found)
    _refuse_pickles(known, found)
    return found


def _refuse_pickles(known: CatalogueEntry, found: Located) -> None:
    missing = lacking(found.path, known.kind)
    if missing:
        raise ModelUnavailable(f"{known.repository} has no {', '.join(missing)}.")
    if known.kind in {"transformers", "timm"}:
        for path in weight_files(found.path):
            if path.suffix != ".safetensors":
                refuse_pickled_code(path)
