"""The Hugging Face Hub's cache on this disk, read as its documentation lays it out: no library, never a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Snapshot", "hub_cache_folder", "recorded_sha256", "snapshots"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One revision of a repository, as far as it was fetched.

    Parameters
    ----------
    path : pathlib.Path
        Folder of its files.
    revision : str
        Commit.
    """

    path: Path
    revision: str


def hub_cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Return where the hub's libraries keep what they fetched.

    ``HF_HUB_CACHE``, else ``HF_HOME``/hub, else ``XDG_CACHE_HOME``/huggingface/hub, else the folder in the home.
    """
    values = os.environ if environment is None else environment
    if values.get("HF_HUB_CACHE") or values.get("HUGGINGFACE_HUB_CACHE"):
        return Path(values.get("HF_HUB_CACHE") or values["HUGGINGFACE_HUB_CACHE"]).expanduser()
    if values.get("HF_HOME"):
        return Path(values["HF_HOME"]).expanduser() / "hub"
    top = Path(values["XDG_CACHE_HOME"]).expanduser() if values.get("XDG_CACHE_HOME") else Path.home() / ".cache"
    return top / "huggingface" / "hub"


def snapshots(repository: str, revision: str | None = None, *, cache: Path | None = None) -> Iterator[Snapshot]:
    """Yield what the cache holds of a repository, best first: the wanted revision, what ``main`` was, the others.

    Parameters
    ----------
    repository : str
        ``owner/name``.
    revision : str, optional
        A commit; the others follow all the same, because a person may have fetched a later one on purpose.
    cache : pathlib.Path, optional
        By default `hub_cache_folder`.
    """
    top = (cache or hub_cache_folder()) / f"models--{repository.replace('/', '--')}"
    names = [revision] if revision else []
    main = top / "refs" / "main"
    if main.is_file():
        names.append(main.read_text(encoding="utf-8").strip())
    folder = top / "snapshots"
    if folder.is_dir():
        names += sorted(path.name for path in folder.iterdir())
    for name in dict.fromkeys(names):
        if name and Path(name).name == name and (folder / name).is_dir():
            yield Snapshot(folder / name, name)


def recorded_sha256(path: Path) -> str | None:
    """Return the hash under which the cache keeps a file; None for small files, which it keeps under another one.

    A file in a snapshot is a link to a blob. Large files' blobs are called by their SHA-256, small ones' by git's
    SHA-1.
    """
    name = Path(os.path.realpath(path)).name if path.is_symlink() else ""
    return name if _SHA256.fullmatch(name) else None
