"""Which devices there are, found without loading a library for it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

__all__ = ["available_devices"]


def available_devices() -> tuple[str, ...]:
    """Return ``("cuda:0", …)``, or ``("cpu",)`` where torch is missing or sees no accelerator.

    torch is loaded for it only where the machine shows signs of an NVIDIA driver.
    """
    if "torch" not in sys.modules and not (Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi")):
        return ("cpu",)
    try:
        import torch
    except ImportError:
        return ("cpu",)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return tuple(f"cuda:{index}" for index in range(count)) or ("cpu",)
