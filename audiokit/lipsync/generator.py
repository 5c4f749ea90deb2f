"""A hidden mouth and what is heard, to the mouth's picture, by ONNX Runtime."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from audiokit.errors import ModelRefused, ParameterError
from audiokit.lipsync.bound_model import BoundModel
from audiokit.lipsync.shapes import EMBEDDING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Generator"]


class Generator:
    """A mouth generator: ours, or any ONNX file of its shapes in float32.

    It takes (N, 6, H, W), the reference picture and the picture whose mouth is hidden, in 0..1, and (N, 512), and
    gives (N, 3, H, W) in 0..1. The inputs are known by their axes, whatever they are called.

    Parameters
    ----------
    path : path
        ONNX file.
    size : int, optional
        Height and width, where the file leaves them free.
    device, threads
        See `bound_model.BoundModel`.

    Raises
    ------
    ModelRefused
        If the file has other shapes; the message names both.
    ModelUnavailable, LibraryUnavailable
        If the file or onnxruntime is missing.
    """

    def __init__(self, path: str | Path, *, size: int | None = None, device: str = "cpu", threads: int = 1) -> None:
        height, width = ("H", "W") if size is None else (size, size)
        self._model = BoundModel(
            path,
            [("N", 6, height, width), ("N", EMBEDDING)],
            ("N", 3, height, width),
            device=device,
            threads=threads,
        )
        axes = self._model.inputs[0].shape[2:]
        fixed = [axis for axis in axes if isinstance(axis, int)]
        if size is None and len(fixed) < 2:
            raise ModelRefused(
                f"{self._model.path.name} leaves the picture's size free: {self._model.inputs[0]}.",
                cure="Say which: Generator(path, size=96).",
            )
        self.height, self.width = (size, size) if size is not None else (fixed[0], fixed[1])

    def own(self) -> Generator:
        """Return another user of the same session, with memory of its own: for another thread."""
        other = copy(self)
        other._model = self._model.own()  # noqa: SLF001 - its own kind
        return other

    def __call__(self, visual: NDArray[np.float32], audio: NDArray[np.float32]) -> NDArray[np.float32]:
        """Generate all mouths of a chunk in one call.

        Parameters
        ----------
        visual : ndarray, shape (N, 6, H, W), float32
            In 0..1, RGB.
        audio : ndarray, shape (N, 512), float32
            From `Encoder`.

        Returns
        -------
        ndarray, shape (N, 3, H, W), float32
            A view, read-only, that holds until the next call.

        Raises
        ------
        ParameterError
            For other shapes.
        """
        if visual.ndim != 4 or visual.shape[1:] != (6, self.height, self.width):
            raise ParameterError(
                f"The generator wants pictures of shape (N, 6, {self.height}, {self.width}), got {visual.shape}."
            )
        return self._model(visual, audio)
