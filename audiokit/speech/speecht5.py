"""Text to speech by SpeechT5 on transformers: letters to a log-mel spectrogram in any voice of a bank, then a vocoder.

Ao et al., "SpeechT5: Unified-modal encoder-decoder pre-training for spoken language processing", ACL 2022.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelRefused, ModelUnavailable
from audiokit.speech.languages import refuse_language
from audiokit.speech.vocoders import opened_vocoder
from audiokit.speech.voice_bank import VoiceBank
from audiokit.speech.voice_engine import Said, TextTooLong
from audiokit.speech.voice_network import audited, facts_of, needed, place_of, random_mark, read_by, seeded, spelling

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore
    from audiokit.speech.vocoders import Vocoder
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["SpeechT5Engine"]

_BANKS = ("voices.npz", "voices.safetensors")
_COMPUTED = ("encode_positions.pe",)  # sines; older versions of transformers saved them with the weights
_MOST_FRAMES_A_LETTER = 20.0  # of transformers' `generate_speech`: 0.3 s, which no letter takes


class SpeechT5Engine:
    """A SpeechT5 checkpoint. Voices are names of a bank: ``voice_bank=``, or ``voices.npz`` beside the weights."""

    name = "speecht5"
    options = frozenset({"seed", "vocoder", "voice_bank"})
    needs = ("torch", "transformers", "sentencepiece")
    usual_model = "speecht5_tts"

    @contextmanager
    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> Iterator[SpeechT5Speaker]:
        """Load network and vocoder, audited; see `VoiceEngine`."""
        folder = place_of(place, self.usual_model, "SpeechT5")
        needed(self.needs, "SpeechT5")
        bank = _bank_of(folder, options)
        name = next(iter(bank), "") if voice == "auto" else voice
        vector = bank.vector_of(name, int(facts_of(folder).get("speaker_embedding_dim", 512)))
        stated = facts_of(folder, "preprocessor_config.json").get("sampling_rate")
        label = f"SpeechT5 ({folder.name}{random_mark(folder)}, {name})"
        refuse_language(options.language, "en", label)
        with (
            store.lease((self.name, str(folder.resolve())), lambda on: _Loaded.of(folder, on), device=device) as loaded,
            opened_vocoder(
                options.vocoder, voice=folder, usual="speecht5_hifigan", bands=int(loaded.network.config.num_mel_bins),
                sample_rate=None if stated is None else int(stated), device=device, store=store,
            ) as vocoder,
        ):  # fmt: skip
            yield SpeechT5Speaker(loaded, vector, vocoder, options.seed, label, _told(bank, name))


@dataclass(frozen=True)
class _Loaded:
    network: Any
    tokenizer: Any
    device: str
    lock: threading.Lock = field(default_factory=threading.Lock)  # it draws from torch's own random numbers

    @classmethod
    def of(cls, place: Path, device: str) -> _Loaded:
        from transformers import SpeechT5Tokenizer

        network = audited(place, "SpeechT5ForTextToSpeech", device, ignore=_COMPUTED)
        tokenizer = read_by(SpeechT5Tokenizer, place, "tokenizer", "spm_char.model")
        if len(tokenizer) > network.config.vocab_size:
            raise ModelRefused(
                f"{place}: its tokenizer has {len(tokenizer)} symbols, the network {network.config.vocab_size}.",
                cure="Fetch spm_char.model and config.json again: they belong together.",
            )
        return cls(network, tokenizer, device)


@dataclass
class SpeechT5Speaker:
    """A network and a vocoder under leases, and the voice's vector."""

    loaded: _Loaded
    vector: NDArray[np.float32]
    made_by: Vocoder
    seed: int | None
    label: str
    told: tuple[str, ...]
    language: str = "en"
    pause_seconds: float = 0.3
    reads_numbers: bool = False

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return self.made_by.sample_rate

    @property
    def vocoder(self) -> str:
        """What makes its samples."""
        return self.made_by.name

    @property
    def longest_characters(self) -> int:
        """A symbol for each letter, and one for the end."""
        return min(400, int(self.loaded.network.config.max_text_positions) - 2)

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; see `Speaker`."""
        import torch

        readable, unspoken = spelling(text, self.loaded.tokenizer.get_vocab())
        if not any(c.isalnum() and c not in unspoken for c in readable):
            return Said(np.zeros(0, np.float32))
        ids = self.loaded.tokenizer(readable, return_tensors="pt")["input_ids"].to(self.loaded.device)
        letters = int(ids.shape[1])
        # not more than is allowed, and one frame beyond, by which it is seen that it is too much
        allowed = int(max_seconds * self.sample_rate / self.made_by.hop_length) + 1
        config = self.loaded.network.config
        steps = int(config.reduction_factor)
        most = min(
            _MOST_FRAMES_A_LETTER, (allowed + steps) / letters, int(config.max_speech_positions) * steps / letters
        )
        with self.loaded.lock, seeded(self.seed, self.loaded.device):
            log_mel = self.loaded.network.generate_speech(
                ids, torch.from_numpy(np.array(self.vector))[None].to(self.loaded.device), maxlenratio=most
            )
        if log_mel.shape[0] * self.made_by.hop_length > max_seconds * self.sample_rate:
            raise TextTooLong(f"The text takes more than {max_seconds:g} s to speak.")
        found_no_end = log_mel.shape[0] >= int(letters * most / steps) * steps
        endless = ("the network found no end to a text and was stopped: its last words may be noise",)
        return Said(self.made_by(log_mel), self.told + (endless if found_no_end else ()))

    def unspoken(self, text: str) -> str:
        """Letters and digits that it has no symbol for."""
        return spelling(text, self.loaded.tokenizer.get_vocab())[1]


def _bank_of(folder: Path, options: VoiceOptions) -> VoiceBank:
    if options.voice_bank is not None:
        return VoiceBank.read(options.voice_bank)
    for name in _BANKS:
        if (folder / name).is_file():
            return VoiceBank.read(folder / name)
    raise ModelUnavailable(
        f"SpeechT5 speaks in the voice of an x-vector, and there is none: no voice_bank was named, and {folder.name} "
        f"has no {_BANKS[0]} beside its weights.",
        cure="Make a bank of x-vectors (512 numbers each) with audiokit.speech.VoiceBank: voice_bank=PATH.",
    )


def _told(bank: VoiceBank, name: str) -> tuple[str, ...]:
    maker = bank.made_by.get(name)
    if maker is None:
        return ()
    return (
        f"the voice {name!r} was made by {maker}: where SpeechT5 learned vectors of another encoder, it need not "
        "resemble the speaker",
    )
