"""The other side of `audiokit.decode.isolated`: one request on standard input, one answer in a folder, and the end."""

from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import AudiokitError, InputError

if TYPE_CHECKING:
    from audiokit.audio import Audio

__all__ = ["answer", "main"]

_GRACE_SECONDS = 5.0  # beyond the limit that the parent keeps
_LIBRARIES = ("av", "soundfile", "soxr")


def main() -> None:
    """Serve one request, and end without the interpreter's long goodbye."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has none
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no image of the memory behind
    request = json.loads(sys.stdin.buffer.readline())
    # If the parent dies, nobody else would stop a decoder that hangs; this needs no lock of the interpreter.
    faulthandler.dump_traceback_later(request["time_limit_seconds"] + _GRACE_SECONDS, exit=True)
    data = sys.stdin.buffer.read()
    folder = Path(request["folder"])
    told = answer(request, data, folder)
    unfinished = folder / "answer.tmp"
    unfinished.write_text(json.dumps(told), encoding="ascii")
    unfinished.replace(folder / "answer.json")
    sys.stderr.flush()
    os._exit(0)


def answer(request: dict[str, Any], data: bytes, folder: Path) -> dict[str, Any]:
    """Do what is asked; put samples in the folder, and return what goes beside them.

    Parameters
    ----------
    request : dict
        ``target`` ("module:function"), ``options``, the two limits, and ``path``, ``url`` or ``name``.
    data : bytes
        The source, where it has neither path nor address.
    folder : Path
        For ``samples.npy``.

    Returns
    -------
    dict
        ``audio``: the fields of an Audio besides its samples; or ``error``: its classes' names, message, cure and
        traceback.
    """
    name = request.get("name") or request.get("path") or "the source"
    try:
        if request["memory_limit_bytes"] is not None:
            _limit_memory(request["memory_limit_bytes"])
        options = {key: _whole(value) for key, value in request["options"].items()}
        audio = _found(request["target"])(_source(request, data), **options)
        np.save(folder / "samples.npy", audio.samples, allow_pickle=False)
        return {"audio": _fields(audio)}
    except MemoryError:
        error: Exception = InputError(
            f"{name}: decoding it needs more memory than is allowed.",
            cure="Allow more with memory_limit_bytes, or read spans of it.",
        )
    except Exception as caught:  # noqa: BLE001 - raised again on the other side
        error = caught
    return {
        "error": {
            "kinds": [kind.__name__ for kind in type(error).__mro__],
            "message": error.message if isinstance(error, AudiokitError) else str(error),
            "cure": getattr(error, "cure", ""),
            "traceback": "".join(traceback.format_exception(error)),
        }
    }


def _source(request: dict[str, Any], data: bytes) -> Any:
    from audiokit.decode.source import HEAD_BYTES, Source

    if "name" in request:
        return Source(name=request["name"], path=None, data=data, head=data[:HEAD_BYTES], size_bytes=len(data))
    return request.get("url") or request["path"]


def _fields(audio: Audio) -> dict[str, Any]:
    fields = {f.name: getattr(audio, f.name) for f in dataclasses.fields(audio) if f.name != "samples"}
    return fields | {"lost": [dataclasses.astuple(span) for span in audio.lost]}


def _whole(value: Any) -> Any:
    """Put together a dataclass that was taken apart."""
    if isinstance(value, dict):
        return _found(value["dataclass"])(**{key: _whole(part) for key, part in value["fields"].items()})
    return value


def _found(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _limit_memory(limit_bytes: int) -> None:
    """Allow so many bytes of addresses more than the interpreter and the libraries have by now."""
    import resource

    for library in _LIBRARIES:
        with contextlib.suppress(ImportError, OSError):  # whoever needs it will say so
            importlib.import_module(library)
    pages = Path("/proc/self/statm")  # FreeBSD may have none: then the limit holds for everything
    taken = int(pages.read_text(encoding="ascii").split()[0]) * resource.getpagesize() if pages.exists() else 0
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = taken + int(limit_bytes)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


if __name__ == "__main__":
    main()
