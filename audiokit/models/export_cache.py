"""Exported networks on disk: found again by what they were made from, checked by hash, written whole or not at all."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.models.hashes import file_sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ExportCache", "Exported", "export_digest", "export_folders", "inputs_key", "weights_key"]

_NETWORK, _CARD, _REFERENCE = "model.onnx", "card.json", "reference.npz"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was exported before.

    Parameters
    ----------
    path : pathlib.Path
        The ONNX file.
    card : dict
        How it was made.
    reference : dict of str to ndarray
        What the network itself answered: `inputs_key` of the inputs -> outputs.
    """

    path: Path
    card: dict[str, Any]
    reference: dict[str, NDArray[np.float32]]


class ExportCache:
    """Exported networks in folders, each under the hash of what it was made from.

    Parameters
    ----------
    folders : sequence of pathlib.Path
        Looked through in order; the first that can be written takes what is new.

    Notes
    -----
    A file whose hash is not what was written down is never used; it is made anew.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    def find(self, digest: str) -> Exported | None:
        """Return what was exported, whole, or None."""
        for folder in self._folders:
            place = folder / digest
            try:
                card = json.loads((place / _CARD).read_text(encoding="utf-8"))
                if any(file_sha256(place / name) != stated for name, stated in card["sha256"].items()):
                    continue
                with np.load(place / _REFERENCE, allow_pickle=False) as arrays:
                    reference = {name: arrays[name] for name in arrays.files}
            except (OSError, ValueError, KeyError, AttributeError):
                continue
            return Exported(place / _NETWORK, card, reference)
        return None

    def workshop(self) -> Path:
        """Make an empty folder on the same file system, for `keep`; the caller removes it if nothing comes of it."""
        for folder in self._folders:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                return Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
        return Path(tempfile.mkdtemp(prefix="audiokit-export-"))  # nothing can be kept, but all can be used

    def keep(
        self, workshop: Path, digest: str, card: Mapping[str, Any], reference: Mapping[str, NDArray[np.float32]]
    ) -> Exported:
        """Give what was made in a workshop its place.

        Parameters
        ----------
        workshop : pathlib.Path
            With ``model.onnx`` (and the file of its weights, if it is large) in it.
        digest : str
            Under which `find` looks.
        card : mapping
            How it was made; JSON.
        reference : mapping
            See `Exported`.
        """
        np.savez(workshop / _REFERENCE, **dict(reference))  # type: ignore[arg-type]  # names are hashes
        hashes = {path.name: file_sha256(path) for path in workshop.iterdir() if path.name != _CARD}
        facts = {**card, "sha256": hashes}
        (workshop / _CARD).write_text(json.dumps(facts, indent=1, sort_keys=True), encoding="utf-8")
        if workshop.parent not in self._folders:  # no folder can be written: used once, from where it is
            return Exported(workshop / _NETWORK, facts, dict(reference))
        place = workshop.with_name(digest)
        if place.exists():
            known = ExportCache([place.parent]).find(digest)
            if known is not None:  # another process was as fast
                shutil.rmtree(workshop)
                return known
            shutil.rmtree(place)
        workshop.replace(place)
        return Exported(place / _NETWORK, facts, dict(reference))


def export_folders(weights: Path | None = None) -> tuple[Path, ...]:
    """Return where exported networks are kept: beside a bundle, then in the user's cache.

    Parameters
    ----------
    weights : pathlib.Path, optional
        A model's folder. Where the folder around it has an ``exports`` of its own, that one comes first.
    """
    beside = weights.parent / "exports" if weights is not None else None
    if sys.platform == "win32":
        top = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        top = Path.home() / "Library" / "Caches"
    else:
        top = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    mine = top / "audiokit" / "exports"
    return (beside, mine) if beside is not None and beside.is_dir() else (mine,)


def weights_key(files: Iterable[Path], *more: object) -> str:
    """Return a key of what a network is: the hashes of its files, and whatever else makes it this one.

    Parameters
    ----------
    files : iterable of pathlib.Path
        Weights and configuration.
    *more
        For example the head and the rules of remap.
    """
    return _digest([[path.name, file_sha256(path)] for path in sorted(files)], [repr(thing) for thing in more])


def inputs_key(batches: Sequence[Sequence[NDArray[Any]]]) -> str:
    """Return a key of inputs: types, shapes and values."""
    found = hashlib.sha256()
    for batch in batches:
        for array in batch:
            found.update(f"{array.dtype.str}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def export_digest(key: str, libraries: Sequence[str], *more: object) -> str:
    """Return the name of an export: what the network is, how it is exported, and by which versions."""
    versions = []
    for name in libraries:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} -")
    return _digest(key, versions, [repr(thing) for thing in more])


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
