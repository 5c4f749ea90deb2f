"""Whether a device that was asked for is one that torch has."""

from __future__ import annotations

from audiokit.errors import ParameterError

__all__ = ["present_device"]


def present_device(device: str) -> str:
    """Return the device, or raise ParameterError where torch does not have it."""
    import torch

    kind, _, index = device.partition(":")
    if kind == "cuda" and int(index or 0) >= (torch.cuda.device_count() if torch.cuda.is_available() else 0):
        raise ParameterError(f"torch has no device {device!r} on this machine.", cure='device="cpu" or "auto".')
    return device
