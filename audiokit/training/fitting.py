"""Where a crop begins, and what fills an item that is too short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CROPS", "PADS", "Crop", "Pad", "crop_start", "fitted"]

Crop = Literal["random", "start", "centre"]
Pad = Literal["zero", "repeat", "reflect", "none"]
CROPS: tuple[Crop, ...] = ("random", "start", "centre")
PADS: tuple[Pad, ...] = ("zero", "repeat", "reflect", "none")


def crop_start(crop: Crop, available: int, frames: int, fraction: float) -> int:
    """Return the first sample of a crop.

    Parameters
    ----------
    crop : {"random", "start", "centre"}
        Where it is taken.
    available : int
        Samples that there are.
    frames : int
        Samples that are wanted; where there are fewer, the crop begins at 0.
    fraction : float
        0 up to, not including, 1: drawn for the item; used by ``random``.

    Examples
    --------
    >>> [crop_start("random", 10, 8, fraction) for fraction in (0.0, 0.5, 0.999)]
    [0, 1, 2]
    """
    spare = max(available - frames, 0)
    if crop == "start":
        return 0
    return spare // 2 if crop == "centre" else min(int(fraction * (spare + 1)), spare)


def fitted(samples: NDArray[np.float32], frames: int, pad: Pad) -> NDArray[np.float32]:
    """Cut or fill (channels, time) to a length.

    Parameters
    ----------
    samples : ndarray, shape (channels, time)
        At least one sample.
    frames : int
        Wanted.
    pad : {"zero", "repeat", "reflect", "none"}
        What follows a short item: silence, itself again, itself to and fro, or nothing.

    Examples
    --------
    >>> fitted(np.array([[1, 2, 3]], np.float32), 7, "reflect").tolist()
    [[1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]]
    """
    missing = frames - samples.shape[1]
    if missing <= 0:
        return samples[:, :frames]
    if pad == "none":
        return samples
    if pad not in PADS:
        raise ParameterError(f"pad must be one of {', '.join(PADS)}, got {pad!r}.")
    mode = {"zero": "constant", "repeat": "wrap", "reflect": "reflect"}[pad]
    if pad == "reflect" and samples.shape[1] == 1:
        mode = "edge"  # one sample has no way back
    return np.pad(samples, ((0, 0), (0, missing)), mode)  # type: ignore[call-overload, no-any-return]
