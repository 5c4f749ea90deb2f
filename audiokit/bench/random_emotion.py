"""A mood network of the size of wav2vec2 XLSR large with random weights, to measure time with and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["write_random_emotion"]

_LABELS = ("angry", "calm", "disgust", "fearful", "happy", "neutral", "sad", "surprised")
_LOUDER = 60.0  # the head's weights, so that what it says depends on the sound, as the audit wants


def write_random_emotion(folder: Path, *, layers: int = 24, hidden: int = 1024) -> Path:
    """Write a checkpoint as transformers does, marked as random in its configuration.

    Parameters
    ----------
    folder : Path
        For the files.
    layers, hidden : int
        Of the transformer; those of facebook/wav2vec2-large-xlsr-53 by default, 1.3 GB.

    Returns
    -------
    Path
        The folder. Whatever is tagged with it says that its weights are random.
    """
    import torch
    import transformers

    config = transformers.Wav2Vec2Config(
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=16,
        intermediate_size=4 * hidden,
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_bias=True,
        classifier_proj_size=hidden,
        id2label=dict(enumerate(_LABELS)),
        label2id={label: index for index, label in enumerate(_LABELS)},
    )
    torch.manual_seed(0)
    model = transformers.Wav2Vec2ForSequenceClassification(config).eval()
    with torch.no_grad():
        for layer in (model.projector, model.classifier):
            layer.weight.mul_(_LOUDER)
    model.save_pretrained(folder)
    stated = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**stated, "audiokit_weights": "random"}), encoding="utf-8")
    facts = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16_000, "do_normalize": True}
    more = {"feature_size": 1, "padding_value": 0.0, "return_attention_mask": False}
    (folder / "preprocessor_config.json").write_text(json.dumps({**facts, **more}), encoding="utf-8")
    return folder
