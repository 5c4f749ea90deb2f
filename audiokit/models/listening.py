"""How the canary's sounds get into a network of transformers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.errors import ModelRefused
from audiokit.models.canary import canary_sounds, what_is_wrong

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["canary_of_sounds"]

_CANARY_RATE = 16_000


def canary_of_sounds(model: Any, place: Path, device: str, labels: tuple[str, ...]) -> str:
    """Put the canary's sounds in and refuse what answers the same, or chance, to all of them."""
    listen = _ear(model, place, device)
    if listen is None:
        return f"not run: no way is known here to put sound into {model.config.model_type}"
    logits = listen(canary_sounds(_CANARY_RATE))
    wrong = what_is_wrong(logits, chance=logits.ndim == 2 and getattr(model.config, "problem_type", "") != "regression")
    if wrong:
        raise ModelRefused(
            f"{place} loaded, but its network cannot be trusted: {wrong}.",
            cure="Its head, or what feeds it, is not what was trained. Fetch it again, or choose another model.",
        )
    if logits.ndim != 2:
        return f"{len(logits)} different sounds, different answers"
    winners = sorted({int(index) for index in logits.argmax(axis=-1)})
    said = ", ".join(labels[index] if labels else str(index) for index in winners)
    return f"{len(logits)} different sounds, different answers; likeliest: {said}"


def _ear(model: Any, place: Path, device: str) -> Callable[[NDArray[np.float32]], NDArray[np.floating]] | None:
    import torch

    extractor = None
    if (place / "preprocessor_config.json").is_file():
        from transformers import AutoFeatureExtractor

        extractor = AutoFeatureExtractor.from_pretrained(str(place), local_files_only=True, trust_remote_code=False)
    elif model.main_input_name != "input_values" or hasattr(model.config, "num_mel_bins"):
        return None  # it wants features, and what they are is not written beside it

    def listen(sounds: NDArray[np.float32]) -> NDArray[np.floating]:
        if extractor is None:
            inputs = {"input_values": torch.from_numpy(sounds)}
        else:
            inputs = dict(extractor(list(sounds), sampling_rate=_CANARY_RATE, return_tensors="pt", padding=True))
        with torch.inference_mode():
            answer = model(**{name: tensor.to(device) for name, tensor in inputs.items()})
        logits: NDArray[np.floating] = answer.logits.float().cpu().numpy()
        return logits

    return listen
