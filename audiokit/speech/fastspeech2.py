"""Text to speech by FastSpeech2Conformer on transformers: phonemes to a spectrogram in one go, then a HiFi-GAN.

Guo et al., "Recent developments on ESPnet toolkit boosted by Conformer", ICASSP 2021. Its tokenizer writes ARPAbet by
g2p_en (CMUdict, then a network for words that it lacks). espeak's phonemes are others, for which the network has no
symbols, so nothing stands in for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ModelRefused, ParameterError
from audiokit.speech.languages import refuse_language
from audiokit.speech.vocoders import HifiGan, opened_vocoder
from audiokit.speech.voice_bank import VoiceBank
from audiokit.speech.voice_engine import Said, TextTooLong
from audiokit.speech.voice_network import audited, facts_of, needed, place_of, random_mark, read_by, seeded

if TYPE_CHECKING:
    from pathlib import Path

    from audiokit.models.store import ModelStore
    from audiokit.speech.vocoders import Vocoder
    from audiokit.speech.voice_engine import VoiceOptions

__all__ = ["FastSpeech2Engine"]

# as transformers' documentation plays it; its configurations state no rate
_USUAL_SAMPLE_RATE = 22_050
_PITCH_OF_ITS_OWN, _PITCH_STEPS = 50, 25.0  # pitch 0 to 100 is -2 to +2 standard deviations of the training's voice
_NLTK_DATA = ("taggers/averaged_perceptron_tagger_eng", "taggers/averaged_perceptron_tagger.zip", "corpora/cmudict.zip")
_WHOLE, _SPECTROGRAM = "FastSpeech2ConformerWithHifiGan", "FastSpeech2ConformerModel"


class FastSpeech2Engine:
    """A FastSpeech2Conformer checkpoint, with or without its vocoder. Voices are numbers, where it has several."""

    name = "fastspeech2"
    options = frozenset({"speed", "pitch", "vocoder", "voice_bank"})
    needs = ("torch", "transformers", "g2p_en")
    usual_model = "fastspeech2_conformer"

    @contextmanager
    def opened(
        self, voice: str, options: VoiceOptions, *, place: Path | None, device: str, store: ModelStore
    ) -> Iterator[FastSpeech2Speaker]:
        """Load network and vocoder, audited; see `VoiceEngine`."""
        folder = place_of(place, self.usual_model, "FastSpeech2Conformer")
        needed(self.needs, "FastSpeech2Conformer")
        refuse_absent_nltk_data()
        label = f"FastSpeech2Conformer ({folder.name}{random_mark(folder)})"
        refuse_language(options.language, "en", label)
        stated = facts_of(folder).get("sampling_rate") or facts_of(folder, "preprocessor_config.json").get(
            "sampling_rate"
        )
        with ExitStack() as held:
            loaded = held.enter_context(
                store.lease((self.name, str(folder.resolve())), lambda on: _Loaded.of(folder, on), device=device)
            )
            rate = int(stated or _USUAL_SAMPLE_RATE)
            vocoder: Vocoder
            if options.vocoder is None and loaded.own_vocoder is not None:
                vocoder = HifiGan(loaded.own_vocoder, f"its own HiFi-GAN{random_mark(folder)}", rate)
            else:
                vocoder = held.enter_context(
                    opened_vocoder(
                        options.vocoder, voice=folder, usual="fastspeech2_conformer_hifigan",
                        bands=int(loaded.network.config.num_mel_bins), sample_rate=rate, device=device, store=store,
                    )
                )  # fmt: skip
            yield FastSpeech2Speaker(loaded, _voice_inputs(voice, loaded, options), vocoder, options, label)


def refuse_absent_nltk_data() -> None:
    """Raise LibraryUnavailable where NLTK's data are absent: g2p_en would fetch them while it is imported."""
    import nltk

    for resource in _NLTK_DATA:
        try:
            nltk.data.find(resource)
        except LookupError as error:
            name = resource.partition("/")[2].removesuffix(".zip")
            raise LibraryUnavailable(
                f"g2p_en, which writes FastSpeech2Conformer's phonemes, wants NLTK's {name}, which is not here.",
                cure="`python -m nltk.downloader averaged_perceptron_tagger_eng averaged_perceptron_tagger cmudict` "
                "where there is a network.",
            ) from error


@dataclass(frozen=True)
class _Loaded:
    network: Any
    own_vocoder: Any
    tokenizer: Any
    device: str
    lock: threading.Lock = field(default_factory=threading.Lock)  # speed and pitch are state of the network

    @classmethod
    def of(cls, place: Path, device: str) -> _Loaded:
        from transformers import FastSpeech2ConformerTokenizer

        kinds = facts_of(place).get("architectures") or ()
        whole = audited(place, _WHOLE if _WHOLE in kinds else _SPECTROGRAM, device)
        network = whole.model if _WHOLE in kinds else whole
        tokenizer = read_by(FastSpeech2ConformerTokenizer, place, "tokenizer", "vocab.json")
        if tokenizer.vocab_size > network.config.vocab_size:
            raise ModelRefused(
                f"{place}: vocab.json has {tokenizer.vocab_size} symbols, the network {network.config.vocab_size}.",
                cure="Fetch vocab.json and config.json again: they belong together.",
            )
        if (network.config.num_languages or 0) > 1:
            raise ModelRefused(f"{place} speaks several languages, and no way to choose among them is known here.")
        return cls(network, whole.vocoder if _WHOLE in kinds else None, tokenizer, device)


@dataclass
class FastSpeech2Speaker:
    """A network and a vocoder under leases, and their settings."""

    loaded: _Loaded
    voice: dict[str, Any]
    made_by: Vocoder
    options: VoiceOptions
    label: str
    language: str = "en"
    longest_characters: int = 400
    pause_seconds: float = 0.3
    reads_numbers: bool = False  # g2p_en writes out plain numbers, and no dates, units or money but dollars

    @property
    def sample_rate(self) -> int:
        """In Hz."""
        return self.made_by.sample_rate

    @property
    def vocoder(self) -> str:
        """What makes its samples."""
        return self.made_by.name

    def say(self, text: str, *, max_seconds: float) -> Said:
        """Speak; see `Speaker`."""
        if not any(c.isascii() and c.isalpha() for c in text):
            return Said(np.zeros(0, np.float32))
        network = self.loaded.network
        ids = self.loaded.tokenizer(text, return_tensors="pt")["input_ids"].to(self.loaded.device)
        pitch = _PITCH_OF_ITS_OWN if self.options.pitch is None else self.options.pitch
        shift = (pitch - _PITCH_OF_ITS_OWN) / _PITCH_STEPS
        usual = network.config.speaking_speed
        with self.loaded.lock, seeded(None, self.loaded.device):
            # what transformers calls speed multiplies durations: more of it is slower
            network.config.speaking_speed = usual / self.options.speed
            hook = network.pitch_predictor.register_forward_hook(lambda _module, _given, found: found + shift)
            try:
                log_mel = network(ids, return_dict=True, **self.voice)["spectrogram"][0]
            finally:
                hook.remove()
                network.config.speaking_speed = usual
        if log_mel.shape[0] * self.made_by.hop_length > max_seconds * self.sample_rate:
            raise TextTooLong(f"The text takes more than {max_seconds:g} s to speak.")
        return Said(self.made_by(log_mel))

    def unspoken(self, text: str) -> str:
        """Letters that g2p_en drops: all but those of English, once accents are taken off."""
        import unicodedata

        def kept(character: str) -> bool:
            return unicodedata.normalize("NFD", character)[0].isascii()

        return "".join(dict.fromkeys(c for c in text if c.isalnum() and not kept(c)))


def _voice_inputs(voice: str, loaded: _Loaded, options: VoiceOptions) -> dict[str, Any]:
    import torch

    config = loaded.network.config
    if config.speaker_embed_dim:
        if options.voice_bank is None:
            raise ParameterError("This network speaks in the voice of a vector.", cure="Name them: voice_bank=PATH.")
        bank = VoiceBank.read(options.voice_bank)
        vector = bank.vector_of(next(iter(bank), "") if voice == "auto" else voice, int(config.speaker_embed_dim))
        return {"speaker_embedding": torch.from_numpy(np.array(vector))[None].to(loaded.device)}
    if options.voice_bank is not None:
        raise ParameterError("This network has voices of its own: it takes no vectors.", cure="Leave voice_bank out.")
    speakers = int(config.num_speakers or 1)
    number = 0 if voice == "auto" else int(voice) if voice.isdigit() else speakers
    if number >= speakers or (speakers == 1 and voice != "auto"):
        known = f"'0' to '{speakers - 1}'" if speakers > 1 else "the one that it has: 'auto'"
        raise ParameterError(f"This network has no voice {voice!r}.", cure=f"Its voices are {known}.")
    return {"speaker_ids": torch.tensor([[number]], device=loaded.device)} if speakers > 1 else {}
