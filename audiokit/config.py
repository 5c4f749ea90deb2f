"""One typed configuration: defaults, then ``audiokit.toml``, then the environment, then arguments."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from audiokit.errors import ParameterError

__all__ = ["Config", "load_config"]

_ENVIRONMENT_PREFIX = "AUDIOKIT_"
_KINDS: dict[str, type] = {"str": str, "str | None": str, "int": int, "int | None": int}  # by how `Config` annotates
_MAY_BE_ZERO = ("cache_bytes", "model_store_bytes")


@dataclass(frozen=True, slots=True)
class Config:
    """Settings that more than one room reads.

    Parameters
    ----------
    reports_folder : str
        Where reports are written; relative to the working directory.
    cell_timeout_seconds : int
        A notebook cell that runs longer is stopped.
    cache_bytes : int or None
        Bound of the cache of decoded sound that is used where none is given; 0 keeps nothing. If None, a tenth of the
        memory that the process may use, and at most 2 GiB. Read when the cache is made.
    models_folder : str or None
        Where weights lie that were packed or put there: a folder for each model, named as in the catalogue. Several
        are divided as in ``PATH``. None: only what wheels and the hub's own cache hold is found.
    model_store_bytes : int or None
        Bound of the models that are kept in memory, on each device. If None, half of the memory that the process may
        use. Read when the store is made.
    """

    reports_folder: str = "reports"
    cell_timeout_seconds: int = 3600
    cache_bytes: int | None = None
    models_folder: str | None = None
    model_store_bytes: int | None = None


def load_config(
    folder: Path | None = None, environment: Mapping[str, str] | None = None, **arguments: object
) -> Config:
    """Read the configuration.

    Parameters
    ----------
    folder : Path, optional
        Where ``audiokit.toml`` is looked for; the working directory by default.
    environment : mapping, optional
        ``AUDIOKIT_REPORTS_FOLDER`` and the like; ``os.environ`` by default.
    **arguments
        Win over everything; None means not given.

    Returns
    -------
    Config
        Checked.

    Raises
    ------
    ParameterError
        For a setting that does not exist or does not fit, naming where it was found.

    Examples
    --------
    >>> load_config(Path("/nowhere"), {"AUDIOKIT_CELL_TIMEOUT_SECONDS": "60"}).cell_timeout_seconds
    60
    """
    known = {field.name: _KINDS[str(field.type)] for field in fields(Config)}
    settings: dict[str, Any] = {}
    path = (folder or Path.cwd()) / "audiokit.toml"
    if path.is_file():
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ParameterError(f"{path}: this is not TOML ({error}).") from error
        for name, value in content.items():
            if name not in known:
                raise ParameterError(f"{path}: there is no setting {name!r}.", cure=f"Known: {', '.join(known)}.")
            settings[name] = _fit(name, value, known[name], str(path))
    for name, value in (os.environ if environment is None else environment).items():
        setting = name.removeprefix(_ENVIRONMENT_PREFIX).lower()
        if name.startswith(_ENVIRONMENT_PREFIX) and setting in known:  # other AUDIOKIT_ variables are the tests'
            settings[setting] = _fit(setting, value, known[setting], f"environment variable {name}")
    for name, argument in arguments.items():
        if name not in known:
            raise ParameterError(f"There is no setting {name!r}.", cure=f"Known: {', '.join(known)}.")
        if argument is not None:
            settings[name] = _fit(name, argument, known[name], "argument")
    return Config(**settings)


def _fit(name: str, value: object, kind: type, where: str) -> object:
    if kind is int and isinstance(value, str) and value.strip().lstrip("-").isdigit():
        value = int(value)
    if kind is str and isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ParameterError(f"{where}: {name} wants {kind.__name__}, got {value!r}.")
    if isinstance(value, int) and value < (name not in _MAY_BE_ZERO):
        least = "0 or more" if name in _MAY_BE_ZERO else "above 0"
        raise ParameterError(f"{where}: {name} must be {least}, got {value}.")
    return value
