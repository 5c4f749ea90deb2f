"""A Whisper of any size with random weights, in CTranslate2's form: to measure time with, and for nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["BASE", "write_random_whisper"]

BASE = {"d_model": 512, "encoder_layers": 6, "decoder_layers": 6, "heads": 8, "words": 50_000}
"""Sizes of openai/whisper-base, and about as many tokens to choose from."""

_TIMESTAMPS = 1501  # 0.00 to 30.00 s
_SPREAD = 4.0  # of the scores of words, where nothing but words shall be written
_LOUDER = 8.0  # the weights as they are initialised hardly hear a difference between sounds


def write_random_whisper(
    folder: str | Path,
    *,
    d_model: int = 32,
    encoder_layers: int = 1,
    decoder_layers: int = 2,
    heads: int = 2,
    words: int = 0,
    languages: Sequence[str] = ("en", "de", "fr", "ja"),
    never_ends: bool = False,
    seed: int = 0,
) -> Path:
    """Build a Whisper, convert it, and mark it as random in its configuration.

    Parameters
    ----------
    folder : path
        For the model of transformers (``source``) and what CTranslate2 makes of it (``whisper``).
    d_model, encoder_layers, decoder_layers, heads : int
        Sizes; a feed-forward layer is four times as wide for `BASE`, and twice for the tiny default.
    words : int
        Made-up words in the vocabulary, besides the 256 bytes.
    languages : sequence of str
        Codes that it knows; with one alone it is a model of one language, which neither detects nor translates.
    never_ends : bool
        Whether it writes words alone, as many as it is allowed to: neither an end nor a time. So every run takes the
        same number of steps.
    seed : int
        Of the weights.

    Returns
    -------
    Path
        The folder that faster-whisper loads. Whatever is transcribed with it says that its weights are random.
    """
    import ctranslate2
    import torch
    import transformers

    source = Path(folder) / "source"
    source.mkdir(parents=True)
    tokenizer, plain = _tokenizer(words, languages)
    ids = tokenizer.get_vocab()
    end, begin = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    wide = 4 if d_model >= BASE["d_model"] else 2
    torch.manual_seed(seed)
    config = transformers.WhisperConfig(
        vocab_size=tokenizer.get_vocab_size(), d_model=d_model, encoder_layers=encoder_layers,
        decoder_layers=decoder_layers, encoder_attention_heads=heads, decoder_attention_heads=heads,
        encoder_ffn_dim=wide * d_model, decoder_ffn_dim=wide * d_model, max_source_positions=1500,
        max_target_positions=448, num_mel_bins=80, pad_token_id=end, bos_token_id=end, eos_token_id=end,
        decoder_start_token_id=begin, suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(_LOUDER)
        if never_ends:
            # The score of a token is its row times the state: 0 for what is no word, against the best of many words,
            # which must also outweigh the 1501 times together, or a time is forced.
            rows = model.model.decoder.embed_tokens.weight
            rows[plain:] = 0.0
            rows[:plain] *= _SPREAD / (float(rows[:plain].std()) * math.sqrt(d_model))
    lang_to_id = {f"<|{code}|>": ids[f"<|{code}|>"] for code in languages}
    model.generation_config.lang_to_id = lang_to_id
    model.generation_config.alignment_heads = [[decoder_layers - 1, head] for head in range(2)]
    model.generation_config.no_timestamps_token_id = ids["<|notimestamps|>"]
    with contextlib.redirect_stderr(io.StringIO()):  # progress bars
        model.save_pretrained(source)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **dict.fromkeys(("eos_token", "bos_token", "unk_token"), "<|endoftext|>")
    )
    fast.save_pretrained(source)
    facts = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (source / "preprocessor_config.json").write_text(json.dumps(facts), encoding="utf-8")
    made = Path(folder) / "whisper"
    converter = ctranslate2.converters.TransformersConverter(
        str(source), copy_files=["tokenizer.json", "preprocessor_config.json"]
    )
    with contextlib.redirect_stderr(io.StringIO()):
        converter.convert(str(made), quantization="int8")
    stated = json.loads((made / "config.json").read_text(encoding="utf-8"))
    marked = {**stated, "lang_ids": sorted(lang_to_id.values()), "audiokit_weights": "random"}
    (made / "config.json").write_text(json.dumps(marked), encoding="utf-8")
    return made


def _tokenizer(words: int, languages: Sequence[str]) -> tuple[Any, int]:
    """Byte-level BPE without merges, Whisper's own tokens and times; and how many of its tokens are text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    space = "\u0120"  # how byte-level BPE writes it
    plain = sorted(pre_tokenizers.ByteLevel.alphabet()) + [f"{space}word{number}" for number in range(words)]
    if len(languages) > 1:  # CTranslate2 takes a vocabulary without "" for monolingual
        plain.insert(0, "")
    vocabulary = {token: index for index, token in enumerate(plain)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    marks = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
    special = ["endoftext", "startoftranscript", *languages, *marks]
    tokenizer.add_special_tokens([AddedToken(f"<|{token}|>", special=True) for token in special])
    tokenizer.add_tokens([AddedToken(f"<|{step * 0.02:.2f}|>", special=False) for step in range(_TIMESTAMPS)])
    return tokenizer, len(vocabulary)
