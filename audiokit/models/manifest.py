"""The list of what an offline bundle holds: files, hashes, licences. One ``manifest.json`` for the whole folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from audiokit.errors import ModelRefused

__all__ = ["MANIFEST", "Bundled", "FileRecord", "Manifest", "read_manifest", "write_manifest"]

MANIFEST = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was packed: SHA-256 in hexadecimal, and length in bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Bundled:
    """One model of a bundle.

    Parameters
    ----------
    source, task, kind, licence : str
        As in the catalogue.
    revision : str or None
        The commit that was packed.
    files : mapping of str to FileRecord
        By path inside the model's folder, with forward slashes. Empty for what travels in a wheel or in the package.
    requirement : str
        What has to be installed for a model that travels in a wheel, for example ``"silero-vad==6.2.3"``.
    licence_files : tuple of str
        Which of the files state the licence.
    """

    source: str
    task: str
    kind: str
    licence: str
    revision: str | None = None
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    requirement: str = ""
    licence_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle holds: who packed it, and the models by name."""

    packed_by: str
    models: Mapping[str, Bundled]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json``, whole or not at all."""
    document = {"format": _FORMAT, "packed_by": manifest.packed_by, "models": {}}
    document["models"] = {name: asdict(model) for name, model in sorted(manifest.models.items())}
    beside = folder / f"{MANIFEST}.new"
    beside.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest | None:
    """Read a bundle's list; None where the folder has none.

    Raises
    ------
    ModelRefused
        If it is damaged, of another format, or names files outside the folder.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            raise ModelRefused(
                f"{path} is of format {document['format']!r}, this audiokit reads {_FORMAT}.",
                cure="Pack the bundle again, or use the audiokit that packed it.",
            )
        models = {name: _bundled(facts) for name, facts in document["models"].items()}
        found = Manifest(document["packed_by"], models)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelRefused(f"{path} is no list of a bundle ({error!r}).", cure="Pack the bundle again.") from error
    for name, model in models.items():
        for relative in (name, *model.files):
            place = PurePosixPath(relative)
            if place.is_absolute() or ".." in place.parts or "\\" in relative or ":" in relative:
                raise ModelRefused(f"{path} names a file outside its own folder: {relative!r}.")
    return found


def _bundled(facts: dict[str, Any]) -> Bundled:
    files = {name: FileRecord(str(record["sha256"]), int(record["bytes"])) for name, record in facts["files"].items()}
    return Bundled(**{**facts, "files": files, "licence_files": tuple(facts.get("licence_files", ()))})
