"""How much memory a model took: measured around its loading, and its own tensors as the least that it can be."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Measured", "device_bytes", "parameter_bytes", "resident_bytes", "weigh"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Bytes of a loaded model, and how they are known.

    Parameters
    ----------
    bytes : int
        What the store counts.
    measured_by : str
        ``"resident memory"`` or ``"device memory"``: the growth while it loaded. ``"parameters"``: the growth was less
        than the tensors take (memory was used again), or other models loaded meanwhile and the growth is theirs too.
        ``"nothing"``: neither could be seen.
    """

    bytes: int
    measured_by: str


def resident_bytes() -> int:
    """Return the memory of this process that is in RAM now; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        import os

        return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    try:
        import psutil
    except ImportError:
        return 0
    return int(psutil.Process().memory_info().rss)


def device_bytes(device: str) -> int | None:
    """Return what torch holds on an accelerator; None for the processor, or where torch is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return None
    return int(torch.cuda.memory_allocated(device))


def parameter_bytes(model: Any) -> int:
    """Return the bytes of a torch module's parameters and buffers, those of parts of a tuple, list or dict included.

    0 for anything else: an ONNX session does not tell.
    """
    seen: set[int] = set()
    return sum(_tensor_bytes(part, seen) for part in _parts(model))


def weigh(model: Any, before: tuple[int, int | None], device: str, *, alone: bool) -> Measured:
    """Say how much memory a model takes.

    Parameters
    ----------
    model : object
        What was loaded.
    before : (int, int or None)
        `resident_bytes` and `device_bytes` from before.
    device : str
        Where it was loaded to.
    alone : bool
        Whether no other model of the store was loading meanwhile.
    """
    least = parameter_bytes(model)
    on_device = device_bytes(device)
    if on_device is not None and before[1] is not None:
        growth, how = on_device - before[1], "device memory"
    else:
        growth, how = resident_bytes() - before[0], "resident memory"
    if least and (growth < least or not alone):
        return Measured(least, "parameters")
    if growth <= 0:
        return Measured(0, "nothing")
    return Measured(growth, how if alone else f"{how}, other models loading too")


def _parts(model: Any) -> list[Any]:
    if isinstance(model, dict):
        return list(model.values())
    return list(model) if isinstance(model, (tuple, list)) else [model]


def _tensor_bytes(module: Any, seen: set[int]) -> int:
    total = 0
    for kind in ("parameters", "buffers"):
        tensors = getattr(module, kind, None)
        if not callable(tensors):
            return 0
        for tensor in tensors():
            if id(tensor) not in seen:
                seen.add(id(tensor))
                total += int(tensor.numel()) * int(tensor.element_size())
    return total
