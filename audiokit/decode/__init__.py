"""Files to arrays: `read`, `load` and `info` for any audio or video file."""

from audiokit.decode.backend import AudioInfo
from audiokit.decode.read import info, load, read
from audiokit.decode.router import Router, backends

__all__ = ["AudioInfo", "Router", "backends", "info", "load", "read"]
