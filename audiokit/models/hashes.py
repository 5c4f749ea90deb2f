"""SHA-256 of files, computed once for a file as it stands."""

from __future__ import annotations

import functools
import hashlib
import os
from pathlib import Path

__all__ = ["file_sha256", "sha256_now"]


def sha256_now(path: Path) -> str:
    """Return the hash of a file, read from its first byte to its last."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def file_sha256(path: Path) -> str:
    """Return the hash of a file; read again only if it is another file by now.

    What counts as the same file: device, inode, size and the time of the last change, which any write moves.
    """
    status = path.stat()
    return _remembered(
        os.path.realpath(path), (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    )


@functools.lru_cache(maxsize=4096)
def _remembered(path: str, identity: tuple[int, ...]) -> str:  # noqa: ARG001 - the identity is part of the key
    return sha256_now(Path(path))
