"""The drawn face about the mouth: a head with shoulders, RGBA, eyes open to closed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from audiokit.lipsync.demo.mouth import (
    BLUSH,
    BLUSH_AT,
    CENTRE_ROW,
    CLOSED,
    REGION,
    SKIN,
    SKIN_SHADE,
    MouthShape,
    draw_region,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FACE_SIZE", "LEFT", "TOP", "draw_face"]

FACE_SIZE = 384
"""Height and width of the picture, in pixels."""

TOP, LEFT = 210, 128
"""Where the mouth's region lies in it."""

_OVERSAMPLING = 2
_HAIR, _HAIR_LIGHT = (62.0, 42.0, 36.0), (96.0, 66.0, 52.0)
_SHIRT, _SHIRT_DARK = (70.0, 110.0, 150.0), (48.0, 80.0, 116.0)
_EYE_WHITE, _IRIS, _PUPIL = (250.0, 250.0, 250.0), (84.0, 122.0, 96.0), (24.0, 24.0, 28.0)


@lru_cache(maxsize=16)
def draw_face(lids: float = 0.0, shape: MouthShape = CLOSED) -> NDArray[np.uint8]:
    """Draw the face.

    Parameters
    ----------
    lids : float
        0 with open eyes, 1 with closed ones.
    shape : MouthShape
        Of the mouth.

    Returns
    -------
    ndarray, shape (384, 384, 4), uint8
        RGBA; read-only, since it is kept.
    """
    picture = _without_mouth(lids).copy()
    blend_region(picture, draw_region(shape.array()))
    picture.setflags(write=False)
    return picture


@lru_cache(maxsize=16)
def _without_mouth(lids: float) -> NDArray[np.uint8]:
    size = FACE_SIZE * _OVERSAMPLING
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / _OVERSAMPLING
    x -= FACE_SIZE / 2
    layer = _Layer(size)
    # From back to front: hair, shoulders, neck, ears, face
    layer.put(_HAIR, _ellipse(x, y, 0.0, 158.0, 112.0, 132.0))
    shirt = _ellipse(x, y, 0.0, 424.0, 170.0, 92.0)
    layer.put(_SHIRT, shirt)
    layer.put(_SHIRT_DARK, 0.6 * shirt * np.clip(1.0 - (np.hypot(x / 62.0, (y - 338.0) / 34.0) - 1.0) * 12.0, 0, 1))
    neck = np.clip(0.5 + 44.0 - np.abs(x) + 0.02 * np.clip(y - 330.0, 0.0, None) ** 2, 0, 1)
    neck = neck * np.clip(0.5 + 366.0 - y - 0.004 * x**2, 0, 1) * (y > 250.0)
    layer.put(SKIN, neck)
    layer.put(SKIN_SHADE, 0.75 * neck * np.clip(1.0 - (y - 300.0) / 50.0, 0, 1))
    for side in (-1.0, 1.0):
        layer.put(SKIN, _ellipse(x, y, side * 103.0, 196.0, 15.0, 27.0))
        layer.put(SKIN_SHADE, 0.5 * _ellipse(x, y, side * 104.0, 197.0, 7.0, 17.0))
    face = _face_outline(x, y)
    layer.put(SKIN, face)
    layer.put(SKIN_SHADE, 0.45 * face * np.clip((np.abs(x) - 66.0) / 38.0, 0, 1) ** 2)
    for side in (-1.0, 1.0):
        blush = np.exp(-(((x - side * BLUSH_AT[1]) / 22.0) ** 2) - ((y - TOP - CENTRE_ROW - BLUSH_AT[0]) / 15.0) ** 2)
        layer.put(BLUSH, 0.45 * face * blush)
    _eyes(layer, x, y, lids)
    _nose(layer, x, y)
    hair = np.maximum(face, _ellipse(x, y, 0.0, 158.0, 112.0, 132.0))  # no seam between what lies behind and before
    fringe = (
        hair * (y < 190.0) * np.clip(0.5 + 112.0 + 16.0 * np.sin(x / 31.0 + 0.9) - 0.0016 * (x + 18) ** 2 - y, 0, 1)
    )
    layer.put(_HAIR, fringe)
    layer.put(_HAIR, hair * np.clip((np.abs(x) - 94.0 + 0.02 * np.clip(y - 120, 0, None)) / 3.0, 0, 1) * (y < 176))
    light = np.exp(-(((y - 62.0 - 0.004 * x**2) / 7.0) ** 2)) * np.exp(-((x / 60.0) ** 2))
    layer.put(_HAIR_LIGHT, 0.6 * light * hair * (y < 120.0))
    return layer.reduced()


def region_mask() -> NDArray[np.float32]:
    """How much of each pixel of the region the mouth's picture takes.

    All about the lips and below; nothing at the edges, and nothing of the nose.
    """
    place = np.arange(REGION) + 0.5

    def rise(far: NDArray[np.float64]) -> NDArray[np.float64]:
        part = np.clip(far / 14.0, 0.0, 1.0)
        return np.asarray(part * part * (3.0 - 2.0 * part))

    rows = rise(np.minimum(place - 18.0, REGION - place))
    columns = rise(np.minimum(place, REGION - place))
    return np.asarray(np.outer(rows, columns), dtype=np.float32)


def blend_region(picture: NDArray[np.uint8], region: NDArray[np.uint8]) -> None:
    """Put a drawn region, RGBA, on a drawn face, in place: by the soft mask, and where the chin is over the neck."""
    place = picture[TOP : TOP + REGION, LEFT : LEFT + REGION]
    weight = region_mask()[..., np.newaxis] * (region[..., 3:] / 255.0)
    place[..., :3] = np.rint(place[..., :3] + weight * (region[..., :3].astype(np.float64) - place[..., :3]))


class _Layer:
    def __init__(self, size: int) -> None:
        self.colour = np.zeros((size, size, 3))
        self.alpha = np.zeros((size, size))

    def put(self, colour: tuple[float, float, float], amount: NDArray[np.float64]) -> None:
        self.colour += amount[..., np.newaxis] * (np.asarray(colour) - self.colour)
        self.alpha += amount * (1.0 - self.alpha)

    def reduced(self) -> NDArray[np.uint8]:
        small = len(self.alpha) // _OVERSAMPLING
        both = np.concatenate([self.colour, 255.0 * self.alpha[..., np.newaxis]], axis=-1)
        mean = both.reshape(small, _OVERSAMPLING, small, _OVERSAMPLING, 4).mean(axis=(1, 3))
        return np.asarray(np.clip(np.rint(mean), 0, 255), dtype=np.uint8)


def _ellipse(
    x: NDArray[np.float64], y: NDArray[np.float64], centre_x: float, centre_y: float, half_x: float, half_y: float
) -> NDArray[np.float64]:
    far = np.hypot((x - centre_x) / half_x, (y - centre_y) / half_y)
    return np.asarray(np.clip(0.5 + (1.0 - far) * min(half_x, half_y), 0.0, 1.0))


def _face_outline(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """An ellipse above; below, the cheeks run down to the chin that the mouth's region draws."""
    upper = _ellipse(x, y, 0.0, 190.0, 102.0, 122.0)
    chin = TOP + CENTRE_ROW + 60.0 - 0.0052 * x**2
    jaw = 102.0 * np.sqrt(np.clip(1.0 - (np.clip(y - 190.0, 0.0, None) / 134.0) ** 2.6, 0.0, 1.0))
    lower = np.clip(0.5 + jaw - np.abs(x), 0.0, 1.0) * np.clip(0.5 + chin - y, 0.0, 1.0)
    return np.where(y < 190.0, upper, lower)


def _eyes(layer: _Layer, x: NDArray[np.float64], y: NDArray[np.float64], lids: float) -> None:
    for side in (-1.0, 1.0):
        cx, cy = side * 43.0, 182.0
        across = np.clip(1.0 - ((x - cx) / 22.0) ** 2, 0.0, 1.0)
        top = cy - 12.5 * across**0.8 * (1.0 - 2.0 * 0.62 * lids) + 3.0 * lids
        bottom = cy + 9.0 * across**0.8
        top = np.minimum(top, bottom)
        inside = np.clip(0.5 + y - top, 0, 1) * np.clip(0.5 + bottom - y, 0, 1) * (np.abs(x - cx) < 22.0)
        layer.put(SKIN_SHADE, 0.35 * np.exp(-(((x - cx) / 24.0) ** 2) - ((y - cy + 13.0) / 6.0) ** 2))
        layer.put(_EYE_WHITE, inside)
        layer.put(_IRIS, inside * _ellipse(x, y, cx, cy - 1.0, 10.5, 10.5))
        layer.put(_PUPIL, inside * _ellipse(x, y, cx, cy - 1.0, 5.2, 5.2))
        layer.put(_EYE_WHITE, inside * _ellipse(x, y, cx + 3.6, cy - 4.8, 2.6, 2.6))
        layer.put(SKIN_SHADE, 0.5 * inside * np.clip(1.0 - (y - top) / 5.0, 0, 1))
        lash = np.exp(-(((y - top) / 1.7) ** 2)) * (np.abs(x - cx) < 22.5)
        layer.put(_HAIR, 0.92 * lash)
        brow = cy - 33.0 + 0.010 * (x - cx + side * 4.0) ** 2
        layer.put(_HAIR, 0.85 * np.exp(-(((y - brow) / 3.4) ** 2)) * np.clip((27.0 - np.abs(x - cx)) / 8.0, 0, 1))


def _nose(layer: _Layer, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    layer.put(
        SKIN_SHADE,
        0.28 * np.exp(-(((x - 9.0) / 5.0) ** 2)) * np.clip((y - 180) / 20, 0, 1) * np.clip((226 - y) / 12, 0, 1),
    )
    layer.put(SKIN_SHADE, 0.55 * np.exp(-(((y - 228.0 + 0.035 * x**2) / 2.6) ** 2)) * (np.abs(x) < 15.0))
    for side in (-1.0, 1.0):
        layer.put((120.0, 70.0, 62.0), 0.75 * _ellipse(x, y, side * 7.5, 226.0, 4.4, 2.4))
    layer.put((250.0, 214.0, 188.0), 0.5 * np.exp(-(((x + 1.0) / 5.0) ** 2) - ((y - 212.0) / 9.0) ** 2))
