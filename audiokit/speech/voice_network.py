"""What the voices that are networks of transformers have in common: libraries, seeds, and where their files are."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable
from audiokit.models.places import find, verify_files
from audiokit.speech.torch_devices import present_device

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["USUAL_SEED", "audited", "facts_of", "needed", "place_of", "random_mark", "read_by", "seeded", "spelling"]

USUAL_SEED = 0
"""What is drawn at random is drawn the same where no seed is given: the same text shall give the same samples."""

_CURES = {
    "torch": '`pip install "audiokit[ml]"`.',
    "transformers": '`pip install "audiokit[ml]"`.',
    "sentencepiece": '`pip install "audiokit[tts]"`.',
    "phonemizer": "`pip install phonemizer`, and espeak-ng for it; or use an MMS checkpoint, which reads letters.",
    "librosa": '`pip install "audiokit[ml]"`.',
}


def needed(libraries: Sequence[str], what: str) -> None:
    """Raise LibraryUnavailable for the first library that is not installed."""
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            raise LibraryUnavailable(
                f"{library}, which runs {what}, is not installed.",
                cure=_CURES.get(library, f"`pip install {library}`."),
            )


def place_of(place: Path | None, usual_model: str | None, what: str) -> Path:
    """Return the folder of a network: the one that was named, else that of its usual model on this machine.

    Raises
    ------
    ModelUnavailable
        If there is none; the cure names the command that brings it.
    """
    if place is not None:
        return place
    if usual_model is None:
        raise ModelUnavailable(f"{what} wants a checkpoint.", cure="Name its folder: engine=PATH.")
    found = find(usual_model)
    verify_files(found)
    return found.path


def audited(place: Path, kind: str, device: str, *, ignore: Sequence[str] = ()) -> Any:
    """Load a network that makes sound: every tensor in its place, the caller's random numbers left as they are.

    `ignore` names tensors on which no sound depends.
    """
    import torch

    from audiokit.models.audit import load_transformers_audited

    with torch.random.fork_rng(devices=[]):  # a network is made of random numbers before its own are read
        return load_transformers_audited(place, kind, canary=False, ignore=ignore, device=present_device(device))


def read_by(reader: Any, place: Path, what: str, files: str) -> Any:
    """Read a tokenizer or processor from a folder, without a network.

    Raises
    ------
    ModelRefused
        If its files are missing or damaged; `what` and `files` name them.
    """
    try:
        return reader.from_pretrained(str(place), local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        first = (str(error).splitlines() or [repr(error)])[0]
        raise ModelRefused(f"{place}: its {what} cannot be read ({first}).", cure=f"Fetch {files} again.") from error


def facts_of(place: Path, name: str = "config.json") -> dict[str, Any]:
    """Return a JSON object that lies beside the weights; empty where there is none that can be read."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((place / name).read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def random_mark(place: Path) -> str:
    """What a label says of weights that a test made; empty for others."""
    return ", random weights" if facts_of(place).get("audiokit_weights") == "random" else ""


@contextlib.contextmanager
def seeded(seed: int | None, device: str) -> Iterator[None]:
    """Draw from a seed within, without gradients, and leave the caller's own random numbers as they are."""
    import torch

    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.inference_mode(), torch.random.fork_rng(devices=devices):
        torch.manual_seed(USUAL_SEED if seed is None else seed)
        yield


def spelling(text: str, vocabulary: Any) -> tuple[str, str]:
    """Fit a text to a vocabulary of characters.

    Returns
    -------
    readable : str
        With small letters where the vocabulary lacks the large ones.
    unspoken : str
        Letters and digits for which it has neither, each once.
    """
    readable = "".join(c.lower() if c not in vocabulary and c.lower() in vocabulary else c for c in text)
    unspoken = dict.fromkeys(c for c in readable if c.isalnum() and c not in vocabulary)
    return readable, "".join(unspoken)
