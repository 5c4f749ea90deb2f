"""Weights: where they are on this machine, and the sessions that run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.models.sessions import Sessions as Sessions
    from audiokit.models.wheels import WeightFile as WeightFile
    from audiokit.models.wheels import silero_vad as silero_vad

__all__ = [
    "Sessions",
    "WeightFile",
    "silero_vad",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Sessions": ".sessions",
        "WeightFile": ".wheels",
        "silero_vad": ".wheels",
    },
)
