"""A file that the Jupyter server gives out itself, so that its sound need not go through the kernel."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from audiokit.decode import AudioInfo

__all__ = ["served_file", "server_root"]

_HEAD_BYTES = 1 << 16
_WAV_BYTES = 2**32 - 1  # beyond, a WAV file is RF64, which browsers do not read
_MOST_CHANNELS = 8
_MOST_RATE_HZ = 192_000
_WAV_CODECS = {"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"}


def server_root() -> tuple[Path, str] | None:
    """Find the folder that the Jupyter server of this kernel shows, and the address under which it does.

    The server's process number stands in ``JPY_PARENT_PID``, and the rest in the file that it writes for others
    (``jpserver-PID.json``, jupyter_server).

    Returns
    -------
    root : Path
        The folder.
    base_url : str
        The path of the server's address, with a slash at both ends.
        Or None, if there is no such server on this machine.
    """
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdecimal():
        return None
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        told = json.loads(Path(jupyter_runtime_dir(), f"jpserver-{parent}.json").read_text(encoding="utf-8"))
        return Path(told["root_dir"]), str(told["base_url"])
    except (ImportError, OSError, ValueError, KeyError, TypeError):
        return None  # another kind of host: pieces from the kernel do as well


def served_file(path: Path, info: AudioInfo) -> dict[str, Any] | None:
    """Say how a page finds a file and knows it again, if the server gives it out and browsers play and seek it exactly.

    Parameters
    ----------
    path : Path
        The file.
    info : AudioInfo
        What it is: PCM in WAV and FLAC are played as they are.

    Returns
    -------
    dict or None
        For JSON: ``path`` below the server's root, quoted; ``base_url``; ``size_bytes``; and ``head_digest``, the
        SHA-256 of the first ``head_bytes`` bytes. None where there is no way.
    """
    root = server_root()
    if root is None or not _plays(info):
        return None
    folder, base_url = root
    try:
        inside = path.resolve().relative_to(folder.resolve())
    except ValueError:
        return None
    if any(part.startswith(".") for part in inside.parts):  # the server keeps hidden files to itself
        return None
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return {
        "path": quote(inside.as_posix()),
        "base_url": base_url,
        "size_bytes": path.stat().st_size,
        "head_bytes": len(head),
        "head_digest": hashlib.sha256(head).hexdigest(),
    }


def _plays(info: AudioInfo) -> bool:
    if info.channels > _MOST_CHANNELS or info.sample_rate > _MOST_RATE_HZ or info.has_video:
        return False
    return (info.container == "wav" and info.codec in _WAV_CODECS and info.size_bytes <= _WAV_BYTES) or (
        info.container == "flac"
    )
