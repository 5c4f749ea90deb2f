"""The engines that speak, and which voices there are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from audiokit.errors import ModelUnavailable
from audiokit.models.places import find, verify_files
from audiokit.models.wheels import file_in_wheel
from audiokit.speech.espeak_voice import EspeakEngine
from audiokit.speech.vits import VitsEngine

if TYPE_CHECKING:
    from audiokit.speech.voice_engine import VoiceEngine

__all__ = ["VOICE_ENGINES", "Voice", "chosen_engine", "espeak_voices"]

_ESPEAK = EspeakEngine()

VOICE_ENGINES: Mapping[str, VoiceEngine] = MappingProxyType({engine.name: engine for engine in (_ESPEAK, VitsEngine())})
"""By name; none of them loads anything before it is used."""

_BY_ARCHITECTURE: Mapping[str, str] = MappingProxyType({"VitsModel": "vits"})


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that `speak` takes.

    Parameters
    ----------
    name : str
        For ``voice=``.
    language : str
        What it is called in full.
    engine : str
        For ``engine=``.
    """

    name: str
    language: str
    engine: str


def espeak_voices() -> tuple[Voice, ...]:
    """List espeak-ng's languages, by name; empty where its wheel is not installed.

    Each may have a variant: ``en+f3``, with f1 to f5 and m1 to m8 among others.
    """
    data = file_in_wheel("espeakng_loader", "espeak-ng-data/phontab")
    if data is None:
        return ()
    found = {}
    for path in sorted((data.parent / "lang").rglob("*")):
        if path.is_file():
            facts = dict(
                line.split(maxsplit=1)
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
                if line.startswith(("name ", "language ")) and len(line.split(maxsplit=1)) == 2
            )
            code = facts.get("language", "").split(" ")[0]
            found[path.name.lower()] = Voice(path.name.lower(), facts.get("name", code), _ESPEAK.name)
    return tuple(found[name] for name in sorted(found))


def chosen_engine(engine: str | os.PathLike[str]) -> tuple[VoiceEngine, Path | None]:
    """Return the engine of a name or folder, and the folder.

    Raises
    ------
    ModelUnavailable
        If there is no such engine or model on this machine.
    """
    given = os.fspath(engine)
    if given == "auto":
        return _ESPEAK, None
    if given in VOICE_ENGINES:
        return VOICE_ENGINES[given], None
    if isinstance(engine, str) and os.sep not in given and "/" not in given:
        raise ModelUnavailable(f"There is no engine {given!r} that speaks.", cure=f"There are: {_known()}.")
    found = find(engine)
    verify_files(found)
    try:
        names = json.loads((found.path / "config.json").read_text(encoding="utf-8")).get("architectures") or ()
    except (OSError, ValueError, AttributeError):
        names = ()
    for name in names:
        if str(name) in _BY_ARCHITECTURE:
            return VOICE_ENGINES[_BY_ARCHITECTURE[str(name)]], found.path
    raise ModelUnavailable(
        f"{found.path} holds no voice that is known here: its config.json names "
        f"{', '.join(map(str, names)) or 'nothing'}.",
        cure=f"Known are: {', '.join(_BY_ARCHITECTURE)}; or use one of {_known()}.",
    )


def _known() -> str:
    return ", ".join(["auto", *VOICE_ENGINES])
