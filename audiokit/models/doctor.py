"""What this machine can do, task by task; what is missing, and the command that brings it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass

from audiokit.errors import ModelRefused, Unavailable
from audiokit.models.catalogue import TASKS, CatalogueEntry, catalogue
from audiokit.models.export_cache import export_folders
from audiokit.models.hub_cache import hub_cache_folder
from audiokit.models.manifest import read_manifest
from audiokit.models.places import find, models_folders, verify_files
from audiokit.results import Status

__all__ = ["Diagnosis", "diagnose", "examine", "facts_of_this_machine"]

# import name -> what pip calls it
_PIP = {
    "onnxruntime": "onnxruntime",
    "torch": '"audiokit[ml]"',
    "torchvision": '"audiokit[ml]"',
    "transformers": '"audiokit[ml]"',
    "timm": '"audiokit[ml]"',
    "faster_whisper": "faster-whisper",
    "pocketsphinx": "pocketsphinx",
    "espeakng_loader": '"audiokit[tts]"',
    "sentencepiece": '"audiokit[tts]"',
    "g2p_en": "g2p-en",
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One model on this machine.

    Parameters
    ----------
    task, name : str
        As in the catalogue.
    status : Status
        ``ok``; ``unavailable`` (weights or a library are missing); ``failed`` (weights are here and refused).
    where : str
        Where its files are.
    reason, cure : str
        What is wrong, and what helps; empty where it is ``ok``.
    """

    task: str
    name: str
    status: Status
    where: str = ""
    reason: str = ""
    cure: str = ""


def examine(known: CatalogueEntry, *, read_all: bool = False) -> Diagnosis:
    """Look at one model.

    Parameters
    ----------
    known : CatalogueEntry
        Which.
    read_all : bool
        Whether large files are compared with their hashes too.
    """
    try:
        found = find(known.name)
        if read_all:
            verify_files(found)
    except ModelRefused as error:
        return Diagnosis(known.task, known.name, Status.FAILED, reason=error.message, cure=error.cure)
    except Unavailable as error:
        return Diagnosis(known.task, known.name, Status.UNAVAILABLE, reason=error.message, cure=error.cure)
    missing = [library for library in known.needs if not _installed(library)]
    if missing:
        packages = dict.fromkeys(_PIP.get(library, library) for library in missing)
        return Diagnosis(
            known.task,
            known.name,
            Status.UNAVAILABLE,
            where=f"{found.origin}: {found.path}",
            reason=f"{' and '.join(missing)}, which it runs on, is not installed.",
            cure=f"`pip install {' '.join(packages)}`.",
        )
    return Diagnosis(known.task, known.name, Status.OK, where=f"{found.origin}: {found.path}")


def diagnose(task: str | None = None, *, read_all: bool = False) -> tuple[Diagnosis, ...]:
    """Look at every model of the catalogue, in the order of tasks.

    Parameters
    ----------
    task : str, optional
        Only those for this one.
    read_all : bool
        See `examine`.

    Returns
    -------
    tuple of Diagnosis
        Tasks that no model of the catalogue serves are left out.
    """
    return tuple(
        examine(known, read_all=read_all) for name in (TASKS if task is None else (task,)) for known in catalogue(name)
    )


def facts_of_this_machine() -> Iterator[tuple[str, str]]:
    """Yield name and value of what decides where models are found and what runs them."""
    folders = models_folders()
    yield "models folder", ", ".join(str(folder) for folder in folders) or "none (AUDIOKIT_MODELS_FOLDER names one)"
    for folder in folders:
        if not folder.is_dir():
            yield f"  {folder}", "is not there"
            continue
        try:
            manifest = read_manifest(folder)
        except ModelRefused as error:
            yield f"  {folder}", error.message
            continue
        yield f"  {folder}", "no manifest" if manifest is None else f"bundle of {len(manifest.models)} model(s)"
    cache = hub_cache_folder()
    yield "hub's cache", f"{cache}{'' if cache.is_dir() else ' (not there)'}"
    yield "exported networks", str(export_folders()[-1])
    for library in ("onnxruntime", "torch", "transformers", "timm", "faster_whisper", "onnx", "onnxscript"):
        yield library, _version_of(library)


def _installed(library: str) -> bool:
    try:
        return importlib.util.find_spec(library) is not None
    except (ImportError, ValueError):
        return False


def _version_of(library: str) -> str:
    if not _installed(library):
        return f"not installed (`pip install {_PIP.get(library, library)}`)"
    try:
        return importlib.metadata.version(library.replace("_", "-"))
    except importlib.metadata.PackageNotFoundError:
        return "installed"
