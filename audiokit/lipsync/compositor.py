"""A mouth back into its frame, and the frame over what lies behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Box", "over", "paste_mouth", "resized", "soft_mask"]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a mouth's picture lies in its frame, in pixels.

    Parameters
    ----------
    top, left : int
        Of the first row and column.
    height, width : int
        At least 1.
    """

    top: int
    left: int
    height: int
    width: int

    def check(self, frame_height: int, frame_width: int) -> None:
        """Raise ParameterError if the box does not lie within a frame."""
        inside = (
            self.height > 0
            and self.width > 0
            and 0 <= self.top <= frame_height - self.height
            and 0 <= self.left <= frame_width - self.width
        )
        if not inside:
            raise ParameterError(f"{self} does not lie within a frame of {frame_height} x {frame_width}.")


def soft_mask(height: int, width: int, feather: int) -> NDArray[np.float32]:
    """How much of each pixel a pasted picture takes: all within, and less towards its edges over `feather` pixels.

    Examples
    --------
    >>> [f"{amount:.2f}" for amount in soft_mask(5, 5, 2)[2]]
    ['0.16', '0.84', '1.00', '0.84', '0.16']
    """

    def rise(size: int) -> NDArray[np.float64]:
        place = np.arange(size) + 0.5
        along = np.clip(np.minimum(place, size - place) / max(feather, 1), 0.0, 1.0) if feather else np.ones(size)
        return np.asarray(along * along * (3.0 - 2.0 * along))

    return np.outer(rise(height), rise(width)).astype(np.float32)


def resized(picture: NDArray[Any], height: int, width: int) -> NDArray[np.float32]:
    """Bring a picture, shape (H, W, channels), to another size by linear interpolation; pixels are areas."""
    out = picture.astype(np.float32, copy=False)
    for axis, size in ((0, height), (1, width)):
        have = out.shape[axis]
        if have == size:
            continue
        place = np.clip((np.arange(size) + 0.5) * have / size - 0.5, 0, have - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, have - 1)
        share = (place - low).astype(np.float32)
        share = share.reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        out = np.take(out, low, axis=axis) * (1.0 - share) + np.take(out, high, axis=axis) * share
    return np.asarray(out, dtype=np.float32)


def paste_mouth(
    frame: NDArray[np.uint8], mouth: NDArray[np.floating[Any]], box: Box, mask: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Put a generated mouth into a copy of its frame.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3 or 4), uint8
        RGB or RGBA; its alpha stays.
    mouth : ndarray, shape (3, h, w)
        RGB in 0..1, as `Generator` gives it; brought to the box's size.
    box : Box
        Where.
    mask : ndarray, shape (box.height, box.width), float32
        See `soft_mask`.

    Returns
    -------
    ndarray, shape of `frame`, uint8

    Raises
    ------
    ParameterError
        For a box that does not lie within the frame, or another shape.
    """
    _checked(frame)
    if mouth.ndim != 3 or mouth.shape[0] != 3:
        raise ParameterError(f"A mouth has shape (3, height, width), got {mouth.shape}.")
    box.check(*frame.shape[:2])
    if mask.shape != (box.height, box.width):
        raise ParameterError(f"The mask of {box} has shape {(box.height, box.width)}, got {mask.shape}.")
    picture = resized(mouth.transpose(1, 2, 0), box.height, box.width) * np.float32(255.0)
    out = frame.copy()
    place = out[box.top : box.top + box.height, box.left : box.left + box.width, :3]
    before = place.astype(np.float32)
    np.clip(np.rint(before + mask[..., np.newaxis] * (picture - before)), 0, 255, out=before)
    place[:] = before.astype(np.uint8)
    return out


def over(frame: NDArray[np.uint8], background: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a frame over a background of its size.

    Parameters
    ----------
    frame : ndarray, shape (H, W, 3 or 4), uint8
        RGB, which hides everything, or RGBA with colours that are not multiplied by the alpha.
    background : ndarray, shape (H, W, 3), uint8

    Returns
    -------
    ndarray, shape (H, W, 3), uint8

    Raises
    ------
    ParameterError
        For other shapes.
    """
    _checked(frame)
    if background.shape != (*frame.shape[:2], 3) or background.dtype != np.uint8:
        raise ParameterError(
            f"The background of a frame {frame.shape} has shape {(*frame.shape[:2], 3)} in uint8, "
            f"got {background.shape} in {background.dtype}."
        )
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.uint16)
    mixed = frame[..., :3] * alpha
    mixed += background * (255 - alpha)
    mixed += 127
    return (mixed // 255).astype(np.uint8)


def _checked(frame: NDArray[np.uint8]) -> None:
    if frame.ndim != 3 or frame.shape[2] not in (3, 4) or frame.dtype != np.uint8:
        raise ParameterError(
            f"A frame has shape (height, width, 3 or 4) in uint8, got {frame.shape} in {frame.dtype}.",
            cure="Channels come last, red first.",
        )
