"""Files to arrays and back: any audio or video file, whole, in spans, in blocks, or many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audiokit.decode.backend import AudioInfo
from audiokit.decode.blocks import blocks
from audiokit.decode.limits import Limits
from audiokit.decode.many import read_many
from audiokit.decode.read import info, load, read
from audiokit.decode.router import Route, Router, backends, default_router, set_default_router
from audiokit.lazy import lazy_names

if TYPE_CHECKING:
    from audiokit.decode.arena import Arena as Arena
    from audiokit.decode.arena import ArenaStats as ArenaStats
    from audiokit.decode.cache import CacheStats as CacheStats
    from audiokit.decode.cache import DecodeCache as DecodeCache
    from audiokit.decode.cache import cache_key as cache_key
    from audiokit.decode.cache import default_cache as default_cache
    from audiokit.decode.cache import set_default_cache as set_default_cache
    from audiokit.decode.cached_sound import CachedSound as CachedSound
    from audiokit.decode.decoder import AudioDecoder as AudioDecoder
    from audiokit.decode.isolated import read_isolated as read_isolated
    from audiokit.decode.writer import LevelWarning as LevelWarning
    from audiokit.decode.writer import write as write

__all__ = [
    "Arena",
    "ArenaStats",
    "AudioDecoder",
    "AudioInfo",
    "CacheStats",
    "CachedSound",
    "DecodeCache",
    "LevelWarning",
    "Limits",
    "Route",
    "Router",
    "backends",
    "blocks",
    "cache_key",
    "default_cache",
    "default_router",
    "info",
    "load",
    "read",
    "read_isolated",
    "read_many",
    "set_default_cache",
    "set_default_router",
    "write",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "Arena": ".arena",
        "ArenaStats": ".arena",
        "AudioDecoder": ".decoder",
        "CacheStats": ".cache",
        "CachedSound": ".cached_sound",
        "DecodeCache": ".cache",
        "LevelWarning": ".writer",
        "cache_key": ".cache",
        "default_cache": ".cache",
        "read_isolated": ".isolated",
        "set_default_cache": ".cache",
        "write": ".writer",
    },
)
