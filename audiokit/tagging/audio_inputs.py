"""Sound as a transformers checkpoint wants it: by its own preprocessor_config.json."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import LibraryUnavailable, ModelUnavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AudioInputs"]

_FILE = "preprocessor_config.json"


class AudioInputs:
    """Makes a network's input of a window of sound; the library is loaded with the first one.

    Parameters
    ----------
    folder : Path
        Of the checkpoint.

    Attributes
    ----------
    sample_rate : int
        Hz at which the checkpoint hears.

    Raises
    ------
    ModelUnavailable
        If the checkpoint does not say how it wants its sound.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / _FILE
        try:
            self.sample_rate = int(json.loads(path.read_text(encoding="utf-8"))["sampling_rate"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailable(
                f"{path} does not say at which rate the checkpoint hears ({type(error).__name__}: {error}).",
                cure="Get the whole checkpoint: preprocessor_config.json beside the weights.",
            ) from error
        self._extractor: Any = None
        self._lock = threading.Lock()

    def __call__(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Make the input of one window, without a batch axis.

        Raises
        ------
        LibraryUnavailable
            If transformers is not installed.
        ModelUnavailable
            If the extractor cannot be made, or makes something else than one array.
        """
        with self._lock:
            if self._extractor is None:
                self._extractor = _extractor(self._folder)
        # No padding, and so no mask: windows of one length are given to the network together, others by themselves.
        made = self._extractor(
            np.asarray(window, dtype=np.float32), sampling_rate=self.sample_rate, return_tensors="np"
        )
        for name in ("input_values", "input_features"):
            if name in made:
                return np.ascontiguousarray(made[name][0], dtype=np.float32)
        raise ModelUnavailable(f"{self._folder.name}'s feature extractor gives {', '.join(made)}, and no input.")


def _extractor(folder: Path) -> Any:
    try:
        from transformers import AutoFeatureExtractor
    except ImportError as error:
        raise LibraryUnavailable(
            "transformers, which reads this checkpoint, is not installed.", cure='`pip install "audiokit[ml]"`.'
        ) from error
    try:
        return AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelUnavailable(
            f"{folder / _FILE} names no feature extractor ({str(error).splitlines()[0]}).",
            cure="Get the whole checkpoint.",
        ) from error
