"""Put a trained network into the package: ONNX, and a card that says what it is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from audiokit.errors import LibraryUnavailable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export_onnx", "write_card"]


def export_onnx(network: Any, example: tuple[Any, ...], path: Path, *, inputs: tuple[str, ...], output: str) -> None:
    """Write a torch module as one ONNX file; the first axis of each input and of the output is free.

    Raises
    ------
    LibraryUnavailable
        If onnxscript is not installed.
    RuntimeError
        If what onnxruntime computes from the file is not what torch computes.
    """
    try:
        import onnxscript  # noqa: F401  # what torch exports with
    except ImportError as error:
        raise LibraryUnavailable(
            "torch writes ONNX with onnxscript, which is not installed.", cure="`pip install onnx onnxscript`."
        ) from error
    import numpy as np
    import onnxruntime
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    network.eval()
    count = torch.export.Dim("windows", min=1)
    shapes = tuple({0: count} for _ in example)
    torch.onnx.export(
        network, example, str(path), dynamo=True, dynamic_shapes=shapes, input_names=list(inputs),
        output_names=[output],
        external_data=False, verbose=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = torch.Generator().manual_seed(0)
    for windows in (1, 5):  # an axis that froze at the example's size shows here
        trial = tuple(torch.randn((windows, *part.shape[1:]), generator=generator) * 10 for part in example)
        with torch.no_grad():
            wanted = network(*trial).numpy()
        got = session.run([output], {name: part.numpy() for name, part in zip(inputs, trial, strict=True)})[0]
        difference = float(np.abs(got - wanted).max())
        if difference > 1e-4:
            raise RuntimeError(f"{path.name} computes something else than the network: off by {difference:.2g}.")


def write_card(path: Path, weights: Path, facts: dict[str, Any]) -> dict[str, Any]:
    """Write the JSON card beside the weights, with their hash and size and the day.

    Returns
    -------
    dict
        What was written.
    """
    data = weights.read_bytes()
    card = {
        **facts,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size_bytes": len(data),
        "trained": dt.datetime.now(tz=dt.UTC).date().isoformat(),
    }
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return card
