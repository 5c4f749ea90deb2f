"""Tiny voices of real architectures, with random weights, in the files that transformers writes and reads.

Their configurations say that they are random, and so does everything spoken with them.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PHONEMES = ("AH0", "B", "D", "EH1", "G", "HH", "IY1", "L", "M", "N", "OW1", "R", "S", "T", "UH1", "W")


def _folder(place):
    place = Path(place)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _saved(model, folder):
    model.config.audiokit_weights = "random"
    model.eval().save_pretrained(folder)
    return folder


def letters_model(path):
    """Write a SentencePiece model of characters, as SpeechT5 reads it."""
    import sentencepiece

    lines = [f"{LETTERS[i:]} {LETTERS[:i]}' . , ? !" for i in range(26)] * 4
    prefix = Path(path).with_suffix("")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_prefix=str(prefix), model_type="char", vocab_size=40,
        bos_id=0, pad_id=1, eos_id=2, unk_id=3, hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    prefix.with_suffix(".vocab").unlink()
    return Path(path)


def tiny_speecht5(folder, *, seed=0, bands=16, dimensions=512, frame_parameters=True, vocabulary=48):
    """Write a SpeechT5 that reads letters and makes `bands` mel bands."""
    import torch
    import transformers

    folder = _folder(folder)
    config = transformers.SpeechT5Config(
        vocab_size=vocabulary, hidden_size=16, encoder_layers=1, encoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=32, num_mel_bins=bands,
        speech_decoder_prenet_units=16, speech_decoder_postnet_units=16, speech_decoder_postnet_layers=2,
        speaker_embedding_dim=dimensions, max_text_positions=120, max_speech_positions=200,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = transformers.SpeechT5ForTextToSpeech(config)
    with torch.no_grad():  # louder, so that it thinks soon that it has come to an end
        model.speech_decoder_postnet.prob_out.weight.mul_(60)
        model.speech_decoder_postnet.prob_out.bias.fill_(-3.0)
    _saved(model, folder)
    letters_model(folder / "spm_char.model")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "SpeechT5Tokenizer"}))
    if frame_parameters:
        facts = {"feature_extractor_type": "SpeechT5FeatureExtractor", "sampling_rate": 16000, "num_mel_bins": bands}
        facts |= {"hop_length": 16, "win_length": 64, "fmin": 80, "fmax": 7600, "win_function": "hann_window"}
        (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


def tiny_hifigan(folder, *, seed=0, bands=16, sampling_rate=16000, kind="SpeechT5HifiGan"):
    """Write a HiFi-GAN of four steps, 256 samples a frame."""
    import torch
    import transformers

    torch.manual_seed(seed)
    rate = {"sampling_rate": sampling_rate} if kind == "SpeechT5HifiGan" else {}
    config = getattr(transformers, f"{kind}Config")(
        model_in_dim=bands, upsample_initial_channel=32, upsample_rates=[4, 4, 4, 4],
        upsample_kernel_sizes=[8, 8, 8, 8], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
        initializer_range=0.2, **rate,
    )  # fmt: skip
    return _saved(getattr(transformers, kind)(config), _folder(folder))


def tiny_fastspeech2(folder, *, seed=0, bands=16, whole=True, speakers=None, vector=None):
    """Write a FastSpeech2Conformer over a few phonemes, with its HiFi-GAN where it is `whole`."""
    import torch
    import transformers

    folder = _folder(folder)
    symbols = ["<blank>", "<unk>", *PHONEMES, " ", ",", ".", "<sos/eos>"]
    torch.manual_seed(seed)
    config = transformers.FastSpeech2ConformerConfig(
        hidden_size=16, vocab_size=len(symbols), num_mel_bins=bands, encoder_layers=1, encoder_linear_units=16,
        decoder_layers=1, decoder_linear_units=16, speech_decoder_postnet_layers=2, speech_decoder_postnet_units=16,
        duration_predictor_channels=16, energy_predictor_channels=16, pitch_predictor_layers=1,
        pitch_predictor_channels=16, decoder_kernel_size=3, encoder_kernel_size=3,
        num_speakers=speakers, speaker_embed_dim=vector,
    )  # fmt: skip
    if whole:
        vocoder = transformers.FastSpeech2ConformerHifiGanConfig(
            model_in_dim=bands, upsample_initial_channel=32, upsample_rates=[4, 4, 4, 4],
            upsample_kernel_sizes=[8, 8, 8, 8], resblock_kernel_sizes=[3], resblock_dilation_sizes=[[1, 3]],
            initializer_range=0.2,
        )  # fmt: skip
        both = transformers.FastSpeech2ConformerWithHifiGanConfig(
            model_config=config.to_dict(), vocoder_config=vocoder.to_dict()
        )
        model = transformers.FastSpeech2ConformerWithHifiGan(both)
        network = model.model
    else:
        model = network = transformers.FastSpeech2ConformerModel(config)
    with torch.no_grad():  # some six frames for each phoneme
        network.duration_predictor.linear.bias.fill_(2.0)
    _saved(model, folder)
    (folder / "vocab.json").write_text(json.dumps({symbol: index for index, symbol in enumerate(symbols)}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "FastSpeech2ConformerTokenizer"}))
    return folder


def plain_g2p(place):
    """Write a package g2p_en that spells with one phoneme for each letter, and an nltk that has all its data."""
    package = _folder(Path(place) / "g2p_en")
    (package / "__init__.py").write_text(
        f"PHONEMES = {PHONEMES!r}\n"
        "class G2p:\n"
        "    def __call__(self, text):\n"
        "        return [PHONEMES[ord(c) % len(PHONEMES)] if c.isalpha() else c for c in text.lower() if c.isalpha() or c in ' ,.']\n"
    )
    (_folder(Path(place) / "nltk") / "__init__.py").write_text(
        "class data:\n    missing = ''\n    @classmethod\n    def find(cls, name):\n"
        "        if cls.missing and cls.missing in name:\n            raise LookupError(name)\n        return name\n"
    )
    return Path(place)


def tiny_bark(folder, *, seed=0, presets=("v2/en_speaker_0", "v2/de_speaker_0")):
    """Write a Bark whose four networks have a layer each, and presets of random tokens."""
    import torch
    import transformers
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    folder = _folder(folder)
    torch.manual_seed(seed)
    small = {"num_layers": 1, "num_heads": 2, "hidden_size": 16, "block_size": 128}
    semantic, codes, text = 20, 16, 60
    total = semantic + 1 + text + 2
    config = transformers.BarkConfig(
        semantic_config={**small, "input_vocab_size": total, "output_vocab_size": semantic + 3},
        coarse_acoustics_config={**small, "input_vocab_size": semantic + 2 * codes + 2, "output_vocab_size": semantic + 2 * codes},
        fine_acoustics_config={**small, "input_vocab_size": codes + 1, "output_vocab_size": codes + 1, "n_codes_total": 4, "n_codes_given": 1},
        codec_config=transformers.EncodecConfig(
            sampling_rate=24000, num_filters=4, num_residual_layers=1, upsampling_ratios=[8, 5, 4, 2], codebook_size=codes,
            codebook_dim=16, hidden_size=16, target_bandwidths=[3.0], num_lstm_layers=1,
        ).to_dict(),
    )  # fmt: skip
    model = transformers.BarkModel(config)
    _saved(model, folder)
    generation = transformers.models.bark.generation_configuration_bark
    parts = {
        "semantic_config": generation.BarkSemanticGenerationConfig(
            eos_token_id=semantic, semantic_vocab_size=semantic, max_new_tokens=8, text_encoding_offset=semantic + 1,
            text_pad_token=total - 2, semantic_infer_token=total - 1, max_input_semantic_length=32, do_sample=True,
            temperature=0.7,
        ),
        "coarse_acoustics_config": generation.BarkCoarseGenerationConfig(
            coarse_semantic_pad_token=semantic + 2 * codes, coarse_infer_token=semantic + 2 * codes + 1,
            max_coarse_input_length=32, max_coarse_history=30, sliding_window_len=20, do_sample=True, temperature=0.7,
        ),
        "fine_acoustics_config": generation.BarkFineGenerationConfig(
            max_fine_history_length=32, max_fine_input_length=64, n_fine_codebooks=4, temperature=0.5
        ),
    }  # fmt: skip
    facts = {name: part.to_dict() for name, part in parts.items()}
    facts |= {"model_type": "bark", "sample_rate": 24000, "codebook_size": codes}
    (folder / "generation_config.json").write_text(json.dumps(facts))
    symbols = ["[PAD]", "[UNK]", *LETTERS, *"0123456789.,?!'-"]
    tokenizer = Tokenizer(models.WordLevel({symbol: i for i, symbol in enumerate(symbols)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex("."), "isolated")]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(folder)
    rng = np.random.default_rng(seed)
    listed = {"repo_or_path": "elsewhere"}
    for name in presets:
        listed[name] = {}
        for part, shape in (("semantic_prompt", (12,)), ("coarse_prompt", (2, 20)), ("fine_prompt", (4, 20))):
            relative = f"speaker_embeddings/{name}_{part}.npy"
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            np.save(folder / relative, rng.integers(0, codes, shape), allow_pickle=False)
            listed[name][part] = relative
    (folder / "speaker_embeddings_path.json").write_text(json.dumps(listed))
    return folder


def tiny_speaker_encoder(folder, *, seed=0, dimensions=512):
    """Write a WavLM with an x-vector head."""
    import torch
    import transformers
    from tiny_models import audio_config

    torch.manual_seed(seed)
    config = audio_config(
        "wavlm", labels=None, xvector_output_dim=dimensions, tdnn_dim=[16, 16, 16], tdnn_kernel=[3, 3, 1],
        tdnn_dilation=[1, 2, 1],
    )  # fmt: skip
    return _saved(transformers.WavLMForXVector(config), _folder(folder))
