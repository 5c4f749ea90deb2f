"""Which engine and model: what was named, or the best that is on this machine. Nothing is ever fetched."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audiokit.errors import LibraryUnavailable, ModelUnavailable, ParameterError
from audiokit.models.catalogue import catalogue
from audiokit.models.completeness import lacking
from audiokit.models.devices import available_devices
from audiokit.models.places import Located, find, verify_files
from audiokit.speech.engine import COMMON_OPTIONS, refuse_unknown_options
from audiokit.speech.registry import ENGINES

if TYPE_CHECKING:
    from audiokit.speech.engine import SpeechEngine
    from audiokit.speech.options import Options

__all__ = ["WRITES_ANYTHING", "Choice", "choose", "model_names"]

WRITES_ANYTHING = frozenset({"pocketsphinx", "wav2vec2"})
"""Engines that write words for whatever sounds: they are given speech alone."""

# Best first. Larger Whisper models make fewer errors; beyond `small` they fall behind real time on a few CPU cores.
_BY_QUALITY = (
    "faster_whisper_large_v3",
    "faster_whisper_large_v3_turbo",
    "faster_whisper_medium",
    "faster_whisper_small",
    "faster_whisper_base",
    "faster_whisper_tiny",
    "wav2vec2_base_960h",
    "pocketsphinx",
)
_SLOW_ON_A_CPU = _BY_QUALITY[:3]
_ON_A_CPU_ALONE = frozenset({"pocketsphinx"})
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")
_ENGLISH_ONLY = frozenset({"wav2vec2_base_960h", "pocketsphinx"})
# Its authors left translation out of its training (openai/whisper, README): it would write the language it hears.
_CANNOT_TRANSLATE = frozenset({"faster_whisper_large_v3_turbo"})
_ENGINE_OF_KIND = {"faster_whisper": "faster_whisper", "transformers": "wav2vec2", "wheel": "pocketsphinx"}
_SHORT = {
    "turbo": "faster_whisper_large_v3_turbo",
    **{name.removeprefix("faster_whisper_").replace("_", "-"): name for name in _BY_QUALITY[:6]},
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What will run, and why.

    Parameters
    ----------
    engine : SpeechEngine
        Which engine.
    title : str
        What the model is called.
    place : pathlib.Path
        Its files.
    why : str
        In words.
    """

    engine: SpeechEngine
    title: str
    place: Path
    why: str


def model_names() -> tuple[str, ...]:
    """Return what `transcribe` takes as a model, besides paths and ``hub:owner/name``."""
    return ("auto", *_SHORT, *(entry.name for entry in catalogue("speech_to_text")))


def choose(
    model: str | os.PathLike[str],
    options: Options,
    *,
    device: str = "auto",
    engines: Mapping[str, SpeechEngine] = ENGINES,
) -> Choice:
    """Decide what runs.

    Parameters
    ----------
    model : str or path
        ``"auto"``; a name of the catalogue; a size of Whisper such as ``"small"``; ``"hub:owner/name"``; or the path
        of a folder, whose files tell what it is.
    options : Options
        ``auto`` passes over what cannot do what is asked.
    device : str
        Where it will run.
    engines : mapping of str to SpeechEngine
        By name.

    Returns
    -------
    Choice
        Files are compared with the hashes on record.

    Raises
    ------
    ModelUnavailable
        If the model is not on this machine; ``cure`` names the command that fetches it.
    LibraryUnavailable
        If its library is not installed.
    ParameterError
        If it cannot do what is asked.
    """
    if not _DEVICE.fullmatch(device):
        raise ParameterError(f"There is no device {device!r}.", cure="It is 'auto', 'cpu', 'cuda' or 'cuda:1'.")
    if os.fspath(model) == "auto":
        return _best(options, device, engines)
    name = _SHORT.get(str(model), model)
    found, engine = _named(name, engines)
    refuse_unknown_options(engine, options, found.name)
    _refuse_other_languages(found.name, options)
    if found.name in _CANNOT_TRANSLATE and options.task == "translate":
        raise ParameterError(f"{found.name} was not trained to translate.", cure="Name another Whisper model.")
    if engine.name in _ON_A_CPU_ALONE and device not in {"auto", "cpu"}:
        raise ParameterError(f"{found.name} runs on a CPU alone, not on {device}.", cure="Leave device out.")
    missing = _missing_library(engine)
    if missing:
        library, cure = missing
        raise LibraryUnavailable(f"{found.name} needs {library}, which is not installed.", cure=cure)
    verify_files(found)
    title = found.path.name if found.origin == "path" else found.name
    return Choice(engine, title, found.path, "it was named")


def _best(options: Options, device: str, engines: Mapping[str, SpeechEngine]) -> Choice:
    on_cpu = device == "cpu" or (device == "auto" and available_devices() == ("cpu",))
    order = [*_BY_QUALITY[3:6], *_SLOW_ON_A_CPU, *_BY_QUALITY[6:]] if on_cpu else list(_BY_QUALITY)
    facts = {entry.name: entry for entry in catalogue("speech_to_text")}
    passed: list[str] = []
    cures: list[str] = []
    for name in order:
        engine = engines.get(_ENGINE_OF_KIND[facts[name].kind])
        reason = "no engine here runs it" if engine is None else _unfit(name, engine, options, device)
        if engine is not None and not reason:
            try:
                found = find(name)
            except ModelUnavailable:
                reason = "not on this machine"
            else:
                verify_files(found)
                where = "on a CPU" if on_cpu else "on an accelerator"
                why = f"the first of {', '.join(order)} (the order {where}) that is here and can do what is asked"
                return Choice(engine, name, found.path, f"{why}; passed over: {'; '.join(passed) or 'none'}")
        missing = None if engine is None else _missing_library(engine)
        cures += [] if missing is None else [missing[1]]
        passed.append(f"{name}: {reason}")
    raise ModelUnavailable(
        f"No speech-to-text model on this machine can do this ({'; '.join(passed)}).",
        cure=" ".join(
            ["`audiokit models pull faster_whisper_small` on a machine with a network.", *dict.fromkeys(cures)]
        ),
    )


def _unfit(name: str, engine: SpeechEngine, options: Options, device: str) -> str:
    ignored = sorted(options.asked_for() - COMMON_OPTIONS - engine.options)
    if ignored:
        return f"it cannot do {', '.join(ignored)}"
    if name in _ENGLISH_ONLY and options.language not in (None, "en"):
        return "it knows English only"
    if name in _CANNOT_TRANSLATE and options.task == "translate":
        return "it was not trained to translate"
    if engine.name in _ON_A_CPU_ALONE and device not in {"auto", "cpu"}:
        return "it runs on a CPU alone"
    missing = _missing_library(engine)
    return f"{missing[0]} is not installed" if missing else ""


def _named(name: str | os.PathLike[str], engines: Mapping[str, SpeechEngine]) -> tuple[Located, SpeechEngine]:
    tasks = {entry.name: entry.task for entry in catalogue()}
    given = os.fspath(name)
    if isinstance(name, str) and tasks.get(given, "speech_to_text") != "speech_to_text":
        raise ParameterError(f"{given} is no model for speech to text, but for {tasks[given]}.", cure=_known())
    kinds = {entry.name: entry.kind for entry in catalogue("speech_to_text")}
    if given in kinds:
        engine = engines[_ENGINE_OF_KIND[kinds[given]]]
        missing = _missing_library(engine)
        if missing and kinds[given] == "wheel":  # its files lie in the library that is missing
            raise LibraryUnavailable(f"{missing[0]}, which carries its model, is not installed.", cure=missing[1])
        return find(given), engine
    try:
        found = find(name)
    except ParameterError:
        raise ModelUnavailable(f"There is no speech-to-text model {given!r} here.", cure=_known()) from None
    return found, engines[_kind_of(found.path)]


def _kind_of(place: Path) -> str:
    """Tell the engine from a folder's files."""
    if place.is_dir() and not lacking(place, "faster_whisper"):
        return "faster_whisper"
    try:
        config = json.loads((place / "config.json").read_text(encoding="utf-8"))
        architectures = config.get("architectures") or ()
    except (OSError, ValueError, AttributeError):
        architectures = ()
    if any(str(name).endswith("ForCTC") for name in architectures):
        return "wav2vec2"
    lacks = ", ".join(lacking(place, "faster_whisper")) if place.is_dir() else "it is no folder"
    raise ModelUnavailable(
        f"{place} is no speech-to-text model that is known here (as a CTranslate2 Whisper it lacks {lacks}; its "
        "config.json names no network for CTC).",
        cure="Convert a Whisper with `ct2-transformers-converter`, with tokenizer.json and preprocessor_config.json.",
    )


def _refuse_other_languages(name: str, options: Options) -> None:
    if name in _ENGLISH_ONLY and options.language not in (None, "en"):
        raise ParameterError(
            f"{name} knows English only, and language={options.language!r} was asked for.",
            cure="Name a Whisper model: they know 99 languages.",
        )


def _missing_library(engine: SpeechEngine) -> tuple[str, str] | None:
    for library, cure in engine.needs:
        try:
            absent = importlib.util.find_spec(library) is None
        except (ImportError, ValueError):  # hidden on purpose: sys.modules[name] = None
            absent = True
        if absent:
            return library, cure
    return None


def _known() -> str:
    return f"There are: {', '.join(model_names())}."
