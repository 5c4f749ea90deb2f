"""Tiny speech recognisers of real architectures, with random weights, in the files that their libraries write.

Their configurations say that they are random, and so does every transcript made with them.
"""

from __future__ import annotations

import json
from pathlib import Path

LANGUAGES = ("en", "de", "fr", "ja")
LETTERS = "|etaonihsrdlumwcfgypbvkxjqz'"


def tiny_whisper(folder, *, seed=0, multilingual=True):
    """Write a Whisper of two layers with 32 dimensions as CTranslate2 reads it; returns the folder."""
    from audiokit.bench.random_whisper import write_random_whisper

    return write_random_whisper(folder, languages=LANGUAGES if multilingual else ("en",), seed=seed)


def tiny_ctc(folder, *, seed=0, letters=LETTERS):
    """Write a wav2vec2 with a CTC head over letters; returns the folder."""
    import torch
    import transformers
    from tiny_models import audio_config, save

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    symbols = ["<pad>", "<s>", "</s>", "<unk>", *letters]
    torch.manual_seed(seed)
    config = audio_config(
        "wav2vec2", labels=None, vocab_size=len(symbols), pad_token_id=0, bos_token_id=1, eos_token_id=2
    )
    config.audiokit_weights = "random"
    model = transformers.Wav2Vec2ForCTC(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(60)
    save(model, folder)
    (folder / "vocab.json").write_text(json.dumps({symbol: index for index, symbol in enumerate(symbols)}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"word_delimiter_token": "|"}))
    return folder


def tiny_vits(folder, *, seed=0, speakers=1):
    """Write a VITS that reads letters; returns the folder."""
    import torch
    import transformers

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    symbols = ["_", "|", *"abcdefghijklmnopqrstuvwxyz' "]
    torch.manual_seed(seed)
    config = transformers.VitsConfig(
        vocab_size=len(symbols), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, window_size=4,
        ffn_dim=32, flow_size=16, spectrogram_bins=33, upsample_initial_channel=32, upsample_rates=[8, 4],
        upsample_kernel_sizes=[16, 8], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
        posterior_encoder_num_wavenet_layers=1, prior_encoder_num_flows=1, prior_encoder_num_wavenet_layers=1,
        duration_predictor_num_flows=1, duration_predictor_filter_channels=16, depth_separable_num_layers=1,
        num_speakers=speakers, speaker_embedding_size=8 if speakers > 1 else 0, sampling_rate=16000,
    )  # fmt: skip
    config.audiokit_weights = "random"
    model = transformers.VitsModel(config).eval()
    model.save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps({symbol: index for index, symbol in enumerate(symbols)}))
    facts = {"tokenizer_class": "VitsTokenizer", "pad_token": "_", "unk_token": "_", "add_blank": True}
    facts |= {"normalize": True, "phonemize": False, "is_uroman": False, "language": "eng"}
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))
    return folder


def tiny_punctuator(folder, *, seed=0, labels=("0", ".", ",", "?", "-", ":"), positions=40):
    """Write an XLM-RoBERTa that labels words of letters, with the tokenizer that its kind has; returns the folder."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "\u2581", *"abcdefghijklmnopqrstuvwxyz'"]
    tokenizer = Tokenizer(models.Unigram([(piece, 0.0 if n < 4 else -2.0) for n, piece in enumerate(pieces)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    special = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>"}
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="<pad>", **special
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = transformers.XLMRobertaConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=positions + 4, id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )  # fmt: skip
    config.audiokit_weights = "random"
    model = transformers.XLMRobertaForTokenClassification(config).eval()
    with torch.no_grad():  # so that words differ in their marks
        model.classifier.weight.mul_(60)
        for parameter in model.roberta.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
    model.save_pretrained(folder)
    return folder
