"""The engines that speak, and which voices there are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from audiokit.errors import ModelUnavailable, ParameterError, Unavailable
from audiokit.models.catalogue import catalogue
from audiokit.models.places import find, verify_files
from audiokit.models.wheels import file_in_wheel
from audiokit.results import Status
from audiokit.speech.bark import BarkEngine
from audiokit.speech.espeak_voice import EspeakEngine
from audiokit.speech.fastspeech2 import FastSpeech2Engine
from audiokit.speech.speecht5 import SpeechT5Engine
from audiokit.speech.vits import VitsEngine
from audiokit.speech.voice_engine import ALWAYS_TAKEN
from audiokit.speech.voice_network import needed

if TYPE_CHECKING:
    from audiokit.speech.voice_engine import VoiceEngine, VoiceOptions

__all__ = [
    "VOICE_ENGINES",
    "EngineState",
    "Voice",
    "chosen_engine",
    "espeak_voices",
    "refuse_unknown_options",
    "voice_engines",
]

_ESPEAK = EspeakEngine()

VOICE_ENGINES: Mapping[str, VoiceEngine] = MappingProxyType(
    {engine.name: engine for engine in (_ESPEAK, VitsEngine(), SpeechT5Engine(), FastSpeech2Engine(), BarkEngine())}
)
"""By name; none of them loads anything before it is used."""

_BY_ARCHITECTURE: Mapping[str, str] = MappingProxyType(
    {
        "VitsModel": "vits",
        "SpeechT5ForTextToSpeech": "speecht5",
        "FastSpeech2ConformerModel": "fastspeech2",
        "FastSpeech2ConformerWithHifiGan": "fastspeech2",
        "BarkModel": "bark",
    }
)


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


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether a voice could speak on this machine.

    Parameters
    ----------
    name : str
        For ``engine=``: an engine, or a model of the catalogue that no engine here reads.
    status : Status
        ``ok`` or ``unavailable``.
    options : tuple of str
        Which of `speak`'s options it honours.
    reason, cure : str
        What is missing, and what helps; empty where it is ``ok``.
    """

    name: str
    status: Status
    options: tuple[str, ...] = ()
    reason: str = ""
    cure: str = ""


def voice_engines() -> tuple[EngineState, ...]:
    """Say of every engine, and of every voice or vocoder of the catalogue that none reads, whether it could speak here.

    Nothing is loaded for it: that weights are here says nothing about whether they can be trusted.
    """
    states = []
    for engine in VOICE_ENGINES.values():
        options = tuple(sorted(engine.options))
        try:
            needed(engine.needs, engine.name)
            if engine.usual_model is None:
                states.append(_without_usual_model(engine.name, options))
                continue
            find(engine.usual_model)
        except Unavailable as error:
            states.append(EngineState(engine.name, Status.UNAVAILABLE, options, error.message, error.cure))
        else:
            states.append(EngineState(engine.name, Status.OK, options))
    for entry in (*catalogue("text_to_speech"), *catalogue("vocoder")):
        if entry.unavailable:
            cure = "Take one of the engines that are here."
            states.append(EngineState(entry.name, Status.UNAVAILABLE, (), entry.unavailable, cure))
    return tuple(states)


def _without_usual_model(name: str, options: tuple[str, ...]) -> EngineState:
    """The state of an engine with a model for each language: ok where one of the catalogue's is here."""
    known = [
        entry.name
        for entry in catalogue("text_to_speech")
        if entry.kind == "transformers" and entry.name.startswith(("mms_", "vits_"))
    ]
    for model in known:
        try:
            find(model)
        except Unavailable:
            continue
        return EngineState(name, Status.OK, options)
    return EngineState(
        name, Status.UNAVAILABLE, options, "none of the catalogue's checkpoints is on this machine.",
        f"Name a folder: engine=PATH; or `audiokit models pull {known[0]}` where there is a network.",
    )  # fmt: skip


def refuse_unknown_options(engine: VoiceEngine, options: VoiceOptions) -> None:
    """Raise ParameterError for an option that the engine would ignore; the cure names the engines that honour it."""
    ignored = sorted(options.asked_for() - ALWAYS_TAKEN - engine.options)
    if ignored:
        who = {name: [other.name for other in VOICE_ENGINES.values() if name in other.options] for name in ignored}
        able = "; ".join(f"{name}: {', '.join(names) if names else 'no engine here'}" for name, names in who.items())
        cues = " Bark laughs or sighs where the text says [laughs] or [sighs]." if "emotion" in ignored else ""
        raise ParameterError(
            f"{engine.name} cannot do {', '.join(ignored)}.", cure=f"Leave that out. These can: {able}.{cues}"
        )


def chosen_engine(engine: str | os.PathLike[str]) -> tuple[VoiceEngine, Path | None]:
    """Return the engine of a name, model of the catalogue or folder, and the folder.

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
    is_name = isinstance(engine, str) and os.sep not in given and "/" not in given
    if is_name and given not in {entry.name for entry in catalogue("text_to_speech")}:
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
    return ", ".join(["auto", *VOICE_ENGINES, *(entry.name for entry in catalogue("text_to_speech"))])
