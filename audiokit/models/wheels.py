"""Weights that lie inside installed wheels, found without importing the package around them."""

from __future__ import annotations

import base64
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from audiokit.errors import ModelUnavailable, ParameterError

__all__ = ["WeightFile", "file_in_wheel", "sha256_in_wheel", "silero_vad"]

# variant -> file inside the silero-vad wheel
_SILERO_FILES = {
    "stepwise": "data/silero_vad.onnx",  # one frame a call, 8 and 16 kHz
    "sequence": "data/silero_vad_16k_sequence.onnx",  # many frames a call, 16 kHz only
}
_SUBSTITUTE = "silero_vad_v6"
_SUBSTITUTE_FILE = "assets/silero_vad_v6.onnx"
_CURE = "`pip install --no-deps silero-vad` brings the weights alone (they run on onnxruntime, torch is not needed)."


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of weights on this machine.

    Parameters
    ----------
    name : str
        The model, for example ``"silero_vad"``.
    version : str
        Version of the distribution that carries it; ``"unknown"`` where that has no metadata.
    path : pathlib.Path
        The file.
    licence : str
        SPDX identifier.
    source : str
        Distribution and version, for example ``"silero-vad 6.2.3"``.
    """

    name: str
    version: str
    path: Path
    licence: str
    source: str

    @property
    def label(self) -> str:
        """Name and origin in one line, for results: ``"silero_vad (silero-vad 6.2.3)"``."""
        return f"{self.name} ({self.source})"


def file_in_wheel(package: str, relative: str) -> Path | None:
    """Path of a data file inside an importable package, without importing it.

    Parameters
    ----------
    package : str
        Top-level import name.
    relative : str
        Path inside the package, with forward slashes.

    Returns
    -------
    pathlib.Path or None
        None where the package or the file is absent.

    Examples
    --------
    >>> file_in_wheel("json", "decoder.py").name
    'decoder.py'
    >>> file_in_wheel("no_such_package", "weights.onnx") is None
    True
    """
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # a half-imported or hidden module is as good as absent
        return None
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / relative
        if path.is_file():
            return path
    return None


def sha256_in_wheel(path: Path, distribution: str) -> str | None:
    """Return the hash that a wheel's RECORD states for one of its files, in hexadecimal; None where it states none.

    Parameters
    ----------
    path : pathlib.Path
        A file that the distribution installed.
    distribution : str
        Its name, for example ``"silero-vad"``.
    """
    try:
        installed = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in installed:
        stated = file.hash if file.name == path.name else None
        if stated and stated.mode == "sha256" and Path(str(file.locate())).resolve() == path.resolve():
            return base64.urlsafe_b64decode(stated.value + "=" * (-len(stated.value) % 4)).hex()
    return None


def silero_vad(variant: str = "sequence", *, substitute: bool = True) -> WeightFile:
    """Silero voice activity detection: the ONNX file inside the silero-vad wheel.

    Parameters
    ----------
    variant : {"sequence", "stepwise", "silero_vad_v6"}
        ``sequence`` takes many frames in one call, at 16 kHz only; ``stepwise`` one frame a call, at 8 or 16 kHz;
        ``silero_vad_v6`` is the other export that the faster-whisper wheel carries (16 kHz only, and not the same
        weights: frames differ).
    substitute : bool
        Whether ``silero_vad_v6`` may be returned where the silero-vad wheel is absent. Its name then says so.

    Returns
    -------
    WeightFile
        What was found; read its ``name``.

    Raises
    ------
    ParameterError
        If there is no such variant.
    ModelUnavailable
        If the file is not on this machine; ``cure`` names the command that brings it.
    """
    if variant == _SUBSTITUTE:
        found = _in_faster_whisper()
        if found is None:
            raise ModelUnavailable(
                f"{_SUBSTITUTE} was asked for, and the faster-whisper wheel that carries it is not installed.",
                cure="`pip install --no-deps faster-whisper`, or use model='auto'.",
            )
        return found
    if variant not in _SILERO_FILES:
        known = ", ".join([*_SILERO_FILES, _SUBSTITUTE])
        raise ParameterError(f"There is no Silero variant {variant!r}.", cure=f"Known: {known}.")
    path = file_in_wheel("silero_vad", _SILERO_FILES[variant])
    if path is not None:
        version = _version("silero-vad")
        return WeightFile("silero_vad", version, path, "MIT", f"silero-vad {version}")
    found = _in_faster_whisper() if substitute else None
    if found is None:
        raise ModelUnavailable(f"Silero's {Path(_SILERO_FILES[variant]).name} is not on this machine.", cure=_CURE)
    return found


def _in_faster_whisper() -> WeightFile | None:
    path = file_in_wheel("faster_whisper", _SUBSTITUTE_FILE)
    if path is None:
        return None
    version = _version("faster-whisper")
    return WeightFile(_SUBSTITUTE, version, path, "MIT", f"faster-whisper {version}")


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
