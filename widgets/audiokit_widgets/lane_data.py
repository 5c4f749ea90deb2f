"""Lanes as a page gets them: a few facts for each, one run of bytes, and what is too large for it block by block.

A curve is sent with a pyramid: level 0 is the values, each further level the lowest and highest of four bins (of four
values, the first) of the one below. A matrix's levels are means over four frames, or the values farthest from 0 where
a mean would hide what is looked for. Levels of up to 262,144 numbers travel with the widget, and stay in a saved
notebook; finer ones are asked for where they are looked at, which needs a kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from audiokit_widgets.lanes import Curve, Lane, Matrix, Spans
from audiokit_widgets.overview import MAGMA
from audiokit_widgets.wording import hertz

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["DIVERGING", "SEQUENTIAL", "LaneData", "band_ticks", "curve_levels", "matrix_levels", "packed"]

FACTOR = 4
_MOST_NUMBERS = 262_144  # 1 MB of float32
_FEWEST_ROWS = 512
_BLOCK_NUMBERS = 32_768
_DIVERGING_STATIONS = ((5, 48, 97), (67, 147, 195), (247, 247, 247), (214, 96, 77), (103, 0, 31))  # ColorBrewer's RdBu


def _between(stations: ArrayLike) -> NDArray[np.uint8]:
    colours = np.asarray(stations, dtype=np.float64)
    at, wanted = np.linspace(0, 1, len(colours)), np.linspace(0, 1, 256)
    return np.stack([np.interp(wanted, at, column) for column in colours.T], axis=1).round().astype(np.uint8)


SEQUENTIAL = _between(MAGMA)
"""256 colours, shape (256, 3), from dark to light: the spectrogram's."""
DIVERGING = _between(_DIVERGING_STATIONS)
"""256 colours, shape (256, 3), blue below the middle and red above; from ColorBrewer's RdBu (Apache 2.0)."""


@dataclass(frozen=True)
class LaneData:
    """What a page gets of some lanes.

    Parameters
    ----------
    about : list of dict
        For each lane ``name``, ``kind``, and where its numbers stand in `data`.
    data : bytes
        Little-endian arrays, each at a multiple of 8.
    levels : list of list of (ndarray, ndarray or None)
        For each lane its levels: values of shape (rows, columns), and the times of irregular rows.
    """

    about: list[dict[str, Any]]
    data: bytes
    levels: list[list[tuple[NDArray[np.float32], NDArray[np.float64] | None]]] = field(repr=False)

    def block(self, lane: int, level: int, block: int) -> list[bytes]:
        """Rows ``block * about["block"]`` and on of a level: the bytes of their values, and of their times if any."""
        values, times = self.levels[lane][level]
        rows = self.about[lane]["block"]
        part = slice(block * rows, (block + 1) * rows)
        return [np.ascontiguousarray(a[part]).tobytes() for a in (values, times) if a is not None]


def packed(lanes: Mapping[str, Lane]) -> LaneData:
    """Write lanes as facts and bytes."""
    bytes_of = _Bytes()
    palettes: dict[bool, int] = {}
    about, levels = [], []
    for name, lane in lanes.items():
        facts: dict[str, Any] = {"name": name}
        pyramid: list[tuple[NDArray[np.float32], NDArray[np.float64] | None]] = []
        if isinstance(lane, Spans):
            facts |= _spans(lane, bytes_of)
        else:
            if isinstance(lane, Curve):
                pyramid = curve_levels(lane)
                facts |= {"kind": "curve", "hop": lane.hop_seconds}
            else:
                pyramid = [(level, None) for level in matrix_levels(lane)]
                if lane.diverging not in palettes:
                    palettes[lane.diverging] = bytes_of.add(DIVERGING if lane.diverging else SEQUENTIAL)
                facts |= {
                    "kind": "matrix",
                    "hop": lane.hop_seconds,
                    "bands": lane.values.shape[1],
                    "palette": palettes[lane.diverging],
                    "ticks": band_ticks(lane),
                    "kept": "extreme" if lane.keep_extremes else "mean",
                }
            facts |= {
                "start": lane.start_seconds,
                "unit": lane.unit,
                "title": _title(name, lane),
                "low": lane.range[0],
                "high": lane.range[1],
                "block": max(16, _BLOCK_NUMBERS // pyramid[0][0].shape[1]),
                "levels": [
                    {
                        "rows": len(values),
                        "at": bytes_of.add(values) if values.size <= _MOST_NUMBERS else None,
                        "times": bytes_of.add(times) if times is not None and values.size <= _MOST_NUMBERS else None,
                    }
                    for values, times in pyramid
                ],
            }
        about.append(facts)
        levels.append(pyramid)
    return LaneData(about, bytes_of.joined(), levels)


def curve_levels(curve: Curve) -> list[tuple[NDArray[np.float32], NDArray[np.float64] | None]]:
    """Pyramid of a curve: the values, shape (points, 1), then lowest and highest of each bin, shape (bins, 2)."""
    values = np.where(np.isfinite(curve.values), curve.values, np.float32(np.nan))
    times = curve.irregular_seconds
    levels = [(values[:, np.newaxis], times)]
    low = high = values
    while len(low) > _FEWEST_ROWS:
        starts = np.arange(0, len(low), FACTOR)
        # fmin and fmax take the number where the other is NaN
        low, high = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
        times = None if times is None else times[starts]
        levels.append((np.stack([low, high], axis=1), times))
    return levels


def matrix_levels(matrix: Matrix) -> list[NDArray[np.float32]]:
    """Pyramid of a matrix: its values, then each four frames as their mean, or as the value farthest from 0."""
    levels = [matrix.values]
    if len(matrix.values) <= _FEWEST_ROWS:
        return levels
    counts = np.isfinite(matrix.values)
    sums = np.where(counts, matrix.values, 0).astype(np.float64)
    weights = counts.astype(np.float64)
    values = matrix.values
    while len(values) > _FEWEST_ROWS:
        starts = np.arange(0, len(values), FACTOR)
        if matrix.keep_extremes:
            low, high = np.fmin.reduceat(values, starts, axis=0), np.fmax.reduceat(values, starts, axis=0)
            values = np.where(np.abs(low) > np.abs(high), low, high)
        else:
            sums, weights = np.add.reduceat(sums, starts, axis=0), np.add.reduceat(weights, starts, axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                values = (sums / weights).astype(np.float32)
        levels.append(values)
    return levels


def band_ticks(matrix: Matrix) -> list[dict[str, Any]]:
    """Marks of the vertical axis: frequencies where bands have them, else the bands' numbers."""
    bands = matrix.values.shape[1]
    if matrix.band_hz is None:
        wanted = sorted({0, bands - 1} | ({bands // 2} if bands > 8 else set()))
        return [{"fraction": (band + 0.5) / bands, "text": str(band)} for band in wanted]
    hz = matrix.band_hz
    marks = [m for m in (100.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0) if hz[0] <= m <= hz[-1]]
    # a band is drawn over [band, band + 1) / bands: its own frequency stands in the middle
    return [
        {"fraction": float(np.interp(mark, hz, (np.arange(bands) + 0.5) / bands)), "text": hertz(mark)}
        for mark in marks
    ]


def _title(name: str, lane: Curve | Matrix) -> str:
    unit = lane.unit if isinstance(lane, Curve) else ""  # a matrix writes it at its scale
    return " · ".join(dict.fromkeys(part for part in (name, lane.label, unit) if part))


def _spans(lane: Spans, bytes_of: _Bytes) -> dict[str, Any]:
    labels = [s.label for s in lane.segments]
    vocabulary = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    scores = [np.nan if s.score is None else s.score for s in lane.segments]
    return {
        "kind": "spans",
        "count": len(lane.segments),
        "vocabulary": list(vocabulary),
        "starts": bytes_of.add(np.array([s.start_seconds for s in lane.segments], dtype="<f8")),
        "ends": bytes_of.add(np.array([s.end_seconds for s in lane.segments], dtype="<f8")),
        "labels": bytes_of.add(np.array([vocabulary[label] for label in labels], dtype="<u4")),
        "scores": bytes_of.add(np.array(scores, dtype="<f4")),
    }


class _Bytes:
    """Arrays one behind the other, each at a multiple of 8."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def add(self, array: NDArray[Any]) -> int:
        at = self._length
        raw = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
        raw += bytes(-len(raw) % 8)
        self._parts.append(raw)
        self._length += len(raw)
        return at

    def joined(self) -> bytes:
        return b"".join(self._parts)
