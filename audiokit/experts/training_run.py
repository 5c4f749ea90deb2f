"""One run of training: what both experts are given, how they say how far they are, and how they are packed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audiokit.experts.packaging import write_card

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audiokit.experts.materials import MaterialSizes

__all__ = ["Sittings", "TrainingRun"]


class Sittings:
    """How long training took, over all sittings that one cache saw: what is interrupted goes on where it was.

    Parameters
    ----------
    cache : pathlib.Path, optional
        Without one there is one sitting.
    expert : str
        Whose.

    Attributes
    ----------
    count : int
        This one, and those before.
    had_parts : bool
        Whether the cache held anything when the first sitting began.
    """

    def __init__(self, cache: Path | None, expert: str) -> None:
        self._began = time.monotonic()
        self._file = None if cache is None else cache / f"sittings-{expert}.json"
        kept: dict[str, Any] = {"seconds": 0.0, "count": 0}
        if self._file is not None and self._file.is_file():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        else:
            kept["had_parts"] = cache is not None and cache.is_dir() and any(cache.iterdir())
        self._before = float(kept["seconds"])
        self.count, self.had_parts = int(kept["count"]) + 1, bool(kept["had_parts"])

    def note(self) -> float:
        """Return the seconds until now, and keep them."""
        seconds = self._before + time.monotonic() - self._began
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            kept = {"seconds": seconds, "count": self.count, "had_parts": self.had_parts}
            self._file.write_text(json.dumps(kept), encoding="utf-8")
        return seconds


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """Where training finds and leaves things.

    Parameters
    ----------
    corpus : pathlib.Path, optional
        Recordings, with MANIFEST.csv; None for a miniature of the content gate, of synthetic voices alone.
    weights : pathlib.Path
        Folder for the ONNX file and its card.
    soundfont : pathlib.Path, optional
        For music; None leaves it to our own instruments.
    cache : pathlib.Path, optional
        Folder in which what takes long is kept between runs.
    workers : int
        Processes.
    say : callable
        Told of the progress.
    expert : str
        Whose training it is; a cache counts the time of each expert's sittings.
    """

    corpus: Path | None
    weights: Path
    soundfont: Path | None = None
    cache: Path | None = None
    workers: int = 1
    say: Callable[[str], None] = print
    expert: str = ""
    sittings: Sittings = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sittings", Sittings(self.cache, self.expert))

    def tell(self, what: str) -> None:
        """Say what has been reached, and when."""
        self.say(f"{what} after {self.sittings.note():.0f} s")

    def voices(self, sizes: MaterialSizes, seed: int) -> list[tuple[str, NDArray[np.float32]]]:
        """Make synthetic speech; see `audiokit.experts.materials.synthetic_speech`."""
        from audiokit.experts.materials import synthetic_speech

        return synthetic_speech(sizes.synthetic_utterances, seed, cache=self.cache, workers=self.workers)

    def music(self, sizes: MaterialSizes, seed: int) -> list[tuple[NDArray[np.float32], float]]:
        """Make music; see `audiokit.experts.materials.render_music`."""
        from audiokit.experts.materials import render_music

        return render_music(sizes, seed, soundfont=self.soundfont, cache=self.cache, workers=self.workers)

    def pack(self, name: str, export: Callable[[Path], None], facts: dict[str, Any], *, seed: int) -> dict[str, Any]:
        """Write ``NAME.onnx`` and its card.

        Parameters
        ----------
        name : str
            Of the expert.
        export : callable
            Writes the network into the file that it is given.
        facts : dict
            Of the card; name, version, licence, seed and time are added.
        seed : int
            Of everything drawn.

        Returns
        -------
        dict
            The card.
        """
        path = self.weights / f"{name}.onnx"
        export(path)
        common = {
            "seed": seed,
            "training_seconds": round(self.sittings.note()),
            "sittings": self.sittings.count,
            "parts_from_cache": self.sittings.had_parts,  # whose time is not counted
        }
        first = {"name": name, "version": "1", "licence": "Apache-2.0"}
        card = write_card(self.weights / f"{name}.json", path, {**first, **facts, **common})
        self.tell(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB,")
        return card
