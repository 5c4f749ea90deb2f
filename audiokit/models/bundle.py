"""Offline bundles: pack models into a folder with hashes and licences, and check such a folder."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.errors import ModelRefused, OutputUnwritable, ParameterError
from audiokit.models.checkpoint import refuse_pickled_code
from audiokit.models.completeness import weight_files
from audiokit.models.hashes import file_sha256, sha256_now
from audiokit.models.manifest import MANIFEST, Bundled, FileRecord, Manifest, read_manifest, write_manifest
from audiokit.models.places import Located, find, known_entry, verify_files

if TYPE_CHECKING:
    from audiokit.models.catalogue import CatalogueEntry

__all__ = ["Finding", "pack", "verify", "wanted_files"]

LICENCES = "LICENCES.md"
# What a model's folder is made of besides its weights. All else (other frameworks' weights, training states) stays out.
_BESIDE = (
    "config.json", "preprocessor_config.json", "processor_config.json", "generation_config.json", "labels.json",
    "tokenizer*", "vocab*", "special_tokens_map.json", "added_tokens.json", "merges.txt", "normalizer.json",
    "*.index.json", "README*", "LICEN[CS]E*", "NOTICE*", "COPYING*",
)  # fmt: skip
_LICENCE_NAMES = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "README")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a bundle, or a file that was compared and is whole.

    Parameters
    ----------
    model, file : str
        Where; the file may be empty.
    problem : str
        Empty where it is whole.
    """

    model: str
    file: str
    problem: str = ""


def wanted_files(found: Located, kind: str) -> tuple[Path, ...]:
    """Return the files of a located model that a bundle takes, weights first.

    Parameters
    ----------
    found : Located
        A folder or a single file.
    kind : str
        Of the catalogue.
    """
    if found.path.is_file():
        beside = found.path.with_name("labels.json")
        return (found.path, beside) if beside.is_file() else (found.path,)
    if kind == "onnx":
        weights: tuple[Path, ...] = tuple(sorted(found.path.glob("*.onnx*")))
    elif kind == "faster_whisper":
        weights = (found.path / "model.bin",)
    else:
        weights = weight_files(found.path)
    others = sorted({path for pattern in _BESIDE for path in found.path.glob(pattern) if path.is_file()} - {*weights})
    return (*weights, *others)


def pack(names: Sequence[str], folder: Path) -> Manifest:
    """Copy models from this machine into a bundle, or add them to one.

    Hashes that are on record are compared before, pickles are looked through, and every copy is read again after it was
    written. Models that travel in wheels or in the package are listed with what has to be installed.

    Parameters
    ----------
    names : sequence of str
        See `audiokit.models.find`.
    folder : pathlib.Path
        The bundle; made where it is missing. A model of the same name in it is replaced.

    Returns
    -------
    Manifest
        Of the whole bundle.

    Raises
    ------
    ModelUnavailable
        If a model is not on this machine. Nothing is fetched.
    ModelRefused
        If a file is not what its hash says, or a pickle beyond tensors.
    ParameterError
        If no model is named, or by its path: a bundle's models have names.
    OutputUnwritable
        If the folder cannot be written.
    """
    if not names:
        raise ParameterError("A bundle wants at least one model.", cure="`audiokit models list` shows all.")
    located = [(known_entry(name), find(name)) for name in names]  # all there before anything is written
    for _, found in located:
        verify_files(found)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = read_manifest(folder)
        models = dict(before.models) if before else {}
        for known, found in located:
            name = known.name.removeprefix("hub:").replace("/", "--")
            models[name] = _packed(known, found, folder / name)
        manifest = Manifest(f"audiokit {_version('audiokit')}", models)
        (folder / LICENCES).write_text(_licences(manifest), encoding="utf-8")
        write_manifest(folder, manifest)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise OutputUnwritable(f"{folder} cannot be written ({error.strerror}).") from error
    return manifest


def verify(folder: Path) -> tuple[Finding, ...]:
    """Read every file of a bundle again and compare it with its hash.

    Parameters
    ----------
    folder : pathlib.Path
        With ``manifest.json``.

    Returns
    -------
    tuple of Finding
        One for each file of the manifest, and one for each file that it does not list. Whole is where no `problem` is.

    Raises
    ------
    ModelRefused
        If the folder has no manifest, or a damaged one.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise ModelRefused(
            f"{folder} has no {MANIFEST}, so nothing says what its files should be.",
            cure="`audiokit models pack NAME… --to FOLDER` makes a bundle.",
        )
    return tuple(
        finding for name, model in manifest.models.items() for finding in _verified(folder / name, name, model)
    )


def _verified(place: Path, name: str, model: Bundled) -> Iterator[Finding]:
    if model.requirement:
        yield _required(name, model.requirement)
    for relative, record in model.files.items():
        path = place / relative
        if not path.is_file():
            yield Finding(name, relative, "missing")
        elif path.stat().st_size != record.bytes:
            yield Finding(name, relative, f"has {path.stat().st_size} bytes, packed were {record.bytes}")
        elif sha256_now(path) != record.sha256:
            yield Finding(name, relative, "damaged or changed: another SHA-256")
        else:
            yield Finding(name, relative)
    if place.is_dir():
        for path in sorted(path for path in place.rglob("*") if path.is_file()):
            relative = path.relative_to(place).as_posix()
            if relative not in model.files:
                yield Finding(name, relative, "not listed in the manifest")


def _required(name: str, requirement: str) -> Finding:
    distribution, _, version = requirement.partition("==")
    installed = _version(distribution)
    if installed == version:
        return Finding(name, requirement)
    there = "is not installed" if installed == "unknown" else f"is installed as {installed}"
    return Finding(name, requirement, f"{distribution} {there}")


def _packed(known: CatalogueEntry, found: Located, place: Path) -> Bundled:
    facts = (known.source, known.task, known.kind, known.licence)
    if found.origin in {"package", "wheel"}:
        distribution = known.distribution or "audiokit"
        return Bundled(*facts, requirement=f"{distribution}=={_version(distribution)}")
    files = wanted_files(found, known.kind)
    if known.kind in {"transformers", "timm"}:
        for path in weight_files(found.path):
            if path.suffix != ".safetensors":
                refuse_pickled_code(path)
    half = place.with_name(f"{place.name}.new")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    records = {path.name: _copied(path, half / path.name) for path in files}
    shutil.rmtree(place, ignore_errors=True)
    half.replace(place)
    licences = tuple(name for name in records if name.upper().startswith(_LICENCE_NAMES))
    return Bundled(*facts, revision=found.revision, files=records, licence_files=licences)


def _copied(source: Path, target: Path) -> FileRecord:
    stated = file_sha256(source)
    shutil.copyfile(source, target)  # follows links: the cache's files are links
    if sha256_now(target) != stated:
        raise ModelRefused(f"{target} is not what was copied from {source}.", cure="Check the disk, and pack again.")
    return FileRecord(stated, target.stat().st_size)


def _licences(manifest: Manifest) -> str:
    lines = ["# Licences of the models in this folder", ""]
    lines += ["| model | licence | source | revision | its own words |", "|---|---|---|---|---|"]
    for name, model in sorted(manifest.models.items()):
        words = ", ".join(f"[{file}]({name}/{file})" for file in model.licence_files) or "-"
        lines.append(f"| {name} | {model.licence} | {model.source} | {model.revision or '-'} | {words} |")
    return "\n".join(lines) + "\n"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
