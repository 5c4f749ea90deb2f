"""A Whisper in CTranslate2's form, loaded from a folder on this machine."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable, ModelRefused, ParameterError
from audiokit.models.completeness import lacking

if TYPE_CHECKING:
    from audiokit.models.store import ModelStore

__all__ = ["CURE", "facts_of", "leased_whisper", "named_languages", "prompt_fits", "version", "weights_are_random"]

CURE = '`pip install "audiokit[ml]"`, or `pip install faster-whisper`.'
_LONGEST_PROMPT = 223  # tokens: Whisper's context of 448, halved, less one; faster-whisper cuts what is longer


def version() -> str:
    """Version of faster-whisper."""
    return importlib.metadata.version("faster-whisper")


def leased_whisper(place: Path, *, compute_type: str, device: str, store: ModelStore) -> AbstractContextManager[Any]:
    """Lease the model: loaded once, shared by threads.

    Parameters
    ----------
    place : pathlib.Path
        Folder with ``model.bin``, ``config.json``, a vocabulary and ``tokenizer.json``.
    compute_type : str
        ``auto``: int8 on a CPU, float16 on a GPU; or a type of CTranslate2.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
    store : ModelStore
        Where it is kept.

    Raises
    ------
    ModelRefused
        If files are missing or no Whisper.
    ParameterError
        If the device is not there, or does not have the compute type.
    LibraryUnavailable
        If faster-whisper is not installed.
    """
    missing = lacking(place, "faster_whisper")
    if missing:  # faster-whisper itself would fetch a tokenizer from the hub
        raise ModelRefused(f"{place} lacks {', '.join(missing)}.", cure="Copy or convert the model again.")

    def load(on: str) -> Any:
        kind, _, index = on.partition(":")
        wanted = {"cuda": "float16"}.get(kind, "int8") if compute_type == "auto" else compute_type
        return _loaded(place, kind, int(index or 0), wanted)

    return store.lease(("faster_whisper", str(place.resolve()), compute_type), load, device=device)


def prompt_fits(model: Any, text: str | None, what: str) -> None:
    """Raise ParameterError for a prompt that would be cut."""
    if text is None:
        return
    tokens = len(model.hf_tokenizer.encode(text, add_special_tokens=False).ids)
    if tokens > _LONGEST_PROMPT:
        raise ParameterError(
            f"{what} is {tokens} tokens long, and Whisper takes {_LONGEST_PROMPT}.", cure="Shorten it."
        )


def named_languages(model: Any, language: str | None, title: str, place: Path, *, translate: bool = False) -> None:
    """Raise ParameterError for a language or translation that the model would ignore, or none where it detects none."""
    if translate and not model.model.is_multilingual:
        raise ParameterError(f"{title} knows English only: it translates nothing.", cure="Leave task out.")
    known: Sequence[str] = model.supported_languages
    if language is None and model.model.is_multilingual and facts_of(place).get("lang_ids") == []:
        raise ParameterError(
            f"{title} cannot detect the language: its config.json lists no lang_ids.", cure="Name it: language='en'."
        )
    if language is not None and language not in known:
        raise ParameterError(
            f"{title} does not know the language {language!r}.", cure=f"It knows {', '.join(sorted(known))}."
        )


def facts_of(place: Path) -> dict[str, Any]:
    """What ``config.json`` says; empty where it says nothing that can be read."""
    try:
        held = json.loads((place / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def weights_are_random(place: Path) -> bool:
    """Whether ``config.json`` says that the weights were never trained, as those of tests do."""
    return bool(facts_of(place).get("audiokit_weights") == "random")


def _loaded(place: Path, device: str, index: int, compute_type: str) -> Any:
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise LibraryUnavailable("faster-whisper, which runs Whisper, is not installed.", cure=CURE) from error
    try:
        return WhisperModel(
            str(place), device=device, device_index=index, compute_type=compute_type, local_files_only=True
        )
    except ValueError as error:  # a compute type or device that is not there; of CTranslate2's own words the first line
        raise ParameterError(
            f"Whisper cannot run as {compute_type} on {device}: {_first_line(error)}.",
            cure='compute_type="auto", or device="cpu".',
        ) from error
    except Exception as error:
        if "memory" in str(error).lower():
            raise  # the store makes room and tries again
        raise ModelRefused(
            f"{place} cannot be loaded as a Whisper of CTranslate2: {_first_line(error)}.",
            cure="Copy or convert the model again.",
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
