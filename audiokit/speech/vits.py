"""Text to speech by VITS and MMS, on transformers: a whole network from letters to samples."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ModelRefused, ModelUnavailable, ParameterError
from audiokit.speech.torch_devices import present_device
from audiokit.speech.voice_engine import TextTooLong

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["VitsEngine"]

_CURE = '`pip install "audiokit[ml]"`.'
_USUAL_SEED = 0  # durations are drawn: the same text shall give the same samples


class VitsEngine:
    """A VITS or MMS checkpoint in a folder. Voices are numbers, where it has several speakers."""

    name = "vits"
    options = frozenset({"speed", "seed"})

    @contextmanager
    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> Iterator[VitsSpeaker]:
        """Load the network, audited; see `VoiceEngine`."""
        if place is None:
            raise ModelUnavailable("VITS wants a checkpoint.", cure="Name its folder: engine=PATH.")
        for library in ("torch", "transformers"):
            if importlib.util.find_spec(library) is None:
                raise LibraryUnavailable(f"{library}, which runs VITS, is not installed.", cure=_CURE)
        key = ("vits", str(place.resolve()))
        with store.lease(key, lambda on: _Loaded.of(place, on), device=device) as loaded:
            yield VitsSpeaker(loaded, _speaker_index(voice, loaded), options, f"VITS ({place.name}{loaded.mark})")


@dataclass(frozen=True)
class _Loaded:
    network: Any
    tokenizer: Any
    device: str
    mark: str
    lock: threading.Lock = field(default_factory=threading.Lock)  # speaking rate is state of the network

    @classmethod
    def of(cls, place: Path, device: str) -> _Loaded:
        import torch
        from transformers import VitsTokenizer

        from audiokit.models.audit import load_transformers_audited

        with torch.random.fork_rng(devices=[]):  # a network is made of random numbers before its own are read
            network = load_transformers_audited(place, "VitsModel", canary=False, device=present_device(device))
        try:
            tokenizer = VitsTokenizer.from_pretrained(str(place), local_files_only=True)
        except (OSError, ValueError, TypeError) as error:
            raise ModelRefused(
                f"{place}: its tokenizer cannot be read ({str(error).splitlines()[0]}).", cure="Fetch vocab.json again."
            ) from error
        if len(tokenizer) > network.config.vocab_size:
            raise ModelRefused(
                f"{place}: vocab.json has {len(tokenizer)} symbols, the network {network.config.vocab_size}.",
                cure="Fetch vocab.json and config.json again: they belong together.",
            )
        if tokenizer.phonemize and importlib.util.find_spec("phonemizer") is None:
            raise LibraryUnavailable(
                f"{place.name} reads phonemes, and phonemizer, which writes them, is not installed.",
                cure="`pip install phonemizer`, and espeak-ng for it; or use an MMS checkpoint, which reads letters.",
            )
        with contextlib.suppress(OSError, ValueError):
            facts = json.loads((place / "config.json").read_text(encoding="utf-8"))
            if facts.get("audiokit_weights") == "random":
                return cls(network, tokenizer, device, ", random weights")
        return cls(network, tokenizer, device, "")


@dataclass
class VitsSpeaker:
    """A network under a lease, and its settings."""

    loaded: _Loaded
    speaker: int | None
    options: VoiceOptions
    label: str
    longest_characters: int = 400  # attention grows with the square of the length
    pause_seconds: float = 0.2

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return int(self.loaded.network.config.sampling_rate)

    def say(self, text: str, *, max_seconds: float) -> NDArray[np.float32]:
        """Speak; see `Speaker`."""
        import torch

        network = self.loaded.network
        tokens = self.loaded.tokenizer(text, return_tensors="pt")
        if not any(character.isalnum() for character in self._known(text)):
            return np.zeros(0, np.float32)
        seed = _USUAL_SEED if self.options.seed is None else self.options.seed
        usual_rate = network.config.speaking_rate
        devices = [torch.device(self.loaded.device)] if self.loaded.device.startswith("cuda") else []
        # the caller's own random numbers stay as they are
        with self.loaded.lock, torch.inference_mode(), torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            network.speaking_rate = usual_rate * self.options.speed
            inputs = {name: tensor.to(self.loaded.device) for name, tensor in tokens.items()}
            try:
                wave = network(**inputs, speaker_id=self.speaker).waveform[0]
            finally:
                network.speaking_rate = usual_rate
        samples: NDArray[np.float32] = np.array(wave.float().cpu().numpy(), np.float32)
        if samples.size > max_seconds * self.sample_rate:
            raise TextTooLong(f"The text takes more than {max_seconds:g} s to speak.")
        return samples

    def unspoken(self, text: str) -> str:
        """Letters and digits that the network has no symbol for; see `Speaker`."""
        if self.loaded.tokenizer.phonemize:
            return ""
        known = set(self._known(text))
        return "".join(dict.fromkeys(c for c in text if c.isalnum() and c not in known))

    def _known(self, text: str) -> list[str]:
        """The characters of which the tokenizer drops none; where it writes phonemes first, all."""
        if self.loaded.tokenizer.phonemize:
            return list(text)
        vocabulary = self.loaded.tokenizer.get_vocab()
        return [c for c in text if c in vocabulary or c.lower() in vocabulary]


def _speaker_index(voice: str, loaded: _Loaded) -> int | None:
    speakers = int(loaded.network.config.num_speakers)
    if voice == "auto":
        return 0 if speakers > 1 else None
    if speakers > 1 and voice.isdigit() and int(voice) < speakers:
        return int(voice)
    known = f"'0' to '{speakers - 1}'" if speakers > 1 else "the one that it has: 'auto'"
    raise ParameterError(f"This network has no voice {voice!r}.", cure=f"Its voices are {known}.")
