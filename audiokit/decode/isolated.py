"""`read_isolated`: decode in a process of its own, which may be stopped, run out of memory or crash."""

from __future__ import annotations

import builtins
import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from audiokit import errors
from audiokit.audio import Audio
from audiokit.decode.source import Source, SourceLike, open_source
from audiokit.errors import AudiokitError, DamagedAudio, DecodeTimeout, ParameterError, Unavailable
from audiokit.results import Segment

__all__ = ["read_isolated", "run_isolated"]

_READ = "audiokit.decode.read:read"
_WINDOWS_CRASH = 0xC0000000  # exit codes from here on are exceptions of the system, an access violation for one


def read_isolated(
    source: SourceLike | Source, *, time_limit_seconds: float, memory_limit_bytes: int | None = None, **options: Any
) -> Audio:
    """Decode a source as `audiokit.read` does, in a subprocess: for files that nobody vouches for.

    A soft limit is looked at between blocks, and a decoder that hangs or crashes takes the whole program with it. Here
    it is stopped, and the program goes on. The price is the start of a Python interpreter, and the samples going
    through a temporary file. It is no sandbox: the subprocess has the same rights.

    Parameters
    ----------
    source : path, bytes, binary file object, or http(s) address
        As `audiokit.read`. A file object is read here, not in the subprocess.
    time_limit_seconds : float
        For everything, the start of the interpreter (some tenths of a second) included; then the process is killed.
    memory_limit_bytes : int, optional
        Of address space, beyond what the interpreter and the decoding libraries take. Linux and FreeBSD only.
    **options
        As `audiokit.read`, where they are numbers, strings or `Limits`; a router cannot be handed over.

    Returns
    -------
    Audio
        Float32, (channels, time), the same as in this process.

    Raises
    ------
    DecodeTimeout
        If the time is up.
    DamagedAudio
        If the decoder crashed; the message names the signal.
    ParameterError
        For limits that are no positive numbers, options that cannot be handed over, or a memory limit on a system that
        keeps none.
    InputError
        And every other error of `audiokit.read`, with the same message and cure.
    Unavailable
        If the subprocess cannot be started.
    """
    return run_isolated(
        _READ, source, time_limit_seconds=time_limit_seconds, memory_limit_bytes=memory_limit_bytes, options=options
    )


def run_isolated(
    target: str,
    source: SourceLike | Source,
    *,
    time_limit_seconds: float,
    memory_limit_bytes: int | None = None,
    options: dict[str, Any] | None = None,
) -> Audio:
    """Call ``module:function(source, **options)``, which returns an Audio, in a subprocess; see `read_isolated`."""
    _check_limits(time_limit_seconds, memory_limit_bytes)
    request, name, data = _where(source)
    request |= {
        "target": target,
        "options": {key: _plain(key, value) for key, value in (options or {}).items()},
        "time_limit_seconds": time_limit_seconds,
        "memory_limit_bytes": memory_limit_bytes,
    }
    with tempfile.TemporaryDirectory(prefix="audiokit-", ignore_cleanup_errors=True) as folder:
        request["folder"] = folder
        # Through the pipe: a process's arguments are there for everyone to see, and addresses hold secrets
        message = json.dumps(request).encode("ascii") + b"\n" + data
        code = _run(message, Path(folder), time_limit_seconds, name, limited=memory_limit_bytes is not None)
        answer = Path(folder, "answer.json")
        if not answer.exists():
            raise _ended(name, code, Path(folder, "stderr"))
        told = json.loads(answer.read_bytes())
        if "error" in told:
            raise _error(told["error"])
        samples = np.load(Path(folder, "samples.npy"), allow_pickle=False)
    fields = told["audio"]
    fields["lost"] = tuple(Segment(*span) for span in fields["lost"])
    return Audio(samples, **fields)


def _run(message: bytes, folder: Path, time_limit_seconds: float, name: str, *, limited: bool) -> int:
    path = os.pathsep.join(entry for entry in sys.path if entry and os.pathsep not in entry)
    environment = os.environ | {"PYTHONPATH": path}
    if limited:  # each of glibc's arenas reserves 64 MiB of addresses
        environment["MALLOC_ARENA_MAX"] = "1"
    # -P: a file named like a module, in the folder one happens to be in, is not imported
    command = [sys.executable, "-P", "-m", "audiokit.decode.isolated_worker"]
    with (folder / "stderr").open("wb") as stderr:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=stderr, env=environment
            )
        except OSError as error:
            raise Unavailable(
                f"{name}: no process can be started to decode it ({error.strerror or error}).",
                cure="Use audiokit.read, which decodes in this process.",
            ) from error
        with process:
            try:
                process.communicate(message, timeout=time_limit_seconds)
            except subprocess.TimeoutExpired:
                raise DecodeTimeout(
                    f"{name}: decoding took longer than the {time_limit_seconds:g} s allowed, and was stopped.",
                    cure="Allow more with time_limit_seconds, or read spans of the file.",
                ) from None
            finally:
                process.kill()  # does nothing to one that has ended
        return process.returncode


def _where(source: SourceLike | Source) -> tuple[dict[str, Any], str, bytes]:
    """Return how the subprocess is to open a source, its name, and what is to be sent of it."""
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        from audiokit.decode.remote import without_secrets

        return {"url": source}, without_secrets(source), b""
    opened = open_source(source)
    if opened.remote is not None:
        return {"url": opened.remote.url}, opened.name, b""
    if opened.path is not None:
        return {"path": opened.path}, opened.name, b""
    return {"name": opened.name}, opened.name, opened.data or b""


def _check_limits(time_limit_seconds: float, memory_limit_bytes: int | None) -> None:
    if not (math.isfinite(time_limit_seconds) and time_limit_seconds > 0):
        raise ParameterError(f"time_limit_seconds must be a number above 0, got {time_limit_seconds}.")
    if memory_limit_bytes is None:
        return
    if memory_limit_bytes <= 0 or int(memory_limit_bytes) != memory_limit_bytes:
        raise ParameterError(f"memory_limit_bytes must be a whole number above 0, got {memory_limit_bytes}.")
    if not sys.platform.startswith(("linux", "freebsd")):
        raise ParameterError(
            "This system keeps no limit on the memory of a process.", cure="Leave memory_limit_bytes out."
        )


def _plain(name: str, value: Any) -> Any:
    """Make an option JSON; a dataclass of ours is taken apart, and put together again on the other side."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    kind = type(value)
    if dataclasses.is_dataclass(value) and kind.__module__.startswith("audiokit."):
        fields = {f.name: _plain(name, getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"dataclass": f"{kind.__module__}:{kind.__qualname__}", "fields": fields}
    raise ParameterError(
        f"{name} cannot be handed to another process ({kind.__name__}).", cure="Leave it out, or use audiokit.read."
    )


def _ended(name: str, code: int, stderr: Path) -> AudiokitError:
    """Say how a process ended that gave no answer."""
    if code < 0 or code >= _WINDOWS_CRASH:
        try:
            how = signal.Signals(-code).name
        except ValueError:
            how = f"exit code {code:#x}" if code > 0 else f"signal {-code}"
        why = ", perhaps for want of memory" if how == "SIGKILL" else ""
        return DamagedAudio(
            f"{name}: it crashed the decoder ({how}{why}).", cure="Copy or export it again from its origin."
        )
    said = stderr.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines() or ["nothing"]
    return Unavailable(
        f"{name}: the process that was to decode it ended with code {code}, and said: {said[-1]}",
        cure="Use audiokit.read, which decodes in this process.",
    )


def _error(told: dict[str, Any]) -> Exception:
    """Make the error that was raised on the other side."""
    for kind in (getattr(errors, name, None) for name in told["kinds"]):
        if isinstance(kind, type) and issubclass(kind, AudiokitError):
            return kind(told["message"], cure=told["cure"])
    error: Exception = RuntimeError(f"{told['kinds'][0]}: {told['message']}")
    for kind in (getattr(builtins, name, None) for name in told["kinds"]):
        if kind in (TypeError, ValueError, RuntimeError, OSError):
            error = kind(told["message"])
            break
    error.add_note(told["traceback"])
    return error
