"""Tensors from a file, and nothing else: safetensors, or a pickle that was looked through before it is read."""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from audiokit.errors import LibraryUnavailable, ModelRefused

__all__ = ["imports_in_pickle", "read_tensors", "refuse_pickled_code", "tensor_shapes"]

_SAFE = ".safetensors"
_CURE = "Use a safetensors version of it, or save its state_dict alone with torch.save(model.state_dict(), …)."
# What torch.save writes for a dictionary of tensors. Everything else in a pickle is a call to something.
_STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_HARMLESS = frozenset(
    {
        "collections.OrderedDict",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.Size",
        *(f"torch.{name}Storage" for name in _STORAGES),
    }
)
_LEGACY_PICKLES = 5  # magic number, protocol, facts about the system, the object, keys of the storages


def imports_in_pickle(path: Path) -> tuple[str, ...]:
    """List what a checkpoint's pickle would import, without running any of it.

    Parameters
    ----------
    path : pathlib.Path
        A file of ``torch.save``: an archive with ``data.pkl`` in it, or the older row of pickles.

    Returns
    -------
    tuple of str
        ``module.name``, in order, each once; ``"?"`` where a name is put together while it is unpickled.

    Raises
    ------
    ModelRefused
        If the file is neither.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.endswith(".pkl")]
                if not names:
                    raise ModelRefused(f"{path} is an archive without a checkpoint in it.", cure=_CURE)
                found = [
                    name
                    for inner in names
                    for name in _imports(archive.read(inner), inner.rpartition("/")[2] != "data.pkl")
                ]
        else:
            with path.open("rb") as handle:
                if handle.read(1) != b"\x80":
                    raise ModelRefused(f"{path} is neither safetensors nor a checkpoint of torch.", cure=_CURE)
                handle.seek(0)
                found = []
                for _ in range(_LEGACY_PICKLES):
                    found += _imports(handle, False)
    except (ValueError, zipfile.BadZipFile, EOFError, OSError, IndexError) as error:
        raise ModelRefused(f"{path} cannot be read as a checkpoint ({error}).", cure=_CURE) from error
    return tuple(dict.fromkeys(found))


def _imports(pickled: Any, script: bool) -> Iterator[str]:
    if script:  # constants.pkl and the like: a TorchScript archive, which is a program
        yield "TorchScript"
    strings: list[str] = []
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name in {"GLOBAL", "INST"}:
            yield str(argument).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            # the two names come from the stack; what is no literal just before cannot be known without running
            yield ".".join(strings[-2:]) if len(strings) >= 2 else "?"
            strings = []
        elif opcode.name in {"EXT1", "EXT2", "EXT4"}:
            yield "?"
        elif "UNICODE" in opcode.name or opcode.name in {"STRING", "BINSTRING", "SHORT_BINSTRING"}:
            strings.append(str(argument))
        elif opcode.name not in {"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"}:
            strings = []


def refuse_pickled_code(path: Path) -> None:
    """Refuse a checkpoint whose pickle holds anything beyond tensors.

    Raises
    ------
    ModelRefused
        Naming what it would import.
    """
    strange = [name for name in imports_in_pickle(path) if name not in _HARMLESS]
    if strange:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        raise ModelRefused(
            f"{path} is a pickle beyond tensors: reading it would call {', '.join(strange[:3])}{more}.", cure=_CURE
        )


def read_tensors(paths: Sequence[Path]) -> dict[str, Any]:
    """Read the tensors of a checkpoint.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        Its file, or all its parts.

    Returns
    -------
    dict of str to torch.Tensor
        On the processor. A dictionary that a training put around them (``state_dict``, ``model``) is taken off.

    Raises
    ------
    ModelRefused
        If a file is damaged, or a pickle beyond tensors.
    LibraryUnavailable
        If torch, or for its kind of file safetensors, is not installed.
    """
    tensors: dict[str, Any] = {}
    for path in paths:
        part = _read_safe(path) if path.suffix == _SAFE else _read_pickled(path)
        doubled = set(part) & set(tensors)
        if doubled:
            raise ModelRefused(f"{path} holds {min(doubled)} once more.", cure="Fetch the checkpoint again.")
        tensors.update(part)
    return tensors


def tensor_shapes(paths: Sequence[Path]) -> dict[str, tuple[int, ...]]:
    """Return the names and shapes of a checkpoint's tensors; of safetensors only the headers are read."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in paths:
        if path.suffix == _SAFE:
            with _opened(path) as file:
                shapes.update({name: tuple(file.get_slice(name).get_shape()) for name in file.keys()})  # noqa: SIM118
        else:
            shapes.update({name: tuple(tensor.shape) for name, tensor in _read_pickled(path).items()})
    return shapes


def _opened(path: Path) -> Any:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise LibraryUnavailable("safetensors is not installed.", cure="`pip install safetensors`.") from error
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise ModelRefused(f"{path} is no whole safetensors file ({error}).", cure="Fetch it again.") from error


def _read_safe(path: Path) -> dict[str, Any]:
    with _opened(path) as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping


def _read_pickled(path: Path) -> dict[str, Any]:
    refuse_pickled_code(path)
    try:
        import torch
    except ImportError as error:
        raise LibraryUnavailable("torch, which reads this checkpoint, is not installed.") from error
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except MemoryError:
        raise
    except Exception as error:  # torch raises nearly everything here, pickle.UnpicklingError among it
        raise ModelRefused(
            f"{path} cannot be read as tensors ({str(error).splitlines()[0] if str(error) else error!r}).", cure=_CURE
        ) from error
    for wrapper in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    if not isinstance(found, Mapping) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ModelRefused(f"{path} holds something other than named tensors.", cure=_CURE)
    return dict(found)
