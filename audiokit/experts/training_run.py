"""One run of training: what both experts are given, how they say how far they are, and how they are packed."""

from __future__ import annotations

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

__all__ = ["TrainingRun"]


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
    began : float
        Of `time.monotonic`.
    """

    corpus: Path | None
    weights: Path
    soundfont: Path | None = None
    cache: Path | None = None
    workers: int = 1
    say: Callable[[str], None] = print
    began: float = field(default_factory=time.monotonic)

    def tell(self, what: str) -> None:
        """Say what has been reached, and when."""
        self.say(f"{what} after {self.seconds} s")

    @property
    def seconds(self) -> int:
        """How long it has been going on."""
        return round(time.monotonic() - self.began)

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
            "training_seconds": self.seconds,
            "parts_from_cache": self._had_parts,  # then the time is that of the last run only
        }
        first = {"name": name, "version": "1", "licence": "Apache-2.0"}
        card = write_card(self.weights / f"{name}.json", path, {**first, **facts, **common})
        self.tell(f"wrote {path.name}, {path.stat().st_size / 1e6:.2f} MB,")
        return card

    @property
    def _had_parts(self) -> bool:
        """Whether the cache held anything older than this run."""
        if self.cache is None or not self.cache.is_dir():
            return False
        begin = time.time() - (time.monotonic() - self.began)
        return any(path.stat().st_mtime < begin for path in self.cache.iterdir())
