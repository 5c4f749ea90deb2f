"""What was found out about a machine and a dataset, for the next time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.training.loader.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping

if TYPE_CHECKING:
    from audiokit.training.dataset import AudioDataset

__all__ = ["Remembered", "cache_folder", "facts_of"]

_FORMAT = 1
_MOST = 500  # the oldest go


def cache_folder() -> Path:
    """Return where this user's programs keep what can be found again: the system's own place, or ``XDG_CACHE_HOME``."""
    home = Path.home()
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        base = Path(named)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = home / ".cache"
    return base / "audiokit"


def facts_of(
    dataset: AudioDataset, batch_size: int, device: str, features: Any, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what decides which plan is best: the kind of files, and what is done with them; not which they are."""
    place = Path(dataset.index.path(0))
    return {
        "folder": str(place.parent),
        "kind": place.suffix.lower(),
        "about": len(dataset).bit_length(),
        "target_sr": dataset.target_sr,
        "mono": dataset.mono,
        "duration_seconds": dataset.duration_seconds,
        "is_cached": dataset.cache is not None,
        "augmentations": [repr(link) for link in dataset.links],
        "features": features if isinstance(features, str) or features is None else type(features).__qualname__,
        "options": dict(options),
        "batch_size": batch_size,
        "device": device,
    }


class Remembered:
    """Plans by machine and dataset, in a small file.

    Parameters
    ----------
    facts : mapping
        All that decides which plan is best, as JSON has it: the dataset, what is done with it, the batch.
    cores : int
        Processors that may be used; with the machine's name part of what is looked up.
    folder : Path
        Where the file is.
    """

    def __init__(self, facts: Mapping[str, Any], cores: int, folder: Path) -> None:
        whole = {"format": _FORMAT, "machine": platform.node(), "cores": cores, **facts}
        text = json.dumps(whole, sort_keys=True, default=repr)
        self._key = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._path = folder / "loader-plans.json"

    def plan(self) -> Plan | None:
        """Return what was best; None if nothing is known."""
        found = self._read().get(self._key)
        try:
            return Plan(**found) if found else None
        except (TypeError, ValueError):
            return None

    def keep(self, plan: Plan) -> None:
        """Note what is best; that a disk is full, or may not be written to, is no error."""
        plans = self._read()
        plans.pop(self._key, None)
        plans[self._key] = {"processes": plan.processes, "threads": plan.threads, "prefetch": plan.prefetch}
        for key in list(plans)[:-_MOST]:
            del plans[key]
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(plans, indent=0) + "\n", encoding="ascii")
            beside.replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
