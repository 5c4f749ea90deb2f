"""The shapes that lip-sync's models have, and the check that a file has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audiokit.errors import ModelRefused

__all__ = ["EMBEDDING", "MEL_BANDS", "MEL_FRAMES", "Port", "fit"]

MEL_BANDS, MEL_FRAMES = 80, 16
EMBEDDING = 512
"""Numbers that the encoder says of a window."""

_FLOAT32 = "tensor(float)"


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a model.

    Parameters
    ----------
    name : str
        In the file.
    shape : tuple of int, str or None
        A free axis is a name, or None.
    dtype : str
        As ONNX Runtime calls it.
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str = _FLOAT32

    def __str__(self) -> str:
        axes = ", ".join("?" if axis is None else str(axis) for axis in self.shape)
        return f"{self.name} [{axes}] {self.dtype}"


def fit(ports: Sequence[Port], wanted: Sequence[Sequence[int | str]], *, model: str, side: str) -> list[Port]:
    """Find the port of each wanted shape.

    Parameters
    ----------
    ports : sequence of Port
        What the file has.
    wanted : sequence of shapes
        A name is an axis that may be free, or any number; the same name is the same number everywhere. Shapes have
        different numbers of axes, or there is one of them: so a port is known by its axes, whatever it is called.
    model, side : str
        For the message: the file, and "input" or "output".

    Returns
    -------
    list of Port
        In the order of `wanted`.

    Raises
    ------
    ModelRefused
        If they do not fit; the message names both shapes.
    """
    asked = "; ".join(f"[{', '.join(map(str, shape))}] tensor(float)" for shape in wanted)
    has = "; ".join(map(str, ports)) or "none"
    refused = ModelRefused(
        f"{model}: its {side} is {has}, and {asked} is wanted.", cure="Export the model with these shapes, in float32."
    )
    if len(ports) != len(wanted):
        raise refused
    found = []
    for shape in wanted:
        match = [port for port in ports if port.dtype == _FLOAT32 and _fits(port.shape, shape)]
        if len(match) != 1:
            raise refused
        found += match
    return found


def _fits(shape: Sequence[int | str | None], wanted: Sequence[int | str]) -> bool:
    if len(shape) != len(wanted):
        return False
    return all(
        not isinstance(axis, int) or isinstance(asked, str) or axis == asked
        for axis, asked in zip(shape, wanted, strict=True)
    )
