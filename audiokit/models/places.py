"""Where a model's files are on this machine: a path, a bundle, the package, a wheel, the hub's cache. No network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audiokit.config import load_config
from audiokit.errors import ModelRefused, ModelUnavailable, ParameterError
from audiokit.models.catalogue import CatalogueEntry, catalogue, entry
from audiokit.models.completeness import kind_of_files, lacking
from audiokit.models.embedded import embedded
from audiokit.models.hashes import file_sha256
from audiokit.models.hub_cache import recorded_sha256, snapshots
from audiokit.models.manifest import read_manifest
from audiokit.models.wheels import file_in_wheel, sha256_in_wheel, silero_vad

__all__ = ["Located", "entry_of", "entry_of_kind", "find", "known_entry", "locate", "models_folders", "verify_files"]

# distribution -> (package, a file or folder inside it that stands for the model, cure)
_IN_WHEELS = {
    "pocketsphinx": ("pocketsphinx", "model/en-us/en-us/mdef", 2, "`pip install pocketsphinx`."),
    "espeakng-loader": ("espeakng_loader", "espeak-ng-data/phontab", 1, '`pip install "audiokit[tts]"`.'),
}


@dataclass(frozen=True, slots=True)
class Located:
    """A model's files, found.

    Parameters
    ----------
    name : str
        As it was asked for.
    path : pathlib.Path
        A folder, or a single file.
    origin : {"path", "bundle", "folder", "package", "wheel", "hub cache"}
        Where it was found; a ``bundle`` has a manifest with hashes, a ``folder`` has none.
    revision : str or None
        Commit, where one is known.
    """

    name: str
    path: Path
    origin: str
    revision: str | None = None


def models_folders() -> tuple[Path, ...]:
    """Return the configured ``models_folder`` (also ``AUDIOKIT_MODELS_FOLDER``), divided as in ``PATH``."""
    configured = load_config().models_folder
    return tuple(Path(part).expanduser() for part in (configured or "").split(os.pathsep) if part)


def locate(name: str | os.PathLike[str]) -> Path:
    """Return where a model's files are, checked against the hashes that are on record for them.

    Looked through in this order: a path (which may lead into a bundle or into the hub's cache); the configured folders;
    the package and installed wheels; the hub's cache on this disk. The network is never asked. Hashes are on record in
    a bundle's manifest, in an embedded model's card, in a wheel's RECORD, and for the large files in the hub's cache;
    each file is read for this once as it stands.

    Parameters
    ----------
    name : str or path
        A name of the catalogue, ``hub:owner/name`` for another repository, or the path of a folder or file.

    Returns
    -------
    pathlib.Path
        A folder, or a single file.

    Raises
    ------
    ModelUnavailable
        If it is not on this machine; ``cure`` names the command that brings it.
    ModelRefused
        If a file is not what its hash says.
    ParameterError
        If the catalogue has no such name.
    """
    found = find(name)
    verify_files(found)
    return found.path


def find(name: str | os.PathLike[str]) -> Located:
    """Find a model's files as `locate` does, without reading them.

    Raises
    ------
    ModelUnavailable, ParameterError
        As `locate`.
    """
    given = os.fspath(name)
    if _is_path(name):
        path = Path(given).expanduser()
        if not path.exists():
            raise ModelUnavailable(f"There is nothing at {path}.", cure="Name a folder or file of weights, or a model.")
        return _at_path(given, path)
    known = known_entry(given)
    if known.unavailable:
        raise ModelUnavailable(f"{given} cannot be used here: {known.unavailable}", cure="Take another of its task.")
    notes: list[str] = []
    for candidate in _candidates(given, known):
        missing = lacking(candidate.path, known.kind if _is_catalogued(known) else _kind_in(candidate.path))
        if not missing:
            return candidate
        notes.append(f"what is in the {candidate.origin} lacks {', '.join(missing)}")
    raise ModelUnavailable(
        f"{given} is not on this machine{' (' + '; '.join(dict.fromkeys(notes)) + ')' if notes else ''}.",
        cure=_cure(known),
    )


def _candidates(given: str, known: CatalogueEntry) -> Iterator[Located]:
    for folder in models_folders():
        place = folder / _folder_name(known)
        if place.is_dir():
            yield _in_folder(given, folder, place)
    if known.source == "embedded":
        yield Located(given, embedded(known.name).path, "package")
    if known.distribution is not None:
        yield Located(given, _in_wheel(known), "wheel")
    if known.repository is not None:
        for snapshot in snapshots(known.repository, known.revision):
            yield Located(given, snapshot.path, "hub cache", snapshot.revision)


def known_entry(name: str) -> CatalogueEntry:
    """Return the catalogue's entry, or make one for ``hub:owner/name``, of the kind that its files here are of.

    Raises
    ------
    ParameterError
        If the catalogue has no such name.
    """
    place, _, repository = name.partition(":")
    if place == "hub" and repository.count("/") == 1:
        for candidate in catalogue():
            if candidate.repository == repository:
                return candidate
        return entry_of_kind(name, next(_kinds_here(repository), "transformers"))
    return entry(name)


def entry_of_kind(name: str, kind: str) -> CatalogueEntry:
    """Make an entry for a repository that the catalogue does not have.

    Parameters
    ----------
    name : str
        ``hub:owner/name``.
    kind : str
        As `audiokit.models.completeness.kind_of_files` tells it.
    """
    whisper = kind == "faster_whisper"
    return CatalogueEntry(
        name=name,
        task="speech_to_text" if whisper else "audio_tags",
        kind=kind,
        source=name,
        revision=None,
        licence="as its repository says",
        size_bytes=None,
        needs=("faster_whisper",) if whisper else ("transformers", "torch"),
    )


def _is_catalogued(known: CatalogueEntry) -> bool:
    return known.source != known.name


def _kinds_here(repository: str) -> Iterator[str]:
    folders = [folder / repository.replace("/", "--") for folder in models_folders()]
    for place in (*folders, *(snapshot.path for snapshot in snapshots(repository))):
        if place.is_dir():
            yield _kind_in(place)


def _kind_in(place: Path) -> str:
    return kind_of_files(path.name for path in place.iterdir()) if place.is_dir() else "transformers"


def entry_of(model: str | Path) -> CatalogueEntry | None:
    """Return what the catalogue knows of a model that `locate` has found; None for a path."""
    if isinstance(model, Path):
        return None
    try:
        return known_entry(model)
    except ParameterError:
        return None


def verify_files(found: Located) -> int:
    """Compare a model's files with the hashes that are on record for them.

    Returns
    -------
    int
        How many files were compared; 0 where there is no record.

    Raises
    ------
    ModelRefused
        If a file is another one, or missing.
    """
    if found.origin == "bundle":
        return _verify_bundled(found)
    compared = 0
    if found.origin in {"hub cache", "path"}:
        for path in sorted(found.path.iterdir()) if found.path.is_dir() else [found.path]:
            stated = recorded_sha256(path)
            if stated is not None:
                _compare(path, stated, "the hub's cache", f"`audiokit models pull {found.name}` again.")
                compared += 1
    if found.origin == "wheel" and found.path.is_file():
        stated = sha256_in_wheel(found.path, known_entry(found.name).distribution or "")
        if stated is not None:
            _compare(found.path, stated, "its wheel's RECORD", "Install the package that carries it again.")
            compared += 1
    return compared


def _verify_bundled(found: Located) -> int:
    place = found.path.absolute() if found.path.is_dir() else found.path.absolute().parent
    manifest = read_manifest(place.parent)
    model = manifest.models.get(place.name) if manifest else None
    if model is None:  # the manifest went away between finding and reading
        raise ModelRefused(f"{place.parent} lists no {place.name} any more.", cure="Pack the bundle again.")
    for relative, record in model.files.items():
        path = place / relative
        if not path.is_file():
            raise ModelRefused(f"{path} is missing from the bundle.", cure="Pack the bundle again.")
        _compare(path, record.sha256, "the bundle's manifest", "Copy or pack the bundle again.")
    return len(model.files)


def _compare(path: Path, stated: str, where: str, cure: str) -> None:
    actual = file_sha256(path)
    if actual != stated:
        raise ModelRefused(
            f"{path} is damaged or was changed: its SHA-256 is {actual}, {where} says {stated}.", cure=cure
        )


def _is_path(name: str | os.PathLike[str]) -> bool:
    given = os.fspath(name)
    if not isinstance(name, str):
        return True
    return not given.startswith("hub:") and (
        "/" in given or os.sep in given or given.startswith(("~", ".")) or given.endswith((".onnx", ".safetensors"))
    )


def _folder_name(known: CatalogueEntry) -> str:
    return known.name.removeprefix("hub:").replace("/", "--")


def _at_path(given: str, path: Path) -> Located:
    """A path may lead into a bundle: then its hashes are on record."""
    place = path.absolute() if path.is_dir() else path.absolute().parent
    manifest = read_manifest(place.parent)
    model = manifest.models.get(place.name) if manifest else None
    return Located(given, path, "path") if model is None else Located(given, path, "bundle", model.revision)


def _in_folder(given: str, folder: Path, place: Path) -> Located:
    manifest = read_manifest(folder)
    model = manifest.models.get(place.name) if manifest else None
    if model is None:
        return Located(given, place, "folder")
    return Located(given, place, "bundle", model.revision)


def _in_wheel(known: CatalogueEntry) -> Path:
    distribution = known.distribution or ""
    if distribution == "silero-vad":
        return silero_vad("sequence", substitute=False).path
    package, inside, levels, cure = _IN_WHEELS[distribution]
    path = file_in_wheel(package, inside)
    if path is None:
        raise ModelUnavailable(f"{known.name} travels in {distribution}, which is not installed.", cure=cure)
    return path.parents[levels - 1]


def _cure(known: CatalogueEntry) -> str:
    if known.source == "local":
        folders = models_folders()
        where = folders[0] if folders else "FOLDER, named by AUDIOKIT_MODELS_FOLDER"
        return f"Put your checkpoint and its labels.json into {where}/{known.name}/, or give the path of a file."
    return (
        f"`audiokit models pull {known.name}` on a machine with a network, or a bundle named by AUDIOKIT_MODELS_FOLDER."
    )
