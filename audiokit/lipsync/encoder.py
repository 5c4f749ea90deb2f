"""Windows of mel to 512 numbers each, by ONNX Runtime."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from audiokit.lipsync.bound_model import BoundModel
from audiokit.lipsync.shapes import EMBEDDING, MEL_BANDS, MEL_FRAMES

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Encoder"]


class Encoder:
    """An audio encoder: ours, or any ONNX file that turns (N, 1, 80, 16) into (N, 512) in float32.

    Parameters
    ----------
    path : path
        ONNX file.
    device, threads
        See `bound_model.BoundModel`.

    Raises
    ------
    ModelRefused
        If the file has other shapes; the message names both.
    ModelUnavailable, LibraryUnavailable
        If the file or onnxruntime is missing.
    """

    def __init__(self, path: str | Path, *, device: str = "cpu", threads: int = 1) -> None:
        self._model = BoundModel(
            path, [("N", 1, MEL_BANDS, MEL_FRAMES)], ("N", EMBEDDING), device=device, threads=threads
        )

    def own(self) -> Encoder:
        """Return another user of the same session, with memory of its own: for another thread."""
        other = copy(self)
        other._model = self._model.own()  # noqa: SLF001 - its own kind
        return other

    def __call__(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Encode all windows of a chunk in one call.

        Parameters
        ----------
        windows : ndarray, shape (N, 1, 80, 16), float32
            From `cut_windows` or `WindowStream`.

        Returns
        -------
        ndarray, shape (N, 512), float32
            A copy.

        Raises
        ------
        ParameterError
            For another shape.
        """
        return self._model(windows).copy()
