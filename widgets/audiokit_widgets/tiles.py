"""Spectrogram tiles: 256 columns at one of the zooms that halve from the whole sound down to a millisecond or so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from audiokit.errors import ParameterError
from audiokit_widgets.bands import Bands, Kind, bands_of, quantised
from audiokit_widgets.columns import Columns, first_hop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from audiokit_widgets.reading import Reader

__all__ = ["OVERVIEW_TILES", "TILE_COLUMNS", "Spectrograms", "level_count", "overlapping", "whole"]

TILE_COLUMNS = 256
_MOST = {"level": 48, "index": 1 << 48}  # beyond any sound that there could be
_LOUDEST = np.float32(1e12)  # far beyond what the scale shows, and its power is still a float32
OVERVIEW_TILES = 4  # that many hold the whole sound at the last level


def level_count(frames: int, sample_rate: int) -> int:
    """Levels of a sound: the last is the first at which 4 tiles hold all of it.

    Examples
    --------
    >>> level_count(1, 16_000), level_count(64 * 1024, 16_000), level_count(64 * 1024 + 1, 16_000)
    (1, 1, 2)
    """
    level = 0
    while (first_hop(sample_rate) << level) * TILE_COLUMNS * OVERVIEW_TILES < frames:
        level += 1
    return level + 1


def whole(value: float, name: str) -> int:
    """Return a tile's level or index as an int, or raise ParameterError."""
    if isinstance(value, bool) or not 0 <= value < _MOST[name] or int(value) != value:
        raise ParameterError(f"A tile's {name} must be a whole number in 0 .. {_MOST[name] - 1}, got {value!r}.")
    return int(value)


def overlapping(
    pieces: Iterable[NDArray[np.float32]], at_frame: int, overlap: int
) -> Iterator[tuple[int, NDArray[np.float32], int]]:
    """Give each piece the end of those before it, zeros before the first, and 0 for what is not finite.

    Parameters
    ----------
    pieces : iterable of ndarray, shape (channels, time), float32
        One after the other.
    at_frame : int
        Where the first begins.
    overlap : int
        Frames of the past to keep.

    Yields
    ------
    at_frame : int
        Where these samples begin.
    samples : ndarray, shape (channels, overlap + time), float32
        The past, and the piece.
    frames : int
        Length of the piece.
    """
    held: NDArray[np.float32] | None = None
    for piece in pieces:
        if not piece.shape[1]:
            continue
        if held is None:
            held = np.zeros((piece.shape[0], overlap), dtype=np.float32)
        if not (piece.min() >= -_LOUDEST and piece.max() <= _LOUDEST):  # not so for NaN
            piece = np.where(np.isfinite(piece), np.clip(piece, -_LOUDEST, _LOUDEST), np.float32(0))  # noqa: PLW2901
        joined = np.concatenate([held, piece], axis=1)
        yield at_frame - overlap, joined, piece.shape[1]
        at_frame += piece.shape[1]
        held = joined[:, joined.shape[1] - overlap :]


class Spectrograms:
    """Spectrogram tiles of one sound, cut from its samples when they are asked for.

    At level L a column lasts ``hop(L) = first_hop * 2**L`` frames; column ``c`` is centred at ``(c + 0.5) * hop``, and
    tile ``i`` holds the columns ``i * 256 .. i * 256 + 255``. See `Columns` for what a column is, `Bands` for the rows.

    Parameters
    ----------
    reader : Reader
        The sound.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._bands: dict[Kind, Bands] = {}

    def bands(self, kind: Kind) -> Bands:
        """Window and filters of a kind, made when they are first needed."""
        if kind not in self._bands:
            self._bands[kind] = bands_of(kind, self._reader.sample_rate)
        return self._bands[kind]

    def hop(self, level: int) -> int:
        """Frames per column."""
        return first_hop(self._reader.sample_rate) << whole(level, "level")

    def sampled(self, kind: Kind, level: int) -> float:
        """The part of the sound that lies under the windows at a level, 1 where they touch or overlap."""
        return Columns(self.bands(kind), self.hop(level), capacity=1).sampled

    def tile(self, kind: Kind, level: int, index: int) -> NDArray[np.uint8]:
        """Cut one tile.

        Parameters
        ----------
        kind : {"mel", "linear"}
            See `Bands`.
        level, index : int
            Which.

        Returns
        -------
        ndarray, shape (bands, 256), uint8
            Row 0 is the highest band; 0 is -120 dBFS and below, 255 is 0 dBFS and above. 0 beyond the end.
        """
        index = whole(index, "index")
        columns = Columns(self.bands(kind), self.hop(level), first=index * TILE_COLUMNS, capacity=TILE_COLUMNS)
        start, stop = max(columns.from_frame, 0), columns.upto_frame
        frames = self._reader.frames
        if frames is not None and columns.first * columns.hop >= frames:
            return quantised(columns.decibels())
        at, samples, upto = start, None, start
        for at, samples, length in overlapping(self._reader.pieces(start, stop), start, columns.bands.n_fft):
            columns.take(at, samples)
            upto += length
        if samples is not None and columns.first * columns.hop < upto < stop:
            columns.take(at, samples, ends=True)
        return quantised(columns.decibels())
