"""What genre experts of all kinds have in common: a name, a store, scores in batches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ParameterError
from audiokit.models.places import entry_of, locate
from audiokit.tagging.batches import in_batches
from audiokit.tagging.calibration import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from audiokit.models.store import ModelStore
    from audiokit.tagging.taxonomy import Taxonomy

__all__ = ["GenreNetwork", "positive_seconds", "torch_module"]

_EXCLUSIVE_THRESHOLD = 0.4
_SEPARATE_THRESHOLD = 0.2  # AudioSet's scores are low even where they are right: many labels are true at once


class GenreNetwork:
    """What both kinds of genre experts have in common: a name, a store, scores in batches.

    Parameters
    ----------
    model : str or Path
        A name of the catalogue, a folder or a file.
    device : str
        Where it runs.
    store : ModelStore, optional
        The shared one by default.
    """

    name: str
    origin: str
    threshold: float
    sample_rate: int
    window_seconds: float
    taxonomy: Taxonomy
    _key: tuple[Any, ...]

    def __init__(self, model: str | Path, device: str, store: ModelStore | None) -> None:
        self._place = locate(model)
        self._entry = entry_of(model)
        self._device, self._store = device, store
        self.name = self._entry.name if self._entry else self._place.stem
        self.origin = self._entry.notes if self._entry else f"a checkpoint in {self._place.name}"
        self.notes: tuple[str, ...] = ()

    def _mark_random(self, note: str) -> None:
        if note:
            self.name, self.origin, self.notes = f"{self.name} [random weights]", note, (note,)

    def _set_threshold(self, threshold: float | None) -> None:
        own = _EXCLUSIVE_THRESHOLD if self.taxonomy.exclusive else _SEPARATE_THRESHOLD
        self.threshold = own if threshold is None else threshold
        if not 0 <= self.threshold <= 1:
            raise ParameterError(f"threshold must lie between 0 and 1, got {threshold!r}.")

    def __call__(self, windows: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Scores of each label, 0 to 1.

        Parameters
        ----------
        windows : sequence of ndarray, shape (time,), float32
            Mono sound at `sample_rate`, at least 0.1 s each.

        Returns
        -------
        ndarray, shape (windows, labels), float32
        """
        if not windows:
            return np.zeros((0, len(self.taxonomy.labels)), dtype=np.float32)
        inputs = [self._input(window) for window in windows]
        from audiokit.models.store import default_store

        store = default_store() if self._store is None else self._store
        with store.lease(self._key, self._load, device=self._device) as run:
            logits = in_batches(run, inputs)
        if self.taxonomy.exclusive:
            return softmax(logits).astype(np.float32)
        return (1.0 / (1.0 + np.exp(-logits.astype(np.float64)))).astype(np.float32)

    def _input(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        raise NotImplementedError

    def _load(self, device: str) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        genres = sorted({genre for genre in self.taxonomy.genres if genre})
        return f"{type(self).__name__}({self.name!r}, {len(genres)} genres: {', '.join(genres[:6])} ...)"


def torch_module() -> Any:
    """Return torch.

    Raises
    ------
    LibraryUnavailable
        If it is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise LibraryUnavailable(
            "torch, which runs this checkpoint, is not installed.", cure='`pip install "audiokit[ml]"`.'
        ) from error
    return torch


def positive_seconds(name: str, value: float) -> float:
    """Return a number of seconds that makes sense.

    Raises
    ------
    ParameterError
        If it is not above 0 and finite.
    """
    if not 0 < value < math.inf:
        raise ParameterError(f"{name} must be a finite number of seconds above 0, got {value!r}.")
    return value
