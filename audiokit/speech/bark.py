"""Text to speech by Bark on transformers: text to tokens of meaning, of coarse and of fine sound, then EnCodec.

Voices are presets: what somebody said before, as tokens, which Bark goes on from. Cues such as ``[laughs]`` or
``[sighs]`` in the text are spoken as sounds (both as its publisher describes them).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelRefused, ParameterError, SynthesisFailed
from audiokit.speech.languages import primary, refuse_language
from audiokit.speech.voice_engine import Said, TextTooLong
from audiokit.speech.voice_network import audited, needed, place_of, random_mark, read_by, seeded

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.models.store import ModelStore
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["BarkEngine"]

_LANGUAGES = ("de", "en", "es", "fr", "hi", "it", "ja", "ko", "pl", "pt", "ru", "tr", "zh")


class BarkEngine:
    """A Bark checkpoint. Voices are its presets; ``auto`` is one of the language asked for, else drawn by the seed."""

    name = "bark"
    options = frozenset({"seed"})
    needs = ("torch", "transformers")
    usual_model = "bark_small"

    @contextmanager
    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> Iterator[BarkSpeaker]:
        """Load the network, audited; see `VoiceEngine`."""
        folder = place_of(place, self.usual_model, "Bark")
        needed(self.needs, "Bark")
        key = (self.name, str(folder.resolve()))
        with store.lease(key, lambda on: _Loaded.of(folder, on), device=device) as loaded:
            preset = _preset_of(voice, options.language, loaded.processor.available_voice_presets)
            label = f"Bark ({folder.name}{random_mark(folder)}, {preset or 'a voice drawn by the seed'})"
            language = _language_of(preset) or primary(options.language)
            refuse_language(options.language, language, label)
            yield BarkSpeaker(loaded, preset, options.seed, label, language)


@dataclass(frozen=True)
class _Loaded:
    network: Any
    processor: Any
    device: str
    lock: threading.Lock = field(default_factory=threading.Lock)  # it draws from torch's own random numbers

    @classmethod
    def of(cls, place: Path, device: str) -> _Loaded:
        from transformers import BarkProcessor

        network = audited(place, "BarkModel", device)
        return cls(network, read_by(BarkProcessor, place, "processor", "its JSON files"), device)


@dataclass
class BarkSpeaker:
    """A network under a lease, and a preset."""

    loaded: _Loaded
    preset: str | None
    seed: int | None
    label: str
    language: str
    pause_seconds: float = 0.25
    reads_numbers: bool = True  # it learned from text as people write it
    vocoder: str = ""

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return int(self.loaded.network.generation_config.sample_rate)

    @property
    def longest_characters(self) -> int:
        """Some 13 s, because what it says in one go is bounded; and not more than it reads, a symbol for each."""
        semantic = self.loaded.network.generation_config.semantic_config
        return min(180, int(_of(semantic, "max_input_semantic_length")))

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; see `Speaker`."""
        if not any(character.isalnum() for character in text):
            return Said(np.zeros(0, np.float32))
        inputs = self._inputs(text)
        semantic = self.loaded.network.generation_config.semantic_config
        rate_hz, longest = float(_of(semantic, "semantic_rate_hz")), int(_of(semantic, "max_new_tokens"))
        most = min(longest, math.ceil(max_seconds * rate_hz) + 1)
        with self.loaded.lock, seeded(self.seed, self.loaded.device):
            try:
                wave = self.loaded.network.generate(**inputs, semantic_max_new_tokens=most)
            except (RuntimeError, ValueError) as error:
                if type(error).__name__ == "OutOfMemoryError":
                    raise
                # its networks fail on an empty row, where the first of them found nothing to say
                raise SynthesisFailed(
                    f"Bark made nothing of a text ({str(error).splitlines()[0]}).", cure="Take another seed or preset."
                ) from error
        samples = np.array(wave.float().cpu().numpy(), np.float32).reshape(-1)
        if samples.size > max_seconds * self.sample_rate:
            raise TextTooLong(f"The text takes more than {max_seconds:g} s to speak.")
        # a token or two are lost to rounding between the three networks
        cut = samples.size / self.sample_rate >= (longest - 2) / rate_hz
        return Said(samples, ("Bark said as much as it can in one go, and may have stopped early",) if cut else ())

    def unspoken(self, text: str) -> str:
        """Letters and digits for which its tokenizer has nothing but the mark for unknown ones."""
        tokenizer = self.loaded.processor.tokenizer
        unknown = tokenizer.unk_token_id
        return "".join(
            dict.fromkeys(
                c for c in text if c.isalnum() and unknown in tokenizer(c, add_special_tokens=False)["input_ids"]
            )
        )

    def _inputs(self, text: str) -> dict[str, Any]:
        semantic = self.loaded.network.generation_config.semantic_config
        try:
            found = self.loaded.processor(
                text, voice_preset=self.preset, max_length=int(_of(semantic, "max_input_semantic_length"))
            )
        except (OSError, ValueError, TypeError) as error:
            raise ModelRefused(f"Bark's preset {self.preset!r} cannot be read ({error}).") from error
        return {
            name: value.to(self.loaded.device) if hasattr(value, "to") else value for name, value in dict(found).items()
        }


def _of(config: Any, name: str) -> Any:
    """A value of Bark's nested configuration, which is a dictionary after loading and an object before."""
    return config[name] if isinstance(config, dict) else getattr(config, name)


def _language_of(preset: str | None) -> str:
    """``v2/de_speaker_3`` is German."""
    code = (preset or "").rpartition("/")[2].partition("_")[0]
    return code if code in _LANGUAGES else ""


def _preset_of(voice: str, language: str | None, presets: list[str]) -> str | None:
    if voice != "auto":
        if voice not in presets:
            raise ParameterError(
                f"Bark has no preset {voice!r} in this checkpoint.",
                cure=f"It has: {', '.join(presets[:6]) or 'none'}{' and more' if len(presets) > 6 else ''}; or 'auto'.",
            )
        return voice
    if language is None:
        return None
    if primary(language) not in _LANGUAGES:
        raise ParameterError(f"Bark does not speak {language!r}.", cure=f"It speaks {', '.join(_LANGUAGES)}.")
    return next((preset for preset in presets if _language_of(preset) == primary(language)), None)
