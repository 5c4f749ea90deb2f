"""What a store of models keeps in its tables: a loaded model, and a loading under way."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audiokit.models.memory_meter import Measured

__all__ = ["Flight", "Loaded", "Slot", "let_go"]

Slot = tuple[Hashable, str]
"""Key and device."""


class Loaded:
    """A model that is there."""

    __slots__ = ("leases", "load_seconds", "measured", "model", "slot", "used_at", "uses")

    def __init__(self, slot: Slot, model: Any, measured: Measured, load_seconds: float) -> None:
        self.slot, self.model, self.measured, self.load_seconds = slot, model, measured, load_seconds
        self.leases = self.uses = 0
        self.used_at = 0.0


class Flight:
    """A loading under way, and what came of it; neither model nor error if its thread was interrupted."""

    __slots__ = ("alone", "done", "error", "loaded", "slot", "thread", "waiters")

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.done = threading.Event()
        self.thread = threading.get_ident()
        self.waiters = 0
        self.alone = True
        self.loaded: Loaded | None = None
        self.error: Exception | None = None


def let_go(dropped: list[Loaded]) -> None:
    """Free models, outside any lock because that takes time, and hand an accelerator's memory back."""
    on_accelerator = any(loaded.slot[1].startswith("cuda") for loaded in dropped)
    dropped.clear()
    if on_accelerator:
        import torch

        torch.cuda.empty_cache()
