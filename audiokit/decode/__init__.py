"""Files to arrays: any audio or video file, whole, in spans, in blocks, or many at once."""

from audiokit.decode.arena import Arena
from audiokit.decode.backend import AudioInfo
from audiokit.decode.blocks import blocks
from audiokit.decode.cache import DecodeCache, default_cache, set_default_cache
from audiokit.decode.decoder import AudioDecoder
from audiokit.decode.limits import Limits
from audiokit.decode.many import read_many
from audiokit.decode.read import info, load, read
from audiokit.decode.router import Route, Router, backends, default_router, set_default_router
from audiokit.decode.write import write

__all__ = [
    "Arena",
    "AudioDecoder",
    "AudioInfo",
    "DecodeCache",
    "Limits",
    "Route",
    "Router",
    "backends",
    "blocks",
    "default_cache",
    "default_router",
    "info",
    "load",
    "read",
    "read_many",
    "set_default_cache",
    "set_default_router",
    "write",
]
