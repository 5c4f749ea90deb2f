"""Trained networks to ONNX files, and the proof that a file computes what the network does."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ModelRefused
from audiokit.lipsync.encoder import Encoder
from audiokit.lipsync.generator import Generator
from audiokit.lipsync.shapes import EMBEDDING, MEL_BANDS, MEL_FRAMES
from audiokit.models.onnx_export import export_onnx

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_encoder", "export_generator", "write_card"]

_TOLERANCE = 1e-4


def export_encoder(network: Any, path: Path) -> float:
    """Write an `AudioEncoder` as ONNX with a free batch.

    Returns
    -------
    float
        Largest difference between the file's output and the network's, at most 1e-4.

    Raises
    ------
    LibraryUnavailable
        Without onnx and onnxscript, which torch exports with.
    OptimisationRefused
        If torch cannot export it.
    ModelRefused
        If the file computes something else.
    """
    generator = np.random.default_rng(0)
    mel = generator.uniform(-4, 4, (5, 1, MEL_BANDS, MEL_FRAMES)).astype(np.float32)
    export_onnx(network.eval(), [mel], path, input_names=["mel"])
    run = Encoder(path)
    return _proved(network, path, (mel,), run)


def export_generator(network: Any, path: Path) -> float:
    """Write a `MouthGenerator` as ONNX with a free batch; else as `export_encoder`."""
    generator = np.random.default_rng(0)
    visual = generator.uniform(0, 1, (3, 6, network.size, network.size)).astype(np.float32)
    audio = generator.standard_normal((3, EMBEDDING)).astype(np.float32)
    export_onnx(network.eval(), [visual, audio], path, input_names=["visual", "audio"])
    run = Generator(path)
    return _proved(network, path, (visual, audio), run)


def write_card(path: Path, weights: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Write the JSON card beside the weights: the facts, their hash and their size."""
    data = weights.read_bytes()
    card = {**facts, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return card


def _proved(network: Any, path: Path, example: tuple[Any, ...], run: Any) -> float:
    import torch

    worst = 0.0
    for count in (1, 2, len(example[0])):  # a batch that froze at the example's size shows here
        part = tuple(array[:count] for array in example)
        with torch.no_grad():
            wanted = network(*(torch.from_numpy(array) for array in part)).numpy()
        worst = max(worst, float(np.abs(run(*part) - wanted).max()))
    if worst > _TOLERANCE:
        raise ModelRefused(f"{path.name} computes something else than the network: off by {worst:.2g}.")
    return worst
