"""A drawn mouth: four numbers to pixels."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CENTRE_ROW", "CLOSED", "REGION", "MouthShape", "draw_region", "opening_of"]

REGION = 128
"""Height and width of the part of the face that a mouth moves, in pixels."""

CENTRE_ROW = 46.0
"""Row of the region where closed lips meet; its column is the middle."""

SKIN = (236.0, 190.0, 160.0)
SKIN_SHADE = (205.0, 146.0, 120.0)
BLUSH = (232.0, 148.0, 132.0)
BLUSH_AT = (-30.0, 60.0)  # rows and columns from where the lips meet
LIP = (196.0, 92.0, 92.0)
LIP_DARK = (158.0, 62.0, 66.0)
LIP_SHINE = (228.0, 138.0, 132.0)
INSIDE = (70.0, 18.0, 26.0)
TEETH = (250.0, 246.0, 238.0)
TONGUE = (205.0, 96.0, 100.0)

_OVERSAMPLING = 2
_HALF_WIDTH = 31.0
_CHIN_ROW = 106.0


@dataclass(frozen=True, slots=True)
class MouthShape:
    """What the drawing needs to know.

    Parameters
    ----------
    open : float
        How far the jaw is down, 0 to 1.
    spread : float
        -1 rounded as in "oo", 1 spread as in "ee".
    part : float
        How far the lips part while the jaw stays, 0 to 1: teeth show.
    bite : float
        How far the lower lip is at the upper teeth, as in "f", 0 to 1.
    """

    open: float = 0.0
    spread: float = 0.0
    part: float = 0.0
    bite: float = 0.0

    def array(self) -> NDArray[np.float64]:
        """The four numbers, in this order."""
        return np.array(astuple(self))


CLOSED = MouthShape()


def draw_region(shape: ArrayLike) -> NDArray[np.uint8]:  # noqa: PLR0915 - a drawing is a list of strokes
    """Draw the region about a mouth.

    Parameters
    ----------
    shape : array_like, shape (4,)
        ``open``, ``spread``, ``part``, ``bite``; numbers beyond their range are cut.

    Returns
    -------
    ndarray, shape (128, 128, 4), uint8
        RGB and the face's own alpha: below the chin there is no face.
    """
    opened, spread, part, bite = _cut(shape)
    size = REGION * _OVERSAMPLING
    rows, columns = (np.mgrid[0:size, 0:size] + 0.5) / _OVERSAMPLING
    x, y = columns - REGION / 2, rows - CENTRE_ROW
    canvas = np.empty((size, size, 3))
    canvas[:] = SKIN

    drop = 30.0 * opened
    # The chin goes down with the jaw; at the region's sides it stays where it is
    chin = _CHIN_ROW - CENTRE_ROW + 0.33 * drop * np.exp(-((x / 34.0) ** 2)) - 0.0052 * x**2
    alpha = np.clip(0.5 + chin - y, 0.0, 1.0)
    _mix(canvas, SKIN_SHADE, 0.55 * np.clip(1.0 - (chin - y) / 26.0, 0.0, 1.0) ** 2)

    for side in (-1.0, 1.0):
        _mix(canvas, BLUSH, 0.45 * np.exp(-(((x - side * BLUSH_AT[1]) / 22.0) ** 2) - ((y - BLUSH_AT[0]) / 15.0) ** 2))

    half = _HALF_WIDTH * (1.0 + (0.20 if spread > 0 else 0.38) * spread) * (1.0 - 0.10 * opened)
    u = np.clip(x / half, -1.0, 1.0)
    inner = np.clip(1.0 - np.abs(x / (half * 0.94)) ** 2.2, 0.0, 1.0)
    rounder = np.clip(1.0 - (x / (half * 0.94)) ** 2, 0.0, 1.0) ** 0.62  # a jaw that is down opens an oval, not a wedge
    rounding = min(1.0, 2.5 * opened + max(-spread, 0.0))
    smile = 2.2 * u**2 * (0.6 + max(spread, 0.0))  # corners a little up
    top_inner = -smile - inner * (2.0 * part + 0.16 * drop)
    lower = drop * 0.80 + 5.5 * part
    lower = lower * (1.0 - bite) + bite * min(lower, 1.5)
    bottom_inner = -smile + (rounding * rounder + (1.0 - rounding) * inner) * lower
    body = np.clip(1.0 - u**2, 0.0, 1.0)
    fuller = 1.0 + 0.35 * max(-spread, 0.0)
    top_outer = top_inner - fuller * (1.0 + 7.5 * body**0.75 - 2.4 * np.exp(-((x / 5.5) ** 2)) * body)
    bottom_outer = bottom_inner + fuller * (1.0 + 9.5 * body**0.62) * (1.0 - 0.45 * bite)

    # A soft shadow below the lower lip, and the groove above the upper one
    below = y - bottom_outer
    _mix(canvas, SKIN_SHADE, 0.50 * body * np.clip(1.0 - np.abs(below - 6.0) / 7.0, 0.0, 1.0))
    groove = (
        np.exp(-(((np.abs(x) - 5.0) / 2.2) ** 2)) * np.clip((-y - 12.0) / 6.0, 0, 1) * np.clip((28.0 + y) / 6.0, 0, 1)
    )
    _mix(canvas, SKIN_SHADE, 0.30 * groove)
    # Folds beside the mouth deepen as it spreads
    fold = np.exp(-(((np.abs(x) - half - 9.0 - 0.1 * (y + 12.0)) / 2.6) ** 2)) * np.exp(-(((y + 8.0) / 15.0) ** 2))
    _mix(canvas, SKIN_SHADE, (0.22 + 0.25 * max(spread, 0.0)) * fold)

    inside_lips = np.abs(x) < half
    lips = _band(y, top_outer, bottom_outer) * inside_lips
    _mix(canvas, LIP, lips)
    upper_lip = _band(y, top_outer, top_inner) * inside_lips
    _mix(canvas, LIP_DARK, 0.55 * upper_lip)
    shine = np.exp(-(((y - bottom_inner - 4.5) / 2.2) ** 2)) * np.exp(-((x / 12.0) ** 2)) * lips
    _mix(canvas, LIP_SHINE, 0.65 * shine)
    _mix(canvas, LIP_DARK, 0.5 * lips * np.clip((np.abs(u) - 0.72) / 0.28, 0.0, 1.0))

    gap = _band(y, top_inner, bottom_inner) * (np.abs(x) < half * 0.94)
    _mix(canvas, INSIDE, gap)
    tongue_row = bottom_inner - 0.42 * drop * (1.0 - 0.5 * (x / half) ** 2)
    _mix(canvas, TONGUE, gap * np.clip(0.5 + (y - tongue_row) / 1.5, 0, 1) * min(1.0, 3.0 * opened))
    _mix(canvas, INSIDE, 0.35 * gap * np.clip(1.0 - np.abs(y - tongue_row) / 4.0, 0, 1) * min(1.0, 3.0 * opened))
    teeth = np.clip(0.5 + (top_inner + 7.0 + 1.0 * inner - y), 0, 1) * np.clip(
        1.0 - np.abs(x / (half * 0.80)) ** 6, 0, 1
    )
    _mix(canvas, TEETH, gap * teeth)
    _mix(canvas, SKIN_SHADE, 0.25 * gap * teeth * np.clip(1.0 - (y - top_inner) / 3.0, 0, 1))
    # Where closed lips meet there is a line
    line = np.exp(-(((y - top_inner) / 0.9) ** 2)) * (np.abs(x) < half * 0.97)
    _mix(canvas, LIP_DARK, 0.85 * line * np.clip(1.0 - (bottom_inner - top_inner) / 3.0, 0, 1))
    _mix(canvas, (120.0, 40.0, 46.0), 0.6 * line * np.clip(1.0 - (bottom_inner - top_inner) / 2.0, 0, 1))

    picture = np.concatenate([canvas, 255.0 * alpha[..., np.newaxis]], axis=-1)
    small = picture.reshape(REGION, _OVERSAMPLING, REGION, _OVERSAMPLING, 4).mean(axis=(1, 3))
    return np.asarray(np.clip(np.rint(small), 0, 255), dtype=np.uint8)


def opening_of(regions: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Measure from pixels how far drawn mouths are open: rows between the lips' outer edges, less those of closed lips.

    Parameters
    ----------
    regions : ndarray, shape (N, 128, 128, 3 or 4), uint8

    Returns
    -------
    ndarray, shape (N,)
        In rows, at least 0; the mean of the middle columns.
    """
    return np.asarray(np.maximum(_rows_of_mouth(regions) - _closed_rows(), 0.0))


def _rows_of_mouth(regions: NDArray[np.uint8]) -> NDArray[np.float64]:
    rows, columns = slice(int(CENTRE_ROW) - 20, int(CENTRE_ROW) + 48), slice(REGION // 2 - 10, REGION // 2 + 10)
    middle = regions[:, rows, columns, :3].astype(np.float64)
    red, green = middle[..., 0], middle[..., 1]
    reddish = np.clip((red - green - 66.0) / 20.0, 0.0, 1.0)  # lips and tongue; skin and its shade are not
    dark = np.clip((130.0 - red) / 50.0, 0.0, 1.0)
    white = np.clip((green - 210.0) / 20.0, 0.0, 1.0)
    return np.asarray(np.maximum(np.maximum(reddish, dark), white).sum(axis=1).mean(axis=-1))


@lru_cache(maxsize=1)
def _closed_rows() -> float:
    return float(_rows_of_mouth(draw_region(CLOSED.array())[np.newaxis])[0])


def _cut(shape: ArrayLike) -> tuple[float, float, float, float]:
    opened, spread, part, bite = (float(value) for value in np.asarray(shape, dtype=np.float64))
    return min(max(opened, 0.0), 1.0), min(max(spread, -1.0), 1.0), min(max(part, 0.0), 1.0), min(max(bite, 0.0), 1.0)


def _band(y: NDArray[np.float64], top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of a pixel lies between two curves."""
    return np.asarray(np.clip(0.5 + y - top, 0.0, 1.0) * np.clip(0.5 + bottom - y, 0.0, 1.0))


def _mix(canvas: NDArray[np.float64], colour: tuple[float, float, float], amount: NDArray[np.float64]) -> None:
    canvas += amount[..., np.newaxis] * (np.asarray(colour) - canvas)
