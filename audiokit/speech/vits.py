"""Text to speech by VITS and MMS, on transformers: a whole network from letters to samples."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelRefused, ParameterError
from audiokit.speech.languages import primary, refuse_language
from audiokit.speech.voice_engine import Said, TextTooLong
from audiokit.speech.voice_network import audited, needed, place_of, random_mark, read_by, seeded, spelling

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.models.store import ModelStore
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["VitsEngine"]


class VitsEngine:
    """A VITS or MMS checkpoint in a folder. Voices are numbers, where it has several speakers."""

    name = "vits"
    options = frozenset({"speed", "seed"})
    needs = ("torch", "transformers")
    usual_model = None  # one for each language

    @contextmanager
    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> Iterator[VitsSpeaker]:
        """Load the network, audited; see `VoiceEngine`."""
        folder = place_of(place, self.usual_model, "VITS")
        needed(self.needs, "VITS")
        key = (self.name, str(folder.resolve()))
        with store.lease(key, lambda on: _Loaded.of(folder, on), device=device) as loaded:
            label = f"VITS ({folder.name}{loaded.mark})"
            language = primary(loaded.tokenizer.language)
            refuse_language(options.language, language, label)
            yield VitsSpeaker(loaded, _speaker_index(voice, loaded), options, label, language)


@dataclass(frozen=True)
class _Loaded:
    network: Any
    tokenizer: Any
    device: str
    mark: str
    lock: threading.Lock = field(default_factory=threading.Lock)  # speaking rate is state of the network

    @classmethod
    def of(cls, place: Path, device: str) -> _Loaded:
        from transformers import VitsTokenizer

        network = audited(place, "VitsModel", device)
        tokenizer = read_by(VitsTokenizer, place, "tokenizer", "vocab.json")
        if len(tokenizer) > network.config.vocab_size:
            raise ModelRefused(
                f"{place}: vocab.json has {len(tokenizer)} symbols, the network {network.config.vocab_size}.",
                cure="Fetch vocab.json and config.json again: they belong together.",
            )
        if tokenizer.phonemize:
            needed(["phonemizer"], f"{place.name}, which reads phonemes,")
        return cls(network, tokenizer, device, random_mark(place))


@dataclass
class VitsSpeaker:
    """A network under a lease, and its settings."""

    loaded: _Loaded
    speaker: int | None
    options: VoiceOptions
    label: str
    language: str
    longest_characters: int = 400  # attention grows with the square of the length
    pause_seconds: float = 0.2
    reads_numbers: bool = False
    vocoder: str = ""

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return int(self.loaded.network.config.sampling_rate)

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; see `Speaker`."""
        network = self.loaded.network
        tokens = self.loaded.tokenizer(text, return_tensors="pt")
        if not any(character.isalnum() for character in self._known(text)):
            return Said(np.zeros(0, np.float32))
        usual_rate = network.config.speaking_rate
        with self.loaded.lock, seeded(self.options.seed, self.loaded.device):
            network.speaking_rate = usual_rate * self.options.speed
            inputs = {name: tensor.to(self.loaded.device) for name, tensor in tokens.items()}
            try:
                wave = network(**inputs, speaker_id=self.speaker).waveform[0]
            finally:
                network.speaking_rate = usual_rate
        samples = np.array(wave.float().cpu().numpy(), np.float32)
        if samples.size > max_seconds * self.sample_rate:
            raise TextTooLong(f"The text takes more than {max_seconds:g} s to speak.")
        return Said(samples)

    def unspoken(self, text: str) -> str:
        """Letters and digits that the network has no symbol for; see `Speaker`."""
        if self.loaded.tokenizer.phonemize:
            return ""
        return spelling(text, self.loaded.tokenizer.get_vocab())[1]

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
