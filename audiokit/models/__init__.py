"""Weights: where they are on this machine, and the sessions that run them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audiokit.models.sessions import Sessions as Sessions
    from audiokit.models.wheels import WeightFile as WeightFile
    from audiokit.models.wheels import silero_vad as silero_vad

_HOME = {
    "Sessions": "audiokit.models.sessions",
    "WeightFile": "audiokit.models.wheels",
    "silero_vad": "audiokit.models.wheels",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'audiokit.models' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return list(__all__)
