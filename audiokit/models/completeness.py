"""Whether a folder holds what a kind of model needs, and which of its files are the weights."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from audiokit.errors import ModelRefused

__all__ = ["kind_of_files", "lacking", "weight_files"]

_SAFE, _PICKLED = "model.safetensors", "pytorch_model.bin"
_ENDINGS = (".safetensors", ".pth", ".pt", ".bin")


def kind_of_files(names: Iterable[str]) -> str:
    """Tell from the names of a repository's files how they are read, where no catalogue says.

    Parameters
    ----------
    names : iterable of str
        Of its files.

    Returns
    -------
    str
        ``"faster_whisper"`` for a Whisper as CTranslate2 writes it, else ``"transformers"``.

    Examples
    --------
    >>> kind_of_files(["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"])
    'faster_whisper'
    >>> kind_of_files(["config.json", "model.safetensors", "vocab.json"])
    'transformers'
    """
    held = set(names)
    own = any(name.startswith((_SAFE, _PICKLED)) for name in held)
    converted = any(name.startswith("vocabulary.") for name in held)  # a name that CTranslate2 alone uses
    return "faster_whisper" if converted and not own else "transformers"


def lacking(folder: Path, kind: str) -> tuple[str, ...]:
    """Name what is missing for a model of this kind; empty where all is there.

    Parameters
    ----------
    folder : pathlib.Path
        A folder of one model, or a single file (which is complete).
    kind : str
        One of `audiokit.models.catalogue.KINDS`.

    Returns
    -------
    tuple of str
        File names, or a description.
    """
    if folder.is_file():
        return ()
    if kind == "transformers":
        config = () if (folder / "config.json").is_file() else ("config.json",)
        return (*config, *_lacking_weights(folder))
    if kind == "faster_whisper":
        missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (folder / name).is_file()]
        if not any(folder.glob("vocabulary.*")):
            missing.append("vocabulary.json or vocabulary.txt")
        return tuple(missing)
    if kind == "onnx":
        return () if any(folder.glob("*.onnx")) else ("a file that ends in .onnx",)
    if kind == "timm":
        return () if weight_files(folder) else (f"a file that ends in {' or '.join(_ENDINGS)}",)
    return ()


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of weights that would be read, safetensors first; all parts of one that is divided.

    Parameters
    ----------
    folder : pathlib.Path
        A folder, or the file itself.

    Raises
    ------
    ModelRefused
        If an index names a file that is not beside it.
    """
    if folder.is_file():
        return (folder,)
    for name in (_SAFE, _PICKLED):
        if (folder / name).is_file():
            return (folder / name,)
        parts = _parts(folder / f"{name}.index.json")
        if parts:
            return parts
    for ending in _ENDINGS:
        found = sorted(path for path in folder.glob(f"*{ending}") if path.name != "training_args.bin")
        if found:
            return (found[0],)
    return ()


def _lacking_weights(folder: Path) -> tuple[str, ...]:
    for name in (_SAFE, _PICKLED):
        if (folder / name).is_file():
            return ()
        index = folder / f"{name}.index.json"
        if index.is_file():
            return tuple(part.name for part in _parts(index) if not part.is_file())
    return (f"{_SAFE} or {_PICKLED}",)


def _parts(index: Path) -> tuple[Path, ...]:
    if not index.is_file():
        return ()
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError) as error:
        raise ModelRefused(f"{index} is no index of weights ({error!r}).") from error
    if any(Path(name).name != name for name in names):
        raise ModelRefused(f"{index} names files outside its own folder.")
    return tuple(index.with_name(name) for name in names)
