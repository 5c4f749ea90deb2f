"""Speech to text by wav2vec2 and its family with a CTC head, on transformers: letters, with the times of every word."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelRefused
from audiokit.speech.chunks import stretches_of
from audiokit.speech.coverage import Covered, claims_by_words
from audiokit.speech.ctc_path import Alphabet, spelled
from audiokit.speech.engine import SAMPLE_RATE, Written
from audiokit.speech.torch_devices import present_device
from audiokit.speech.transcript import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore
    from audiokit.speech.engine import Heard
    from audiokit.speech.options import Options

__all__ = ["CtcEngine"]

_CURE = '`pip install "audiokit[ml]"`.'
_PAD_SECONDS = 0.2
_LONGEST_SECONDS = 30.0  # attention grows with the square of the length
_FEWEST_SECONDS = 0.05  # less than a few frames is filled up with zeros
_SILENT = frozenset({"<s>", "</s>", "<pad>", "<unk>", "[PAD]", "[UNK]"})


class CtcEngine:
    """wav2vec2, HuBERT or WavLM with a CTC head; the language is the checkpoint's own."""

    name = "wav2vec2"
    options: frozenset[str] = frozenset()
    needs = (("transformers", _CURE), ("torch", _CURE))

    def write(
        self, heard: Heard, options: Options, *, place: Path, title: str, device: str, store: ModelStore
    ) -> Written:
        """Write down what is said; see `SpeechEngine`."""
        import transformers

        key = ("ctc", str(place.resolve()))
        with store.lease(key, lambda on: _Speller.loaded(place, on), device=device) as speller:
            words: list[Word] = []
            claims: list[Covered] = []
            for start, end in stretches_of(
                heard, longest_seconds=_LONGEST_SECONDS, pad_seconds=_PAD_SECONDS, join_seconds=1.0
            ):
                first = round(start * SAMPLE_RATE) / SAMPLE_RATE
                said = list(speller.words(heard, heard.between(start, end), first))
                words += said
                claims += claims_by_words(said, (start, end), "the network spelled no word here")
        random = speller.random
        return Written(
            label=f"transformers {transformers.__version__} ({title}, CTC)",
            quality="random" if random else "full",
            language=options.language or ("en" if title == "wav2vec2_base_960h" else "und"),
            words=tuple(words),
            claims=tuple(claims),
            notes=("random weights: the words mean nothing",) if random else (),
        )


@dataclass(frozen=True)
class _Speller:
    """A loaded network, and what its outputs stand for."""

    network: Any
    alphabet: Alphabet
    device: str
    normalises: bool
    hop_length: int
    random: bool

    @classmethod
    def loaded(cls, place: Path, device: str) -> _Speller:
        """Load a checkpoint, audited: every tensor in its place, and a vocabulary that fits the head."""
        from audiokit.models.audit import load_transformers_audited

        network = load_transformers_audited(place, "AutoModelForCTC", device=present_device(device))
        config = network.config
        facts = _json(place / "preprocessor_config.json", needed=False)
        if facts.get("sampling_rate", SAMPLE_RATE) != SAMPLE_RATE:
            raise ModelRefused(f"{place} listens at {facts['sampling_rate']} Hz; {SAMPLE_RATE} is what is known here.")
        return cls(
            network,
            _alphabet(place, config),
            device,
            bool(facts.get("do_normalize", True)),
            math.prod(config.conv_stride),
            getattr(config, "audiokit_weights", "") == "random",
        )

    def words(self, heard: Heard, samples: NDArray[np.float32], start_seconds: float) -> Iterator[Word]:
        """Spell one stretch."""
        import torch

        if self.normalises:  # as Wav2Vec2FeatureExtractor does
            samples = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        shortest = round(_FEWEST_SECONDS * SAMPLE_RATE)
        samples = np.pad(samples, (0, max(shortest - samples.size, 0))).astype(np.float32)
        with torch.inference_mode():
            logits = self.network(torch.from_numpy(samples)[None].to(self.device)).logits[0].float()
            probabilities = torch.softmax(logits, dim=-1).cpu().numpy()
        # the frames share the stretch evenly: edges of the convolutions make them one or two fewer than its hops
        frame_seconds = max(samples.size / max(len(probabilities), 1), self.hop_length) / SAMPLE_RATE
        for word in spelled(probabilities, self.alphabet):
            begins, ends = (
                heard.clamped(start_seconds + frame * frame_seconds) for frame in (word.first_frame, word.end_frame)
            )
            yield Word(begins, ends, word.text.lower() if word.text.isupper() else word.text, word.confidence)


def _alphabet(place: Path, config: Any) -> Alphabet:
    vocabulary = _json(place / "vocab.json")
    tokenizer = _json(place / "tokenizer_config.json", needed=False)
    symbols = {int(index): str(symbol) for symbol, index in vocabulary.items() if isinstance(index, int)}
    symbols |= {int(index): str(symbol) for symbol, index in _json(place / "added_tokens.json", needed=False).items()}
    blank = config.pad_token_id
    if not isinstance(blank, int) or max(symbols, default=-1) >= config.vocab_size or len(symbols) < config.vocab_size:
        raise ModelRefused(
            f"{place}: vocab.json has {len(symbols)} symbols up to {max(symbols, default=-1)}, the network "
            f"{config.vocab_size} outputs with blank {blank!r}.",
            cure="Fetch its vocab.json and config.json again: they belong together.",
        )
    return Alphabet(symbols, blank, str(tokenizer.get("word_delimiter_token") or "|"), _SILENT)


def _json(path: Path, *, needed: bool = True) -> dict[str, Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not needed:
            return {}
        raise ModelRefused(f"{path} is missing: without it letters have no names.", cure="Fetch it again.") from None
    except (OSError, ValueError) as error:
        raise ModelRefused(f"{path} cannot be read ({error}).", cure="Fetch it again.") from error
    if not isinstance(held, dict):
        raise ModelRefused(f"{path} is no table.", cure="Fetch it again.")
    return held
