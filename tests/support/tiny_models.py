"""Tiny checkpoints of real architectures, with random weights, written to disk as their libraries write them.

Random weights are for tests alone. A head as it is initialised answers by chance, which the audit refuses: these are made
louder, so that they answer differently to different sounds, as trained ones do.
"""

from __future__ import annotations

import json
from pathlib import Path

from audiokit.models.canary import canary_pictures

EMOTIONS = ("angry", "calm", "disgust", "fearful", "happy", "neutral", "sad", "surprised")


def audio_config(kind="wav2vec2", labels=EMOTIONS, **changes):
    """A configuration of the wav2vec2 family with three short convolutions and two layers."""
    import transformers

    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "conv_dim": (16, 16, 16),
        "conv_stride": (5, 4, 4),
        "conv_kernel": (10, 8, 4),
        "num_feat_extract_layers": 3,
        "num_conv_pos_embeddings": 16,
        "num_conv_pos_embedding_groups": 2,
        "classifier_proj_size": 24,
    }
    if labels:
        sizes["id2label"] = dict(enumerate(labels))
        sizes["label2id"] = {label: index for index, label in enumerate(labels)}
    names = {"wav2vec2": "Wav2Vec2Config", "hubert": "HubertConfig", "wavlm": "WavLMConfig"}
    return getattr(transformers, names[kind])(**{**sizes, **changes})


def audio_classifier(kind="wav2vec2", labels=EMOTIONS, *, seed=0, loud=True, **changes):
    """A sequence classifier in evaluation mode."""
    import torch
    import transformers

    names = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}
    torch.manual_seed(seed)
    model = getattr(transformers, f"{names[kind]}ForSequenceClassification")(
        audio_config(kind, labels, **changes)
    ).eval()
    if loud:
        with torch.no_grad():
            for layer in (model.projector, model.classifier):
                layer.weight.mul_(60)
                layer.bias.normal_(0, 0.2)
    return model


def save(model, folder, *, pickled=False, rename=None, extractor=True):
    """Write a model as `save_pretrained` does, optionally with other names for its tensors, or as a pickle."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = Path(folder)
    model.save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    if rename is not None:
        tensors = {rename(name): tensor for name, tensor in tensors.items()}
    (folder / "model.safetensors").unlink()
    if pickled:
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    if extractor and model.main_input_name == "input_values" and not hasattr(model.config, "num_mel_bins"):
        facts = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000, "do_normalize": True}
        facts |= {"feature_size": 1, "padding_value": 0.0, "return_attention_mask": False}
        (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    return folder


def as_the_known_defect(name):
    """Names of the head in ehcalabres/wav2vec2-lg-xlsr-en-speech-emotion-recognition."""
    if name.startswith("projector."):
        return name.replace("projector.", "classifier.dense.", 1)
    if name.startswith("classifier."):
        return name.replace("classifier.", "classifier.output.", 1)
    return name


def as_in_2021(name):
    """Names of weight normalisation before torch parametrised it: every older wav2vec2 checkpoint has these."""
    return name.replace("parametrizations.weight.original0", "weight_g").replace(
        "parametrizations.weight.original1", "weight_v"
    )


def spectrogram_transformer(labels=("Music", "Speech", "Rock music", "Silence"), *, seed=0):
    """An AST with patches of 16 x 16 on 64 frames of 32 bins."""
    import torch
    import transformers

    torch.manual_seed(seed)
    config = transformers.ASTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_length=64,
        num_mel_bins=32,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    model = transformers.ASTForAudioClassification(config).eval()
    with torch.no_grad():
        model.classifier.dense.weight.mul_(60)
        for tensor in (model.audio_spectrogram_transformer.embeddings.patch_embeddings.projection.weight,):
            tensor.mul_(20)
    return model


def save_spectrogram_transformer(folder, **options):
    """Write an AST with the configuration of its features."""
    model = spectrogram_transformer(**options)
    save(model, folder, extractor=False)
    facts = {"feature_extractor_type": "ASTFeatureExtractor", "sampling_rate": 16000, "max_length": 64}
    facts |= {"num_mel_bins": 32, "mean": -4.27, "std": 4.57, "do_normalize": True, "feature_size": 1}
    (Path(folder) / "preprocessor_config.json").write_text(json.dumps(facts))
    return model


def picture_network(labels=("blues", "rock", "techno"), *, architecture="efficientnet_b0", in_chans=1, seed=0):
    """A timm network; EfficientNet-B0 unless another is named. Its statistics are set by running noise through it."""
    import timm
    import torch

    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, in_chans=in_chans, num_classes=len(labels))
    model.train()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # a plain average over what is put through
    with torch.no_grad():
        for step in range(3):
            coarse = torch.rand(8, in_chans, 4 * 2**step, 4 * 2**step)
            model(torch.nn.functional.interpolate(coarse, size=(64, 64)))
        model.eval()
        logits = model(torch.from_numpy(canary_pictures(in_chans, 224, 224)))
        model.get_classifier().weight.mul_(3 / logits.std())
    return model


def save_picture_network(folder, labels=("blues", "rock", "techno"), *, name="model.safetensors", **options):
    """Write a timm network and its labels.json."""
    import torch
    from safetensors.torch import save_file

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = picture_network(labels, **options)
    if name.endswith(".safetensors"):
        save_file(model.state_dict(), folder / name)
    else:
        torch.save(model.state_dict(), folder / name)
    (folder / "labels.json").write_text(json.dumps(list(labels)))
    return model
